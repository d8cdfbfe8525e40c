//! Network interfaces. Agents write one row for each address: rows of one interface become one.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::{Reader, Row};
use crate::{Sections, inventory::NetworkInterface, matching};

pub(super) fn map(reader: &Reader<'_, '_>, sections: &mut Sections) {
    let Some(rows) = reader.rows("networks", "networks") else { return };
    let mut interfaces: Vec<Gathered> = Vec::new();
    let mut known: HashMap<(Option<String>, Option<String>), usize> = HashMap::new();
    for row in rows {
        let read = interface(&row);
        let key = (read.name.clone(), read.mac.clone());
        if key == (None, None) {
            continue;
        }
        let at = *known.entry(key).or_insert_with(|| {
            interfaces.push(Gathered { interface: read.clone(), addresses: Vec::new() });
            interfaces.len() - 1
        });
        let gathered = &mut interfaces[at];
        fill(&mut gathered.interface, read);
        gathered.addresses.extend(["ipaddress", "ipaddress6"].iter().filter_map(|name| address(&row, name)));
    }
    sections.networks = Some(interfaces.into_iter().map(Gathered::finish).collect());
}

struct Gathered {
    interface: NetworkInterface,
    addresses: Vec<(IpAddr, u32)>,
}

impl Gathered {
    fn finish(mut self) -> NetworkInterface {
        self.addresses.sort_unstable();
        self.addresses.dedup();
        if self.interface.kind.is_none() && self.addresses.iter().any(|(address, _)| address.is_loopback()) {
            self.interface.kind = Some("loopback".to_owned());
        }
        self.interface.addresses =
            self.addresses.iter().map(|(address, prefix)| format!("{address}/{prefix}")).collect();
        self.interface
    }
}

/// What one row says beside its address.
fn interface(row: &Row<'_, '_>) -> NetworkInterface {
    let mac = row.text("mac").and_then(|it| matching::normal_mac(&it));
    let kind = row.word("type").and_then(|it| kind(&it)).or_else(|| row.text("wifi_ssid").map(|_| "wifi"));
    NetworkInterface {
        name: row.first(&["description", "name", "model"]),
        mac: mac.filter(|it| !it.bytes().all(|byte| matches!(byte, b'0' | b':'))),
        kind: kind.map(str::to_owned),
        model: row.meaningful("model"),
        manufacturer: row.meaningful("manufacturer"),
        driver: row.text("driver"),
        status: row.word("status").map(|it| status(&it).to_owned()),
        // 0 and -1 are what an interface says that does not know.
        speed_mbps: row.count("speed").filter(|it| *it > 0),
        mtu: row.count("mtu"),
        virtual_interface: row.flag("virtualdev"),
        addresses: Vec::new(),
        gateway: gateway(row),
        dhcp_server: row.text("ipdhcp").filter(|it| it.parse::<IpAddr>().is_ok_and(|it| !it.is_unspecified())),
        wifi_ssid: row.text("wifi_ssid"),
    }
}

/// Takes over what the interface does not know yet.
fn fill(interface: &mut NetworkInterface, other: NetworkInterface) {
    macro_rules! fill {
        ($($field:ident),+) => {$(if interface.$field.is_none() { interface.$field = other.$field; })+};
    }
    fill!(
        kind,
        model,
        manufacturer,
        driver,
        status,
        speed_mbps,
        mtu,
        virtual_interface,
        gateway,
        dhcp_server,
        wifi_ssid
    );
}

fn kind(told: &str) -> Option<&'static str> {
    Some(match told {
        "ethernet" | "ether" | "ethernet 802.3" => "ethernet",
        "wifi" | "wireless" | "802.11" => "wifi",
        "infiniband" => "infiniband",
        "aggregate" | "bonding" => "aggregate",
        "bridge" => "bridge",
        "loopback" | "local" => "loopback",
        "bluetooth" => "bluetooth",
        "vlan" => "vlan",
        "dialup" => "mobile",
        "tunnel" => "tunnel",
        _ => return None,
    })
}

fn status(told: &str) -> &'static str {
    match told {
        "up" | "on" | "connected" => "up",
        "down" | "off" | "lowerlayerdown" | "notpresent" | "dormant" | "disconnected" => "down",
        _ => "unknown",
    }
}

/// An address and its prefix's length. OCS writes IPv6 where the others write IPv4.
fn address(row: &Row<'_, '_>, name: &str) -> Option<(IpAddr, u32)> {
    let text = row.text(name)?;
    let (text, told_prefix) = match text.split_once('/') {
        Some((text, prefix)) => (text.to_owned(), prefix.parse::<u32>().ok()),
        None => (text, None),
    };
    // `fe80::1%eth0`: the zone is the interface itself.
    let text = text.split('%').next().unwrap_or_default();
    let Ok(address) = text.parse::<IpAddr>() else {
        row.remark(name, "unknown-value", text);
        return None;
    };
    if address.is_unspecified() {
        return None;
    }
    let mask = row.text(if name == "ipaddress6" { "ipmask6" } else { "ipmask" });
    let prefix = told_prefix.or_else(|| prefix(mask.as_deref()?, address));
    let whole = if address.is_ipv4() { 32 } else { 128 };
    Some((address, prefix.filter(|it| *it <= whole).unwrap_or(whole)))
}

/// The length of a mask's prefix: `255.255.255.0`, `ffff:ffff::`, `0xffffff00`, or the number itself.
fn prefix(mask: &str, address: IpAddr) -> Option<u32> {
    let bits = match (address, mask.parse::<IpAddr>()) {
        (IpAddr::V4(_), Ok(IpAddr::V4(mask))) => prefix_v4(mask)?,
        // FusionInventory writes the mask of a whole address as `fff0::`.
        (IpAddr::V6(_), Ok(IpAddr::V6(mask))) if mask == Ipv6Addr::new(0xfff0, 0, 0, 0, 0, 0, 0, 0) => 128,
        (IpAddr::V6(_), Ok(IpAddr::V6(mask))) => prefix_v6(mask)?,
        (IpAddr::V4(_), Err(_)) if mask.starts_with("0x") => {
            prefix_v4(Ipv4Addr::from_bits(u32::from_str_radix(&mask[2..], 16).ok()?))?
        }
        (_, Err(_)) => mask.trim_start_matches('/').parse().ok()?,
        _ => return None,
    };
    Some(bits)
}

fn prefix_v4(mask: Ipv4Addr) -> Option<u32> {
    let bits = mask.to_bits();
    (bits.leading_ones() + bits.trailing_zeros() >= 32).then(|| bits.leading_ones())
}

fn prefix_v6(mask: Ipv6Addr) -> Option<u32> {
    let bits = mask.to_bits();
    (bits.leading_ones() + bits.trailing_zeros() >= 128).then(|| bits.leading_ones())
}

/// The gateway, unless it is the network itself, which OCS writes for IPv6.
fn gateway(row: &Row<'_, '_>) -> Option<String> {
    let gateway = row.text("ipgateway")?;
    let address = gateway.parse::<IpAddr>().ok()?;
    let network = row.text("ipsubnet").and_then(|it| it.parse::<IpAddr>().ok());
    (!address.is_unspecified() && network != Some(address)).then(|| address.to_string())
}
