//! The operating system: os-release(5), the kernel, and when it was installed.

use vigie_wire::{Sections, inventory::OperatingSystem};

use super::{
    Context, Root,
    text::{day, modified_day, shell_value},
};

/// Most of `os-release` that is read, bytes.
const MAX_FILE: u64 = 64 << 10;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let root = context.root;
    let release = match root.text_if_there("/etc/os-release", MAX_FILE)? {
        None => root.text_if_there("/usr/lib/os-release", MAX_FILE)?,
        found => found,
    };
    let release = release.as_deref().unwrap_or_default();
    let told = |key| shell_value(release, key);
    // Debian's point release stands beside, and only there.
    let version =
        debian_version(root).filter(|_| told("ID").as_deref() == Some("debian")).or_else(|| told("VERSION_ID"));
    sections.operating_system = Some(OperatingSystem {
        family: Some("linux".to_owned()),
        name: told("PRETTY_NAME").or_else(|| told("NAME")),
        distribution: told("ID"),
        edition: told("VARIANT"),
        version,
        build: told("BUILD_ID"),
        kernel: root.value("/proc/sys/kernel/osrelease"),
        architecture: architecture(root),
        install_date: install_date(root),
        licence_state: None,
        language: language(root),
    });
    Ok(())
}

fn debian_version(root: &Root) -> Option<String> {
    // Testing and unstable have words there instead of a number.
    root.value("/etc/debian_version").filter(|version| version.starts_with(|c: char| c.is_ascii_digit()))
}

pub(crate) fn architecture(root: &Root) -> Option<String> {
    if let Some(told) = root.value("/proc/sys/kernel/arch") {
        return Some(told);
    }
    root.is_real().then(|| nix::sys::utsname::uname().ok()?.machine().to_str().map(str::to_owned)).flatten()
}

/// What the installer left, else the age of the root file system.
fn install_date(root: &Root) -> Option<String> {
    for witness in ["/var/log/installer/syslog", "/var/log/installer", "/root/anaconda-ks.cfg"] {
        if let Some(day) = modified_day(&root.path(witness)) {
            return Some(day);
        }
    }
    let created = root.path("/").metadata().ok().filter(|_| root.is_real())?.created().ok()?;
    let seconds = created.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    day(i64::try_from(seconds).ok()?)
}

fn language(root: &Root) -> Option<String> {
    let locale = ["/etc/locale.conf", "/etc/default/locale"].iter().find_map(|path| root.text(path, MAX_FILE).ok())?;
    let language = shell_value(&locale, "LANG")?;
    Some(language.split('.').next().unwrap_or(&language).to_owned())
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::fixture;

    #[test]
    fn a_debian_is_described_with_its_point_release() {
        let system = fixture(&[
            ("etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n"),
            ("etc/debian_version", "12.7\n"),
            ("proc/sys/kernel/osrelease", "6.1.0-25-amd64\n"),
            ("proc/sys/kernel/arch", "x86_64\n"),
            ("etc/default/locale", "LANG=\"fr_FR.UTF-8\"\n"),
        ])
        .collect()
        .sections
        .operating_system
        .unwrap();
        assert_eq!(system.name.as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!(system.version.as_deref(), Some("12.7"));
        assert_eq!(system.kernel.as_deref(), Some("6.1.0-25-amd64"));
        assert_eq!(system.architecture.as_deref(), Some("x86_64"));
        assert_eq!(system.language.as_deref(), Some("fr_FR"));
    }

    #[test]
    fn ubuntu_keeps_its_own_version() {
        let system = fixture(&[
            ("etc/os-release", "PRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\nID=ubuntu\nVERSION_ID=\"24.04\"\n"),
            ("etc/debian_version", "trixie/sid\n"),
        ])
        .collect()
        .sections
        .operating_system
        .unwrap();
        assert_eq!(system.version.as_deref(), Some("24.04"));
    }
}
