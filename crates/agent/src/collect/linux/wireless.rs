//! The wireless network that an interface is in, from the files of `NetworkManager` or of `wpa_supplicant`.

use super::{Root, text::has_ending};

/// Most of a settings file that is read, bytes.
const MAX_FILE: u64 = 1 << 20;
/// Where `NetworkManager` keeps connections; those that last only until the next start first.
const CONNECTIONS: &[&str] = &[
    "/run/NetworkManager/system-connections",
    "/etc/NetworkManager/system-connections",
    "/usr/lib/NetworkManager/system-connections",
];
/// Most connections that are looked at.
const MAX_CONNECTIONS: usize = 2_000;

/// The name of the network that a wireless interface is in; none where it is in none, or where nothing tells.
pub(crate) fn ssid(root: &Root, interface: &str, index: u64) -> Option<String> {
    of_network_manager(root, index).or_else(|| of_supplicant(root, interface))
}

/// `NetworkManager` notes which connection each device has, so that a restart finds it again.
fn of_network_manager(root: &Root, index: u64) -> Option<String> {
    let device = root.text(&format!("/run/NetworkManager/devices/{index}"), MAX_FILE).ok()?;
    let uuid = value(&device, "device", "connection-uuid")?;
    CONNECTIONS.iter().find_map(|folder| {
        root.names(folder).iter().take(MAX_CONNECTIONS).find_map(|name| {
            let text = root.text(&format!("{folder}/{name}"), MAX_FILE).ok()?;
            if value(&text, "connection", "uuid")? != uuid {
                return None;
            }
            let name = value(&text, "wifi", "ssid").or_else(|| value(&text, "802-11-wireless", "ssid"))?;
            of_bytes(name).or_else(|| Some(unescaped(name)))
        })
    })
}

/// A value of a key file: `[group]`, then `key=value`.
fn value<'a>(text: &'a str, group: &str, key: &str) -> Option<&'a str> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            inside = name == group;
        } else if inside
            && let Some(value) = line.strip_prefix(key).and_then(|rest| rest.trim_start().strip_prefix('='))
        {
            return Some(value.trim_start()).filter(|value| !value.is_empty());
        }
    }
    None
}

/// Names that are no plain text stand as numbers: `72;195;169;`.
fn of_bytes(value: &str) -> Option<String> {
    let numbers = value.strip_suffix(';')?.split(';');
    let bytes = numbers.map(|number| number.trim().parse().ok()).collect::<Option<Vec<u8>>>()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Of key files' escapes, those that a name can have: `\s` at the ends, `\;`, `\\`.
fn unescaped(value: &str) -> String {
    let mut name = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(one) = characters.next() {
        if one != '\\' {
            name.push(one);
            continue;
        }
        match characters.next() {
            Some('s') => name.push(' '),
            Some('t') => name.push('\t'),
            Some(other) => name.push(other),
            None => name.push('\\'),
        }
    }
    name
}

/// `wpa_supplicant` does not write down which of its networks it is in: only where it has a single one is that known, and
/// only while the interface is up.
fn of_supplicant(root: &Root, interface: &str) -> Option<String> {
    if root.value(&format!("/sys/class/net/{interface}/operstate")).as_deref() != Some("up") {
        return None;
    }
    let folder = "/etc/wpa_supplicant";
    let own = format!("wpa_supplicant-{interface}.conf");
    let names = root.names(folder);
    let file = names.iter().find(|name| **name == own).or_else(|| {
        // One for all interfaces, where no interface has its own.
        let general = names.iter().filter(|name| has_ending(name, ".conf")).collect::<Vec<_>>();
        general.first().copied().filter(|name| general.len() == 1 && *name == "wpa_supplicant.conf")
    })?;
    let text = root.text(&format!("{folder}/{file}"), MAX_FILE).ok()?;
    let mut networks = text.lines().map(str::trim).filter_map(|line| line.strip_prefix("ssid="));
    let (only, None) = (networks.next()?, networks.next()) else { return None };
    // In quotes, or as hexadecimal digits.
    match only.strip_prefix('"').and_then(|rest| rest.rsplit_once('"')) {
        Some((name, _)) => Some(name.to_owned()),
        None => hex::decode(only).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    }
    .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::{Fixture, fixture};

    fn ssid(tree: &Fixture) -> Option<String> {
        let interfaces = tree.collect().sections.networks.unwrap();
        interfaces.into_iter().find(|it| it.name.as_deref() == Some("wlan0")).unwrap().wifi_ssid
    }

    const INTERFACE: [(&str, &str); 3] = [
        ("sys/class/net/wlan0/ifindex", "3\n"),
        ("sys/class/net/wlan0/uevent", "DEVTYPE=wlan\n"),
        ("sys/class/net/wlan0/operstate", "up\n"),
    ];

    fn with(files: &[(&str, &str)]) -> Fixture {
        fixture(&INTERFACE.iter().chain(files).copied().collect::<Vec<_>>())
    }

    const HOME: &str =
        "[connection]\nid=Home\nuuid=11-22\ntype=wifi\n\n[wifi]\nmode=infrastructure\nssid=At home\\; upstairs\n";

    #[test]
    fn network_manager_tells_the_connection_in_use() {
        let office = "[connection]\nuuid=33-44\n[wifi]\nssid=72;195;169;\n[wifi-security]\npsk=SECRET\n";
        let device = |uuid: &str| {
            let device = format!("[device]\nmanaged=true\nconnection-uuid={uuid}\n");
            with(&[
                ("run/NetworkManager/devices/3", &device),
                ("etc/NetworkManager/system-connections/Home.nmconnection", HOME),
                ("etc/NetworkManager/system-connections/Office.nmconnection", office),
            ])
        };
        assert_eq!(ssid(&device("11-22")).as_deref(), Some("At home; upstairs"));
        assert_eq!(ssid(&device("33-44")).as_deref(), Some("Hé"));
        assert_eq!(ssid(&device("55-66")), None, "a connection that is gone");
        let networks = serde_json::to_string(&device("33-44").collect().sections.networks).unwrap();
        assert!(!networks.contains("SECRET"));
    }

    #[test]
    fn without_a_device_in_use_nothing_is_told() {
        assert_eq!(ssid(&with(&[("etc/NetworkManager/system-connections/Home.nmconnection", HOME)])), None);
    }

    #[test]
    fn a_supplicant_with_one_network_tells_it() {
        let one = "ctrl_interface=/run/wpa_supplicant\nnetwork={\n\tssid=\"Yard \\\" 5\"\n\tpsk=\"SECRET\"\n}\n";
        let two = "network={\n\tssid=\"A\"\n}\nnetwork={\n\tssid=\"B\"\n}\n";
        let own = |text: &str| with(&[("etc/wpa_supplicant/wpa_supplicant-wlan0.conf", text)]);
        assert_eq!(ssid(&own(one)).as_deref(), Some("Yard \\\" 5"));
        assert_eq!(ssid(&own(two)), None, "which of them is not known");
        assert_eq!(ssid(&own("network={\n ssid=48c3a9\n}\n")).as_deref(), Some("Hé"));
        assert_eq!(ssid(&with(&[("etc/wpa_supplicant/wpa_supplicant.conf", one)])).as_deref(), Some("Yard \\\" 5"));
        let other = with(&[
            ("etc/wpa_supplicant/wpa_supplicant.conf", one),
            ("etc/wpa_supplicant/wpa_supplicant-wlan1.conf", one),
        ]);
        assert_eq!(ssid(&other), None);
        let down = with(&[("etc/wpa_supplicant/wpa_supplicant-wlan0.conf", one)]);
        std::fs::write(down.path("sys/class/net/wlan0/operstate"), "down\n").unwrap();
        assert_eq!(ssid(&down), None);
    }
}
