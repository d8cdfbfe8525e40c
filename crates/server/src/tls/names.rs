//! What this server is called: the names and addresses that its certificate is for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The names and addresses that this server's certificate is for: its host's, its interfaces', and the configured ones.
pub fn wanted_names(host: Option<&str>, addresses: &[IpAddr], configured: &[String]) -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    let host = host.map(str::to_lowercase).filter(|it| is_dns_name(it));
    names.extend(host);
    names.extend([IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)].map(|it| it.to_string()));
    names.extend(addresses.iter().filter(|it| is_reachable(**it)).map(ToString::to_string));
    names.extend(configured.iter().map(|it| it.trim().to_lowercase()));
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    // The host's name is what the certificate is called by, where there is one.
    if names.len() > 1 && is_dns_name(&names[1]) {
        names.swap(0, 1);
    }
    names
}

/// Link-local addresses need an interface beside them, which a certificate cannot hold.
fn is_reachable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => !it.is_link_local() && !it.is_loopback(),
        IpAddr::V6(it) => !it.is_unicast_link_local() && !it.is_loopback(),
    }
}

/// Whether a name can stand in a certificate: letters, digits, `-`, `_`, `.`; `*.` in front is allowed.
pub fn is_dns_name(name: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let label = |it: &str| {
        !it.is_empty()
            && it.len() <= 63
            && it.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    !name.is_empty() && name.len() <= 253 && name.parse::<IpAddr>().is_err() && name.split('.').all(label)
}

/// Whether one of a certificate's names covers a host (RFC 9525 §6.3: `*` stands for one whole label).
pub fn covers(names: &[String], host: &str) -> bool {
    let address = host.parse::<IpAddr>().ok();
    let host = host.to_lowercase();
    names.iter().any(|name| {
        if let Some(address) = address {
            return name.parse() == Ok(address);
        }
        let name = name.to_lowercase();
        match name.strip_prefix("*.") {
            Some(rest) => host.split_once('.').is_some_and(|(label, parent)| !label.is_empty() && parent == rest),
            None => name == host,
        }
    })
}

/// This machine's name.
pub fn host_name() -> Option<String> {
    let name = nix::sys::utsname::uname().ok()?.nodename().to_str()?.to_owned();
    is_dns_name(&name).then_some(name)
}

/// This machine's addresses.
pub fn host_addresses() -> Vec<IpAddr> {
    let Ok(interfaces) = nix::ifaddrs::getifaddrs() else { return Vec::new() };
    let address = |it: nix::ifaddrs::InterfaceAddress| {
        let address = it.address?;
        let v4 = address.as_sockaddr_in().map(|it| IpAddr::from(it.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|it| IpAddr::from(it.ip())))
    };
    interfaces.filter_map(address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn a_certificate_is_for_what_the_server_is_called() {
        let addresses =
            ["192.0.2.7", "127.0.0.1", "169.254.3.3", "fe80::1", "2001:db8::7"].map(|it| it.parse().unwrap());
        assert_eq!(
            wanted_names(Some("Hub"), &addresses, &names(&["vigie.example.com", "192.0.2.7"])),
            names(&["hub", "localhost", "127.0.0.1", "::1", "192.0.2.7", "2001:db8::7", "vigie.example.com"])
        );
        assert_eq!(wanted_names(None, &[], &[]), names(&["localhost", "127.0.0.1", "::1"]));
    }

    #[test]
    fn a_wildcard_covers_one_label_and_an_address_itself_only() {
        let has = names(&["*.example.com", "192.0.2.7", "Hub.example.org"]);
        assert!(covers(&has, "vigie.example.com") && covers(&has, "hub.example.org") && covers(&has, "192.0.2.7"));
        assert!(!covers(&has, "a.vigie.example.com") && !covers(&has, "example.com") && !covers(&has, "192.0.2.8"));
    }
}
