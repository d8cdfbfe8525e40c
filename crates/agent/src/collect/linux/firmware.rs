//! Firmware, boards and memory slots.

use vigie_wire::{
    Sections,
    inventory::{Bios, Board, MemorySlot},
};

use super::{
    Context, Root,
    smbios::{Structure, Tables},
    text::meaningful,
};

const SYSTEM_BOARD: u8 = 2;
const MEMORY_DEVICE: u8 = 17;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) {
    let bios = bios(context.root);
    if bios != Bios::default() {
        sections.bios = Some(bios);
    }
    let boards = boards(context.root, context.firmware);
    if !boards.is_empty() {
        sections.boards = Some(boards);
    }
    let slots: Vec<MemorySlot> = context.firmware.of_kind(MEMORY_DEVICE).map(|device| memory_slot(&device)).collect();
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

/// SMBIOS writes dates as `MM/DD/YYYY`, or `MM/DD/YY` of the twentieth century.
fn iso_date(date: &str) -> Option<String> {
    let mut parts = date.split('/').map(|part| part.trim().parse::<u16>().ok());
    let (month, day, year) = (parts.next()??, parts.next()??, parts.next()??);
    let year = if year < 100 { 1900 + year } else { year };
    let plausible = (1..=12).contains(&month) && (1..=31).contains(&day) && (1980..=2200).contains(&year);
    plausible.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

fn boards(root: &Root, firmware: &Tables) -> Vec<Board> {
    let mut boards: Vec<Board> = firmware
        .of_kind(SYSTEM_BOARD)
        .map(|board| Board {
            manufacturer: meaningful(board.text(0x04)),
            model: meaningful(board.text(0x05)),
            version: meaningful(board.text(0x06)),
            serial: meaningful(board.text(0x07)),
        })
        .collect();
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

fn memory_slot(device: &Structure<'_>) -> MemorySlot {
    let capacity_bytes = capacity(device);
    let filled = capacity_bytes.is_some();
    let words = |value: Option<u16>| value.filter(|speed| !matches!(speed, 0 | 0xFFFF)).map(u64::from);
    MemorySlot {
        slot: slot_name(device),
        capacity_bytes,
        kind: device.byte(0x12).filter(|_| filled).and_then(kind).map(str::to_owned),
        form_factor: device.byte(0x0E).and_then(form_factor).map(str::to_owned),
        speed_mts: words(device.word(0x20)).or_else(|| words(device.word(0x15))).filter(|_| filled),
        manufacturer: meaningful(device.text(0x17)).filter(|_| filled),
        part_number: meaningful(device.text(0x1A)).filter(|_| filled),
        serial: meaningful(device.text(0x18)).filter(|_| filled),
    }
}

/// Boards with several channels call every slot `DIMM 0`; the bank tells them apart.
fn slot_name(device: &Structure<'_>) -> Option<String> {
    match (device.text(0x11), device.text(0x10)) {
        (Some(bank), Some(slot)) if bank != slot => Some(format!("{bank} / {slot}")),
        (bank, slot) => slot.or(bank),
    }
}

fn capacity(device: &Structure<'_>) -> Option<u64> {
    match device.word(0x0C)? {
        0 | 0xFFFF => None,
        // Too large for this field: megabytes in a later one.
        0x7FFF => device.double_word(0x1C).map(|megabytes| u64::from(megabytes & 0x7FFF_FFFF) << 20),
        size if size & 0x8000 != 0 => Some(u64::from(size & 0x7FFF) << 10),
        size => Some(u64::from(size) << 20),
    }
}

fn kind(code: u8) -> Option<&'static str> {
    Some(match code {
        0x0F => "SDRAM",
        0x12 => "DDR",
        0x13 => "DDR2",
        0x18 => "DDR3",
        0x1A => "DDR4",
        0x1B => "LPDDR",
        0x1C => "LPDDR2",
        0x1D => "LPDDR3",
        0x1E => "LPDDR4",
        0x20 => "HBM",
        0x21 => "HBM2",
        0x22 => "DDR5",
        0x23 => "LPDDR5",
        0x24 => "HBM3",
        _ => return None,
    })
}

fn form_factor(code: u8) -> Option<&'static str> {
    Some(match code {
        0x03 => "SIMM",
        0x05 => "chip",
        0x09 => "DIMM",
        0x0B => "row of chips",
        0x0C => "RIMM",
        0x0D => "SODIMM",
        0x0F => "FB-DIMM",
        0x10 => "die",
        0x11 => "CAMM",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::smbios::tests::structure;
    use super::*;
    use crate::collect::{Options, linux};

    fn memory(size: u16, extended: u32, speed: u16) -> Vec<u8> {
        let mut body = vec![0; 0x22 - 4];
        body[0x0C - 4..0x0E - 4].copy_from_slice(&size.to_le_bytes());
        body[0x0E - 4] = 0x0D;
        body[0x10 - 4] = 1;
        body[0x11 - 4] = 2;
        body[0x12 - 4] = 0x22;
        body[0x15 - 4..0x17 - 4].copy_from_slice(&speed.to_le_bytes());
        body[0x17 - 4] = 3;
        body[0x18 - 4] = 4;
        body[0x1C - 4..0x20 - 4].copy_from_slice(&extended.to_le_bytes());
        structure(17, &body, &["DIMM 0", "P0 CHANNEL A", "Samsung", "4B1234CD"])
    }

    #[test]
    fn memory_slots_full_large_and_empty() {
        let folder = tempfile::tempdir().unwrap();
        let tables = folder.path().join("sys/firmware/dmi/tables");
        std::fs::create_dir_all(&tables).unwrap();
        let mut bytes = memory(16_384, 0, 5600);
        bytes.extend(memory(0x7FFF, 65_536, 5600));
        bytes.extend(memory(0, 0, 5600));
        std::fs::write(tables.join("DMI"), bytes).unwrap();
        let found = linux::collect(&Root::at(folder.path()), &Options::default()).sections.memory_slots.unwrap();
        assert_eq!(found[0].capacity_bytes, Some(16 << 30));
        assert_eq!(found[0].slot.as_deref(), Some("P0 CHANNEL A / DIMM 0"));
        assert_eq!(found[0].kind.as_deref(), Some("DDR5"));
        assert_eq!(found[0].form_factor.as_deref(), Some("SODIMM"));
        assert_eq!(found[0].speed_mts, Some(5600));
        assert_eq!(found[1].capacity_bytes, Some(64 << 30));
        assert_eq!((found[2].capacity_bytes, found[2].speed_mts, &found[2].serial), (None, None, &None));
    }

    #[test]
    fn firmware_dates_become_iso_dates() {
        assert_eq!(iso_date("04/01/2014").as_deref(), Some("2014-04-01"));
        assert_eq!(iso_date("12/31/99").as_deref(), Some("1999-12-31"));
        assert_eq!(iso_date("00/00/0000"), None);
        assert_eq!(iso_date("soon"), None);
    }
}
