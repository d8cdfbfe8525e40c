//! Network interfaces: the system's list of adapters, with what the registry knows of their drivers.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
};

use vigie_wire::{Sections, inventory::NetworkInterface};

use super::{Adapter, Context, Row};

/// The drivers of network adapters, and the connections that people named.
const DRIVERS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Class\{4D36E972-E325-11CE-BFC1-08002BE10318}";
const CONNECTIONS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Network\{4D36E972-E325-11CE-BFC1-08002BE10318}";
/// Of a driver's characteristics: there is hardware.
const PHYSICAL: u64 = 0x4;
/// RFC 2863: up.
const UP: u32 = 1;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let drivers = drivers(context)?;
    let mut interfaces = Vec::new();
    for adapter in context.adapters()? {
        let connection = context.key(&format!("{CONNECTIONS}\\{}\\Connection", adapter.id))?;
        interfaces.push(interface(adapter, drivers.get(&adapter.id.to_ascii_uppercase()), &connection));
    }
    interfaces.sort_unstable_by(|a, b| (&a.name, &a.mac).cmp(&(&b.name, &b.mac)));
    sections.networks = Some(interfaces);
    Ok(())
}

/// By the adapter's id. Some of these keys are not for everybody.
fn drivers(context: &Context<'_>) -> Result<BTreeMap<String, Row>, String> {
    let names = context.machine.keys(DRIVERS)?;
    let rows = names.into_iter().filter_map(|name| context.machine.key(&format!("{DRIVERS}\\{name}")).ok()?);
    Ok(rows.filter_map(|row| Some((row.text("NetCfgInstanceId")?.to_ascii_uppercase(), row))).collect())
}

/// Whether an adapter is up.
pub(crate) fn is_up(adapter: &Adapter) -> bool {
    adapter.status == UP
}

fn interface(adapter: &Adapter, driver: Option<&Row>, connection: &Row) -> NetworkInterface {
    let kind = kind(adapter, connection);
    // How fast a wireless one sends changes with every step; what others say who send nowhere is invented.
    let has_speed = is_up(adapter) && kind == Some("ethernet");
    let without_hardware = match (driver.and_then(|it| it.number("Characteristics")), kind) {
        (_, Some("loopback" | "tunnel")) => Some(true),
        (Some(characteristics), _) => Some(characteristics & PHYSICAL == 0),
        (None, _) => None,
    };
    let mut addresses: Vec<(IpAddr, u8)> = adapter.addresses.clone();
    addresses.sort_unstable();
    addresses.dedup();
    let text = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    NetworkInterface {
        name: text(&adapter.name),
        mac: mac(&adapter.hardware),
        kind: kind.map(str::to_owned),
        model: text(&adapter.description),
        manufacturer: driver.and_then(|it| it.meaningful("ProviderName")),
        driver: driver.and_then(|it| it.text("DriverVersion")),
        status: Some(status(adapter.status).to_owned()),
        speed_mbps: Some(adapter.speed / 1_000_000)
            .filter(|speed| has_speed && *speed > 0 && adapter.speed != u64::MAX),
        mtu: Some(u64::from(adapter.mtu)).filter(|mtu| *mtu > 0 && *mtu < u64::from(u32::MAX)),
        virtual_interface: without_hardware,
        addresses: addresses.iter().map(|(address, prefix)| format!("{address}/{prefix}")).collect(),
        gateway: gateway(&adapter.gateways).map(|it| it.to_string()),
        dhcp_server: adapter.dhcp_server.filter(is_one).map(|it| it.to_string()),
        wifi_ssid: None,
    }
}

fn mac(hardware: &[u8]) -> Option<String> {
    let is_one = hardware.len() >= 6 && hardware.iter().any(|byte| *byte != 0);
    is_one.then(|| hardware.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"))
}

/// IANA's `ifType`, but wireless and Bluetooth adapters may call themselves Ethernet: the connection knows better.
fn kind(adapter: &Adapter, connection: &Row) -> Option<&'static str> {
    match connection.number("MediaSubType") {
        Some(2) => return Some("wifi"),
        Some(7) => return Some("bluetooth"),
        _ => {}
    }
    Some(match adapter.kind {
        6 => "ethernet",
        24 => "loopback",
        // PPP, a virtual one of a program's own, encapsulation.
        23 | 53 | 131 => "tunnel",
        71 => "wifi",
        161 => "aggregate",
        199 => "infiniband",
        209 => "bridge",
        243 | 244 => "mobile",
        _ => return None,
    })
}

const fn status(code: u32) -> &'static str {
    match code {
        UP => "up",
        2 | 5..=7 => "down",
        _ => "unknown",
    }
}

fn is_one(address: &IpAddr) -> bool {
    !address.is_unspecified() && *address != IpAddr::from([255, 255, 255, 255])
}

/// That of IPv4 before that of IPv6, as on other systems.
fn gateway(gateways: &[IpAddr]) -> Option<IpAddr> {
    let usable = || gateways.iter().copied().filter(is_one);
    usable().find(IpAddr::is_ipv4).or_else(|| usable().find(|it| *it != IpAddr::V6(Ipv6Addr::LOCALHOST)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Adapter, collect, machine::tests::Told};
    use crate::collect::Options;

    fn address(text: &str) -> std::net::IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn interfaces_have_kind_addresses_and_gateway() {
        let ethernet = Adapter {
            id: "{AAAAAAAA-0000-0000-0000-000000000001}".to_owned(),
            name: "Ethernet".to_owned(),
            description: "Intel(R) Ethernet Connection I219-LM".to_owned(),
            hardware: vec![0x52, 0x54, 0, 0xAB, 0xCD, 0xEF],
            kind: 6,
            status: 1,
            speed: 1_000_000_000,
            mtu: 1500,
            addresses: vec![(address("fe80::7"), 64), (address("192.0.2.7"), 24)],
            gateways: vec![address("fe80::1"), address("192.0.2.1")],
            dns_servers: vec![address("192.0.2.53"), address("fec0:0:0:ffff::1"), address("192.0.2.53")],
            dhcp_server: Some(address("192.0.2.2")),
        };
        let wireless = Adapter {
            id: "{aaaaaaaa-0000-0000-0000-000000000002}".to_owned(),
            name: "Wi-Fi".to_owned(),
            kind: 6,
            status: 1,
            speed: 866_700_000,
            dhcp_server: Some(address("255.255.255.255")),
            ..ethernet.clone()
        };
        let loopback = Adapter {
            name: "Loopback Pseudo-Interface 1".to_owned(),
            kind: 24,
            status: 1,
            speed: 1_073_741_824,
            mtu: u32::MAX,
            addresses: vec![(address("127.0.0.1"), 8), (address("::1"), 128)],
            ..Adapter::default()
        };
        let unplugged = Adapter {
            name: "Ethernet 2".to_owned(),
            hardware: vec![2, 0, 0, 0, 0, 9],
            kind: 6,
            status: 2,
            speed: u64::MAX,
            dns_servers: vec![address("198.51.100.53")],
            ..Adapter::default()
        };
        let mut told = Told::new(
            &json!({}),
            &json!({
                (format!("{}\\0001", super::DRIVERS)): {
                    "NetCfgInstanceId": "{AAAAAAAA-0000-0000-0000-000000000001}", "Characteristics": 0x84,
                    "DriverVersion": "12.19.2.56", "ProviderName": "Intel",
                },
                (format!("{}\\0002", super::DRIVERS)): {
                    "NetCfgInstanceId": "{AAAAAAAA-0000-0000-0000-000000000002}", "Characteristics": 1,
                },
                (format!("{}\\{{AAAAAAAA-0000-0000-0000-000000000002}}\\Connection", super::CONNECTIONS)): {"MediaSubType": 2},
            }),
        );
        told.adapters = vec![wireless, loopback, ethernet, unplugged];
        let sections = collect(&told, &Options::default()).sections;
        let found = sections.networks.unwrap();
        let names: Vec<_> = found.iter().map(|it| it.name.as_deref().unwrap()).collect();
        assert_eq!(names, ["Ethernet", "Ethernet 2", "Loopback Pseudo-Interface 1", "Wi-Fi"]);
        let wired = &found[0];
        assert_eq!((wired.mac.as_deref(), wired.kind.as_deref()), (Some("52:54:00:ab:cd:ef"), Some("ethernet")));
        assert_eq!(wired.addresses, ["192.0.2.7/24", "fe80::7/64"]);
        assert_eq!((wired.gateway.as_deref(), wired.dhcp_server.as_deref()), (Some("192.0.2.1"), Some("192.0.2.2")));
        assert_eq!((wired.speed_mbps, wired.virtual_interface), (Some(1000), Some(false)));
        assert_eq!((wired.driver.as_deref(), wired.manufacturer.as_deref()), (Some("12.19.2.56"), Some("Intel")));
        assert_eq!(
            (found[1].status.as_deref(), found[1].speed_mbps, found[1].virtual_interface),
            (Some("down"), None, None)
        );
        assert_eq!((found[2].mac.as_deref(), found[2].mtu, found[2].virtual_interface), (None, None, Some(true)));
        assert_eq!((found[3].kind.as_deref(), found[3].speed_mbps, &found[3].dhcp_server), (Some("wifi"), None, &None));
        assert_eq!(found[3].virtual_interface, Some(true));
        assert_eq!(sections.system.unwrap().dns_servers, ["192.0.2.53"]);
    }
}
