//! Values that stand where an identifier should, and identify nothing: what makers leave in firmware, drivers give to
//! every adapter, and other inventory servers ignore by default (GLPI, OCS). All comparisons ignore case.

/// Texts that mean *not filled in*, whatever they were to describe.
const PLACEHOLDERS: &[&str] = &[
    "(null string)",
    "*",
    "asset tag",
    "asset-1234567890",
    "base board serial number",
    "chassis asset tag",
    "chassis serial number",
    "default",
    "default string",
    "empty",
    "fill by oem",
    "filled by o.e.m.",
    "invalid",
    "manufacturer",
    "n/a",
    "na",
    "no asset information",
    "no asset tag",
    "no dimm",
    "no module installed",
    "none",
    "not applicable",
    "not available",
    "not defined",
    "not provided",
    "not settable",
    "not specified",
    "null",
    "o.e.m",
    "o.e.m.",
    "oem",
    "part number",
    "product name",
    "serial number",
    "sku",
    "system manufacturer",
    "system name",
    "system product name",
    "system serial number",
    "system sku",
    "system version",
    "to be filled by o.e.m",
    "to be filled by o.e.m.",
    "undef",
    "undefined",
    "unknow",
    "unknown",
];

/// Serial numbers that many machines have, beyond [`PLACEHOLDERS`].
const SERIALS: &[&str] = &[
    "0123456789",
    "012345678901234567",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "123456789000",
    "12345678901234567",
    "123456789abcdef",
    "eval",
    "iatpass",
    "mb-1234567890",
    "nnnnnnn",
    "oem_serial",
    "serial number xxxxxx",
    "sn-12345",
    "sn-123456fvgv3i0b8o5n6n7k",
    "sn-1234567890",
    "sys-1234567890",
    "sys-9876543210",
    "systemserialnumb",
    "tulip computers",
    "xxxxxxxxxxx",
];

/// UUIDs that many machines have; each in both byte orders.
const UUIDS: &[u128] = &[
    0x0300_0200_0400_0500_0006_0007_0008_0009,
    0x6ab5_b300_538d_1014_9fb5_b068_4d00_7b53,
    0x1234_5678_1234_5678_90ab_cdde_efaa_bbcc,
    0x4445_4c4c_5600_1048_8057_b3c0_4f58_4831,
    0x0000_0000_0000_0000_0000_0000_0000_0002,
];

/// Hardware addresses that many machines have: virtual adapters, modems, faulty drivers.
const MACS: &[&str] = &[
    "00:01:02:7d:9b:1c",
    "00:08:a1:46:06:35",
    "00:08:a1:66:e2:1a",
    "00:09:dd:10:37:68",
    "00:0b:ca:fe:00:00",
    "00:0f:ea:9a:e2:f0",
    "00:10:5a:72:71:f3",
    "00:11:11:85:08:8b",
    "00:a0:c6:00:00:00",
    "02:00:4e:43:50:49",
    "02:80:37:ec:02:00",
    "0a:00:27:00:00:00",
    "10:11:11:11:11:11",
    "20:41:53:59:4e:ff",
    "24:b6:20:52:41:53",
    "33:50:6f:45:30:30",
    "44:45:53:54:00:00",
    "44:45:53:54:00:01",
    "44:45:53:54:61:6f",
    "50:50:54:50:30:30",
    "d2:0a:2d:a0:04:be",
    "d2:6b:25:2f:2c:e7",
    "e2:e6:16:20:0a:35",
    "fe:ff:ff:ff:ff:ff",
];

/// Models that say nothing, beyond [`PLACEHOLDERS`].
const MODELS: &[&str] = &["all series", "system model"];

/// Names that installers give to every machine.
const NAMES: &[&str] =
    &["localhost", "localhost.localdomain", "debian", "ubuntu", "unknown", "(none)", "none", "windows"];

fn listed(list: &[&str], value: &str) -> bool {
    list.iter().any(|it| it.eq_ignore_ascii_case(value))
}

/// Whether a text stands in place of a value that nobody filled in: `To be filled by O.E.M.`, `Default string`, `N/A`, or
/// nothing but filler such as `00000000` and `xxxx`.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let filler = text.chars().all(|c| matches!(c, '0' | 'x' | 'X' | 'f' | 'F' | '.' | '-' | '_' | '*' | ' '));
    filler || listed(PLACEHOLDERS, text)
}

pub(super) fn serial(serial: &str) -> bool {
    let significant: Vec<u8> = serial.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let repeated = significant.windows(2).all(|pair| pair[0].eq_ignore_ascii_case(&pair[1]));
    let zeros_and_ones = significant.iter().all(|byte| matches!(byte, b'0' | b'1'));
    // `1.0` or `1.0.0` is a version that slipped into the field.
    let version = matches!(serial.len(), 3 | 5)
        && serial.bytes().enumerate().all(|(at, byte)| if at % 2 == 0 { byte.is_ascii_digit() } else { byte == b'.' });
    significant.len() < 3 || repeated || zeros_and_ones || version || is_placeholder(serial) || listed(SERIALS, serial)
}

pub(super) fn uuid(uuid: uuid::Uuid) -> bool {
    let bytes = uuid.as_bytes();
    let repeated = bytes.windows(2).all(|pair| pair[0] == pair[1]);
    repeated || [uuid, super::swapped(uuid)].iter().any(|it| UUIDS.contains(&it.as_u128()))
}

pub(super) fn mac(mac: &str) -> bool {
    let multicast = mac.as_bytes().get(1).is_some_and(|digit| b"13579bdf".contains(digit));
    let digits = mac.bytes().filter(|byte| *byte != b':');
    let mut distinct: Vec<u8> = digits.collect();
    distinct.sort_unstable();
    distinct.dedup();
    // VMware gives its host adapters 00:50:56:c0:00:01, :08, … on every host.
    multicast || distinct.len() < 2 || mac.starts_with("00:50:56:c0:") || listed(MACS, mac)
}

pub(super) fn model(model: &str) -> bool {
    is_placeholder(model) || listed(MODELS, model)
}

pub(super) fn name(name: &str) -> bool {
    listed(NAMES, name) || is_placeholder(name)
}
