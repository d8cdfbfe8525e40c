//! Packed bodies: never more than the limit, never more than was charged.
#![no_main]

use vigie_wire::foreign::inflate;

const LIMIT: usize = 4 << 20;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut charged = 0;
    let inflated = inflate(data, LIMIT, &mut |more| {
        charged += more;
        true
    });
    assert!(charged <= LIMIT + 1);
    if let Ok(inflated) = inflated {
        assert!(inflated.len() <= LIMIT && inflated.len() <= charged);
    }
    // A budget that says no at some time.
    let mut left = 100_000_usize;
    let _ = inflate(data, LIMIT, &mut |more| {
        left = left.saturating_sub(more);
        left > 0
    });
});
