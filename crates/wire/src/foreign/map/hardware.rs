//! Parts of the machine: processors, memory, disks and what is on them, graphics, monitors, devices.
//!
//! What agents call MB is 2²⁰ bytes for memory, file systems and graphics memory, and 10⁶ bytes for disks, except that
//! FusionInventory and OCS agents on Windows divide disks by 2²⁰ too.

use super::{
    super::{
        Kind,
        values::{MEBIBYTE, MEGABYTE, means_nothing},
    },
    Reader, Row,
    machine::normal_architecture,
};
use crate::{
    Sections,
    inventory::{
        Battery, Disk, Graphics, MemorySlot, Monitor, PciDevice, Printer, Processor, UsbDevice, VirtualMachine, Volume,
    },
    matching,
};

pub(super) fn map(reader: &Reader<'_, '_>, sections: &mut Sections) {
    sections.processors = processors(reader, sections);
    sections.memory_slots = reader.list("memories", "memory_slots", memory_slot);
    let windows = sections.operating_system.as_ref().is_some_and(|it| it.family.as_deref() == Some("windows"));
    let unit = if windows && reader.kind != Kind::Glpi { MEBIBYTE } else { MEGABYTE };
    sections.disks = reader.list("storages", "disks", |row| disk(row, unit));
    sections.volumes = reader.list("drives", "volumes", volume);
    sections.graphics = reader.list("videos", "graphics", graphics);
    sections.monitors = reader.list("monitors", "monitors", monitor);
    sections.printers = reader.list("printers", "printers", printer);
    sections.usb_devices = reader.list("usbdevices", "usb_devices", usb_device);
    sections.pci_devices = reader.list("controllers", "pci_devices", pci_device);
    sections.batteries = reader.list("batteries", "batteries", battery);
    sections.virtual_machines = reader.list("virtualmachines", "virtual_machines", virtual_machine);
}

fn processors(reader: &Reader<'_, '_>, sections: &Sections) -> Option<Vec<Processor>> {
    let architecture = sections.operating_system.as_ref().and_then(|it| it.architecture.clone());
    let Some(list) = reader.list("cpus", "processors", |row| processor(row, architecture.as_deref())) else {
        // Older OCS agents tell of processors only in HARDWARE: name, number, speed.
        let hardware = reader.object("hardware", "processors")?;
        let name = hardware.text("processort")?;
        let one = Processor {
            name: Some(name),
            architecture,
            speed_mhz: hardware.count("processors").filter(|it| *it > 0),
            ..Processor::default()
        };
        let number = hardware.count("processorn").unwrap_or(1).clamp(1, 1024);
        return Some(numbered(vec![one; usize::try_from(number).unwrap_or(1)]));
    };
    Some(numbered(list))
}

/// Processors come in the order of their sockets.
fn numbered(mut list: Vec<Processor>) -> Vec<Processor> {
    for (at, processor) in list.iter_mut().enumerate() {
        processor.socket = Some(at.to_string());
    }
    list
}

fn processor(row: &Row<'_, '_>, architecture: Option<&str>) -> Processor {
    let cores = row.count("core").or_else(|| row.count("corecount")).filter(|it| *it > 0);
    let threads = row.count("thread").filter(|it| *it > 0);
    Processor {
        socket: None,
        name: row.text("name"),
        manufacturer: row.meaningful("manufacturer"),
        // A 64-bit processor is often reported as what it is compatible with, i386.
        architecture: architecture.map(str::to_owned).or_else(|| row.text("arch").map(|it| normal_architecture(&it))),
        cores,
        threads: match (row.reader.kind, cores, threads) {
            // GLPI's agent writes threads of one core, unless firmware told it all of them. The others write all of
            // them, but not always.
            (Kind::Glpi, Some(cores), Some(threads)) if threads > cores => Some(threads),
            (Kind::FusionInventory | Kind::Ocs, Some(cores), Some(threads)) if threads >= cores => Some(threads),
            (_, Some(cores), Some(threads)) => cores.checked_mul(threads),
            (_, None, threads) => threads,
            (_, Some(_), None) => row.count("logical_cpus"),
        },
        speed_mhz: row.count("speed").filter(|it| *it > 0),
        family: row.count("familynumber"),
        model: row.count("model"),
        stepping: row.count("stepping"),
        serial: row.meaningful("serial"),
    }
}

fn memory_slot(row: &Row<'_, '_>) -> MemorySlot {
    // `No` is what an empty slot has for its capacity.
    let empty = row.word("capacity").is_some_and(|it| it == "no" || means_nothing(&it));
    MemorySlot {
        slot: row.meaningful("caption").or_else(|| row.text("numslots")),
        capacity_bytes: if empty { None } else { row.bytes("capacity", MEBIBYTE).filter(|it| *it > 0) },
        kind: row.meaningful("type"),
        form_factor: row.meaningful("formfactor").or_else(|| row.meaningful("description")),
        speed_mts: row.count("speed").filter(|it| *it > 0),
        manufacturer: row.meaningful("manufacturer"),
        part_number: row.meaningful("model"),
        serial: row.meaningful("serialnumber"),
    }
}

fn disk(row: &Row<'_, '_>, unit: u64) -> Disk {
    let name = row.first(&["name", "model"]);
    // Compressed memory and files that look like disks: OCS lists them, the others do not.
    let unreal = |name: &str| {
        ["zram", "ram", "loop"].iter().any(|it| {
            let number = name.strip_prefix(it);
            number.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    if name.as_deref().is_some_and(unreal) {
        return Disk::default();
    }
    let words =
        ["type", "description", "interface", "model", "name"].map(|it| row.word(it).unwrap_or_default()).join(" ");
    let has = |wanted: &[&str]| wanted.iter().any(|word| words.contains(word));
    let kind = match () {
        () if has(&["cdrom", "cd-rom", "dvd", "cd/dvd", "blu-ray", "optical"]) => Some("optical"),
        () if has(&["nvme"]) => Some("nvme"),
        () if has(&["virtual", "virtio", "vmware", "qemu"]) => Some("virtual"),
        () if has(&["removable", "usb", "floppy", "card reader"]) => Some("removable"),
        () if has(&["ssd", "solid state"]) => Some("ssd"),
        () if has(&["hdd", "rotational"]) => Some("hdd"),
        () => None,
    };
    Disk {
        name,
        kind: kind.map(str::to_owned),
        // `(Standard disk drives)` is what Windows writes where it does not know.
        manufacturer: row.meaningful("manufacturer").filter(|it| !it.starts_with('(')),
        model: row.meaningful("model"),
        serial: row.meaningful("serial"),
        firmware: row.meaningful("firmware"),
        interface: row.word("interface").map(|it| match it.as_str() {
            "serial-ata" => "sata".to_owned(),
            "hdc" => "ide".to_owned(),
            _ => it,
        }),
        wwn: row.text("wwn"),
        size_bytes: row.bytes("disksize", unit).filter(|it| *it > 0),
        removable: matches!(kind, Some("optical" | "removable")).then_some(true),
    }
}

fn volume(row: &Row<'_, '_>) -> Volume {
    // Volumes without a letter have their label there.
    let letter = row.text("letter").filter(|it| it.len() == 2 && it.ends_with(':'));
    let of_windows = row.map.get("letter").is_some();
    let mounted = row.text("type").filter(|it| it.starts_with('/'));
    // On Windows `volumn` is the label, and `type` is what kind of drive it is.
    let (device, label) =
        if of_windows { (None, row.first(&["label", "volumn"])) } else { (row.text("volumn"), row.text("label")) };
    let system = row.flag("systemdrive").or_else(|| mounted.as_deref().map(|it| it == "/"));
    let encrypted = match row.word("encrypt_status").as_deref() {
        Some("yes" | "partially" | "1" | "true") => Some(true),
        Some("no" | "0" | "false") => Some(false),
        _ => None,
    };
    Volume {
        device,
        mount_point: letter.or(mounted),
        file_system: row.word("filesystem"),
        label,
        serial: row.text("serial"),
        disk: None,
        size_bytes: row.bytes("total", MEBIBYTE).filter(|it| *it > 0),
        free_bytes: row.bytes("free", MEBIBYTE),
        encrypted,
        encryption: row.word("encrypt_name").filter(|_| encrypted != Some(false)).map(|it| {
            // `luks1`, `bitlocker (xts-aes 128)`
            let known = ["luks", "bitlocker", "filevault", "geli"].into_iter().find(|known| it.starts_with(known));
            known.map_or(it, str::to_owned)
        }),
        system,
    }
}

fn graphics(row: &Row<'_, '_>) -> Graphics {
    Graphics {
        name: row.first(&["name", "chipset"]),
        manufacturer: None,
        chipset: row.text("chipset"),
        memory_bytes: row.bytes("memory", MEBIBYTE).filter(|it| *it > 0),
        driver: None,
        resolution: row.text("resolution"),
        slot: row.text("pcislot"),
    }
}

fn monitor(row: &Row<'_, '_>) -> Monitor {
    Monitor {
        name: row.first(&["caption", "name"]),
        manufacturer: row.meaningful("manufacturer"),
        model: row.meaningful("name"),
        serial: row.meaningful("serial").or_else(|| row.meaningful("altserial")),
        port: row.text("port"),
        // Week and year of manufacture, `32/2014`.
        year: row.text("description").and_then(|it| {
            let year = it.rsplit('/').next()?.trim().parse().ok()?;
            (1990..=2100).contains(&year).then_some(year)
        }),
        resolution: None,
        diagonal_tenths_inch: None,
    }
}

fn printer(row: &Row<'_, '_>) -> Printer {
    Printer {
        name: row.text("name"),
        driver: row.text("driver"),
        port: row.text("port"),
        location: row.text("location"),
        default: None,
        shared: row.flag("shared"),
        network: row.flag("network"),
        serial: row.meaningful("serial"),
        status: row.text("status"),
    }
}

/// A vendor's or product's number: four hexadecimal digits.
fn number_of_vendor(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches("0x");
    let hexadecimal = !text.is_empty() && text.len() <= 4 && text.bytes().all(|it| it.is_ascii_hexdigit());
    hexadecimal.then(|| format!("{:0>4}", text.to_ascii_lowercase()))
}

fn usb_device(row: &Row<'_, '_>) -> UsbDevice {
    UsbDevice {
        vendor_id: row.text("vendorid").and_then(|it| number_of_vendor(&it)),
        product_id: row.text("productid").and_then(|it| number_of_vendor(&it)),
        name: row.first(&["name", "caption"]),
        manufacturer: row.meaningful("manufacturer"),
        serial: row.meaningful("serial"),
        class: row.text("class"),
    }
}

fn pci_device(row: &Row<'_, '_>) -> PciDevice {
    // OCS: the numbers as `8086:0d57`, and the class in brackets after its name: `Host bridge [0600]`.
    let numbers = row.text("pciid");
    let (vendor, product) = numbers.as_deref().and_then(|it| it.split_once(':')).unzip();
    let name = row.first(&["caption", "name"]);
    let bracketed = name.as_deref().and_then(|it| {
        let (name, class) = it.strip_suffix(']')?.rsplit_once(" [")?;
        number_of_vendor(class).map(|class| (name.to_owned(), class))
    });
    let (name, class) = match bracketed {
        Some((name, class)) => (Some(name), Some(class)),
        None => (name, row.text("pciclass")),
    };
    let number = |told: Option<String>, other: Option<&str>| told.as_deref().or(other).and_then(number_of_vendor);
    PciDevice {
        slot: row.text("pcislot"),
        name,
        manufacturer: row.meaningful("manufacturer"),
        vendor_id: number(row.text("vendorid"), vendor),
        product_id: number(row.text("productid"), product),
        class,
        driver: row.text("driver"),
    }
}

fn battery(row: &Row<'_, '_>) -> Battery {
    Battery {
        name: row.meaningful("name"),
        manufacturer: row.meaningful("manufacturer"),
        serial: row.meaningful("serial"),
        chemistry: row.word("chemistry"),
        design_capacity_mwh: row.count("capacity").filter(|it| *it > 0),
        full_capacity_mwh: row.count("real_capacity").filter(|it| *it > 0),
        cycles: None,
    }
}

fn virtual_machine(row: &Row<'_, '_>) -> VirtualMachine {
    VirtualMachine {
        name: row.text("name"),
        uuid: row.text("uuid"),
        kind: row.word("vmtype"),
        state: row.word("status").map(|it| match it.as_str() {
            "off" | "shutdown" | "dying" | "stopped" => "stopped".to_owned(),
            "pause" | "paused" => "paused".to_owned(),
            // Xen's words for a guest that waits.
            "blocked" | "idle" => "running".to_owned(),
            _ => it,
        }),
        image: row.text("image"),
        memory_bytes: row.bytes("memory", MEBIBYTE).filter(|it| *it > 0),
        processors: row.count("vcpu"),
        mac: row.text("mac").and_then(|it| matching::normal_mac(&it)),
    }
}
