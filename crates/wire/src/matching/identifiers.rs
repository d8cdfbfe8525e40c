//! Identifiers in one form, and what of a machine's sections identifies it.

use uuid::Uuid;

use super::bogus;
use crate::{Sections, inventory::NetworkInterface};

/// Most addresses of each kind that one machine is recognised by.
const MAX_MACS: usize = 64;

/// A serial number as it is compared: upper case, single spaces.
pub fn normal_serial(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase()
}

/// A serial number that identifies something, as it is compared.
pub fn valid_serial(text: &str) -> Option<String> {
    let serial = normal_serial(text);
    (!bogus::serial(&serial)).then_some(serial)
}

/// A UUID in any of its usual forms: with or without hyphens, in braces, in either case.
pub fn normal_uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.trim()).ok()
}

/// A UUID that identifies something.
pub fn valid_uuid(text: &str) -> Option<Uuid> {
    normal_uuid(text).filter(|uuid| !bogus::uuid(*uuid))
}

/// The same UUID with its first three groups in the other byte order. Hypervisors and guests tell of one machine in
/// different orders, because SMBIOS changed its own in version 2.6.
pub fn swapped(uuid: Uuid) -> Uuid {
    Uuid::from_bytes_le(*uuid.as_bytes())
}

/// A hardware address in lower case with colons; `-`, `.` and no separators are read too.
pub fn normal_mac(text: &str) -> Option<String> {
    let digits: Vec<u8> = text.trim().bytes().filter(|byte| !matches!(byte, b':' | b'-' | b'.')).collect();
    // Six bytes; InfiniBand's have twenty, and EUI-64 eight.
    if !matches!(digits.len(), 12 | 16 | 40) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut mac = String::with_capacity(digits.len() / 2 * 3);
    for (at, digit) in digits.iter().enumerate() {
        if at > 0 && at % 2 == 0 {
            mac.push(':');
        }
        mac.push(char::from(digit.to_ascii_lowercase()));
    }
    Some(mac)
}

/// How far a hardware address tells one machine from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mac {
    /// It belongs to one adapter in the world.
    Universal(String),
    /// It was made up by software (the locally administered bit): often random or virtual, but cloud machines have no
    /// others.
    Local(String),
}

/// A hardware address that identifies something, in normal form.
pub fn valid_mac(text: &str) -> Option<Mac> {
    let mac = normal_mac(text).filter(|mac| !bogus::mac(mac))?;
    let local = mac.as_bytes().get(1).is_some_and(|digit| b"26ae".contains(digit));
    Some(if local { Mac::Local(mac) } else { Mac::Universal(mac) })
}

/// The identity that an installed system gave itself, as it is compared: hexadecimal digits in lower case.
pub fn valid_machine_id(text: &str) -> Option<String> {
    let id: String = text.chars().filter(|c| !matches!(c, '-' | '{' | '}' | ' ')).collect::<String>().to_lowercase();
    let hexadecimal = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let repeated = id.as_bytes().windows(2).all(|pair| pair[0] == pair[1]);
    (hexadecimal && !repeated).then_some(id)
}

/// A host name as it is compared: lower case, and split into the name and its domain.
pub fn normal_name(text: &str) -> Option<(String, Option<String>)> {
    let text = text.trim().trim_end_matches('.').to_lowercase();
    if text.is_empty() || bogus::name(&text) {
        return None;
    }
    match text.split_once('.') {
        Some((name, domain)) if !name.is_empty() && text.parse::<std::net::IpAddr>().is_err() => {
            (!bogus::name(name)).then(|| (name.to_owned(), Some(domain.to_owned())))
        }
        _ => Some((text, None)),
    }
}

/// A maker's name that says something, as it is compared: its first word in lower case, because `Dell` and
/// `Dell Inc.` are one.
pub fn valid_manufacturer(text: &str) -> Option<String> {
    if bogus::model(text) {
        return None;
    }
    let word = text.split(|c: char| c.is_whitespace() || c == ',').find(|word| !word.is_empty())?.to_lowercase();
    Some(match word.as_str() {
        "hewlett-packard" | "hpe" => "hp".to_owned(),
        _ => word,
    })
}

/// A model that says something, as it is compared.
pub fn valid_model(text: &str) -> Option<String> {
    let model = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    (!bogus::model(&model)).then_some(model)
}

/// What identifies a machine: valid values only, each in the form in which it is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identifiers {
    /// Host name without domain.
    pub name: Option<String>,
    /// DNS domain.
    pub domain: Option<String>,
    /// Serial number of the system; when it is bogus, that of the main board.
    pub serial: Option<String>,
    /// UUID of the firmware.
    pub uuid: Option<Uuid>,
    /// Identity of the installed system.
    pub machine_id: Option<String>,
    /// Addresses of adapters that are part of the machine.
    pub macs: Vec<String>,
    /// Addresses that may be elsewhere tomorrow: of docks and USB adapters, and those made up by software.
    pub weak_macs: Vec<String>,
    /// Maker.
    pub manufacturer: Option<String>,
    /// Model.
    pub model: Option<String>,
}

impl Identifiers {
    /// What of these sections identifies the machine.
    pub fn of(sections: &Sections) -> Self {
        let mut identifiers = Self::default();
        if let Some(system) = &sections.system {
            if let Some((name, domain)) = system.name.as_deref().and_then(normal_name) {
                identifiers.name = Some(name);
                let told = system.domain.as_ref().map(|it| it.trim().to_lowercase()).filter(|it| !it.is_empty());
                identifiers.domain = told.or(domain);
            }
            identifiers.serial = system.serial.as_deref().and_then(valid_serial);
            identifiers.uuid = system.uuid.as_deref().and_then(valid_uuid);
            identifiers.machine_id = system.machine_id.as_deref().and_then(valid_machine_id);
            identifiers.manufacturer = system.manufacturer.as_deref().and_then(valid_manufacturer);
            identifiers.model = system.model.as_deref().and_then(valid_model);
        }
        if identifiers.serial.is_none() {
            let boards = sections.boards.iter().flatten();
            identifiers.serial = boards.filter_map(|board| board.serial.as_deref()).find_map(valid_serial);
        }
        for interface in sections.networks.iter().flatten().filter(|it| is_of_this_machine(it)) {
            match interface.mac.as_deref().and_then(valid_mac) {
                Some(Mac::Universal(mac)) if !is_on_a_cable(interface) => identifiers.macs.push(mac),
                Some(Mac::Universal(mac) | Mac::Local(mac)) => identifiers.weak_macs.push(mac),
                None => {}
            }
        }
        for macs in [&mut identifiers.macs, &mut identifiers.weak_macs] {
            macs.sort_unstable();
            macs.dedup();
            macs.truncate(MAX_MACS);
        }
        identifiers
    }

    /// Drops every value that several machines have: a placeholder that no list knows yet, or an adapter that travels.
    /// `shared` is asked for serials, UUIDs and addresses.
    pub fn forget(&mut self, shared: impl Fn(&str) -> bool) {
        self.serial.take_if(|it| shared(it));
        self.uuid.take_if(|it| shared(&it.to_string()));
        self.macs.retain(|it| !shared(it));
        self.weak_macs.retain(|it| !shared(it));
    }
}

/// Not an interface that software made: bridges, tunnels and the like have addresses of their own or of what they are
/// made of.
fn is_of_this_machine(interface: &NetworkInterface) -> bool {
    let software = ["loopback", "bridge", "tunnel", "vlan", "aggregate", "bluetooth"];
    let by_kind = interface.kind.as_deref().is_some_and(|kind| software.contains(&kind));
    interface.virtual_interface != Some(true) && !by_kind
}

/// Whether the adapter is a dock's or hangs on USB: it goes from machine to machine.
fn is_on_a_cable(interface: &NetworkInterface) -> bool {
    const DRIVERS: &[&str] = &[
        "asix",
        "aqc111",
        "ax88179_178a",
        "cdc_eem",
        "cdc_ether",
        "cdc_mbim",
        "cdc_ncm",
        "dm9601",
        "ipheth",
        "lan78xx",
        "mcs7830",
        "r8152",
        "rndis_host",
        "rtl8150",
        "smsc75xx",
        "smsc95xx",
        "sr9700",
        "thunderbolt-net",
        "thunderbolt_net",
    ];
    let driver = interface.driver.as_deref().is_some_and(|driver| DRIVERS.contains(&driver));
    let described = [&interface.name, &interface.model].into_iter().flatten().any(|text| {
        let text = text.to_lowercase();
        ["usb", "dock", "rtl8152", "rtl8153", "rtl8156", "ax88179", "thunderbolt"].iter().any(|it| text.contains(it))
    });
    driver || described
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Board, System};

    #[test]
    fn placeholders_are_no_serial_numbers() {
        for bogus in [
            "",
            "  ",
            "0",
            "1",
            "AB",
            "000000000",
            "1111111",
            "10101",
            "0000-0000-0000-0000-0000-0000-00",
            "AAAAAAAA",
            "xxxxxxxxxxx",
            "........",
            "To be filled by O.E.M.",
            "TO BE FILLED BY O.E.M.",
            "Default string",
            "System Serial Number",
            "N/A",
            "None",
            "unknow",
            "0123456789",
            "123456789",
            "SN-123456fvgv3i0b8o5n6n7k",
            "MB-1234567890",
            "SystemSerialNumb",
            "1.0",
            "1.0.0",
            "Not Specified",
        ] {
            assert_eq!(valid_serial(bogus), None, "{bogus:?}");
        }
        for (serial, normal) in [
            ("PF2ABC12", "PF2ABC12"),
            (" pf2abc12 ", "PF2ABC12"),
            ("VMware-56 4d 4c bc", "VMWARE-56 4D 4C BC"),
            // It looks like a version somewhere within, which is no reason.
            ("CZC1.2345X", "CZC1.2345X"),
            ("5CD", "5CD"),
        ] {
            assert_eq!(valid_serial(serial).as_deref(), Some(normal));
        }
    }

    #[test]
    fn uuids_are_read_in_every_form_and_bogus_ones_in_both_orders() {
        let expected = Uuid::try_parse("4c4c4544-0042-3510-8052-b3c04f564d32").unwrap();
        for text in [
            "4C4C4544-0042-3510-8052-B3C04F564D32",
            " {4c4c4544-0042-3510-8052-b3c04f564d32} ",
            "4c4c4544004235108052b3c04f564d32",
        ] {
            assert_eq!(valid_uuid(text), Some(expected));
        }
        for bogus in [
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "01010101-0101-0101-0101-010101010101",
            "03000200-0400-0500-0006-000700080009",
            "00020003-0004-0005-0006-000700080009",
            "6AB5B300-538D-1014-9FB5-B0684D007B53",
            "44454C4C-5600-1048-8057-B3C04F584831",
            "2",
            "not a uuid",
        ] {
            assert_eq!(valid_uuid(bogus), None, "{bogus}");
        }
        let esx = normal_uuid("564d4cbc-c6a9-1969-0000-0123456789ab").unwrap();
        assert_eq!(swapped(esx).to_string(), "bc4c4d56-a9c6-6919-0000-0123456789ab");
        assert_eq!(swapped(swapped(esx)), esx);
    }

    #[test]
    fn addresses_of_nobody_do_not_count_and_made_up_ones_count_less() {
        for bogus in [
            "",
            "00:00:00:00:00:00",
            "FF:FF:FF:FF:FF:FF",
            "fe:ff:ff:ff:ff:ff",
            "00:50:56:C0:00:08",
            "0A-00-27-00-00-00",
            "0A:00:27:00:00:00",
            "44:45:53:54:00:00",
            "50:50:54:50:30:30",
            "01:00:5e:00:00:fb",
            "12:34",
            "zz:zz:zz:zz:zz:zz",
        ] {
            assert_eq!(valid_mac(bogus), None, "{bogus}");
        }
        for same in ["8C:C6:81:00:00:01", "8c-c6-81-00-00-01", "8cc6.8100.0001", "8CC681000001"] {
            assert_eq!(valid_mac(same), Some(Mac::Universal("8c:c6:81:00:00:01".into())));
        }
        assert_eq!(valid_mac("02:fc:00:00:00:01"), Some(Mac::Local("02:fc:00:00:00:01".into())));
    }

    #[test]
    fn names_are_split_and_those_of_installers_are_none() {
        assert_eq!(normal_name("PC-042"), Some(("pc-042".into(), None)));
        assert_eq!(normal_name("pc-042.Example.net."), Some(("pc-042".into(), Some("example.net".into()))));
        assert_eq!(normal_name("192.0.2.1"), Some(("192.0.2.1".into(), None)));
        for bogus in ["", "localhost", "LOCALHOST.localdomain", "debian", "(none)"] {
            assert_eq!(normal_name(bogus), None, "{bogus}");
        }
    }

    #[test]
    fn identities_of_installed_systems_have_one_form() {
        let id = "0123456789abcdef0123456789abcdef";
        assert_eq!(valid_machine_id("01234567-89AB-CDEF-0123-456789abcdef").as_deref(), Some(id));
        for bogus in ["", "uninitialized", "00000000000000000000000000000000", "0123"] {
            assert_eq!(valid_machine_id(bogus), None);
        }
    }

    #[test]
    fn makers_are_compared_by_their_first_word() {
        for (a, b) in [("Dell Inc.", "DELL"), ("Hewlett-Packard", "HP"), ("LENOVO", "Lenovo")] {
            assert_eq!(valid_manufacturer(a), valid_manufacturer(b));
        }
        assert_eq!(valid_manufacturer("System manufacturer"), None);
        assert_eq!(valid_model("All Series"), None);
        assert_eq!(valid_model(" OptiPlex  7090 ").as_deref(), Some("optiplex 7090"));
    }

    fn interface(name: &str, mac: &str) -> NetworkInterface {
        NetworkInterface { name: Some(name.into()), mac: Some(mac.into()), ..NetworkInterface::default() }
    }

    #[test]
    fn docks_and_software_interfaces_are_not_the_machine() {
        let sections = Sections {
            networks: Some(vec![
                interface("eth0", "8c:c6:81:00:00:01"),
                NetworkInterface { driver: Some("r8152".into()), ..interface("enx1", "48:2a:e3:00:00:01") },
                interface("ThinkPad USB-C Dock Ethernet", "48:2a:e3:00:00:02"),
                NetworkInterface { model: Some("RTL8153 Gigabit".into()), ..interface("enx3", "48:2a:e3:00:00:03") },
                NetworkInterface { kind: Some("bridge".into()), ..interface("br0", "8c:c6:81:00:00:04") },
                NetworkInterface { virtual_interface: Some(true), ..interface("docker0", "8c:c6:81:00:00:05") },
                interface("ens3", "02:fc:00:00:00:06"),
                interface("lo", "00:00:00:00:00:00"),
            ]),
            ..Sections::default()
        };
        let mut identifiers = Identifiers::of(&sections);
        assert_eq!(identifiers.macs, ["8c:c6:81:00:00:01"]);
        assert_eq!(
            identifiers.weak_macs,
            ["02:fc:00:00:00:06", "48:2a:e3:00:00:01", "48:2a:e3:00:00:02", "48:2a:e3:00:00:03"]
        );
        identifiers.forget(|value| value.starts_with("48:2a") || value.starts_with("8c"));
        assert_eq!((identifiers.macs.len(), identifiers.weak_macs.len()), (0, 1));
    }

    #[test]
    fn the_board_s_serial_number_stands_in_for_a_bogus_one() {
        let sections = |serial: &str| Sections {
            system: Some(System { serial: Some(serial.into()), ..System::default() }),
            boards: Some(vec![Board { serial: Some("L1HF1AB0001".into()), ..Board::default() }]),
            ..Sections::default()
        };
        assert_eq!(Identifiers::of(&sections("Default string")).serial.as_deref(), Some("L1HF1AB0001"));
        assert_eq!(Identifiers::of(&sections("PF2ABC12")).serial.as_deref(), Some("PF2ABC12"));
    }
}
