//! PCI devices and graphics adapters from `/sys/bus/pci`; their names from the list that `hwdata` and `pciutils` install.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead as _, BufReader},
};

use vigie_wire::{
    Sections,
    inventory::{Graphics, PciDevice},
};

use super::{Context, Root};

/// Most devices.
const MAX_DEVICES: usize = 4096;
/// Where distributions put the list of names.
const LISTS: &[&str] = &["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids", "/usr/share/pci.ids"];

/// A maker's and a device's number.
type Key = (u16, u16);

/// The names of this machine's devices.
#[derive(Debug, Default)]
pub(crate) struct Names {
    vendors: BTreeMap<u16, String>,
    devices: BTreeMap<Key, String>,
    classes: BTreeMap<u16, String>,
}

/// What a device is called.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) name: Option<String>,
    pub(crate) manufacturer: Option<String>,
}

struct Device {
    slot: String,
    key: Key,
    class: u32,
}

fn devices(root: &Root) -> Vec<Device> {
    let slots = root.names("/sys/bus/pci/devices").into_iter().take(MAX_DEVICES);
    slots
        .filter_map(|slot| {
            let number = |file: &str| hexadecimal(root, &format!("/sys/bus/pci/devices/{slot}/{file}"));
            let key = (u16::try_from(number("vendor")?).ok()?, u16::try_from(number("device")?).ok()?);
            Some(Device { key, class: number("class").unwrap_or(0), slot })
        })
        .collect()
}

fn hexadecimal(root: &Root, path: &str) -> Option<u32> {
    u32::from_str_radix(root.value(path)?.trim_start_matches("0x"), 16).ok()
}

impl Names {
    /// Reads the names of the devices that this machine has, and no others.
    pub(crate) fn read(root: &Root) -> Self {
        let mut names = Self::default();
        for device in devices(root) {
            names.vendors.insert(device.key.0, String::new());
            names.devices.insert(device.key, String::new());
            names.classes.insert(class_of(device.class), String::new());
        }
        if !names.vendors.is_empty()
            && let Some(file) = LISTS.iter().find_map(|path| File::open(root.path(path)).ok())
            // A list that cannot be read to its end still gave the names before.
            && let Err(error) = names.fill(file)
        {
            log::debug!("names of PCI devices: {error}");
        }
        names
    }

    /// The list: a maker's line, then its devices behind one tab, then subsystems behind two; classes at the end as
    /// `C xx`, with their subclasses behind one tab.
    fn fill(&mut self, file: File) -> io::Result<()> {
        let mut reader = BufReader::with_capacity(64 << 10, file);
        let mut line = Vec::new();
        let (mut vendor, mut class) = (None, None);
        loop {
            line.clear();
            // The lists are a distribution's own; a line in them has some hundred bytes.
            if std::io::Read::take(&mut reader, 16 << 10).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            match line.as_slice() {
                [b'#' | b'\n', ..] | [b'\t', b'\t', ..] => {}
                [b'C', b' ', rest @ ..] => {
                    vendor = None;
                    class = split(rest, 2).map(|(number, _)| number);
                }
                [b'\t', rest @ ..] => {
                    if let (Some(vendor), Some((number, name))) = (vendor, vendor.and_then(|_| split(rest, 4)))
                        && let Some(slot) = self.devices.get_mut(&(vendor, number))
                    {
                        *slot = name;
                    } else if let (Some(class), Some((number, name))) = (class, class.and_then(|_| split(rest, 2)))
                        && let Some(slot) = self.classes.get_mut(&(class << 8 | number))
                    {
                        *slot = name;
                    }
                }
                rest => {
                    vendor = split_number(rest, 4).filter(|number| self.vendors.contains_key(number));
                    class = None;
                    if let (Some(vendor), Some((_, name))) = (vendor, vendor.and_then(|_| split(rest, 4))) {
                        self.vendors.insert(vendor, name);
                    }
                }
            }
        }
    }

    /// What the device at a path of `/sys` is called; nothing when it is no PCI device, or its name is not known.
    pub(crate) fn device(&self, root: &Root, folder: &str) -> Named {
        let number = |file: &str| u16::try_from(hexadecimal(root, &format!("{folder}/{file}"))?).ok();
        match (number("vendor"), number("device")) {
            (Some(vendor), Some(device)) => self.named((vendor, device)),
            _ => Named::default(),
        }
    }

    fn named(&self, key: Key) -> Named {
        Named { name: known(self.devices.get(&key)), manufacturer: known(self.vendors.get(&key.0)) }
    }
}

fn known(name: Option<&String>) -> Option<String> {
    name.filter(|name| !name.is_empty()).cloned()
}

fn split_number(line: &[u8], digits: usize) -> Option<u16> {
    u16::from_str_radix(std::str::from_utf8(line.get(..digits)?).ok()?, 16).ok()
}

fn split(line: &[u8], digits: usize) -> Option<(u16, String)> {
    let number = split_number(line, digits)?;
    Some((number, String::from_utf8_lossy(line.get(digits..)?).trim().to_owned()))
}

/// Class and subclass, without the programming interface.
fn class_of(class: u32) -> u16 {
    u16::try_from((class >> 8) & 0xFFFF).unwrap_or(0)
}

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) {
    let root = context.root;
    let mut all = Vec::new();
    let mut graphics = Vec::new();
    for device in devices(root) {
        let folder = format!("/sys/bus/pci/devices/{}", device.slot);
        let named = context.names.named(device.key);
        let driver = root.link_name(&format!("{folder}/driver"));
        if device.class >> 16 == 0x03 {
            graphics.push(Graphics {
                name: named.name.clone(),
                manufacturer: named.manufacturer.clone(),
                chipset: known(context.names.classes.get(&class_of(device.class))),
                memory_bytes: root.number(&format!("{folder}/mem_info_vram_total")),
                driver: driver.clone(),
                resolution: resolution(root, &folder),
                slot: Some(device.slot.clone()),
            });
        }
        all.push(PciDevice {
            name: named.name,
            manufacturer: named.manufacturer,
            vendor_id: Some(format!("{:04x}", device.key.0)),
            product_id: Some(format!("{:04x}", device.key.1)),
            class: known(context.names.classes.get(&class_of(device.class)))
                .or_else(|| Some(format!("{:04x}", class_of(device.class)))),
            driver,
            slot: Some(device.slot),
        });
    }
    if root.exists("/sys/bus/pci") {
        sections.pci_devices = Some(all);
        sections.graphics = Some(graphics);
    }
}

/// The mode that the adapter's first connected output prefers.
fn resolution(root: &Root, folder: &str) -> Option<String> {
    let cards = root.names(&format!("{folder}/drm"));
    let card = cards.iter().find(|name| name.starts_with("card"))?;
    let outputs = root.names(&format!("{folder}/drm/{card}"));
    outputs.iter().filter(|name| name.starts_with(card.as_str())).find_map(|output| {
        let output = format!("{folder}/drm/{card}/{output}");
        root.value(&format!("{output}/enabled")).filter(|state| state == "enabled")?;
        root.value(&format!("{output}/modes"))?.lines().next().map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::fixture;

    const IDS: &str = "# comment\n8086  Intel Corporation\n\t46a6  Alder Lake-P GT2 [Iris Xe Graphics]\n\t\t17aa 22e7  \
                       A subsystem\n\t51f0  Alder Lake-P PCH CNVi WiFi\n1af4  Red Hat, Inc.\n\t46a6  of another maker\nC 03  \
                       Display controller\n\t00  VGA compatible controller\n\t\t00  VGA controller\nC 02  Network controller\n";

    #[test]
    fn devices_have_the_names_of_the_list() {
        let sections = fixture(&[
            ("usr/share/misc/pci.ids", IDS),
            ("sys/bus/pci/devices/0000:00:02.0/vendor", "0x8086\n"),
            ("sys/bus/pci/devices/0000:00:02.0/device", "0x46a6\n"),
            ("sys/bus/pci/devices/0000:00:02.0/class", "0x030000\n"),
            ("sys/bus/pci/devices/0000:00:02.0/drm/card0/card0-eDP-1/enabled", "enabled\n"),
            ("sys/bus/pci/devices/0000:00:02.0/drm/card0/card0-eDP-1/modes", "1920x1200\n1920x1080\n"),
            ("sys/bus/pci/devices/0000:00:03.0/vendor", "0x1af4\n"),
            ("sys/bus/pci/devices/0000:00:03.0/device", "0x1041\n"),
            ("sys/bus/pci/devices/0000:00:03.0/class", "0x020000\n"),
        ])
        .collect()
        .sections;
        let graphics = sections.graphics.unwrap();
        assert_eq!(graphics.len(), 1);
        assert_eq!(graphics[0].name.as_deref(), Some("Alder Lake-P GT2 [Iris Xe Graphics]"));
        assert_eq!(graphics[0].manufacturer.as_deref(), Some("Intel Corporation"));
        assert_eq!(graphics[0].resolution.as_deref(), Some("1920x1200"));
        let devices = sections.pci_devices.unwrap();
        assert_eq!(devices[0].class.as_deref(), Some("VGA compatible controller"));
        assert_eq!(devices[1].name, None, "a device that the list does not know");
        assert_eq!(devices[1].manufacturer.as_deref(), Some("Red Hat, Inc."));
        assert_eq!(devices[1].product_id.as_deref(), Some("1041"));
    }
}
