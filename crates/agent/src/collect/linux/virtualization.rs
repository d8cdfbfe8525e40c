//! Whether this machine is a guest or a container, and of what. The names are systemd's (`systemd-detect-virt(1)`).

use super::Root;
use crate::collect::firmware::hypervisor;

/// Most of a file that is read, bytes.
const MAX_FILE: u64 = 1 << 20;

/// The kind of virtual machine or container; none on hardware, or where nothing tells.
pub(crate) fn detect(root: &Root) -> Option<String> {
    container(root).or_else(|| machine(root)).map(str::to_owned)
}

fn container(root: &Root) -> Option<&'static str> {
    // What the container manager itself says comes first.
    let told = root.value("/run/systemd/container").or_else(|| environment_of_init(root));
    if let Some(told) = told {
        return Some(match told.as_str() {
            "docker" => "docker",
            "podman" => "podman",
            "lxc" | "lxc-libvirt" => "lxc",
            "systemd-nspawn" => "systemd-nspawn",
            "wsl" => "wsl",
            "oci" => "oci",
            _ => "container",
        });
    }
    let kernel = root.value("/proc/sys/kernel/osrelease").unwrap_or_default().to_ascii_lowercase();
    if kernel.contains("microsoft") {
        return Some("wsl");
    }
    if root.exists("/run/.containerenv") {
        return Some("podman");
    }
    if root.exists("/.dockerenv") {
        return Some("docker");
    }
    (root.exists("/proc/vz") && !root.exists("/proc/bc")).then_some("openvz")
}

fn environment_of_init(root: &Root) -> Option<String> {
    let environment = root.text("/proc/1/environ", MAX_FILE).ok()?;
    environment.split('\0').find_map(|variable| variable.strip_prefix("container=")).map(str::to_owned)
}

fn machine(root: &Root) -> Option<&'static str> {
    for name in ["product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version"] {
        let Some(value) = root.value(&format!("/sys/class/dmi/id/{name}")) else { continue };
        let Some(found) = hypervisor(&value) else { continue };
        // An emulated machine on the kernel's accelerator says so by its paravirtual clock.
        return Some(if found == "qemu" && paravirtual_clock(root) { "kvm" } else { found });
    }
    match root.value("/sys/hypervisor/type").as_deref() {
        Some("xen") => return Some("xen"),
        Some(_) => return Some("vm-other"),
        None => {}
    }
    if paravirtual_clock(root) {
        return Some("kvm");
    }
    // The processor itself says that there is a hypervisor below.
    let processors = root.text("/proc/cpuinfo", 8 << 20).unwrap_or_default();
    let flags = processors.lines().find(|line| line.starts_with("flags"))?;
    flags.split_whitespace().any(|flag| flag == "hypervisor").then_some("vm-other")
}

fn paravirtual_clock(root: &Root) -> bool {
    let clocks = root.value("/sys/devices/system/clocksource/clocksource0/available_clocksource");
    clocks.is_some_and(|clocks| clocks.split_whitespace().any(|clock| clock == "kvm-clock"))
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::fixture;

    #[test]
    fn guests_and_containers_are_told_from_hardware() {
        type Files<'a> = &'a [(&'a str, &'a str)];
        let cases: &[(Files<'_>, Option<&str>)] = &[
            (&[("sys/class/dmi/id/sys_vendor", "VMware, Inc.\n")], Some("vmware")),
            (&[("sys/class/dmi/id/sys_vendor", "QEMU\n")], Some("qemu")),
            (
                &[
                    ("sys/class/dmi/id/sys_vendor", "QEMU\n"),
                    ("sys/devices/system/clocksource/clocksource0/available_clocksource", "kvm-clock tsc\n"),
                ],
                Some("kvm"),
            ),
            (&[("sys/class/dmi/id/sys_vendor", "Dell Inc.\n")], None),
            (&[("proc/1/environ", "PATH=/bin\0container=lxc\0")], Some("lxc")),
            (&[("proc/cpuinfo", "processor : 0\nflags : fpu hypervisor\n")], Some("vm-other")),
        ];
        for (files, expected) in cases {
            let found = fixture(files).collect().sections.system.unwrap().virtualization;
            assert_eq!(found.as_deref(), *expected, "{files:?}");
        }
    }
}
