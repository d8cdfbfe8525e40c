//! Synchronisations of the native agent: the packed body, and the sections in it.
#![no_main]

use vigie_wire::{clean::Remarks, sync};

const LIMIT: usize = 4 << 20;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // Most of what a fuzzer makes is no zstd stream: the same bytes are tried as what would be in it, too.
    let packed = sync::unpack(data, LIMIT).ok();
    let plain = serde_json::from_slice::<sync::Synchronisation>(data).ok();
    for mut message in packed.into_iter().chain(plain) {
        let mut remarks = Remarks::default();
        message.sections.clean(&mut remarks);
        vigie_fuzz::bounded(&message.sections);
        let body = sync::pack(&message).expect("it can be packed");
        assert_eq!(sync::unpack(&body, usize::MAX >> 1).expect("what was packed is read"), message);
    }
});
