//! The services of a standard installation.

use vigie_wire::inventory::Service;

use super::{name_hash, windows_words as win, words};

fn service(
    name: String,
    description: &str,
    start: &str,
    running: bool,
    account: Option<&str>,
    command: String,
) -> Service {
    Service {
        name: Some(name),
        description: Some(description.to_owned()),
        start: Some(start.to_owned()),
        state: Some(if running { "running" } else { "stopped" }.to_owned()),
        account: account.map(ToOwned::to_owned),
        command: Some(command),
    }
}

/// Of a Linux machine with systemd.
pub(super) fn linux() -> Vec<Service> {
    let mut list = Vec::new();
    for line in words::UNITS.lines() {
        let mut parts = line.splitn(3, '|');
        let (name, description, command) =
            (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let salt = name_hash(name);
        let start = ["enabled", "enabled", "static", "disabled"][usize::try_from(salt % 4).unwrap_or(0)];
        let running = start == "enabled" && !name.ends_with('@');
        list.push(service(format!("{name}.service"), description, start, running, None, command.to_owned()));
    }
    let mut part: Option<(&str, String)> = None;
    for word in words::SYSTEMD_PARTS.split_whitespace().chain(["end:"]) {
        if let Some((name, first)) = word.split_once(':') {
            if let Some((name, description)) = part.replace((name, first.to_owned())) {
                let command = format!("/lib/systemd/systemd-{}", name.trim_end_matches('@'));
                let running = name.ends_with('d') && name != "end";
                list.push(service(format!("systemd-{name}.service"), &description, "static", running, None, command));
            }
        } else if let Some((_, description)) = &mut part {
            description.push(' ');
            description.push_str(word);
        }
    }
    list.sort_by(|a, b| a.name.cmp(&b.name));
    list
}

/// Of a Windows machine.
pub(super) fn windows() -> Vec<Service> {
    win::SERVICES
        .lines()
        .map(|line| {
            let mut parts = line.splitn(3, '|');
            let (name, display, start) =
                (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
            let salt = name_hash(name);
            let group = [
                "netsvcs -p",
                "LocalService -p",
                "LocalServiceNetworkRestricted -p",
                "NetworkService -p",
                "LocalSystemNetworkRestricted -p",
            ][usize::try_from(salt % 5).unwrap_or(0)];
            let account = ["LocalSystem", "NT AUTHORITY\\LocalService", "NT AUTHORITY\\NetworkService"]
                [usize::try_from(salt % 3).unwrap_or(0)];
            let command = format!("C:\\Windows\\System32\\svchost.exe -k {group} -s {name}");
            service(name.to_owned(), display, start, start == "automatic", Some(account), command)
        })
        .collect()
}
