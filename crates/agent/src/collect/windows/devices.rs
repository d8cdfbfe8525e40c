//! Devices on USB and PCI that are plugged in.

use vigie_wire::{
    Sections,
    inventory::{PciDevice, UsbDevice},
};

use super::{Class, Context, Row};
use crate::collect::text::{class_of_usb, meaningful};

const DEVICE: Class = Class::of_cimv2(
    "Win32_PnPEntity",
    "DeviceID, Name, Manufacturer, PNPClass, Service, CompatibleID, ConfigManagerErrorCode",
);
/// Where the bus drivers write down what they found, at present or ever.
pub(crate) const FOUND: &str = r"HKLM\SYSTEM\CurrentControlSet\Enum";
/// A device that is not there: it was, and is remembered.
const ABSENT: u64 = 45;

/// What is plugged in. A machine without this class has nothing to tell of its devices.
pub(crate) fn present(context: &Context<'_>) -> Result<Vec<Row>, String> {
    let mut rows = context.objects_if_there(&DEVICE)?;
    rows.retain(|row| row.number("ConfigManagerErrorCode") != Some(ABSENT));
    Ok(rows)
}

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let mut usb = Vec::new();
    let mut pci = Vec::new();
    for row in context.devices()? {
        let Some(id) = row.text("DeviceID") else { continue };
        let upper = id.to_ascii_uppercase();
        let mut parts = upper.splitn(3, '\\');
        match (parts.next(), parts.next()) {
            (Some("USB"), Some(numbers)) => usb.extend(usb_device(row, numbers, &id)),
            (Some("PCI"), Some(numbers)) => pci.extend(pci_device(context, row, numbers, &id)?),
            _ => {}
        }
    }
    usb.sort_unstable_by(|a, b| {
        (&a.vendor_id, &a.product_id, &a.serial, &a.name).cmp(&(&b.vendor_id, &b.product_id, &b.serial, &b.name))
    });
    pci.sort_unstable_by(|a, b| {
        (&a.slot, &a.vendor_id, &a.product_id, &a.name).cmp(&(&b.slot, &b.vendor_id, &b.product_id, &b.name))
    });
    sections.usb_devices = Some(usb);
    sections.pci_devices = Some(pci);
    Ok(())
}

/// The four hexadecimal digits behind a word: `VID_046D&PID_C52B`, `VEN_8086&DEV_9A49`.
fn digits(numbers: &str, word: &str) -> Option<String> {
    let (_, rest) = numbers.split_once(word)?;
    let digits = rest.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| digits.to_ascii_lowercase())
}

fn usb_device(row: &Row, numbers: &str, id: &str) -> Option<UsbDevice> {
    // `…&MI_01` is one function of a device that is listed itself.
    if numbers.contains("&MI_") {
        return None;
    }
    let compatible = row.texts("CompatibleID");
    let class = compatible
        .iter()
        .find_map(|it| it.to_ascii_lowercase().strip_prefix(r"usb\class_")?.get(..2).map(str::to_owned));
    Some(UsbDevice {
        vendor_id: Some(digits(numbers, "VID_")?),
        product_id: Some(digits(numbers, "PID_")?),
        name: row.text("Name"),
        manufacturer: maker(row),
        // Where a device has no serial number Windows makes one up of where it is plugged in, with `&` in it.
        serial: meaningful(id.splitn(3, '\\').nth(2).filter(|it| !it.contains('&')).map(str::to_owned)),
        // `00`: each function has a class of its own.
        class: class
            .filter(|class| class != "00")
            .map(|class| class_of_usb(&class).map_or(class, str::to_owned))
            .or_else(|| row.text("PNPClass").map(|class| class.to_ascii_lowercase())),
    })
}

fn pci_device(context: &Context<'_>, row: &Row, numbers: &str, id: &str) -> Result<Option<PciDevice>, String> {
    let Some(vendor_id) = digits(numbers, "VEN_") else { return Ok(None) };
    Ok(Some(PciDevice {
        slot: slot(context, id)?,
        name: row.text("Name"),
        manufacturer: maker(row),
        vendor_id: Some(vendor_id),
        product_id: digits(numbers, "DEV_"),
        class: row.text("PNPClass").map(|class| class.to_ascii_lowercase()),
        driver: row.text("Service"),
    }))
}

/// `(Standard USB Host Controller)`, in the system's language, is what stands where the maker does not matter.
fn maker(row: &Row) -> Option<String> {
    row.meaningful("Manufacturer").filter(|it| !it.starts_with('('))
}

/// The PCI address of a device, as Linux writes it.
pub(crate) fn slot(context: &Context<'_>, id: &str) -> Result<Option<String>, String> {
    if !id.to_ascii_uppercase().starts_with(r"PCI\") {
        return Ok(None);
    }
    Ok(context.key(&format!("{FOUND}\\{id}"))?.text("LocationInformation").as_deref().and_then(address))
}

/// `@System32\drivers\pci.sys,#65536;PCI bus %1, device %2, function %3;(0,2,0)`, or in words.
fn address(location: &str) -> Option<String> {
    let numbers = location.rsplit_once('(').map_or(location, |(_, rest)| rest);
    let mut numbers =
        numbers.split(|c: char| !c.is_ascii_digit()).filter(|it| !it.is_empty()).map(|it| it.parse::<u8>().ok());
    let (bus, device, function) = (numbers.next()??, numbers.next()??, numbers.next()??);
    Some(format!("0000:{bus:02x}:{device:02x}.{function:x}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    #[test]
    fn devices_are_told_by_their_bus_and_once() {
        let told = Told::new(
            &json!({"Win32_PnPEntity": [
                {
                    "DeviceID": r"USB\VID_0951&PID_1666\E0D55EA573BCF471A9F002B7", "Name": "USB Mass Storage Device",
                    "Manufacturer": "Compatible USB storage device", "CompatibleID": [r"USB\Class_08&SubClass_06&Prot_50"],
                },
                {
                    "DeviceID": r"USB\VID_046D&PID_C52B\5&2A6D2C1&0&3", "Name": "USB Composite Device", "PNPClass": "USB",
                    "Manufacturer": "(Standard USB Host Controller)", "CompatibleID": [r"USB\Class_00", null],
                },
                {"DeviceID": r"USB\VID_046D&PID_C52B&MI_00\6&2DB62F29&0&0000", "Name": "USB Input Device"},
                {"DeviceID": r"USB\ROOT_HUB30\4&1E4C1C9&0&0", "Name": "USB Root Hub (USB 3.0)"},
                {"DeviceID": r"USB\VID_1234&PID_5678\X", "Name": "Gone", "ConfigManagerErrorCode": 45},
                {
                    "DeviceID": r"PCI\VEN_8086&DEV_15FB&SUBSYS_22BE17AA&REV_20\3&11583659&0&FE", "Name": "Intel(R) Ethernet Connection",
                    "Manufacturer": "Intel", "PNPClass": "Net", "Service": "e1dexpress",
                },
                {"DeviceID": r"ACPI\PNP0C0A\1", "Name": "Battery"},
            ]}),
            &json!({
                (format!(r"{}\PCI\VEN_8086&DEV_15FB&SUBSYS_22BE17AA&REV_20\3&11583659&0&FE", super::FOUND)): {
                    "LocationInformation": "PCI bus 0, device 31, function 6",
                },
            }),
        );
        let sections = collect(&told, &Options::default()).sections;
        let usb = sections.usb_devices.unwrap();
        let words: Vec<_> = usb
            .iter()
            .map(|it| {
                [&it.vendor_id, &it.product_id, &it.serial, &it.class].map(|it| it.as_deref().unwrap_or_default())
            })
            .collect();
        assert_eq!(words, [["046d", "c52b", "", "usb"], ["0951", "1666", "E0D55EA573BCF471A9F002B7", "storage"]]);
        assert_eq!(usb[0].manufacturer, None);
        let pci = sections.pci_devices.unwrap();
        assert_eq!(pci.len(), 1);
        assert_eq!((pci[0].slot.as_deref(), pci[0].driver.as_deref()), (Some("0000:00:1f.6"), Some("e1dexpress")));
        assert_eq!((pci[0].product_id.as_deref(), pci[0].class.as_deref()), (Some("15fb"), Some("net")));
    }

    #[test]
    fn places_on_the_bus_are_read_in_any_language() {
        assert_eq!(super::address("Bus PCI 0, appareil 31, fonction 3").as_deref(), Some("0000:00:1f.3"));
        for strange in ["", "internal", "(,,)", "PCI bus 900, device 1, function 1"] {
            assert_eq!(super::address(strange), None, "{strange}");
        }
    }
}
