//! Firmware, boards and memory slots.

use vigie_wire::{
    Sections,
    inventory::{Bios, Board},
};

use super::{Context, Root, text::meaningful};
use crate::collect::{
    firmware::{self, iso_date},
    smbios::Tables,
};

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) {
    let bios = bios(context.root);
    if bios != Bios::default() {
        sections.bios = Some(bios);
    }
    let boards = boards(context.root, context.firmware);
    if !boards.is_empty() {
        sections.boards = Some(boards);
    }
    let slots = firmware::memory_slots(context.firmware);
    if !slots.is_empty() {
        sections.memory_slots = Some(slots);
    }
}

/// A value of `/sys/class/dmi/id`.
pub(crate) fn identification(root: &Root, name: &str) -> Option<String> {
    meaningful(root.value(&format!("/sys/class/dmi/id/{name}")))
}

fn bios(root: &Root) -> Bios {
    let identified = identification(root, "bios_vendor").is_some();
    let uefi = root.exists("/sys/firmware/efi");
    Bios {
        vendor: identification(root, "bios_vendor"),
        version: identification(root, "bios_version"),
        date: identification(root, "bios_date").and_then(|date| iso_date(&date)),
        mode: (uefi || identified).then(|| if uefi { "uefi" } else { "bios" }.to_owned()),
        secure_boot: secure_boot(root),
    }
}

/// The variable's last byte is its value; four bytes of attributes stand before it.
fn secure_boot(root: &Root) -> Option<bool> {
    let variable = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    root.read(variable, 64).ok()?.get(4).map(|value| *value == 1)
}

fn boards(root: &Root, firmware: &Tables) -> Vec<Board> {
    let mut boards = firmware::boards(firmware);
    if boards.is_empty() {
        boards.push(Board {
            manufacturer: identification(root, "board_vendor"),
            model: identification(root, "board_name"),
            version: identification(root, "board_version"),
            serial: identification(root, "board_serial"),
        });
    }
    boards.retain(|board| *board != Board::default());
    boards
}
