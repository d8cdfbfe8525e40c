//! Virtual machines and containers on this machine, from the files of what manages them: Docker, Podman, libvirt, LXC,
//! Proxmox VE.

use std::collections::BTreeSet;

use quick_xml::{Reader, events::Event};
use serde::Deserialize;
use vigie_wire::{Sections, inventory::VirtualMachine};

use super::{Context, Root, proxmox, text::has_ending};

/// Most of one description that is read, bytes.
const MAX_FILE: u64 = 4 << 20;
/// Most machines.
const MAX_MACHINES: usize = 4096;
/// Most parts of one libvirt description that are looked at.
const MAX_EVENTS: usize = 100_000;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) {
    let root = context.root;
    let mut managed = false;
    let mut machines = Vec::new();
    for (folder, list) in [
        ("/var/lib/docker/containers", docker as fn(&Root) -> Vec<VirtualMachine>),
        ("/var/lib/containers/storage/overlay-containers", podman),
        ("/etc/libvirt/qemu", libvirt),
        ("/var/lib/lxc", lxc),
    ] {
        if root.exists(folder) {
            managed = true;
            machines.extend(list(root));
        }
    }
    if let Some(guests) = proxmox::guests(root) {
        managed = true;
        machines.extend(guests);
    }
    if managed {
        machines.sort_unstable_by(|a, b| (&a.kind, &a.name, &a.uuid).cmp(&(&b.kind, &b.name, &b.uuid)));
        machines.truncate(MAX_MACHINES);
        sections.virtual_machines = Some(machines);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DockerContainer {
    #[serde(rename = "ID")]
    id: String,
    name: String,
    #[serde(default)]
    state: DockerState,
    #[serde(default)]
    config: DockerConfig,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct DockerState {
    running: bool,
    paused: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct DockerConfig {
    image: Option<String>,
}

fn docker(root: &Root) -> Vec<VirtualMachine> {
    let folder = "/var/lib/docker/containers";
    let ids = root.names(folder).into_iter().take(MAX_MACHINES);
    ids.filter_map(|id| {
        let text = root.read(&format!("{folder}/{id}/config.v2.json"), MAX_FILE).ok()?;
        let container: DockerContainer = serde_json::from_slice(&text).ok()?;
        let state = match container.state {
            DockerState { paused: true, .. } => "paused",
            DockerState { running: true, .. } => "running",
            DockerState { .. } => "stopped",
        };
        Some(VirtualMachine {
            name: Some(container.name.trim_start_matches('/').to_owned()),
            uuid: Some(container.id),
            kind: Some("docker".to_owned()),
            state: Some(state.to_owned()),
            image: container.config.image,
            ..VirtualMachine::default()
        })
    })
    .collect()
}

#[derive(Deserialize)]
struct PodmanContainer {
    id: String,
    #[serde(default)]
    names: Vec<String>,
    /// JSON in JSON.
    #[serde(default)]
    metadata: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PodmanMetadata {
    #[serde(rename = "image-name")]
    image_name: Option<String>,
}

fn podman(root: &Root) -> Vec<VirtualMachine> {
    let list =
        root.read("/var/lib/containers/storage/overlay-containers/containers.json", MAX_FILE).unwrap_or_default();
    let containers: Vec<PodmanContainer> = serde_json::from_slice(&list).unwrap_or_default();
    let groups = control_groups(root);
    let of = |container: PodmanContainer| {
        let metadata: PodmanMetadata = serde_json::from_str(&container.metadata).unwrap_or_default();
        let running = groups.as_ref().map(|it| it.contains(&format!("libpod-{}.scope", container.id)));
        VirtualMachine {
            name: container.names.into_iter().next(),
            uuid: Some(container.id),
            kind: Some("podman".to_owned()),
            state: running.map(|running| if running { "running" } else { "stopped" }.to_owned()),
            image: metadata.image_name,
            ..VirtualMachine::default()
        }
    };
    containers.into_iter().take(MAX_MACHINES).map(of).collect()
}

/// The control groups in which machines and containers run; none where control groups cannot be seen.
fn control_groups(root: &Root) -> Option<BTreeSet<String>> {
    let top = ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd"]
        .into_iter()
        .find(|top| root.exists(&format!("{top}/system.slice")) || root.exists(&format!("{top}/machine.slice")))?;
    let mut names: BTreeSet<String> = root.names(top).into_iter().collect();
    names.extend(root.names(&format!("{top}/machine.slice")));
    Some(names)
}

fn libvirt(root: &Root) -> Vec<VirtualMachine> {
    let folder = "/etc/libvirt/qemu";
    let files = root.names(folder).into_iter().filter(|name| has_ending(name, ".xml")).take(MAX_MACHINES);
    files
        .filter_map(|file| {
            let mut machine = domain(&root.text(&format!("{folder}/{file}"), MAX_FILE).ok()?)?;
            let name = machine.name.as_deref()?;
            let running = root.exists(&format!("/run/libvirt/qemu/{name}.pid"));
            machine.state = Some(if running { "running" } else { "stopped" }.to_owned());
            Some(machine)
        })
        .collect()
}

/// A domain of libvirt (<https://libvirt.org/formatdomain.html>).
fn domain(xml: &str) -> Option<VirtualMachine> {
    let mut reader = Reader::from_str(xml);
    let mut path: Vec<String> = Vec::new();
    let mut machine = VirtualMachine { kind: Some("qemu".to_owned()), ..VirtualMachine::default() };
    let mut unit = 1024;
    for _ in 0..MAX_EVENTS {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                let name = element.name().as_ref().to_owned();
                let attribute = |key: &str| Some(element.try_get_attribute(key).ok().flatten()?.value.into_owned());
                if path.is_empty() && attribute("type").as_deref() == Some("kvm") {
                    machine.kind = Some("kvm".to_owned());
                }
                if name == "memory" {
                    unit = attribute("unit").map_or(1024, |unit| factor(&unit));
                }
                path.push(name);
            }
            Event::Empty(element) if element.name().as_ref() == "mac" && machine.mac.is_none() => {
                let address = element.try_get_attribute("address").ok().flatten();
                machine.mac = address.map(|it| it.value.into_owned());
            }
            Event::Text(text) => {
                let text = text.trim().to_owned();
                match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                    ["domain", "name"] => machine.name = Some(text),
                    ["domain", "uuid"] => machine.uuid = Some(text.to_ascii_lowercase()),
                    ["domain", "vcpu"] => machine.processors = text.parse().ok(),
                    ["domain", "memory"] => {
                        machine.memory_bytes = text.parse::<u64>().ok().and_then(|memory| memory.checked_mul(unit));
                    }
                    _ => {}
                }
            }
            Event::End(_) => {
                path.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    machine.name.is_some().then_some(machine)
}

fn factor(unit: &str) -> u64 {
    match unit {
        "b" | "bytes" => 1,
        "KB" => 1000,
        "MB" => 1_000_000,
        "M" | "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "G" | "GiB" => 1 << 30,
        "T" | "TiB" => 1 << 40,
        _ => 1024,
    }
}

fn lxc(root: &Root) -> Vec<VirtualMachine> {
    let names = root
        .names("/var/lib/lxc")
        .into_iter()
        .filter(|name| root.exists(&format!("/var/lib/lxc/{name}/config")) && !proxmox::has_container(root, name));
    let groups = control_groups(root);
    names
        .take(MAX_MACHINES)
        .map(|name| {
            let running = groups.as_ref().map(|it| it.contains(&format!("lxc.payload.{name}")));
            VirtualMachine {
                kind: Some("lxc".to_owned()),
                state: running.map(|running| if running { "running" } else { "stopped" }.to_owned()),
                name: Some(name),
                ..VirtualMachine::default()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::linux::tests::fixture;

    #[test]
    fn containers_and_guests_of_all_managers_are_listed() {
        let machines = fixture(&[
            (
                "var/lib/docker/containers/ab12/config.v2.json",
                r#"{"ID":"ab12","Name":"/web","State":{"Running":true,"Paused":false},"Config":{"Image":"nginx:1.27","Env":["PASSWORD=x"]}}"#,
            ),
            ("var/lib/docker/containers/cd34/config.v2.json", "damaged"),
            (
                "var/lib/containers/storage/overlay-containers/containers.json",
                r#"[{"id":"ef56","names":["db"],"metadata":"{\"image-name\":\"docker.io/library/postgres:16\"}"}]"#,
            ),
            ("sys/fs/cgroup/machine.slice/libpod-ef56.scope/cgroup.procs", ""),
            (
                "etc/libvirt/qemu/files.xml",
                "<!-- edited by virsh --><domain type='kvm'><name>files</name><uuid>AA-BB</uuid><memory unit='KiB'>2097152</memory>\
                 <vcpu placement='static'>2</vcpu><devices><interface type='network'><mac address='52:54:00:00:00:01'/>\
                 </interface><disk><name>not this</name></disk></devices></domain>",
            ),
            ("run/libvirt/qemu/files.pid", "1"),
            ("var/lib/lxc/old/config", ""),
        ])
        .collect()
        .sections
        .virtual_machines
        .unwrap();
        let told: Vec<_> = machines
            .iter()
            .map(|it| [&it.kind, &it.name, &it.state, &it.image].map(|it| it.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(
            told,
            [
                ["docker", "web", "running", "nginx:1.27"],
                ["kvm", "files", "running", ""],
                ["lxc", "old", "stopped", ""],
                ["podman", "db", "running", "docker.io/library/postgres:16"],
            ]
        );
        assert_eq!(machines[1].memory_bytes, Some(2 << 30));
        assert_eq!((machines[1].processors, machines[1].mac.as_deref()), (Some(2), Some("52:54:00:00:00:01")));
        assert_eq!(machines[1].uuid.as_deref(), Some("aa-bb"));
    }

    #[test]
    fn a_machine_without_any_manager_says_nothing() {
        assert!(fixture(&[]).collect().sections.virtual_machines.is_none());
        assert_eq!(domain("<domain><na"), None);
    }
}
