//! What the firmware's tables say alike on every system: boards, memory slots, chassis, and the hypervisor that made them.

use vigie_wire::inventory::{Board, MemorySlot};

use super::{
    smbios::{Structure, Tables},
    text::meaningful,
};

const SYSTEM_BOARD: u8 = 2;
const MEMORY_DEVICE: u8 = 17;

/// SMBIOS writes dates as `MM/DD/YYYY`, or `MM/DD/YY` of the twentieth century.
pub(crate) fn iso_date(date: &str) -> Option<String> {
    let mut parts = date.split('/').map(|part| part.trim().parse::<u16>().ok());
    let (month, day, year) = (parts.next()??, parts.next()??, parts.next()??);
    let year = if year < 100 { 1900 + year } else { year };
    let plausible = (1..=12).contains(&month) && (1..=31).contains(&day) && (1980..=2200).contains(&year);
    plausible.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// The boards.
pub(crate) fn boards(firmware: &Tables) -> Vec<Board> {
    let boards = firmware.of_kind(SYSTEM_BOARD).map(|board| Board {
        manufacturer: meaningful(board.text(0x04)),
        model: meaningful(board.text(0x05)),
        version: meaningful(board.text(0x06)),
        serial: meaningful(board.text(0x07)),
    });
    boards.filter(|board| *board != Board::default()).collect()
}

/// The kind of chassis of an SMBIOS code, DSP0134 §7.4.1; none when the firmware says that it does not know.
pub(crate) fn chassis(code: u64) -> Option<&'static str> {
    Some(match code {
        3..=7 | 15 | 24 => "desktop",
        8..=10 | 14 => "laptop",
        11 | 30..=32 => "tablet",
        13 => "all-in-one",
        16 | 35 | 36 => "mini",
        17 | 23 | 25 => "server",
        28 | 29 => "blade",
        2 => return None,
        _ => "other",
    })
}

/// The hypervisor whose name the firmware has in place of a maker's or a model's. The names are systemd's
/// (`systemd-detect-virt(1)`).
pub(crate) fn hypervisor(value: &str) -> Option<&'static str> {
    Some(match value {
        value if value.starts_with("KVM") || value.starts_with("OpenStack") => "kvm",
        value if value.starts_with("Amazon EC2") => "amazon",
        value if value.starts_with("Google Compute Engine") => "google",
        value if value.starts_with("VMware") || value.starts_with("VMW") => "vmware",
        value if value.starts_with("innotek GmbH") || value.starts_with("VirtualBox") => "oracle",
        value if value.starts_with("QEMU") => "qemu",
        value if value.starts_with("Xen") => "xen",
        value if value.starts_with("Bochs") => "bochs",
        value if value.starts_with("Parallels") => "parallels",
        value if value.starts_with("BHYVE") => "bhyve",
        value if value.starts_with("Hyper-V") || value.starts_with("Virtual Machine") => "microsoft",
        value if value.starts_with("Apple Virtualization") => "apple",
        _ => return None,
    })
}

/// The memory slots, filled or not.
pub(crate) fn memory_slots(firmware: &Tables) -> Vec<MemorySlot> {
    firmware.of_kind(MEMORY_DEVICE).map(|device| memory_slot(&device)).collect()
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
pub(crate) mod tests {
    use super::*;
    use crate::collect::smbios::tests::structure;

    /// A memory slot of SMBIOS.
    pub(crate) fn memory(size: u16, extended: u32, speed: u16) -> Vec<u8> {
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
        let mut bytes = memory(16_384, 0, 5600);
        bytes.extend(memory(0x7FFF, 65_536, 5600));
        bytes.extend(memory(0, 0, 5600));
        let found = memory_slots(&Tables::parse(bytes));
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
