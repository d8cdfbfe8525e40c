//! JSON documents of GLPI agents.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::read_foreign(data));
