//! Synchronisations of the native agent: the packed body, the sections in it, and edits of lists.
#![no_main]

use vigie_wire::{Sections, clean::Remarks, delta, sync};

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
        match sync::unpack(&body, usize::MAX >> 1) {
            Ok(again) => assert_eq!(again, message),
            Err(_) => assert!(!message.edits.is_empty(), "only edits can be at odds with the rest"),
        }
        edit(&message.sections, &message.edits);
    }
});

/// Whatever edits say: what is taken of them is within bounds, and what [`delta::narrow`] leaves is enough.
fn edit(sections: &Sections, edits: &delta::Edits) {
    let mut edited = sections.clone();
    if delta::complete(&mut edited, sections.clone(), edits).is_ok() {
        vigie_fuzz::bounded(&edited);
    }
    let mut base = sections.clone();
    let mut keep = true;
    base.software.iter_mut().for_each(|list| {
        list.retain(|_| {
            keep = !keep;
            keep
        });
    });
    base.usb_devices.iter_mut().for_each(|list| list.reverse());
    let mut travels = sections.clone();
    let edits = delta::narrow(&mut travels, &base);
    delta::complete(&mut travels, base, &edits).expect("it was made for this base");
    assert_eq!(&travels, sections);
}
