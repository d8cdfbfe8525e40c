//! Printers that the spooler knows, from its keys: asking it may take as long as the slowest printer needs to answer.

use vigie_wire::{Sections, inventory::Printer};

use super::{Context, Row};

const PRINTERS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Print\Printers";
const NETWORK_PORTS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Print\Monitors\Standard TCP/IP Port\Ports";

/// `PRINTER_ATTRIBUTE_…` and `PRINTER_STATUS_…` of `winspool.h`.
const SHARED: u64 = 0x8;
const NETWORK: u64 = 0x10;
const WORK_OFFLINE: u64 = 0x400;
const PAUSED: u64 = 1;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let network_ports = context.machine.keys(NETWORK_PORTS)?;
    let printers = context.keys_with_values(PRINTERS)?;
    let mut printers: Vec<Printer> = printers.iter().map(|(name, row)| printer(name, row, &network_ports)).collect();
    printers.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    sections.printers = Some(printers);
    Ok(())
}

fn printer(key: &str, row: &Row, network_ports: &[String]) -> Printer {
    let attributes = row.number("Attributes").unwrap_or(0);
    let port = row.text("Port");
    // What is printing at this moment is no change.
    let stopped = row.number("Status") == Some(PAUSED) || attributes & WORK_OFFLINE != 0;
    Printer {
        name: row.text("Name").or_else(|| Some(key.to_owned())),
        driver: row.text("Printer Driver"),
        location: row.text("Location"),
        // Each user has a default of their own.
        default: None,
        shared: Some(attributes & SHARED != 0),
        network: port.as_deref().map(|port| attributes & NETWORK != 0 || is_network(port, network_ports)),
        port,
        serial: None,
        status: Some(if stopped { "stopped" } else { "ready" }.to_owned()),
    }
}

fn is_network(port: &str, network_ports: &[String]) -> bool {
    let lower = port.to_ascii_lowercase();
    network_ports.iter().any(|known| known.eq_ignore_ascii_case(port))
        || ["wsd-", "ip_", r"\\", "http://", "https://", "ipp"].iter().any(|start| lower.starts_with(start))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    #[test]
    fn printers_are_told_with_where_they_are() {
        let key = |name: &str| format!("{}\\{name}", super::PRINTERS);
        let told = Told::new(
            &json!({}),
            &json!({
                (key("Office")): {
                    "Name": "Office", "Printer Driver": "HP Universal Printing PCL 6", "Port": "192.0.2.30", "Location": "Room 4",
                    "Attributes": 0x248, "Status": 0,
                },
                (key("Microsoft Print to PDF")): {"Printer Driver": "Microsoft Print To PDF", "Port": "PORTPROMPT:", "Attributes": 0x40},
                (key("Desk")): {"Name": "Desk", "Port": "USB001", "Status": 1},
                (format!("{}\\192.0.2.30", super::NETWORK_PORTS)): {"IPAddress": "192.0.2.30"},
            }),
        );
        let found = collect(&told, &Options::default()).sections.printers.unwrap();
        let words: Vec<_> = found
            .iter()
            .map(|it| (it.name.as_deref().unwrap(), it.network, it.shared, it.status.as_deref().unwrap()))
            .collect();
        assert_eq!(
            words,
            [
                ("Desk", Some(false), Some(false), "stopped"),
                ("Microsoft Print to PDF", Some(false), Some(false), "ready"),
                ("Office", Some(true), Some(true), "ready"),
            ]
        );
        assert_eq!(found[2].location.as_deref(), Some("Room 4"));
    }
}
