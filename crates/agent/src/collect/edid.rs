//! Monitors by their EDID (VESA Enhanced EDID 1.4).

use vigie_wire::inventory::Monitor;

use super::text::meaningful;

/// Length of the base block.
const BLOCK: usize = 128;

/// The monitor that a block describes; its port is not in there.
pub(crate) fn parse(edid: &[u8]) -> Option<Monitor> {
    let block: &[u8; BLOCK] = edid.get(..BLOCK)?.try_into().ok()?;
    let whole = block.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)) == 0;
    if !whole || !block.starts_with(&[0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0]) {
        return None;
    }
    let byte = |at: usize| block.get(at).copied().unwrap_or(0);
    let code = maker_code(u16::from_be_bytes([byte(8), byte(9)]));
    let product = u16::from_le_bytes([byte(10), byte(11)]);
    let number = u32::from_le_bytes([byte(12), byte(13), byte(14), byte(15)]);
    let descriptors = || [54, 72, 90, 108].into_iter().filter_map(|at| block.get(at..at + 18));
    let text = |tag: u8| {
        let descriptor = descriptors().find(|it| it.starts_with(&[0, 0, 0, tag]))?;
        let text = String::from_utf8_lossy(descriptor.get(5..)?).into_owned();
        meaningful(text.split('\n').next().map(str::to_owned))
    };
    // The first descriptor is the preferred timing.
    let timing = descriptors().next().filter(|it| !it.starts_with(&[0, 0]));
    let size = timing.and_then(size_mm).unwrap_or((u64::from(byte(21)) * 10, u64::from(byte(22)) * 10));
    let name = text(0xFC);
    Some(Monitor {
        name: name.clone(),
        manufacturer: Some(maker(&code).map_or(code.clone(), str::to_owned)),
        model: Some(format!("{code}{product:04X}")),
        serial: text(0xFF)
            .or_else(|| Some(format!("{number:08X}")).filter(|_| !matches!(number, 0 | 0x0101_0101 | u32::MAX))),
        port: None,
        // 0xFF in the week: the year is that of the model.
        year: Some(1990 + u64::from(byte(17))).filter(|_| byte(17) > 0),
        resolution: timing.and_then(resolution),
        diagonal_tenths_inch: diagonal(size),
    })
}

/// Three letters of five bits.
fn maker_code(bits: u16) -> String {
    [10, 5, 0].into_iter().map(|shift| char::from(b'@' + u8::try_from((bits >> shift) & 0x1F).unwrap_or(0))).collect()
}

/// The makers most met; others keep their code of the PNP registry.
fn maker(code: &str) -> Option<&'static str> {
    Some(match code {
        "ACI" | "AUS" => "ASUS",
        "ACR" => "Acer",
        "AOC" => "AOC",
        "APP" => "Apple",
        "AUO" => "AU Optronics",
        "BNQ" => "BenQ",
        "BOE" => "BOE",
        "CMN" => "Chimei Innolux",
        "DEL" => "Dell",
        "EIZ" | "ENC" => "EIZO",
        "FUS" => "Fujitsu",
        "GSM" | "LGD" => "LG",
        "HPN" | "HWP" => "HP",
        "HSD" => "HannStar",
        "IVM" => "Iiyama",
        "LEN" => "Lenovo",
        "MEI" => "Panasonic",
        "MSI" => "MSI",
        "NEC" => "NEC",
        "PHL" => "Philips",
        "SAM" | "SDC" | "SEC" => "Samsung",
        "SHP" => "Sharp",
        "SNY" => "Sony",
        "VSC" => "ViewSonic",
        _ => return None,
    })
}

fn resolution(timing: &[u8]) -> Option<String> {
    let byte = |at: usize| timing.get(at).copied().map(u16::from);
    let width = byte(2)? | (byte(4)? & 0xF0) << 4;
    let height = byte(5)? | (byte(7)? & 0xF0) << 4;
    (width > 0 && height > 0).then(|| format!("{width}x{height}"))
}

fn size_mm(timing: &[u8]) -> Option<(u64, u64)> {
    let byte = |at: usize| timing.get(at).copied().map(u64::from);
    let size = (byte(12)? | (byte(14)? & 0xF0) << 4, byte(13)? | (byte(14)? & 0x0F) << 8);
    (size.0 > 0 && size.1 > 0).then_some(size)
}

/// In tenths of an inch of 25.4 mm, rounded.
fn diagonal((width, height): (u64, u64)) -> Option<u64> {
    let hundredths_mm = (10_000 * (width * width + height * height)).isqrt();
    (width > 0 && height > 0).then(|| (hundredths_mm + 127) / 254)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A Dell U2419H.
    pub(crate) fn edid() -> Vec<u8> {
        let mut edid = vec![0u8; BLOCK];
        edid[..8].copy_from_slice(&[0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0]);
        // DEL, product A0C4, serial 0x4C303241, week 32 of 2019
        edid[8..12].copy_from_slice(&[0x10, 0xAC, 0xC4, 0xA0]);
        edid[12..18].copy_from_slice(&[0x41, 0x32, 0x30, 0x4C, 32, 29]);
        // 1920x1080, 527 mm by 296 mm
        edid[54..72].copy_from_slice(&[
            0x02, 0x3A, 0x80, 0x18, 0x71, 0x38, 0x2D, 0x40, 0x58, 0x2C, 0x45, 0x00, 0x0F, 0x28, 0x21, 0, 0, 0x1E,
        ]);
        edid[72..90].copy_from_slice(b"\0\0\0\xFF\0CN0XYZ123\n   ");
        edid[90..108].copy_from_slice(b"\0\0\0\xFC\0DELL U2419H\n ");
        let sum = edid.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        edid[127] = sum.wrapping_neg();
        edid
    }

    #[test]
    fn a_monitor_is_described() {
        let monitor = parse(&edid()).unwrap();
        assert_eq!(monitor.name.as_deref(), Some("DELL U2419H"));
        assert_eq!(monitor.manufacturer.as_deref(), Some("Dell"));
        assert_eq!(monitor.model.as_deref(), Some("DELA0C4"));
        assert_eq!(monitor.serial.as_deref(), Some("CN0XYZ123"));
        assert_eq!(monitor.year, Some(2019));
        assert_eq!(monitor.resolution.as_deref(), Some("1920x1080"));
        assert_eq!(monitor.diagonal_tenths_inch, Some(238));
    }

    #[test]
    fn what_is_no_edid_is_no_monitor() {
        assert_eq!(parse(&[]), None);
        let mut damaged = edid();
        damaged[20] ^= 1;
        assert_eq!(parse(&damaged), None);
    }
}
