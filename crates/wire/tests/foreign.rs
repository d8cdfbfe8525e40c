//! What is read of the documents of the three kinds of agents. The fixtures describe one made-up laptop as each of the
//! agents does, and a Windows desktop.

#![cfg(feature = "foreign")]
#![allow(clippy::unwrap_used, missing_docs)]

use vigie_kernel::Code;
use vigie_wire::{
    Section, Sections,
    foreign::{Dialect, ForeignInventory, Headers, Kind, Message, Refusal, read},
    inventory::Software,
};

const GLPI: &str = include_str!("foreign/laptop-glpi.json");
const FUSION_INVENTORY: &str = include_str!("foreign/laptop-fusioninventory.xml");
const OCS: &str = include_str!("foreign/laptop-ocs.xml");
const WINDOWS: &str = include_str!("foreign/windows-glpi.json");
const PARTIAL: &str = include_str!("foreign/laptop-glpi-partial.json");
const CONTACT: &str = include_str!("foreign/contact.json");
const PROLOG: &str = include_str!("foreign/prolog.xml");

const AGENT_ID: &str = "0aa0eb42-e55d-11f1-b03b-dfbc6235b6f1";
const OCS_AGENT: Headers<'_> = Headers { glpi_agent_id: None, user_agent: Some("OCS-NG_unified_unix_agent_v2.10.0") };
const GLPI_AGENT: Headers<'_> = Headers { glpi_agent_id: Some(AGENT_ID), user_agent: Some("GLPI-Agent_v1.12-dev") };

fn inventory(document: impl AsRef<[u8]>, headers: &Headers<'_>) -> ForeignInventory {
    match read(document.as_ref(), headers).unwrap() {
        Message::Inventory(inventory) => *inventory,
        other => panic!("{other:?}"),
    }
}

/// A full inventory of one section, as GLPI's agent writes it.
fn of(section: &str, content: &str) -> ForeignInventory {
    let document = format!(r#"{{"deviceid": "x", "content": {{"{section}": {content}}}}}"#);
    inventory(document, &Headers::default())
}

#[test]
fn the_envelope_says_who_and_what() {
    let glpi = inventory(GLPI, &GLPI_AGENT);
    assert_eq!((glpi.kind, glpi.dialect), (Kind::Glpi, Dialect::Json));
    assert_eq!(glpi.device_id, "pc-042-2026-03-04-05-06-07");
    assert_eq!(glpi.agent_id.unwrap().to_string(), AGENT_ID);
    assert_eq!(glpi.agent_version.as_deref(), Some("1.12-dev"));
    assert_eq!((glpi.tag.as_deref(), glpi.partial, glpi.item_type.as_str()), (Some("acme"), false, "Computer"));
    assert_eq!(glpi.collected_at.unwrap().to_string(), "2026-11-21T02:38:40Z");
    assert_eq!(glpi.remarks, []);

    let fusion = inventory(FUSION_INVENTORY, &Headers::default());
    assert_eq!((fusion.kind, fusion.dialect), (Kind::FusionInventory, Dialect::Xml));
    assert_eq!((fusion.agent_version.as_deref(), fusion.tag.as_deref()), (Some("2.6-3"), Some("acme")));

    let ocs = inventory(OCS, &OCS_AGENT);
    assert_eq!(ocs.kind, Kind::Ocs);
    assert_eq!((ocs.agent_version.as_deref(), ocs.tag.as_deref()), (Some("2.10.0"), Some("acme")));
    assert_eq!(ocs.old_device_id.as_deref(), Some("old-name-2025-03-04-05-06-07"));
    assert_eq!(ocs.collected_at, None);
}

#[test]
fn a_whole_laptop_is_mapped() {
    let laptop = inventory(GLPI, &GLPI_AGENT);
    let expected = include_str!("foreign/laptop-expected.json");
    let expected: Sections = serde_json::from_str(expected).unwrap();
    for section in Section::ALL {
        let text = |it: &Sections| it.to_json(*section).map(|json| String::from_utf8(json).unwrap());
        assert_eq!(text(&laptop.sections), text(&expected), "{section:?}");
    }
    assert_eq!(laptop.present(), expected.present());
}

#[test]
fn the_three_agents_describe_one_machine() {
    let mut glpi = inventory(GLPI, &GLPI_AGENT).sections;
    // Only GLPI's agent knows about that.
    glpi.bios.as_mut().unwrap().secure_boot = None;
    let fusion = inventory(FUSION_INVENTORY, &Headers::default()).sections;
    let ocs = inventory(OCS, &OCS_AGENT).sections;
    for section in fusion.present() {
        let text = |it: &Sections| it.to_json(section).map(|json| String::from_utf8(json).unwrap());
        assert_eq!(text(&fusion), text(&glpi), "{section:?}");
    }
    let packages = |it: &Sections| {
        let key = |it: Software| (it.name, it.version, it.architecture, it.source);
        it.software.clone().unwrap().into_iter().map(key).collect::<Vec<_>>()
    };
    assert_eq!(packages(&ocs), packages(&glpi));
    let (of_ocs, of_glpi) = (ocs.operating_system.clone().unwrap(), glpi.operating_system.clone().unwrap());
    assert_eq!(of_ocs.name, of_glpi.name);
    assert_eq!(of_ocs.distribution, of_glpi.distribution);
    assert_eq!(of_ocs.architecture, of_glpi.architecture);
    let (a, b) = (ocs.system.clone().unwrap(), glpi.system.clone().unwrap());
    assert_eq!((a.name, a.serial, a.uuid, a.model, a.chassis), (b.name, b.serial, b.uuid, b.model, b.chassis));
    assert_eq!((a.memory_bytes, a.swap_bytes, a.dns_servers), (b.memory_bytes, b.swap_bytes, b.dns_servers));
    let (a, b) = (&ocs.processors.as_ref().unwrap()[0], &glpi.processors.as_ref().unwrap()[0]);
    assert_eq!((&a.name, a.cores, a.threads, &a.architecture), (&b.name, b.cores, b.threads, &b.architecture));
    let addresses = |it: &Sections, name: &str| {
        let interfaces = it.networks.clone().unwrap().into_iter();
        interfaces
            .filter(|it| it.name.as_deref() == Some(name))
            .map(|it| (it.mac, it.addresses, it.gateway))
            .collect::<Vec<_>>()
    };
    for name in ["wlp0s20f3", "enp0s31f6"] {
        assert_eq!(addresses(&ocs, name), addresses(&glpi, name), "{name}");
    }
    let disks = ocs.disks.unwrap();
    assert_eq!(
        (disks.len(), disks[0].size_bytes, disks[0].serial.as_deref()),
        (1, Some(512_110_190_592), Some("S64KNX0T123456"))
    );
    let slots = ocs.memory_slots.unwrap();
    assert_eq!((slots[0].capacity_bytes, slots[1].capacity_bytes), (Some(8 << 30), None));
    assert_eq!(ocs.local_groups.unwrap()[0].members, ["someone", "other"]);
}

#[test]
fn secrets_are_never_kept() {
    for document in [GLPI, FUSION_INVENTORY] {
        assert!(document.contains("secret-in-"));
        let read = inventory(document, &Headers::default());
        assert!(!format!("{read:?}").contains("secret"), "{read:?}");
    }
}

#[test]
fn windows_is_mapped() {
    let desktop = inventory(WINDOWS, &GLPI_AGENT);
    let reasons: Vec<_> = desktop.remarks.iter().map(|it| (it.field.as_str(), it.reason.as_str())).collect();
    assert_eq!(reasons, [("operating_system.install_date", "impossible-date")]);
    let sections = desktop.sections;
    let system = sections.system.unwrap();
    assert_eq!((system.serial, system.manufacturer, system.model), (None, None, None), "nobody filled them in");
    assert_eq!(system.uuid.as_deref(), Some("bc4c4d56-a9c6-6919-0000-0123456789ab"));
    let windows = sections.operating_system.unwrap();
    assert_eq!(windows.family.as_deref(), Some("windows"));
    assert_eq!(windows.edition.as_deref(), Some("Professionnel"));
    assert_eq!((windows.version.as_deref(), windows.build.as_deref()), (Some("23H2"), Some("22631")));
    assert_eq!(windows.architecture.as_deref(), Some("x86_64"));
    let volume = &sections.volumes.unwrap()[0];
    assert_eq!(
        (volume.mount_point.as_deref(), volume.label.as_deref(), &volume.device),
        (Some("C:"), Some("System"), &None)
    );
    assert_eq!((volume.encrypted, &volume.encryption, volume.system), (Some(false), &None, Some(true)));
    assert_eq!(sections.disks.unwrap()[0].kind.as_deref(), Some("ssd"));
    let software = sections.software.unwrap();
    assert_eq!(software.len(), 2);
    assert_eq!(software[0].install_date.as_deref(), Some("2024-09-15"));
    assert_eq!((software[1].source.as_deref(), software[1].user.as_deref()), (Some("store"), Some("someone")));
    let update = &sections.updates.unwrap()[0];
    assert_eq!(
        (update.name.as_deref(), update.security, update.install_date.as_deref()),
        (Some("KB5034441"), Some(true), Some("2024-01-15"))
    );
    assert_eq!(sections.networks.unwrap()[0].dhcp_server.as_deref(), Some("192.0.2.1"));
}

#[test]
fn a_partial_inventory_changes_only_what_it_carries() {
    let held = inventory(GLPI, &GLPI_AGENT).onto(None);
    let partial = inventory(PARTIAL, &GLPI_AGENT);
    assert!(partial.partial);
    assert_eq!(partial.present(), [Section::System, Section::Processors, Section::Software, Section::Printers]);
    let after = partial.onto(Some(held.clone()));
    assert_eq!(after.software.as_ref().unwrap().len(), 1, "a list is a whole list");
    assert_eq!(after.printers, Some(vec![]), "an empty list is none");
    assert_eq!(after.operating_system, held.operating_system);
    assert_eq!(after.networks, held.networks);
    let (system, before) = (after.system.unwrap(), held.system.clone().unwrap());
    assert_eq!(
        (system.domain, system.time_zone),
        (before.domain, before.time_zone),
        "they stand in a section that was not sent"
    );
    assert_eq!(after.processors.unwrap()[0].architecture.as_deref(), Some("x86_64"));

    let full = inventory(WINDOWS, &GLPI_AGENT);
    assert_eq!(full.onto(Some(held)), full.sections, "a full inventory leaves nothing of the former one");
    let alone = inventory(PARTIAL, &GLPI_AGENT);
    assert_eq!(alone.onto(None), alone.sections);
}

#[test]
fn first_messages_are_told_apart() {
    let prolog = |headers: &Headers<'_>| match read(PROLOG.as_bytes(), headers).unwrap() {
        Message::Prolog(prolog) => prolog,
        other => panic!("{other:?}"),
    };
    let probe = prolog(&GLPI_AGENT);
    assert!(probe.wants_json);
    assert_eq!((probe.kind, probe.device_id.as_str()), (Kind::Glpi, "pc-042-2026-03-04-05-06-09"));
    assert_eq!(Message::Prolog(probe).dialect(), Dialect::Json);
    let ocs = prolog(&OCS_AGENT);
    assert_eq!((ocs.wants_json, ocs.kind), (false, Kind::Ocs));
    let fusion = Headers { user_agent: Some("FusionInventory-Agent_v2.6-3"), ..Headers::default() };
    assert_eq!(prolog(&fusion).kind, Kind::FusionInventory);

    let Message::Contact(contact) = read(CONTACT.as_bytes(), &GLPI_AGENT).unwrap() else { panic!() };
    assert_eq!(contact.enabled_tasks, ["deploy", "inventory"]);
    assert_eq!((contact.tag.as_deref(), contact.agent_version.as_deref()), (Some("acme"), Some("1.12-dev")));

    let Message::Other(other) = read(br#"{"action": "netdiscovery", "deviceid": "x"}"#, &GLPI_AGENT).unwrap() else {
        panic!()
    };
    assert_eq!((other.query.as_str(), other.dialect), ("netdiscovery", Dialect::Json));
}

#[test]
fn what_is_no_such_document_is_refused_with_its_own_code() {
    let code = |document: &[u8]| read(document, &Headers::default()).unwrap_err().code();
    assert_eq!(code(b""), Code::FormatUnknown);
    assert_eq!(code(b"hello"), Code::FormatUnknown);
    assert_eq!(code(b"{}"), Code::FormatUnknown);
    assert_eq!(code(b"<html><body/></html>"), Code::FormatUnknown);
    assert_eq!(code(br#"{"action": "inventory""#), Code::InventoryMalformed);
    assert_eq!(code(br#"{"action": "inventory", "deviceid": "x"}"#), Code::InventoryMalformed);
    assert_eq!(code(br#"{"content": {"bios": {}}}"#), Code::InventoryMalformed);
    assert_eq!(code(b"<REQUEST><QUERY>PROLOG</QUERY></REQUEST>"), Code::InventoryMalformed);
    assert_eq!(code(b"<REQUEST><CONTENT><BIOS></REQUEST>"), Code::InventoryMalformed);
    assert_eq!(code("{\"a\":".repeat(50).as_bytes()), Code::InventoryTooDeep);
    assert_eq!(code("<a>".repeat(50).as_bytes()), Code::InventoryTooDeep);
    let many = format!("<REQUEST>{}</REQUEST>", "<a/>".repeat(700_000));
    assert_eq!(code(many.as_bytes()), Code::InventoryTooLarge);
    assert_eq!(Refusal::Busy.code(), Code::Busy);
}

#[test]
fn entities_are_not_expanded() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY file SYSTEM "file:///etc/passwd">]>
        <REQUEST><DEVICEID>&file;</DEVICEID><QUERY>PROLOG</QUERY></REQUEST>"#;
    let refusal = read(bomb.as_bytes(), &Headers::default()).unwrap_err();
    assert_eq!(refusal.code(), Code::InventoryMalformed);
    let document = r"<REQUEST><DEVICEID>x</DEVICEID><CONTENT><SOFTWARES><NAME>R&amp;D &lt;x&gt; &#233;&#x41;&#0; &unknown; A & B
        <![CDATA[<raw> & ]]></NAME></SOFTWARES></CONTENT></REQUEST>";
    let software = inventory(document, &Headers::default()).sections.software.unwrap();
    let words: Vec<_> = software[0].name.as_deref().unwrap().split_whitespace().collect();
    assert_eq!(words.join(" "), "R&D <x> éA &unknown; A & B <raw> &");
}

#[test]
fn encodings_are_read_as_declared_or_guessed() {
    let named = |name: &[u8], declaration: &str| {
        let mut document =
            format!("{declaration}<REQUEST><DEVICEID>x</DEVICEID><CONTENT><HARDWARE><NAME>").into_bytes();
        document.extend_from_slice(name);
        document.extend_from_slice(b"</NAME></HARDWARE></CONTENT></REQUEST>");
        inventory(document, &Headers::default()).sections.system.unwrap().name.unwrap()
    };
    assert_eq!(named("été".as_bytes(), ""), "été");
    assert_eq!(named(b"\xe9t\xe9", r#"<?xml version="1.0" encoding="ISO-8859-1"?>"#), "été");
    assert_eq!(named(b"\x80", "<?xml version='1.0' encoding='Windows-1252'?>"), "€");
    assert_eq!(named(b"\xe9t\xc3\xa9", r#"<?xml version="1.0" encoding="UTF-8"?>"#), "été", "both in one document");
    assert_eq!(named(b"a\0b", ""), "a b");
    let utf_16: Vec<u8> = std::iter::once(0xfeff)
        .chain("<REQUEST><DEVICEID>é</DEVICEID><QUERY>PROLOG</QUERY></REQUEST>".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let Message::Prolog(prolog) = read(&utf_16, &Headers::default()).unwrap() else { panic!() };
    assert_eq!(prolog.device_id, "é");
    let json = b"\xef\xbb\xbf{\"deviceid\": \"x\", \"content\": {\"hardware\": {\"name\": \"\xe9t\xe9\x00\"}}}";
    assert_eq!(inventory(json, &Headers::default()).sections.system.unwrap().name.as_deref(), Some("été"));
}

#[test]
fn wrong_types_cost_the_value_and_not_the_document() {
    let odd = of(
        "softwares",
        r#"[{"name": "a", "version": 12, "filesize": "lots", "install_date": "1970-01-01"}, 5, null, {"name": ["b"]}, {"name": {"x": 1}}]"#,
    );
    let software = odd.sections.software.unwrap();
    let names: Vec<_> = software.iter().map(|it| it.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(
        (software[0].version.as_deref(), software[0].size_bytes, &software[0].install_date),
        (Some("12"), None, &None)
    );
    let reasons: Vec<_> = odd.remarks.iter().map(|it| it.reason.as_str()).collect();
    assert_eq!(reasons, ["impossible-date", "not-a-number", "unknown-value", "unknown-value"]);
    assert_eq!(of("softwares", "\"none\"").sections.software, None);
    assert_eq!(of("hardware", "[]").sections.system, None);
    assert_eq!(
        of("memories", r#"{"capacity": 1024}"#).sections.memory_slots.unwrap()[0].capacity_bytes,
        Some(1 << 30),
        "one item is a list"
    );
}

#[test]
fn interfaces_are_merged_and_addresses_keep_their_prefix() {
    let networks = of(
        "networks",
        r#"[{"description": "eth0", "mac": "AA-BB-CC-00-00-01", "ipaddress": "192.0.2.1", "ipmask": "255.255.255.240"},
            {"description": "eth0", "mac": "aa:bb:cc:00:00:01", "ipaddress6": "2001:db8::1", "ipmask6": "ffff:ffff:ffff::"},
            {"description": "eth0", "mac": "aa:bb:cc:00:00:01", "ipaddress": "192.0.2.1", "ipmask": "255.255.255.240"},
            {"description": "lo", "ipaddress6": "::1", "ipmask6": "fff0::", "mac": "00:00:00:00:00:00"},
            {"description": "tun0", "ipaddress": "198.51.100.1", "ipmask": "255.0.255.0"},
            {"description": "bad", "ipaddress": "not an address", "mac": "zz"}]"#,
    );
    assert_eq!(networks.remarks[0].reason, "unknown-value");
    let networks = networks.sections.networks.unwrap();
    assert_eq!(networks.len(), 4);
    assert_eq!(networks[0].addresses, ["192.0.2.1/28", "2001:db8::1/48"]);
    assert_eq!(networks[0].mac.as_deref(), Some("aa:bb:cc:00:00:01"));
    assert_eq!((networks[1].addresses[0].as_str(), networks[1].kind.as_deref()), ("::1/128", Some("loopback")));
    assert_eq!(networks[1].mac, None, "all zeros is no address");
    assert_eq!(networks[2].addresses, ["198.51.100.1/32"], "that mask is none");
    assert_eq!((&networks[3].mac, networks[3].addresses.len()), (&None, 0));
}

#[test]
fn kinds_of_chassis_and_of_guests_are_few() {
    let system = |chassis: &str, machine: &str| {
        let hardware = format!(r#"{{"name": "x", "chassis_type": "{chassis}", "vmsystem": "{machine}"}}"#);
        let system = of("hardware", &hardware).sections.system.unwrap();
        (system.chassis.unwrap_or_default(), system.virtualization.unwrap_or_default())
    };
    for (told, chassis) in [
        ("Notebook", "laptop"),
        ("Laptop", "laptop"),
        ("Mini Tower", "desktop"),
        ("Low Profile Desktop", "desktop"),
        ("All in One", "all-in-one"),
        ("Rack Mount Chassis", "server"),
        ("Main Server Chassis", "server"),
        ("Blade", "blade"),
        ("Convertible", "tablet"),
        ("Mini PC", "mini"),
        ("Unknown", ""),
        ("Something else", "other"),
    ] {
        assert_eq!(system(told, "Physical"), (chassis.to_owned(), String::new()), "{told}");
    }
    for (told, kind) in
        [("VMware", "vmware"), ("VirtualBox", "oracle"), ("Hyper-V", "microsoft"), ("Docker", "docker"), ("KVM", "kvm")]
    {
        assert_eq!(system("Other", told), ("virtual".to_owned(), kind.to_owned()), "{told}");
    }
}

#[test]
fn names_of_systems_become_ids() {
    let distribution = |name: &str| {
        let content = format!(r#"{{"full_name": "{name}", "kernel_name": "linux"}}"#);
        of("operatingsystem", &content).sections.operating_system.unwrap().distribution
    };
    for (name, id) in [
        ("Ubuntu 24.04.1 LTS", "ubuntu"),
        ("Red Hat Enterprise Linux 9.4 (Plow)", "rhel"),
        ("Rocky Linux 9.4 (Blue Onyx)", "rocky"),
        ("SUSE Linux Enterprise Server 15 SP5", "sles"),
        ("openSUSE Leap 15.6", "opensuse-leap"),
    ] {
        assert_eq!(distribution(name).as_deref(), Some(id), "{name}");
    }
    assert_eq!(distribution("House Linux"), None);
}

#[test]
fn versions_and_builds_are_told_apart() {
    let system = |content: &str| {
        let system = of("operatingsystem", content).sections.operating_system.unwrap();
        (system.version.unwrap_or_default(), system.build.unwrap_or_default())
    };
    for (content, version, build) in [
        (r#"{"full_name": "Fedora 31", "version": "31 (Workstation Edition)"}"#, "31", ""),
        (r#"{"full_name": "macOS", "version": "10.13.5 (17F77)"}"#, "10.13.5", "17F77"),
        (r#"{"full_name": "Microsoft Windows 8.1 Pro", "kernel_version": "6.3.9600"}"#, "6.3.9600", "9600"),
        (
            r#"{"full_name": "Microsoft Windows 11 Pro", "version": "23H2", "kernel_version": "10.0.22631", "service_pack": "22631.3155"}"#,
            "23H2",
            "22631.3155",
        ),
        (
            r#"{"full_name": "Microsoft Windows 7", "kernel_version": "6.1.7601", "service_pack": "Service Pack 1"}"#,
            "6.1.7601",
            "7601",
        ),
    ] {
        assert_eq!(system(content), (version.to_owned(), build.to_owned()), "{content}");
    }
}

#[test]
fn threads_are_those_of_the_whole_processor() {
    let threads = |core: u32, thread: u32, agent: &str| {
        let document = format!(
            r#"{{"deviceid": "x", "content": {{"versionclient": "{agent}", "cpus": [{{"core": {core}, "thread": {thread}}}]}}}}"#
        );
        inventory(document, &Headers::default()).sections.processors.unwrap()[0].threads.unwrap()
    };
    assert_eq!(threads(4, 2, "GLPI-Agent_v1.12"), 8);
    assert_eq!(threads(2, 4, "GLPI-Agent_v1.12"), 4);
    assert_eq!(threads(2, 1, "GLPI-Agent_v1.12"), 2);
    assert_eq!(threads(2, 2, "FusionInventory-Agent_v2.6"), 2);
    assert_eq!(threads(4, 1, "FusionInventory-Agent_v2.6"), 4);
    assert_eq!(threads(4, 8, "FusionInventory-Agent_v2.6"), 8);
}

#[test]
fn a_work_group_is_no_domain() {
    let document = r#"{"deviceid": "x", "content": {"hardware": {"name": "PC", "workgroup": "WORKGROUP"},
        "operatingsystem": {"full_name": "Windows", "dns_domain": "WORKGROUP"}}}"#;
    let system = inventory(document, &Headers::default()).sections.system.unwrap();
    assert_eq!((system.domain, system.workgroup.as_deref()), (None, Some("WORKGROUP")));
}

#[test]
fn long_lists_are_cut_and_remarked() {
    let items = vec![r#"{"name": "x", "from": "rpm"}"#; 20_001].join(",");
    let read = of("softwares", &format!("[{items}]"));
    assert_eq!(read.sections.software.unwrap().len(), 20_000);
    assert_eq!(read.remarks[0].reason, "too-many");
}

#[test]
fn errors_are_answered_in_the_language_of_the_client() {
    assert_eq!(Dialect::of(Some(b" {"), &Headers::default()), Dialect::Json);
    assert_eq!(Dialect::of(Some(b"<x>"), &Headers::default()), Dialect::Xml);
    assert_eq!(Dialect::of(Some(PROLOG.as_bytes()), &GLPI_AGENT), Dialect::Json);
    assert_eq!(Dialect::of(Some(OCS.as_bytes()), &GLPI_AGENT), Dialect::Xml);
    assert_eq!(Dialect::of(None, &GLPI_AGENT), Dialect::Json);
    assert_eq!(Dialect::of(None, &OCS_AGENT), Dialect::Xml);
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300), mark in "[{<]?") {
        let document = [mark.as_bytes(), &bytes].concat();
        let _ = read(&document, &GLPI_AGENT);
    }

    /// Damage to real documents reaches further than noise does.
    #[test]
    fn damaged_documents_are_read_or_refused(
        which in 0..5_usize,
        at in 0.0..1.0_f64,
        length in 0..40_usize,
        with in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..10),
    ) {
        let document = [GLPI, FUSION_INVENTORY, OCS, WINDOWS, PARTIAL][which].as_bytes();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let at = (document.len() as f64 * at) as usize;
        let damaged = [&document[..at], &with, &document[(at + length).min(document.len())..]].concat();
        if let Ok(Message::Inventory(inventory)) = read(&damaged, &Headers::default()) {
            let held = inventory.clone().onto(Some(inventory.sections.clone()));
            proptest::prop_assert_eq!(held.present(), inventory.present());
        }
    }
}
