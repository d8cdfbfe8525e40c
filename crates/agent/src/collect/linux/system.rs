//! The machine as a whole: names, maker, chassis, memory, and what it is a guest of.

use vigie_wire::{Sections, inventory::System};

use super::{Context, Root, firmware::identification, text::meaningful, virtualization};
use crate::collect::firmware;

/// Most of a short configuration file that is read, bytes.
const MAX_FILE: u64 = 1 << 20;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) {
    let root = context.root;
    let (name, domain_of_name) = names(root);
    let resolver = root.text("/etc/resolv.conf", MAX_FILE).unwrap_or_default();
    let memory = root.text("/proc/meminfo", MAX_FILE).unwrap_or_default();
    let virtualization = virtualization::detect(root);
    sections.system = Some(System {
        domain: domain_of_name.or_else(|| domain(root, name.as_deref())),
        name,
        workgroup: None,
        manufacturer: identification(root, "sys_vendor"),
        model: identification(root, "product_name").or_else(|| device_tree(root, "model")),
        family: identification(root, "product_family").or_else(|| identification(root, "product_version")),
        serial: identification(root, "product_serial").or_else(|| device_tree(root, "serial-number")),
        uuid: identification(root, "product_uuid").map(|uuid| uuid.to_ascii_lowercase()),
        chassis: chassis(root, virtualization.as_deref()),
        asset_tag: identification(root, "chassis_asset_tag"),
        sku: identification(root, "product_sku"),
        virtualization,
        machine_id: root.value("/etc/machine-id").filter(|id| id != "uninitialized"),
        memory_bytes: kibibytes(&memory, "MemTotal:"),
        swap_bytes: kibibytes(&memory, "SwapTotal:"),
        dns_servers: name_servers(&resolver),
        time_zone: time_zone(root),
    });
}

/// The host's name without its domain.
pub(crate) fn host_name(root: &Root) -> Option<String> {
    names(root).0
}

/// Host name, and the domain that some machines have in it.
fn names(root: &Root) -> (Option<String>, Option<String>) {
    let full = root.value("/proc/sys/kernel/hostname").or_else(|| root.value("/etc/hostname"));
    match full.as_deref().and_then(|name| name.split_once('.')) {
        Some((name, domain)) => (Some(name.to_owned()), Some(domain.to_owned())),
        None => (full, None),
    }
}

/// Boards without SMBIOS describe themselves in the device tree.
fn device_tree(root: &Root, property: &str) -> Option<String> {
    meaningful(root.value(&format!("/sys/firmware/devicetree/base/{property}")))
}

/// A line of `/proc/meminfo`, in bytes.
pub(crate) fn kibibytes(text: &str, key: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    value.trim().trim_end_matches("kB").trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// What follows the host's name where `/etc/hosts` names it in full. (What `resolv.conf` says under `search` is where
/// names are looked up, not where this machine belongs.)
fn domain(root: &Root, name: Option<&str>) -> Option<String> {
    let name = name?;
    let hosts = root.text("/etc/hosts", MAX_FILE).ok()?;
    let words = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    let mut candidates = words.flat_map(|line| line.split_whitespace().skip(1));
    candidates
        .find_map(|word| word.strip_prefix(name)?.strip_prefix('.'))
        .filter(|domain| !domain.is_empty() && *domain != "localdomain")
        .map(str::to_owned)
}

/// The servers of `resolv.conf`, each once, in the order in which they are asked.
fn name_servers(resolver: &str) -> Vec<String> {
    let mut servers = Vec::new();
    for line in resolver.lines() {
        if let Some(server) = line.trim().strip_prefix("nameserver")
            && let Some(server) = server.split_whitespace().next()
            && !servers.iter().any(|known| known == server)
        {
            servers.push(server.to_owned());
        }
    }
    servers
}

fn time_zone(root: &Root) -> Option<String> {
    if let Some(zone) = root.value("/etc/timezone").filter(|zone| !zone.contains(char::is_whitespace)) {
        return Some(zone);
    }
    let link = std::fs::read_link(root.path("/etc/localtime")).ok()?;
    link.to_str()?.split_once("zoneinfo/").map(|(_, zone)| zone.to_owned())
}

fn chassis(root: &Root, virtualization: Option<&str>) -> Option<String> {
    if virtualization.is_some() {
        return Some("virtual".to_owned());
    }
    let code = root.number("/sys/class/dmi/id/chassis_type")?;
    firmware::chassis(code).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::linux::tests::fixture;

    #[test]
    fn a_laptop_is_described() {
        let tree = fixture(&[
            ("proc/sys/kernel/hostname", "pc-042\n"),
            ("etc/hosts", "127.0.0.1 localhost\n127.0.1.1 pc-042.example.net pc-042\n"),
            ("etc/machine-id", "0123456789abcdef0123456789abcdef\n"),
            (
                "etc/resolv.conf",
                "search a.test\nnameserver 192.0.2.53\nnameserver 2001:db8::53\nnameserver 192.0.2.53\n",
            ),
            ("proc/meminfo", "MemTotal:       16000000 kB\nSwapTotal:       2000000 kB\n"),
            ("sys/class/dmi/id/sys_vendor", "LENOVO\n"),
            ("sys/class/dmi/id/product_name", "21CBCTO1WW\n"),
            ("sys/class/dmi/id/product_family", "ThinkPad X1 Carbon Gen 10\n"),
            ("sys/class/dmi/id/product_serial", "PF3ABCDE\n"),
            ("sys/class/dmi/id/product_uuid", "4C4C4544-0044-4D10-8051-B3C04F584831\n"),
            ("sys/class/dmi/id/chassis_type", "10\n"),
            ("sys/class/dmi/id/chassis_asset_tag", "No Asset Information\n"),
        ]);
        let system = tree.collect().sections.system.unwrap();
        assert_eq!(system.name.as_deref(), Some("pc-042"));
        assert_eq!(system.domain.as_deref(), Some("example.net"));
        assert_eq!(system.model.as_deref(), Some("21CBCTO1WW"));
        assert_eq!(system.chassis.as_deref(), Some("laptop"));
        assert_eq!(system.uuid.as_deref(), Some("4c4c4544-0044-4d10-8051-b3c04f584831"));
        assert_eq!(system.asset_tag, None);
        assert_eq!(system.virtualization, None);
        assert_eq!(system.memory_bytes, Some(16_384_000_000));
        assert_eq!(system.dns_servers, ["192.0.2.53", "2001:db8::53"]);
    }

    #[test]
    fn a_machine_that_tells_nothing_has_absent_fields() {
        let tree = fixture(&[("proc/sys/kernel/hostname", "bare\n")]);
        let system = tree.collect().sections.system.unwrap();
        assert_eq!(system, System { name: Some("bare".into()), ..System::default() });
    }
}
