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
    let antivirus: Vec<Antivirus> = clamav(context.root).into_iter().chain(products(context.root)).collect();
    if !antivirus.is_empty() {
        sections.antivirus = Some(antivirus);
    }
    let remote = remote_access(context.root);
    if !remote.is_empty() {
        sections.remote_access = Some(remote);
    }
}

/// What is installed to filter, and whether it is on. Rules that someone loads by hand are not seen here.
fn firewalls(root: &Root) -> Vec<Firewall> {
    let firewall =
        |name: &str, profile, enabled| Firewall { name: Some(name.to_owned()), profile, enabled: Some(enabled) };
    let mut found = Vec::new();
    if root.exists("/usr/sbin/firewalld") {
        let settings = ["/etc/firewalld/firewalld.conf", "/usr/lib/firewalld/firewalld.conf"];
        let settings = settings.iter().find_map(|path| root.text(path, MAX_FILE).ok());
        let zone = settings.and_then(|text| shell_value(&text, "DefaultZone"));
        found.push(firewall("firewalld", zone, runs(root, "firewalld")));
    }
    // These load their rules and end: what runs says nothing of them.
    if root.exists("/etc/nftables.conf") || root.exists("/etc/sysconfig/nftables.conf") {
        found.push(firewall("nftables", None, enabled(root, "nftables")));
    }
    if root.exists("/usr/sbin/netfilter-persistent") {
        found.push(firewall("iptables", None, enabled(root, "netfilter-persistent")));
    } else if root.exists("/etc/sysconfig/iptables") {
        found.push(firewall("iptables", None, enabled(root, "iptables")));
    }
    if let Ok(settings) = root.text("/etc/ufw/ufw.conf", MAX_FILE) {
        let on = shell_value(&settings, "ENABLED").is_some_and(|value| value.eq_ignore_ascii_case("yes"));
        found.push(firewall("ufw", None, on));
    }
    found
}

/// Whether a service is started at boot.
fn enabled(root: &Root, service: &str) -> bool {
    ["multi-user.target.wants", "sysinit.target.wants", "basic.target.wants"].iter().any(|folder| {
        // The link may lead out of a tree that is not the machine's own.
        root.path(&format!("/etc/systemd/system/{folder}/{service}.service")).symlink_metadata().is_ok()
    })
}

/// Whether a service that stays is running: has a control group. Where those cannot be seen, whether it is started at
/// boot.
fn runs(root: &Root, service: &str) -> bool {
    let groups = ["/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/systemd/system.slice"];
    match groups.iter().find(|folder| root.exists(folder)) {
        Some(folder) => root.exists(&format!("{folder}/{service}.service")),
        None => enabled(root, service),
    }
}

/// Products by the folder that they are installed in and the service that guards: name, publisher, folder, services.
const PRODUCTS: &[(&str, &str, &str, &[&str])] = &[
    ("Bitdefender Endpoint Security Tools", "Bitdefender", "/opt/bitdefender-security-tools", &["bdsec"]),
    ("CrowdStrike Falcon", "CrowdStrike", "/opt/CrowdStrike", &["falcon-sensor"]),
    ("ESET Endpoint Antivirus", "ESET", "/opt/eset/eea", &["eea"]),
    ("ESET Server Security", "ESET", "/opt/eset/efs", &["efs"]),
    ("Kaspersky Endpoint Security", "Kaspersky", "/opt/kaspersky/kesl", &["kesl", "kesl-supervisor"]),
    ("Microsoft Defender for Endpoint", "Microsoft", "/opt/microsoft/mdatp", &["mdatp"]),
    ("SentinelOne", "SentinelOne", "/opt/sentinelone", &["sentinelone"]),
    ("Sophos Protection for Linux", "Sophos", "/opt/sophos-spl", &["sophos-spl"]),
    ("Trend Micro Deep Security Agent", "Trend Micro", "/opt/ds_agent", &["ds_agent"]),
];

/// What these products know of themselves is in formats of their own: whether they are there and run is all that is told.
fn products(root: &Root) -> impl Iterator<Item = Antivirus> {
    PRODUCTS.iter().filter(|(_, _, folder, _)| root.exists(folder)).map(|(name, publisher, _, services)| Antivirus {
        name: Some((*name).to_owned()),
        publisher: Some((*publisher).to_owned()),
        enabled: Some(services.iter().any(|service| runs(root, service))),
        ..Antivirus::default()
    })
}

fn clamav(root: &Root) -> Option<Antivirus> {
    let daemon = root.exists("/usr/sbin/clamd");
    if !daemon && !root.exists("/usr/bin/clamscan") {
        return None;
    }
    let files = ["cvd", "cld"].map(|kind| head(root, &format!("/var/lib/clamav/daily.{kind}")));
    // Both are there while an update is under way.
    let newest = files.into_iter().flatten().max_by_key(|(version, _)| *version);
    let (definitions, definitions_date) = newest.unzip();
    Some(Antivirus {
        name: Some("ClamAV".to_owned()),
        publisher: Some("Cisco".to_owned()),
        version: None,
        // Without the daemon it looks only when asked.
        enabled: Some(daemon && (runs(root, "clamav-daemon") || runs(root, "clamd@scan"))),
        up_to_date: None,
        definitions: definitions.map(|version| version.to_string()),
        definitions_date: definitions_date.flatten(),
    })
}

/// Version and day in the head of a definitions file: `ClamAV-VDB:20 May 2024 04-25 -0400:27281:…`.
fn head(root: &Root, path: &str) -> Option<(u64, Option<String>)> {
    use std::io::Read as _;
    let mut head = [0; 128];
    std::fs::File::open(root.path(path)).ok()?.read_exact(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut fields = head.strip_prefix("ClamAV-VDB:")?.split(':');
    let made = fields.next()?;
    Some((fields.next()?.trim().parse().ok()?, day_of(made)))
}

/// `20 May 2024 04-25 -0400`.
fn day_of(made: &str) -> Option<String> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = made.split_whitespace();
    let day: u8 = words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? + 1;
    let year: u16 = words.next()?.parse().ok().filter(|year| (1990..=9999).contains(year))?;
    Some(format!("{year:04}-{month:02}-{day:02}"))
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
        assert_eq!(antivirus.definitions_date.as_deref(), Some("2024-05-20"));
        let bare = fixture(&[]).collect().sections;
        assert!(bare.firewalls.is_none() && bare.antivirus.is_none() && bare.remote_access.is_none());
    }

    #[test]
    fn what_stays_is_on_while_it_runs_and_what_ends_while_it_is_started_at_boot() {
        let sections = fixture(&[
            ("usr/sbin/firewalld", ""),
            ("etc/firewalld/firewalld.conf", "# a comment\nDefaultZone=home\n"),
            ("etc/systemd/system/multi-user.target.wants/firewalld.service", ""),
            ("usr/sbin/netfilter-persistent", ""),
            ("etc/systemd/system/multi-user.target.wants/netfilter-persistent.service", ""),
            ("opt/microsoft/mdatp/sbin/wdavdaemon", ""),
            ("opt/sophos-spl/bin/x", ""),
            ("sys/fs/cgroup/system.slice/mdatp.service/cgroup.procs", "7\n"),
        ])
        .collect()
        .sections;
        let firewalls: Vec<_> = sections
            .firewalls
            .unwrap()
            .into_iter()
            .map(|it| (it.name.unwrap(), it.profile, it.enabled.unwrap()))
            .collect();
        assert_eq!(
            firewalls,
            [("firewalld".to_owned(), Some("home".to_owned()), false), ("iptables".to_owned(), None, true)],
            "the first was stopped by hand"
        );
        let antivirus: Vec<_> =
            sections.antivirus.unwrap().into_iter().map(|it| (it.name.unwrap(), it.enabled.unwrap())).collect();
        assert_eq!(
            antivirus,
            [("Microsoft Defender for Endpoint".to_owned(), true), ("Sophos Protection for Linux".to_owned(), false)]
        );
    }

    #[test]
    fn a_day_that_is_none_is_absent() {
        assert_eq!(super::day_of("3 Jan 2025 10-00 +0000").as_deref(), Some("2025-01-03"));
        for wrong in ["", "32 May 2024", "1 Mai 2024", "x y z", "1 May 20244"] {
            assert_eq!(super::day_of(wrong), None, "{wrong}");
        }
    }
}
