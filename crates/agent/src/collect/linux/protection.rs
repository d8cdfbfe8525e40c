//! Firewalls, antivirus and remote-support programs, as far as files tell.

use vigie_wire::{
    Sections,
    inventory::{Antivirus, Firewall, RemoteAccess},
};

use super::{Context, Root, text::shell_value};

/// Most of a settings file that is read, bytes.
const MAX_FILE: u64 = 1 << 20;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) {
    let firewalls = firewalls(context.root);
    if !firewalls.is_empty() {
        sections.firewalls = Some(firewalls);
    }
    if let Some(antivirus) = clamav(context.root) {
        sections.antivirus = Some(vec![antivirus]);
    }
    let remote = remote_access(context.root);
    if !remote.is_empty() {
        sections.remote_access = Some(remote);
    }
}

/// What is installed to filter, and whether it is switched on. Rules that someone loads by hand are not seen here.
fn firewalls(root: &Root) -> Vec<Firewall> {
    let firewall =
        |name: &str, enabled| Firewall { name: Some(name.to_owned()), profile: None, enabled: Some(enabled) };
    let mut found = Vec::new();
    if root.exists("/usr/sbin/firewalld") {
        found.push(firewall("firewalld", enabled(root, "firewalld")));
    }
    if root.exists("/etc/nftables.conf") || root.exists("/etc/sysconfig/nftables.conf") {
        found.push(firewall("nftables", enabled(root, "nftables")));
    }
    if let Ok(settings) = root.text("/etc/ufw/ufw.conf", MAX_FILE) {
        let on = shell_value(&settings, "ENABLED").is_some_and(|value| value.eq_ignore_ascii_case("yes"));
        found.push(firewall("ufw", on));
    }
    found
}

fn enabled(root: &Root, service: &str) -> bool {
    ["multi-user.target.wants", "sysinit.target.wants", "basic.target.wants"].iter().any(|folder| {
        // The link may lead out of a tree that is not the machine's own.
        root.path(&format!("/etc/systemd/system/{folder}/{service}.service")).symlink_metadata().is_ok()
    })
}

fn clamav(root: &Root) -> Option<Antivirus> {
    let daemon = root.exists("/usr/sbin/clamd");
    if !daemon && !root.exists("/usr/bin/clamscan") {
        return None;
    }
    Some(Antivirus {
        name: Some("ClamAV".to_owned()),
        publisher: Some("Cisco".to_owned()),
        version: None,
        // Without the daemon it looks only when asked.
        enabled: Some(daemon && (enabled(root, "clamav-daemon") || enabled(root, "clamd@scan"))),
        up_to_date: None,
        definitions: ["cvd", "cld"].iter().find_map(|kind| definitions(root, &format!("/var/lib/clamav/daily.{kind}"))),
    })
}

/// The head of a definitions file: `ClamAV-VDB:20 May 2024 04-25 -0400:27281:…`.
fn definitions(root: &Root, path: &str) -> Option<String> {
    use std::io::Read as _;
    let mut head = [0; 128];
    std::fs::File::open(root.path(path)).ok()?.read_exact(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head).into_owned();
    head.strip_prefix("ClamAV-VDB:")?.split(':').nth(1).map(str::to_owned)
}

fn remote_access(root: &Root) -> Vec<RemoteAccess> {
    let mut found = Vec::new();
    let mut add = |kind: &str, id: Option<String>| {
        if let Some(id) = id.filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())) {
            found.push(RemoteAccess { kind: Some(kind.to_owned()), id: Some(id), version: None });
        }
    };
    // Lines `ad.anynet.id=123456789` and `[int32] ClientID = 123456789`.
    let setting = |path: &str, key: &str| {
        let text = root.text(path, MAX_FILE).ok()?;
        let line = text.lines().find_map(|line| line.trim().strip_prefix(key))?;
        Some(line.trim_start().strip_prefix('=')?.trim().to_owned())
    };
    add("anydesk", setting("/etc/anydesk/system.conf", "ad.anynet.id"));
    add("teamviewer", setting("/opt/teamviewer/config/global.conf", "[int32] ClientID"));
    found
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::fixture;

    #[test]
    fn only_what_is_known_is_told() {
        let sections = fixture(&[
            ("etc/ufw/ufw.conf", "ENABLED=yes\nLOGLEVEL=low\n"),
            ("etc/nftables.conf", "flush ruleset\n"),
            ("opt/teamviewer/config/global.conf", "[strng] Version = \"15\"\n[int32] ClientID = 123456789\n"),
            ("usr/bin/clamscan", ""),
            ("var/lib/clamav/daily.cld", &format!("{:<512}", "ClamAV-VDB:20 May 2024 04-25 -0400:27281:2061:90")),
        ])
        .collect()
        .sections;
        let firewalls: Vec<_> =
            sections.firewalls.unwrap().into_iter().map(|it| (it.name.unwrap(), it.enabled.unwrap())).collect();
        assert_eq!(firewalls, [("nftables".to_owned(), false), ("ufw".to_owned(), true)]);
        assert_eq!(sections.remote_access.unwrap()[0].id.as_deref(), Some("123456789"));
        let antivirus = &sections.antivirus.unwrap()[0];
        assert_eq!((antivirus.definitions.as_deref(), antivirus.enabled), (Some("27281"), Some(false)));
        let bare = fixture(&[]).collect().sections;
        assert!(bare.firewalls.is_none() && bare.antivirus.is_none() && bare.remote_access.is_none());
    }
}
