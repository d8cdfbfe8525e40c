//! Physical disks and drives from `/sys/block`, with what udev read from them.

use vigie_wire::{Sections, inventory::Disk};

use super::{
    Context, Root,
    block::{Remembered, place},
    text::meaningful,
};

/// Most disks.
const MAX_DISKS: usize = 1024;
/// The kernel counts in sectors of this many bytes whatever the disk's own are.
pub(crate) const SECTOR: u64 = 512;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) {
    let root = context.root;
    if !root.exists("/sys/block") {
        return;
    }
    let disks = root.names("/sys/block").into_iter().filter(|name| is_device(root, name)).take(MAX_DISKS);
    sections.disks = Some(disks.map(|name| disk(root, name)).collect());
}

/// What has hardware, or a hypervisor, behind it: no loop, RAM, RAID or mapped device.
pub(crate) fn is_device(root: &Root, name: &str) -> bool {
    let made_by_kernel = ["loop", "ram", "zram", "dm-", "md", "nbd", "drbd", "rbd", "zd", "bcache"];
    // `nvme0c1n1` is a way to `nvme0n1`, not another disk; parts of a flash chip are not disks either.
    let path = name.starts_with("nvme") && name.get(4..).is_some_and(|rest| rest.contains('c'));
    let part = name.starts_with("mmcblk") && (name.contains("boot") || name.contains("rpmb"));
    !path
        && !part
        && !made_by_kernel.iter().any(|prefix| name.starts_with(prefix))
        && (root.number(&format!("/sys/block/{name}/size")).is_some_and(|size| size > 0) || name.starts_with("sr"))
}

fn disk(root: &Root, name: String) -> Disk {
    let folder = format!("/sys/block/{name}");
    let attribute = |file: &str| meaningful(root.value(&format!("{folder}/{file}")));
    let number = root.value(&format!("{folder}/dev")).unwrap_or_default();
    let udev = Remembered::read(root, &number);
    let place = place(root, &folder);
    let interface = interface(&place, &name, &udev);
    let removable = root.number(&format!("{folder}/removable")).map(|flag| flag == 1);
    // SATA disks say `ATA` where their maker should stand.
    let manufacturer = attribute("device/vendor").filter(|vendor| vendor != "ATA" && !vendor.starts_with("0x"));
    let model = udev.get("ID_MODEL").map(|model| model.replace('_', " ")).or_else(|| attribute("device/model"));
    let optical = name.starts_with("sr");
    Disk {
        kind: kind(root, &folder, &name, interface, model.as_deref(), removable),
        serial: meaningful(
            udev.get("ID_SERIAL_SHORT")
                .or_else(|| attribute("device/serial"))
                .or_else(|| attribute("serial"))
                .or_else(|| vital_serial(root, &folder)),
        ),
        firmware: udev
            .get("ID_REVISION")
            .or_else(|| attribute("device/firmware_rev"))
            .or_else(|| attribute("device/rev")),
        wwn: udev.get("ID_WWN").or_else(|| attribute("wwid")).or_else(|| attribute("device/wwid")),
        size_bytes: root
            .number(&format!("{folder}/size"))
            .and_then(|sectors| sectors.checked_mul(SECTOR))
            // What lies in an optical drive is not the drive.
            .filter(|size| *size > 0 && !optical),
        interface: interface.map(str::to_owned),
        manufacturer,
        model,
        removable,
        name: Some(name),
    }
}

fn interface(place: &str, name: &str, udev: &Remembered) -> Option<&'static str> {
    let told = udev.get("ID_BUS");
    Some(match told.as_deref() {
        Some("usb") => "usb",
        _ if place.contains("/usb") => "usb",
        _ if name.starts_with("nvme") => "nvme",
        _ if name.starts_with("mmcblk") => "mmc",
        _ if name.starts_with("xvd") => "xen",
        _ if name.starts_with("vd") || place.contains("/virtio") => "virtio",
        _ if place.contains("/ata") => "sata",
        Some("ata") => "sata",
        Some("scsi") => "scsi",
        _ if name.starts_with("sd") || name.starts_with("sr") => "scsi",
        _ => return None,
    })
}

fn kind(
    root: &Root,
    folder: &str,
    name: &str,
    interface: Option<&str>,
    model: Option<&str>,
    removable: Option<bool>,
) -> Option<String> {
    let model = model.unwrap_or_default().to_ascii_lowercase();
    let of_hypervisor = ["qemu", "vbox", "virtual", "vmware"].iter().any(|word| model.contains(word));
    let kind = if name.starts_with("sr") {
        "optical"
    } else if of_hypervisor || matches!(interface, Some("virtio" | "xen")) {
        "virtual"
    } else if removable == Some(true) {
        "removable"
    } else if interface == Some("nvme") {
        "nvme"
    } else {
        match root.number(&format!("{folder}/queue/rotational"))? {
            0 => "ssd",
            _ => "hdd",
        }
    };
    Some(kind.to_owned())
}

/// The serial number as a SCSI disk tells it: vital product data, page 80 (SPC-4 §7.8.18).
fn vital_serial(root: &Root, folder: &str) -> Option<String> {
    let page = root.read(&format!("{folder}/device/vpd_pg80"), 4096).ok()?;
    let text =
        String::from_utf8_lossy(page.get(4..)?).trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::fixture;

    #[test]
    fn disks_are_told_from_what_the_kernel_makes() {
        let tree = fixture(&[
            ("sys/devices/pci0/ata1/host0/block/sda/size", "1000215216\n"),
            ("sys/devices/pci0/ata1/host0/block/sda/dev", "8:0\n"),
            ("sys/devices/pci0/ata1/host0/block/sda/removable", "0\n"),
            ("sys/devices/pci0/ata1/host0/block/sda/queue/rotational", "0\n"),
            ("sys/devices/pci0/ata1/host0/block/sda/device/vendor", "ATA     \n"),
            ("sys/devices/pci0/ata1/host0/block/sda/device/rev", "5B4Q\n"),
            (
                "run/udev/data/b8:0",
                "S:disk/by-id/x\nE:ID_MODEL=Samsung_SSD_860\nE:ID_SERIAL_SHORT=S3Z9\nE:ID_BUS=ata\n",
            ),
            ("sys/block/nvme0n1/size", "2000409264\n"),
            ("sys/block/nvme0n1/device/model", "WD BLACK SN850\n"),
            ("sys/block/nvme0n1/device/serial", "2143AB\n"),
            ("sys/block/loop0/size", "100\n"),
            ("sys/block/dm-0/size", "100\n"),
            ("sys/block/sr0/size", "0\n"),
            ("sys/block/vda/size", "2048\n"),
            ("sys/block/vda/device/vendor", "0x1af4\n"),
        ]);
        tree.link("../devices/pci0/ata1/host0/block/sda", "sys/block/sda");
        let disks = tree.collect().sections.disks.unwrap();
        let told: Vec<_> = disks
            .iter()
            .map(|it| {
                let text = |value: &Option<String>| value.clone().unwrap_or_default();
                [text(&it.name), text(&it.kind), text(&it.interface), text(&it.model), text(&it.serial)]
            })
            .collect();
        assert_eq!(
            told,
            [
                ["nvme0n1", "nvme", "nvme", "WD BLACK SN850", "2143AB"],
                ["sda", "ssd", "sata", "Samsung SSD 860", "S3Z9"],
                ["sr0", "optical", "scsi", "", ""],
                ["vda", "virtual", "virtio", "", ""],
            ]
        );
        assert_eq!(disks[1].size_bytes, Some(512_110_190_592));
        assert_eq!((&disks[1].manufacturer, &disks[3].manufacturer), (&None, &None));
        assert_eq!(disks[2].size_bytes, None);
    }
}
