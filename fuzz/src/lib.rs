//! What the fuzz targets share: what must hold for every document that is taken, whatever it was.

/// The server is far larger than this file of it, which stands on libraries alone.
#[path = "../../crates/server/src/backup/archive.rs"]
pub mod archive;
/// The readers of imports stand on libraries alone, too.
#[path = "../../crates/assets/src/imports/read/mod.rs"]
pub mod table;

use vigie_wire::{
    Sections,
    clean::{MAX_ITEMS, MAX_REMARKS, MAX_TEXT, Remarks},
    foreign::{Headers, Message, read, reply},
    matching::{Identifiers, same_machine, score},
};

/// Reads a foreign document and checks what came of it.
pub fn read_foreign(document: &[u8]) {
    let headers = Headers { glpi_agent_id: None, user_agent: Some("GLPI-Agent_v1.12") };
    let Ok(message) = read(document, &headers) else { return };
    match &message {
        Message::Inventory(inventory) => {
            bounded(&inventory.sections);
            assert!(inventory.remarks.len() <= MAX_REMARKS);
            assert!(!inventory.device_id.is_empty() && inventory.device_id.len() <= 255);
            let identity = inventory.identity();
            let _ = same_machine(&identity, &identity);
            let identifiers = Identifiers::of(&inventory.sections);
            let (points, reasons) = score(&identifiers, &identifiers);
            assert_eq!(points == 0, reasons.is_empty());
            // Sections survive storage, and a document on top of itself changes nothing.
            for section in inventory.present() {
                let json = inventory.sections.to_json(section).expect("the section is present");
                let mut copy = Sections::default();
                copy.set_json(section, &json).expect("what was written is read");
                assert_eq!(copy.to_json(section), Some(json));
            }
            assert_eq!(inventory.onto(Some(inventory.sections.clone())), inventory.sections);
            let _ = reply::inventory(message.dialect(), &inventory.device_id);
        }
        Message::Prolog(prolog) => {
            let _ = reply::prolog(prolog);
        }
        Message::Contact(contact) => {
            let _ = reply::contact(contact);
        }
        Message::Other(other) => {
            let _ = reply::unsupported(other.dialect, &other.query);
        }
    }
}

/// Cleaned sections are within bounds: cleaning them again changes nothing.
pub fn bounded(sections: &Sections) {
    let mut again = sections.clone();
    let mut remarks = Remarks::default();
    again.clean(&mut remarks);
    assert!(remarks.0.is_empty(), "{:?}", remarks.0);
    assert_eq!(&again, sections);
    assert!(sections.software.iter().flatten().count() <= MAX_ITEMS);
    for text in sections.software.iter().flatten().filter_map(|it| it.name.as_ref()) {
        assert!(text.len() <= MAX_TEXT);
    }
}
