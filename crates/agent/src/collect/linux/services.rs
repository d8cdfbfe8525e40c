//! Services of systemd, from its unit files (systemd.unit(5)) and, for whether they run, from their control groups.

use std::collections::{BTreeMap, BTreeSet};

use vigie_wire::{Sections, inventory::Service};

use super::{Context, Root, text::has_ending};

/// Most of a unit file that is read, bytes.
const MAX_FILE: u64 = 256 << 10;
/// Most services.
const MAX_SERVICES: usize = 4096;
/// Where units are, the first place wins; and where the links stand that enable them.
const FOLDERS: &[&str] = &[
    "/etc/systemd/system",
    "/run/systemd/system",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];
/// How deep slices lie in each other.
const MAX_DEPTH: usize = 4;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) {
    let root = context.root;
    if !root.exists("/usr/lib/systemd/system") && !root.exists("/lib/systemd/system") {
        return;
    }
    let mut units: BTreeMap<String, &str> = BTreeMap::new();
    let mut wanted = BTreeSet::new();
    for folder in FOLDERS {
        for name in root.names(folder) {
            if has_ending(&name, ".service") {
                units.entry(name).or_insert(folder);
            } else if has_ending(&name, ".wants") || has_ending(&name, ".requires") {
                // What a package's own links pull in cannot be switched off by whoever administers the machine.
                if folder.starts_with("/etc") || folder.starts_with("/run") {
                    wanted.extend(
                        root.names(&format!("{folder}/{name}")).into_iter().filter(|it| has_ending(it, ".service")),
                    );
                }
            }
        }
    }
    // Instances of templates exist by being wanted.
    for name in &wanted {
        if name.contains('@') && !units.contains_key(name) {
            let template = format!("{}@.service", name.split('@').next().unwrap_or_default());
            if let Some(folder) = units.get(&template) {
                units.insert(name.clone(), folder);
            }
        }
    }
    let running = running(root);
    let mut services = Vec::with_capacity(units.len());
    for (name, folder) in &units {
        // A template alone is no service; an alias is another one's name.
        if name.ends_with("@.service") || services.len() >= MAX_SERVICES {
            continue;
        }
        services.extend(service(root, name, folder, &wanted, running.as_ref()));
    }
    sections.services = Some(services);
}

fn service(
    root: &Root,
    name: &str,
    folder: &str,
    wanted: &BTreeSet<String>,
    running: Option<&BTreeSet<String>>,
) -> Option<Service> {
    let file = match name.split_once('@') {
        Some((template, _)) if !root.exists(&format!("{folder}/{name}")) => format!("{folder}/{template}@.service"),
        _ => format!("{folder}/{name}"),
    };
    let link = std::fs::read_link(root.path(&file)).ok();
    let short = name.strip_suffix(".service").unwrap_or(name).to_owned();
    if let Some(target) = &link {
        if target.as_os_str() == "/dev/null" {
            return Some(Service { name: Some(short), start: Some("masked".to_owned()), ..Service::default() });
        }
        // `sshd.service` is `ssh.service`; `getty@tty1.service` is an instance and no alias.
        let target = target.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if target != name && !target.contains('@') {
            return None;
        }
    }
    // Links point to absolute places of the machine.
    let text = match &link {
        Some(target) if target.is_absolute() => root.text(target.to_str()?, MAX_FILE),
        _ => root.text(&file, MAX_FILE),
    };
    let unit = Unit::parse(&text.unwrap_or_default());
    let is_running = running.map(|names| names.contains(name));
    let start = match (wanted.contains(name), unit.installable) {
        (true, _) => "enabled",
        (false, true) => "disabled",
        (false, false) => "static",
    };
    Some(Service {
        name: Some(short),
        description: unit.description,
        start: Some(start.to_owned()),
        state: match is_running {
            Some(true) => Some("running".to_owned()),
            // What ends after its work may have done it or not: only systemd knows.
            Some(false) if !unit.ends => Some("stopped".to_owned()),
            _ => None,
        },
        account: unit.user,
        command: unit.program,
    })
}

#[derive(Default)]
struct Unit {
    description: Option<String>,
    user: Option<String>,
    /// Without its arguments: they may hold secrets.
    program: Option<String>,
    installable: bool,
    ends: bool,
}

impl Unit {
    fn parse(text: &str) -> Self {
        let mut unit = Self::default();
        let mut section = "";
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim();
            let text = || (!value.is_empty()).then(|| value.to_owned());
            match (section, key.trim()) {
                ("[Unit]", "Description") => unit.description = text(),
                ("[Service]", "User") => unit.user = text(),
                ("[Service]", "Type") => unit.ends = value == "oneshot",
                ("[Service]", "ExecStart") if unit.program.is_none() => {
                    let program = value.trim_start_matches(['-', '@', ':', '+', '!', '|']);
                    unit.program = program.split_whitespace().next().map(|it| it.trim_matches('"').to_owned());
                }
                ("[Install]", "WantedBy" | "RequiredBy" | "UpheldBy" | "Alias") => {
                    unit.installable |= !value.is_empty();
                }
                _ => {}
            }
        }
        unit
    }
}

/// The services that have a control group; none where systemd does not run the machine.
fn running(root: &Root) -> Option<BTreeSet<String>> {
    // Version 2 of control groups, or systemd's own hierarchy of version 1.
    let top = ["/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/systemd/system.slice"]
        .into_iter()
        .find(|folder| root.exists(folder))?;
    let mut found = BTreeSet::new();
    descend(root, top, 0, &mut found);
    Some(found)
}

fn descend(root: &Root, folder: &str, depth: usize, found: &mut BTreeSet<String>) {
    for name in root.names(folder) {
        if has_ending(&name, ".service") {
            found.insert(name);
        } else if has_ending(&name, ".slice") && depth < MAX_DEPTH {
            descend(root, &format!("{folder}/{name}"), depth + 1, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::fixture;

    #[test]
    fn services_are_told_with_start_and_state() {
        let tree = fixture(&[
            (
                "usr/lib/systemd/system/ssh.service",
                "[Unit]\nDescription=OpenBSD Secure Shell server\n[Service]\nExecStartPre=/usr/sbin/sshd -t\nExecStart=-/usr/\
                 sbin/sshd -D $OPTS\n[Install]\nWantedBy=multi-user.target\n",
            ),
            ("usr/lib/systemd/system/cron.service", "[Service]\nUser=root\n[Install]\nWantedBy=multi-user.target\n"),
            ("usr/lib/systemd/system/fsck.service", "[Service]\nType=oneshot\n"),
            ("usr/lib/systemd/system/getty@.service", "[Unit]\nDescription=Getty on %I\n"),
            ("usr/lib/systemd/system/noise.service", "[Unit]\n"),
            ("etc/systemd/system/multi-user.target.wants/ssh.service", ""),
            ("sys/fs/cgroup/system.slice/ssh.service/cgroup.procs", "1\n"),
            ("sys/fs/cgroup/system.slice/system-getty.slice/getty@tty1.service/cgroup.procs", "2\n"),
        ]);
        tree.link("/dev/null", "etc/systemd/system/noise.service");
        tree.link("/usr/lib/systemd/system/ssh.service", "etc/systemd/system/sshd.service");
        tree.link("/usr/lib/systemd/system/getty@.service", "etc/systemd/system/getty.target.wants/getty@tty1.service");
        let services = tree.collect().sections.services.unwrap();
        let told: Vec<_> = services
            .iter()
            .map(|it| (it.name.as_deref().unwrap(), it.start.as_deref().unwrap(), it.state.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("cron", "disabled", Some("stopped")),
                ("fsck", "static", None),
                ("getty@tty1", "enabled", Some("running")),
                ("noise", "masked", None),
                ("ssh", "enabled", Some("running")),
            ]
        );
        assert_eq!(services[4].command.as_deref(), Some("/usr/sbin/sshd"), "without arguments");
        assert_eq!(services[0].account.as_deref(), Some("root"));
    }
}
