//! Reads what the real FusionInventory and OCS agents say of the machine that the tests run on, and compares it with
//! what the machine itself says. Each test does nothing where its agent is not installed (Debian packages
//! `fusioninventory-agent` and `ocsinventory-agent`).

#![cfg(feature = "foreign")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::{collections::BTreeSet, path::Path, process::Command};

use vigie_wire::{
    foreign::{DEFAULT_LIMIT, ForeignInventory, Headers, Kind, Message, inflate, read},
    inventory::Software,
};

/// Is in every agent's environment, and so in what FusionInventory's agent sends.
const SECRET: &str = "pass-phrase-that-nobody-else-has";

fn run(program: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").env("PROBE", SECRET).output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn take(document: &[u8]) -> ForeignInventory {
    let inflated = inflate(document, DEFAULT_LIMIT, &mut |_| true).unwrap();
    match read(&inflated, &Headers::default()).unwrap() {
        Message::Inventory(inventory) => *inventory,
        other => panic!("{other:?}"),
    }
}

fn fusion_inventory() -> Option<ForeignInventory> {
    Some(take(&run("fusioninventory-inventory", &[])?))
}

fn ocs() -> Option<ForeignInventory> {
    let folder = std::env::temp_dir().join(format!("vigie-ocs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let done = run("ocsinventory-agent", &["--force", "--local", folder.to_str().unwrap()]);
    let file = std::fs::read_dir(&folder).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        (path.extension()? == "ocs").then_some(path)
    });
    let inventory = done.and(file).map(|path| take(&std::fs::read(path).unwrap()));
    std::fs::remove_dir_all(&folder).unwrap();
    inventory
}

/// Name, version and architecture of what dpkg has installed.
fn installed() -> BTreeSet<(String, String, String)> {
    let format = "${db:Status-Status} ${Package} ${Version} ${Architecture}\n";
    let list = String::from_utf8(run("dpkg-query", &["-W", "-f", format]).unwrap()).unwrap();
    let lines = list.lines().filter_map(|line| {
        let [status, name, version, architecture] = line.split(' ').collect::<Vec<_>>()[..] else { return None };
        (status == "installed").then(|| (name.into(), version.into(), architecture.into()))
    });
    lines.collect()
}

fn packages(inventory: &ForeignInventory) -> BTreeSet<(String, String, String)> {
    let dpkg = |it: &&Software| it.source.as_deref() == Some("dpkg");
    let software = inventory.sections.software.iter().flatten().filter(dpkg).cloned();
    software.map(|it| (it.name.unwrap(), it.version.unwrap(), it.architecture.unwrap())).collect()
}

/// What every agent must have right.
fn agrees_with_the_machine(inventory: &ForeignInventory) {
    assert_eq!(packages(inventory), installed());
    let sections = &inventory.sections;
    let release = std::fs::read_to_string("/etc/os-release").unwrap();
    let told = |key: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.map(|value| value.trim_matches('"').to_owned())
    };
    let system = sections.operating_system.as_ref().unwrap();
    assert_eq!(system.name, told("PRETTY_NAME"));
    assert_eq!(system.distribution, told("ID"));
    assert_eq!(system.family.as_deref(), Some("linux"));
    assert_eq!(system.architecture.as_deref(), Some(std::env::consts::ARCH));
    let hostname = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(sections.system.as_ref().unwrap().name.as_deref(), hostname.trim().split('.').next());
    let interfaces = sections.networks.as_ref().unwrap();
    for interface in interfaces {
        let name = interface.name.as_deref().unwrap();
        let file = Path::new("/sys/class/net").join(name).join("address");
        if let Ok(mac) = std::fs::read_to_string(file) {
            let mac = Some(mac.trim()).filter(|it| *it != "00:00:00:00:00:00");
            assert_eq!(interface.mac.as_deref(), mac, "{name}");
        }
        assert_eq!(interfaces.iter().filter(|it| it.name == interface.name).count(), 1, "{name} is listed once");
    }
    assert!(sections.volumes.as_ref().unwrap().iter().any(|it| it.mount_point.as_deref() == Some("/")));
}

#[test]
fn the_fusion_inventory_agent_is_read() {
    let Some(inventory) = fusion_inventory() else { return };
    assert_eq!(inventory.kind, Kind::FusionInventory);
    assert!(inventory.agent_version.is_some());
    assert!(!inventory.partial);
    agrees_with_the_machine(&inventory);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    assert_eq!(inventory.sections.operating_system.unwrap().kernel.as_deref(), Some(kernel.trim()));
    assert!(inventory.collected_at.is_some(), "the document says its zone");
}

#[test]
fn the_ocs_agent_is_read_and_agrees_with_the_other_one() {
    let Some(ocs) = ocs() else { return };
    assert_eq!(ocs.kind, Kind::Ocs);
    agrees_with_the_machine(&ocs);
    let Some(other) = fusion_inventory() else { return };
    let addresses = |it: &ForeignInventory| -> BTreeSet<(Option<String>, String)> {
        let interfaces = it.sections.networks.clone().unwrap();
        interfaces.into_iter().flat_map(|it| it.addresses.into_iter().map(move |a| (it.name.clone(), a))).collect()
    };
    assert!(addresses(&ocs).is_subset(&addresses(&other)), "{:?} {:?}", addresses(&ocs), addresses(&other));
    let size = |it: &ForeignInventory| it.sections.volumes.clone().unwrap()[0].size_bytes;
    assert_eq!(size(&ocs), size(&other));
    let memory = |it: &ForeignInventory| it.sections.system.as_ref().unwrap().memory_bytes;
    assert_eq!(memory(&ocs), memory(&other));
}

#[test]
fn nothing_of_the_environment_or_of_processes_is_kept() {
    let Some(document) = run("fusioninventory-inventory", &[]) else { return };
    assert!(document.windows(SECRET.len()).any(|it| it == SECRET.as_bytes()), "the agent sends its environment");
    assert!(!format!("{:?}", take(&document)).contains(SECRET));
}
