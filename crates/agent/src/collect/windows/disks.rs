//! Physical disks and optical drives: Windows' storage management where it is there, else what SCSI and ATA tell.

use vigie_wire::{Sections, inventory::Disk};

use super::{Class, Context, Row};
use crate::collect::text::meaningful;

const PHYSICAL: Class = Class {
    namespace: "ROOT\\Microsoft\\Windows\\Storage",
    name: "MSFT_PhysicalDisk",
    properties: "DeviceId, FriendlyName, Manufacturer, Model, SerialNumber, AdapterSerialNumber, FirmwareVersion, \
                 MediaType, BusType, Size, UniqueId, UniqueIdFormat",
    condition: "",
};
const DRIVE: Class = Class::of_cimv2(
    "Win32_DiskDrive",
    "Index, Caption, Manufacturer, Model, SerialNumber, FirmwareRevision, MediaType, InterfaceType, Size, PNPDeviceID",
);
const OPTICAL: Class = Class::of_cimv2("Win32_CDROMDrive", "Name, Manufacturer, Drive, SerialNumber, PNPDeviceID");

/// The name of a disk of this number.
pub(crate) fn name_of(number: u64) -> String {
    format!("PhysicalDisk{number}")
}

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let mut disks: Vec<(u64, Disk)> = context.objects_if_there(&PHYSICAL)?.iter().filter_map(physical).collect();
    if disks.is_empty() {
        disks = context.objects(&DRIVE)?.iter().filter_map(drive).collect();
    }
    disks.sort_by_key(|(number, _)| *number);
    let mut disks: Vec<Disk> = disks.into_iter().map(|(_, disk)| disk).collect();
    let mut drives: Vec<Disk> = context.objects_if_there(&OPTICAL)?.iter().map(optical).collect();
    drives.sort_by(|a, b| a.name.cmp(&b.name));
    disks.append(&mut drives);
    sections.disks = Some(disks);
    Ok(())
}

/// The bus types of storage management, as words that other systems have for them too.
fn bus(code: u64) -> Option<&'static str> {
    Some(match code {
        1 => "scsi",
        2 => "atapi",
        3 => "ata",
        4 => "ieee 1394",
        6 => "fibre channel",
        7 => "usb",
        8 => "raid",
        9 => "iscsi",
        10 => "sas",
        11 => "sata",
        12 => "sd",
        13 => "mmc",
        14 => "virtual",
        15 => "file-backed virtual",
        16 => "storage spaces",
        17 => "nvme",
        _ => return None,
    })
}

fn physical(row: &Row) -> Option<(u64, Disk)> {
    // What is in a pool but not here at the moment has no number.
    let number = row.number("DeviceId")?;
    let interface = row.number("BusType").and_then(bus);
    let model = row.meaningful("Model").or_else(|| row.meaningful("FriendlyName"));
    let medium = match row.number("MediaType") {
        Some(3) => Some("hdd"),
        // Flash, and memory of the storage class.
        Some(4 | 5) => Some("ssd"),
        _ => None,
    };
    let kind = kind(interface, model.as_deref(), medium);
    let serial = row.meaningful("AdapterSerialNumber").or_else(|| row.meaningful("SerialNumber"));
    // Vendor's words, and what a driver made up, name nothing in the world.
    let world_wide = matches!(row.number("UniqueIdFormat"), Some(2 | 3 | 8));
    let disk = Disk {
        name: Some(name_of(number)),
        kind: kind.map(str::to_owned),
        manufacturer: maker(row),
        serial: serial.and_then(|serial| serial_number(&serial)),
        model,
        firmware: row.meaningful("FirmwareVersion"),
        interface: interface.map(str::to_owned),
        wwn: row.text("UniqueId").filter(|_| world_wide),
        size_bytes: row.positive("Size"),
        removable: kind.map(|kind| kind == "removable"),
    };
    Some((number, disk))
}

fn drive(row: &Row) -> Option<(u64, Disk)> {
    let number = row.number("Index")?;
    let place = row.text("PNPDeviceID").unwrap_or_default().to_ascii_uppercase();
    let told = row.text("InterfaceType").unwrap_or_default().to_ascii_lowercase();
    let interface = match told.as_str() {
        _ if place.contains("NVME") => Some("nvme".to_owned()),
        _ if place.starts_with("USBSTOR") => Some("usb".to_owned()),
        // How SATA disks call themselves: `HDC`, as an older controller would.
        "hdc" => Some("ide".to_owned()),
        "" => None,
        told => Some(told.to_owned()),
    };
    let model = row.meaningful("Model").or_else(|| row.meaningful("Caption"));
    let taken_out = row.text("MediaType").is_some_and(|it| it.to_ascii_lowercase().contains("removable"));
    let kind = kind(interface.as_deref(), model.as_deref(), None).or_else(|| taken_out.then_some("removable"));
    let disk = Disk {
        name: Some(name_of(number)),
        kind: kind.map(str::to_owned),
        manufacturer: maker(row),
        serial: row.meaningful("SerialNumber").and_then(|serial| serial_number(&serial)),
        model,
        firmware: row.meaningful("FirmwareRevision"),
        interface,
        wwn: None,
        size_bytes: row.positive("Size"),
        removable: Some(kind == Some("removable")),
    };
    Some((number, disk))
}

fn kind(interface: Option<&str>, model: Option<&str>, medium: Option<&'static str>) -> Option<&'static str> {
    let model = model.unwrap_or_default().to_ascii_lowercase();
    let of_hypervisor = ["qemu", "vbox", "virtual", "vmware", "virtio"].iter().any(|word| model.contains(word));
    match interface {
        _ if of_hypervisor => Some("virtual"),
        Some("virtual" | "file-backed virtual") => Some("virtual"),
        Some("usb" | "sd" | "mmc") => Some("removable"),
        Some("nvme") => Some("nvme"),
        _ => medium,
    }
}

/// `(Standard disk drives)`, in the system's language, is what Windows writes where it does not know; `ATA` and `NVMe`
/// are no makers either.
fn maker(row: &Row) -> Option<String> {
    row.meaningful("Manufacturer").filter(|it| !it.starts_with('(') && !["ATA", "NVMe"].contains(&it.as_str()))
}

/// The serial number proper. Drivers add to it what is in the next field, and older ones write the bytes of ATA's
/// identification in hexadecimal digits, two by two the wrong way round.
fn serial_number(told: &str) -> Option<String> {
    let word = told.split_whitespace().next()?.trim_end_matches('.');
    let is_encoded = word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_encoded && let Ok(bytes) = hex::decode(word) {
        let turned: Vec<u8> = bytes.chunks_exact(2).flat_map(|pair| pair.iter().rev().copied()).collect();
        if turned.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
            return meaningful(String::from_utf8(turned).ok());
        }
    }
    meaningful(Some(word.to_owned()))
}

fn optical(row: &Row) -> Disk {
    let place = row.text("PNPDeviceID").unwrap_or_default().to_ascii_uppercase();
    Disk {
        name: row.text("Drive").or_else(|| row.text("Name")),
        kind: Some("optical".to_owned()),
        manufacturer: maker(row),
        model: row.meaningful("Name"),
        serial: row.meaningful("SerialNumber"),
        interface: place.starts_with("USBSTOR").then(|| "usb".to_owned()),
        removable: Some(true),
        ..Disk::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use vigie_wire::inventory::Disk;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    fn disks(classes: &Value) -> Vec<Disk> {
        collect(&Told::new(classes, &json!({})), &Options::default()).sections.disks.unwrap()
    }

    fn words(disk: &Disk) -> [&str; 5] {
        [&disk.name, &disk.kind, &disk.interface, &disk.model, &disk.serial].map(|it| it.as_deref().unwrap_or_default())
    }

    #[test]
    fn disks_of_storage_management() {
        let found = disks(&json!({
            "MSFT_PhysicalDisk": [
                {
                    "DeviceId": "1", "FriendlyName": "ST1000DM010-2EP102", "Model": "ST1000DM010-2EP102",
                    "SerialNumber": "            Z9A1B2C3", "MediaType": 3, "BusType": 11, "Size": "1000204886016",
                    "UniqueId": "5000C500A1B2C3D4", "UniqueIdFormat": 3, "FirmwareVersion": "CC43",
                },
                {
                    "DeviceId": "0", "FriendlyName": "SAMSUNG MZVL2512HCJQ-00B00", "Manufacturer": "NVMe",
                    "Model": "SAMSUNG MZVL2512HCJQ-00B00", "SerialNumber": "0025_38B1_21B0_1F3D.",
                    "AdapterSerialNumber": "S675NX0T123456      ", "MediaType": 4, "BusType": 17,
                    "Size": "512110190592", "UniqueId": "eui.002538B121B01F3D", "UniqueIdFormat": 2,
                },
                {"DeviceId": "2", "Model": "Ultra Fit", "Manufacturer": "SanDisk", "BusType": 7, "MediaType": 0, "Size": 61_530_439_680_i64},
                {"DeviceId": "", "Model": "retired", "BusType": 10},
            ],
            "Win32_CDROMDrive": [{"Name": "HL-DT-ST DVDRAM GU90N", "Drive": "D:", "Manufacturer": "(Standard CD-ROM drives)"}],
        }));
        assert_eq!(
            found.iter().map(words).collect::<Vec<_>>(),
            [
                ["PhysicalDisk0", "nvme", "nvme", "SAMSUNG MZVL2512HCJQ-00B00", "S675NX0T123456"],
                ["PhysicalDisk1", "hdd", "sata", "ST1000DM010-2EP102", "Z9A1B2C3"],
                ["PhysicalDisk2", "removable", "usb", "Ultra Fit", ""],
                ["D:", "optical", "", "HL-DT-ST DVDRAM GU90N", ""],
            ]
        );
        assert_eq!((found[0].size_bytes, &found[0].manufacturer), (Some(512_110_190_592), &None));
        assert_eq!(found[1].wwn.as_deref(), Some("5000C500A1B2C3D4"));
        assert_eq!(found[2].manufacturer.as_deref(), Some("SanDisk"));
        assert_eq!(found[2].removable, Some(true));
    }

    #[test]
    fn disks_of_an_older_system() {
        let found = disks(&json!({"Win32_DiskDrive": [
            {
                "Index": 0, "Model": "VBOX HARDDISK ATA Device", "Manufacturer": "(Lecteurs de disque standard)",
                "SerialNumber": "42563338643963643130392d6331323631382066", "InterfaceType": "IDE", "Size": "42944186880",
                "MediaType": "Fixed hard disk media",
            },
            {"Index": 1, "Caption": "Generic Flash Disk USB Device", "PNPDeviceID": r"USBSTOR\DISK&VEN_GENERIC", "InterfaceType": "USB"},
        ]}));
        assert_eq!(
            found.iter().map(words).collect::<Vec<_>>(),
            [
                ["PhysicalDisk0", "virtual", "ide", "VBOX HARDDISK ATA Device", "VB839ddc01-91c6281f"],
                ["PhysicalDisk1", "removable", "usb", "Generic Flash Disk USB Device", ""],
            ]
        );
        assert_eq!(found[0].manufacturer, None);
    }
}
