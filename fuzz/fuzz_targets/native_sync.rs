//! Synchronisations of the native agent: the packed body, the sections in it, edits of lists, and what it says of moving to
//! another portal.
#![no_main]

use vigie_wire::{Sections, clean::Remarks, delta, portal::Moved, sync};

const LIMIT: usize = 4 << 20;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // Most of what a fuzzer makes is no zstd stream: the same bytes are tried as what would be in it, too.
    let packed = sync::unpack(data, LIMIT).ok();
    let plain = serde_json::from_slice::<sync::Synchronisation>(data).ok();
    if let Ok(moved) = serde_json::from_slice::<Moved>(data) {
        serde_json::to_vec(&moved).expect("it can be said again");
    }
    for mut message in packed.into_iter().chain(plain) {
        if let Some(report) = message.agent.portal.clone().map(|it| it.bounded()) {
            let texts = [report.step, report.words].into_iter().flatten();
            texts.for_each(|text| assert!(text.chars().count() <= 500 && !text.chars().any(char::is_control)));
        }
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
