//! Guests of Proxmox VE, from the settings that its cluster file system shows of this node.

use vigie_wire::inventory::VirtualMachine;

use super::{Root, text::has_ending};

const MACHINES: &str = "/etc/pve/qemu-server";
const CONTAINERS: &str = "/etc/pve/lxc";
/// Most of one guest's settings that is read, bytes.
const MAX_FILE: u64 = 1 << 20;
/// Most guests of each kind.
const MAX_GUESTS: usize = 4096;

/// Virtual machines and containers; none where there is no Proxmox.
pub(crate) fn guests(root: &Root) -> Option<Vec<VirtualMachine>> {
    if !root.exists(MACHINES) && !root.exists(CONTAINERS) {
        return None;
    }
    let machines = settings(root, MACHINES).map(|(id, text)| {
        let running = Some(root.exists(&format!("/run/qemu-server/{id}.pid")));
        guest("kvm", &text, "name", running)
    });
    let groups = ["/sys/fs/cgroup/lxc", "/sys/fs/cgroup/systemd/lxc"].into_iter().find(|top| root.exists(top));
    let visible = root.exists("/sys/fs/cgroup");
    let containers = settings(root, CONTAINERS).map(|(id, text)| {
        // Without a running container there is no such group at all.
        let running = visible.then(|| groups.is_some_and(|top| root.exists(&format!("{top}/{id}"))));
        guest("lxc", &text, "hostname", running)
    });
    Some(machines.chain(containers).flatten().collect())
}

/// Whether a container of LXC is one of Proxmox', which knows its name.
pub(crate) fn has_container(root: &Root, id: &str) -> bool {
    root.exists(&format!("{CONTAINERS}/{id}.conf"))
}

fn settings<'a>(root: &'a Root, folder: &'a str) -> impl Iterator<Item = (String, String)> + use<'a> {
    let names = root.names(folder).into_iter().filter(|name| has_ending(name, ".conf")).take(MAX_GUESTS);
    names.filter_map(move |name| {
        let text = root.text(&format!("{folder}/{name}"), MAX_FILE).ok()?;
        Some((name.strip_suffix(".conf")?.to_owned(), text))
    })
}

/// Lines `key: value`; what follows the first `[…]` is a snapshot (qm.conf(5), pct.conf(5)). Templates do not run.
fn guest(kind: &str, text: &str, name: &str, running: Option<bool>) -> Option<VirtualMachine> {
    let now = text.lines().take_while(|line| !line.starts_with('['));
    let told = |key: &str| {
        let value = now.clone().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?.trim();
        (!value.is_empty()).then_some(value)
    };
    let number = |key: &str| told(key)?.parse::<u64>().ok();
    // Parts of a value: `virtio=BC:24:11:00:00:01,bridge=vmbr0`.
    let part = |key: &str, wanted: &dyn Fn(&str) -> bool| {
        let mut parts = told(key)?.split(',').filter_map(|part| part.split_once('='));
        parts.find(|(part, _)| wanted(part)).map(|(_, value)| value.to_ascii_lowercase())
    };
    if number("template") == Some(1) {
        return None;
    }
    let cores = number("cores").map(|cores| cores.saturating_mul(number("sockets").unwrap_or(1)));
    let memory = number("memory").or_else(|| part("memory", &|key| key == "current")?.parse().ok());
    Some(VirtualMachine {
        name: Some(told(name)?.to_owned()),
        uuid: part("smbios1", &|key| key == "uuid"),
        kind: Some(kind.to_owned()),
        state: running.map(|running| if running { "running" } else { "stopped" }.to_owned()),
        image: None,
        memory_bytes: memory.and_then(|mebibytes| mebibytes.checked_mul(1 << 20)),
        processors: cores,
        mac: part("net0", &|key| matches!(key, "virtio" | "e1000" | "e1000e" | "rtl8139" | "vmxnet3" | "hwaddr")),
    })
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::fixture;

    #[test]
    fn guests_have_their_names_and_what_they_were_given() {
        let machines = fixture(&[
            (
                "etc/pve/qemu-server/100.conf",
                "#notes\nboot: order=scsi0\ncores: 2\nmemory: 4096\nname: web\nnet0: virtio=BC:24:11:00:00:01,bridge=vmbr0\n\
                 smbios1: uuid=AAAA-01,base64=1\nsockets: 2\n\n[before]\nname: old\nmemory: 1\n",
            ),
            ("run/qemu-server/100.pid", "1\n"),
            ("etc/pve/qemu-server/900.conf", "name: golden\ntemplate: 1\n"),
            ("etc/pve/lxc/101.conf", "hostname: dns\nmemory: 512\nnet0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:02\n"),
            ("var/lib/lxc/101/config", ""),
            ("var/lib/lxc/own/config", ""),
            ("sys/fs/cgroup/lxc/101/cgroup.procs", ""),
        ])
        .collect()
        .sections
        .virtual_machines
        .unwrap();
        let told: Vec<_> = machines
            .iter()
            .map(|it| [&it.kind, &it.name, &it.state, &it.mac].map(|it| it.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(
            told,
            [
                ["kvm", "web", "running", "bc:24:11:00:00:01"],
                ["lxc", "dns", "running", "bc:24:11:00:00:02"],
                ["lxc", "own", "", ""],
            ]
        );
        assert_eq!((machines[0].memory_bytes, machines[0].processors), (Some(4 << 30), Some(4)));
        assert_eq!(machines[0].uuid.as_deref(), Some("aaaa-01"));
    }
}
