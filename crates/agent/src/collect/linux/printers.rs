//! Printers that CUPS knows, from its `printers.conf`.

use vigie_wire::{Sections, inventory::Printer};

use super::Context;

/// Most of the file that is read, bytes.
const MAX_FILE: u64 = 4 << 20;
/// Most printers.
const MAX_PRINTERS: usize = 4096;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    sections.printers = match context.root.text_if_there("/etc/cups/printers.conf", MAX_FILE)? {
        Some(text) => Some(parse(&text)),
        // CUPS may be there, and no printer yet.
        None => context.root.exists("/etc/cups/cupsd.conf").then(Vec::new),
    };
    Ok(())
}

fn parse(text: &str) -> Vec<Printer> {
    let mut printers: Vec<Printer> = Vec::new();
    let mut current: Option<Printer> = None;
    for line in text.lines().map(str::trim) {
        if let Some(opened) = line.strip_prefix('<').and_then(|line| line.strip_suffix('>')) {
            if let Some(name) = opened.strip_prefix("Printer ").or_else(|| opened.strip_prefix("DefaultPrinter ")) {
                let default = opened.starts_with("Default");
                current = Some(Printer { name: Some(name.to_owned()), default: Some(default), ..Printer::default() });
            } else if opened == "/Printer" || opened == "/DefaultPrinter" {
                printers.extend(current.take().filter(|_| printers.len() < MAX_PRINTERS));
            }
        } else if let (Some(printer), Some((key, value))) = (&mut current, line.split_once(' ')) {
            set(printer, key, value.trim());
        }
    }
    printers.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    printers
}

fn set(printer: &mut Printer, key: &str, value: &str) {
    let text = || (!value.is_empty()).then(|| value.to_owned());
    match key {
        "MakeModel" => printer.driver = text(),
        "Location" => printer.location = text(),
        "Shared" => printer.shared = Some(value.eq_ignore_ascii_case("yes")),
        // What is printing at this moment is no change.
        "State" => printer.status = Some(if value == "Stopped" { "stopped" } else { "ready" }.to_owned()),
        "DeviceURI" => {
            printer.network = network(value);
            printer.serial = parameter(value, "serial");
            printer.port = Some(without_password(value));
        }
        _ => {}
    }
}

fn network(uri: &str) -> Option<bool> {
    match uri.split(':').next()? {
        "hp" => Some(uri.starts_with("hp:/net/")),
        "socket" | "ipp" | "ipps" | "lpd" | "http" | "https" | "dnssd" | "smb" => Some(true),
        "usb" | "parallel" | "serial" => Some(false),
        _ => None,
    }
}

fn parameter(uri: &str, name: &str) -> Option<String> {
    let parameters = uri.split_once('?')?.1;
    parameters.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
}

/// `smb://user:password@host/queue` as `smb://host/queue`.
fn without_password(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printers_are_read_and_passwords_stay_here() {
        let printers = parse(
            "# Printer configuration file\nNextPrinterId 3\n<DefaultPrinter Office>\nPrinterId 1\nInfo Office\nMakeModel HP \
             LaserJet 4\nDeviceURI smb://jo:secret@print.example/office\nState Idle\nShared Yes\nLocation Room 4\n\
             </DefaultPrinter>\n<Printer Desk>\nDeviceURI usb://Brother/HL?serial=E7\nState Stopped\nShared No\n</Printer>\n",
        );
        assert_eq!(printers.len(), 2);
        let (desk, office) = (&printers[0], &printers[1]);
        assert_eq!(office.port.as_deref(), Some("smb://print.example/office"));
        assert_eq!((office.network, office.default, office.shared), (Some(true), Some(true), Some(true)));
        assert_eq!(office.driver.as_deref(), Some("HP LaserJet 4"));
        assert_eq!(desk.serial.as_deref(), Some("E7"));
        assert_eq!((desk.network, desk.status.as_deref()), (Some(false), Some("stopped")));
    }
}
