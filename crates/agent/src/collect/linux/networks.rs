//! Network interfaces: what they are from `/sys/class/net`, their addresses from the kernel, the gateways from its routes.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use vigie_wire::{Sections, inventory::NetworkInterface};

use super::{Context, Root, pci::Names, wireless};

/// Most of a kernel table that is read, bytes.
const MAX_TABLE: u64 = 8 << 20;
/// Most interfaces; hosts of containers have hundreds.
const MAX_INTERFACES: usize = 4096;

/// Addresses with prefix length, by interface.
type Addresses = BTreeMap<String, Vec<(IpAddr, u32)>>;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let addresses = if context.root.is_real() { addresses()? } else { Addresses::new() };
    sections.networks = Some(interfaces(context.root, &addresses, context.names));
    Ok(())
}

fn addresses() -> Result<Addresses, String> {
    let mut found = Addresses::new();
    for one in nix::ifaddrs::getifaddrs().map_err(|error| format!("addresses: {error}"))? {
        let (Some(address), Some(mask)) = (one.address, one.netmask) else { continue };
        let pair = if let (Some(address), Some(mask)) = (address.as_sockaddr_in(), mask.as_sockaddr_in()) {
            (IpAddr::V4(address.ip()), mask.ip().to_bits().count_ones())
        } else if let (Some(address), Some(mask)) = (address.as_sockaddr_in6(), mask.as_sockaddr_in6()) {
            (IpAddr::V6(address.ip()), mask.ip().to_bits().count_ones())
        } else {
            continue;
        };
        // A second label of an interface, `eth0:1`, is the same interface.
        let name = one.interface_name.split(':').next().unwrap_or_default();
        found.entry(name.to_owned()).or_default().push(pair);
    }
    Ok(found)
}

fn interfaces(root: &Root, addresses: &Addresses, names: &Names) -> Vec<NetworkInterface> {
    let gateways = gateways(root);
    let mut interfaces = Vec::new();
    for name in root.names("/sys/class/net").into_iter().take(MAX_INTERFACES) {
        let folder = format!("/sys/class/net/{name}");
        // `bonding_masters` is a file beside the interfaces.
        let Some(index) = root.number(&format!("{folder}/ifindex")) else { continue };
        let kind = kind(root, &folder, &name);
        let attribute = |file: &str| root.value(&format!("{folder}/{file}"));
        let hardware = root.exists(&format!("{folder}/device"));
        let device = names.device(root, &format!("{folder}/device"));
        let mut own: Vec<(IpAddr, u32)> = addresses.get(&name).cloned().unwrap_or_default();
        own.sort_unstable();
        own.dedup();
        interfaces.push(NetworkInterface {
            mac: attribute("address").map(|mac| mac.to_ascii_lowercase()).filter(|mac| is_mac(mac)),
            model: device.name,
            manufacturer: device.manufacturer,
            driver: root.link_name(&format!("{folder}/device/driver")),
            status: attribute("operstate").map(|state| status(&state).to_owned()),
            // -1, and an error while it is down: not known.
            speed_mbps: attribute("speed").and_then(|speed| speed.parse().ok()).filter(|speed| *speed > 0),
            mtu: root.number(&format!("{folder}/mtu")),
            virtual_interface: Some(!hardware),
            addresses: own.iter().map(|(address, prefix)| format!("{address}/{prefix}")).collect(),
            gateway: gateways.get(&name).map(IpAddr::to_string),
            dhcp_server: dhcp_server(root, index),
            wifi_ssid: (kind.as_deref() == Some("wifi")).then(|| wireless::ssid(root, &name, index)).flatten(),
            kind,
            name: Some(name),
        });
    }
    interfaces
}

fn is_mac(text: &str) -> bool {
    let digits: Vec<&str> = text.split(':').collect();
    let hexadecimal = digits.iter().all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    // InfiniBand's are longer. All zeros is no address.
    digits.len() >= 6 && hexadecimal && digits.iter().any(|part| *part != "00")
}

fn status(state: &str) -> &'static str {
    match state {
        "up" => "up",
        "down" | "lowerlayerdown" | "notpresent" | "dormant" => "down",
        _ => "unknown",
    }
}

/// What the kernel calls the device's type (`ARPHRD_…`), and what its driver adds.
fn kind(root: &Root, folder: &str, name: &str) -> Option<String> {
    let events = root.value(&format!("{folder}/uevent")).unwrap_or_default();
    let told = events.lines().find_map(|line| line.strip_prefix("DEVTYPE=")).unwrap_or_default();
    let has = |file: &str| root.exists(&format!("{folder}/{file}"));
    let kind = match told {
        "wlan" => "wifi",
        "bridge" => "bridge",
        "bond" | "team" => "aggregate",
        "vlan" => "vlan",
        "wwan" => "mobile",
        "bluetooth" => "bluetooth",
        "wireguard" | "vxlan" | "gre" | "geneve" => "tunnel",
        _ if has("wireless") || has("phy80211") => "wifi",
        _ if has("bridge") => "bridge",
        _ if has("bonding") => "aggregate",
        _ if has("tun_flags") => "tunnel",
        _ => match root.number(&format!("{folder}/type"))? {
            1 if name.starts_with("docker") || name.starts_with("br-") => "bridge",
            1 => "ethernet",
            32 => "infiniband",
            // SLIP to PPP, the tunnels over IP, and those without a link layer.
            256..=512 | 768 | 769 | 776 | 778 | 823 | 65_534 => "tunnel",
            772 => "loopback",
            801..=803 => "wifi",
            _ => return None,
        },
    };
    Some(kind.to_owned())
}

/// The default route's gateway of each interface, IPv4 before IPv6, the lowest metric first.
fn gateways(root: &Root) -> BTreeMap<String, IpAddr> {
    let mut best: BTreeMap<String, (u8, u32, IpAddr)> = BTreeMap::new();
    let mut offer = |name: &str, family: u8, metric: u32, gateway: IpAddr| {
        let offered = (family, metric, gateway);
        match best.get_mut(name) {
            Some(known) if (known.0, known.1) <= (family, metric) => {}
            Some(known) => *known = offered,
            None => {
                best.insert(name.to_owned(), offered);
            }
        }
    };
    let table = root.text("/proc/net/route", MAX_TABLE).unwrap_or_default();
    for line in table.lines().skip(1) {
        let words: Vec<&str> = line.split_whitespace().collect();
        // Iface Destination Gateway Flags RefCnt Use Metric Mask …, addresses in the machine's byte order.
        let &[name, "00000000", gateway, _, _, _, metric, "00000000", ..] = words.as_slice() else { continue };
        if let Ok(gateway) = u32::from_str_radix(gateway, 16)
            && gateway != 0
        {
            let gateway = Ipv4Addr::from(gateway.to_ne_bytes());
            offer(name, 4, metric.parse().unwrap_or(u32::MAX), gateway.into());
        }
    }
    let table = root.text("/proc/net/ipv6_route", MAX_TABLE).unwrap_or_default();
    for line in table.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        // destination prefix source prefix gateway metric references use flags interface, all hexadecimal
        let &[destination, "00", _, _, gateway, metric, _, _, _, name] = words.as_slice() else { continue };
        if destination.bytes().all(|byte| byte == b'0')
            && let Ok(gateway) = u128::from_str_radix(gateway, 16)
            && gateway != 0
        {
            offer(name, 6, u32::from_str_radix(metric, 16).unwrap_or(u32::MAX), Ipv6Addr::from(gateway).into());
        }
    }
    best.into_iter().map(|(name, (_, _, gateway))| (name, gateway)).collect()
}

/// The lease that systemd-networkd keeps for the interface.
fn dhcp_server(root: &Root, index: u64) -> Option<String> {
    let lease = root.value(&format!("/run/systemd/netif/leases/{index}"))?;
    lease.lines().find_map(|line| line.strip_prefix("SERVER_ADDRESS=")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::linux::tests::fixture;

    #[test]
    fn interfaces_have_kind_addresses_and_gateway() {
        let tree = fixture(&[
            ("sys/class/net/bonding_masters", "\n"),
            ("sys/class/net/eth0/ifindex", "2\n"),
            ("sys/class/net/eth0/address", "52:54:00:AB:CD:EF\n"),
            ("sys/class/net/eth0/type", "1\n"),
            ("sys/class/net/eth0/operstate", "up\n"),
            ("sys/class/net/eth0/speed", "1000\n"),
            ("sys/class/net/eth0/mtu", "1500\n"),
            ("sys/class/net/eth0/device/vendor", "0x8086\n"),
            ("sys/class/net/lo/ifindex", "1\n"),
            ("sys/class/net/lo/address", "00:00:00:00:00:00\n"),
            ("sys/class/net/lo/type", "772\n"),
            ("sys/class/net/lo/operstate", "unknown\n"),
            ("sys/class/net/wlan0/ifindex", "3\n"),
            ("sys/class/net/wlan0/type", "1\n"),
            ("sys/class/net/wlan0/uevent", "DEVTYPE=wlan\nINTERFACE=wlan0\n"),
            ("sys/class/net/wlan0/speed", "-1\n"),
            (
                "proc/net/route",
                "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                 eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
                 eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n",
            ),
            (
                "proc/net/ipv6_route",
                "00000000000000000000000000000000 00 00000000000000000000000000000000 00 \
                 fe800000000000000000000000000001 00000400 00000001 00000000 00000003    wlan0\n",
            ),
        ]);
        let addresses = Addresses::from([(
            "eth0".to_owned(),
            vec![("2001:db8::7".parse().unwrap(), 64), ("192.0.2.7".parse().unwrap(), 24)],
        )]);
        let found = interfaces(&tree.root, &addresses, &Names::default());
        let names: Vec<_> = found.iter().map(|it| it.name.as_deref().unwrap()).collect();
        assert_eq!(names, ["eth0", "lo", "wlan0"]);
        let ethernet = &found[0];
        assert_eq!(ethernet.mac.as_deref(), Some("52:54:00:ab:cd:ef"));
        assert_eq!(ethernet.kind.as_deref(), Some("ethernet"));
        assert_eq!(ethernet.addresses, ["192.0.2.7/24", "2001:db8::7/64"]);
        assert_eq!(ethernet.gateway.as_deref(), Some("192.0.2.1"));
        assert_eq!((ethernet.speed_mbps, ethernet.virtual_interface), (Some(1000), Some(false)));
        assert_eq!((found[1].mac.as_deref(), found[1].kind.as_deref()), (None, Some("loopback")));
        assert_eq!(found[2].kind.as_deref(), Some("wifi"));
        assert_eq!(found[2].speed_mbps, None);
        assert_eq!(found[2].gateway.as_deref(), Some("fe80::1"));
    }
}
