//! File systems that are mounted, once each however often they are mounted, and partitions on which none is.

use std::collections::{BTreeMap, BTreeSet};

use vigie_wire::{Sections, inventory::Volume};

use super::{
    Context, Root,
    block::{Remembered, ground, number_of},
    disks::{SECTOR, is_device},
};

/// Most of the table of mounts that is read, bytes.
const MAX_TABLE: u64 = 16 << 20;
/// Most volumes.
const MAX_VOLUMES: usize = 4096;
/// Smallest partition that is listed, bytes.
const SMALLEST: u64 = 1 << 20;
/// File systems on this machine's own media. Those of other machines are theirs, and asking a dead one would hang.
const KINDS: &[&str] = &[
    "bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "fuseblk", "hfsplus", "jfs", "nilfs2", "ntfs",
    "ntfs3", "reiserfs", "vfat", "xfs", "zfs",
];

struct Mount<'a> {
    number: &'a str,
    from: String,
    point: String,
    kind: &'a str,
    device: String,
    /// The file system, wherever it is mounted.
    is_read_only: bool,
}

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let root = context.root;
    // The service sees some folders mounted differently: what the first process sees is the machine's.
    let table = match root.text("/proc/1/mountinfo", MAX_TABLE) {
        Ok(table) => Some(table),
        Err(_) => root.text_if_there("/proc/self/mountinfo", MAX_TABLE)?,
    };
    let Some(table) = table else { return Ok(()) };
    let chosen = chosen(&table, |mount| KINDS.contains(&mount.kind));
    let mut mounted = BTreeSet::new();
    let mut volumes: Vec<Volume> = Vec::new();
    for mount in chosen.into_values().take(MAX_VOLUMES) {
        let own = root.exists(&format!("/sys/dev/block/{}", mount.number)).then(|| mount.number.to_owned());
        let number = own.or_else(|| number_of(root, &mount.device));
        volumes.push(volume(root, mount, number.as_deref()));
        mounted.extend(number);
    }
    volumes.extend(partitions(root, &mounted));
    volumes.sort_unstable_by(|a, b| (&a.mount_point, &a.device).cmp(&(&b.mount_point, &b.device)));
    sections.volumes = Some(volumes);
    Ok(())
}

/// Each file system once.
fn chosen<'a>(table: &'a str, is_wanted: impl Fn(&Mount<'a>) -> bool) -> BTreeMap<&'a str, Mount<'a>> {
    let mut chosen: BTreeMap<&str, Mount<'_>> = BTreeMap::new();
    for mount in table.lines().filter_map(mount).filter(is_wanted) {
        match chosen.get(mount.number) {
            Some(known) if rank(known) <= rank(&mount) => {}
            _ => {
                chosen.insert(mount.number, mount);
            }
        }
    }
    chosen
}

/// Where the local file systems are that can be written to, as this process sees them; a container's own among them.
pub(crate) fn mount_points(root: &Root) -> Result<Vec<String>, String> {
    let table = root.text_if_there("/proc/self/mountinfo", MAX_TABLE)?.unwrap_or_default();
    let is_wanted = |mount: &Mount<'_>| {
        let is_local = KINDS.contains(&mount.kind) || mount.point == "/" && ["overlay", "tmpfs"].contains(&mount.kind);
        is_local && !mount.is_read_only
    };
    let mut points: Vec<_> = chosen(&table, is_wanted).into_values().map(|mount| mount.point).collect();
    points.sort_unstable();
    points.truncate(MAX_VOLUMES);
    Ok(points)
}

/// The whole file system before a folder of it, the shortest place first.
fn rank<'a>(mount: &'a Mount<'_>) -> (bool, usize, &'a str) {
    (mount.from != "/", mount.point.len(), &mount.point)
}

/// A line of `mountinfo`, proc(5): `36 35 98:0 / /mnt rw,noatime master:1 - ext3 /dev/root rw`.
fn mount(line: &str) -> Option<Mount<'_>> {
    let (before, after) = line.split_once(" - ")?;
    let mut before = before.split(' ').skip(2);
    let mut after = after.split(' ');
    Some(Mount {
        number: before.next()?,
        from: unescaped(before.next()?),
        point: unescaped(before.next()?),
        kind: after.next()?,
        device: unescaped(after.next()?),
        is_read_only: after.next().is_some_and(|options| options.split(',').any(|it| it == "ro")),
    })
}

/// White space and backslashes stand there as three octal digits.
fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut parts = text.split('\\');
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match (code, part.get(3..)) {
            (Some(code), Some(rest)) if code.is_ascii() => {
                result.push(char::from(code));
                result.push_str(rest);
            }
            _ => {
                result.push('\\');
                result.push_str(part);
            }
        }
    }
    result
}

fn volume(root: &Root, mount: Mount<'_>, number: Option<&str>) -> Volume {
    let udev = number.map(|number| Remembered::read(root, number)).unwrap_or_default();
    let ground = number.and_then(|number| ground(root, number));
    let space = nix::sys::statvfs::statvfs(&root.path(&mount.point)).ok();
    let bytes = |blocks: u64, unit: u64| blocks.checked_mul(unit);
    let encryption = ground.as_ref().and_then(|ground| ground.encryption);
    Volume {
        file_system: Some(mount.kind.to_owned()),
        label: udev.get("ID_FS_LABEL"),
        serial: udev.get("ID_FS_UUID").or_else(|| by_link(root, "by-uuid", &mount.device)),
        size_bytes: space.as_ref().and_then(|it| bytes(it.blocks(), it.fragment_size())),
        free_bytes: space.as_ref().and_then(|it| bytes(it.blocks_available(), it.fragment_size())),
        // Known only where the kernel tells what lies below.
        encrypted: ground.as_ref().map(|_| encryption.is_some()),
        encryption: encryption.map(str::to_owned),
        disk: ground.and_then(|ground| ground.disk),
        system: Some(mount.point == "/"),
        mount_point: Some(mount.point),
        device: Some(mount.device),
    }
}

/// Partitions of the machine's disks that hold no mounted file system themselves: swap space, members of volume groups and
/// arrays, encrypted containers (what is opened of them and mounted is listed beside), other systems' volumes.
fn partitions(root: &Root, mounted: &BTreeSet<String>) -> Vec<Volume> {
    let mut found = Vec::new();
    for disk in root.names("/sys/block").into_iter().filter(|disk| is_device(root, disk)) {
        let folder = format!("/sys/block/{disk}");
        for name in root.names(&folder).into_iter().filter(|name| name.starts_with(&disk)) {
            let Some(number) = root.value(&format!("{folder}/{name}/dev")) else { continue };
            let size = root.number(&format!("{folder}/{name}/size")).and_then(|sectors| sectors.checked_mul(SECTOR));
            // An extended partition is only the frame around others.
            if size.is_none_or(|size| size < SMALLEST) || mounted.contains(&number) || found.len() >= MAX_VOLUMES {
                continue;
            }
            let udev = Remembered::read(root, &number);
            let content = udev.get("ID_FS_TYPE");
            let encryption = match content.as_deref() {
                Some("crypto_LUKS") => Some("luks"),
                Some("BitLocker") => Some("bitlocker"),
                _ => None,
            };
            found.push(Volume {
                device: Some(format!("/dev/{name}")),
                label: udev.get("ID_FS_LABEL").or_else(|| Some(udev.get("ID_PART_ENTRY_NAME")?.replace("\\x20", " "))),
                serial: udev.get("ID_FS_UUID"),
                disk: Some(disk.clone()),
                size_bytes: size,
                // What is not recognised may be anything.
                encrypted: content.as_ref().map(|_| encryption.is_some()),
                encryption: encryption.map(str::to_owned),
                file_system: content,
                ..Volume::default()
            });
        }
    }
    found
}

/// The name under which a device is linked in `/dev/disk`.
fn by_link(root: &Root, folder: &str, device: &str) -> Option<String> {
    let wanted = device.strip_prefix("/dev/")?;
    let folder = format!("/dev/disk/{folder}");
    root.names(&folder).into_iter().find(|name| root.link_name(&format!("{folder}/{name}")).as_deref() == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::linux::tests::fixture;

    const MOUNTS: &str = "\
22 1 253:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw
23 22 0:21 / /proc rw - proc proc rw
24 22 8:1 / /boot/efi rw - vfat /dev/sda1 rw
25 22 253:1 /srv/data /mnt/bind\\040mount rw - ext4 /dev/mapper/vg-root rw
26 22 0:50 / /mnt/nas rw - nfs4 nas:/export rw
27 22 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro
28 22 8:17 / /media/my\\040stick rw - vfat /dev/sdb1 rw
";

    #[test]
    fn each_file_system_is_listed_once_with_what_it_lies_on() {
        let tree = fixture(&[
            ("proc/1/mountinfo", MOUNTS),
            ("sys/devices/virtual/block/dm-1/dm/uuid", "LVM-abc\n"),
            ("sys/devices/virtual/block/dm-0/dm/uuid", "CRYPT-LUKS2-0123-luks\n"),
            ("sys/devices/pci/block/sda/sda2/partition", "2\n"),
            ("sys/devices/pci/block/sda/sda1/partition", "1\n"),
            ("run/udev/data/b253:1", "E:ID_FS_UUID=1f2e-3d\nE:ID_FS_LABEL=root\n"),
        ]);
        tree.link("../../devices/virtual/block/dm-1", "sys/dev/block/253:1");
        tree.link("../../devices/pci/block/sda/sda1", "sys/dev/block/8:1");
        tree.link("../../dm-0", "sys/devices/virtual/block/dm-1/slaves/dm-0");
        tree.link("../../../../pci/block/sda/sda2", "sys/devices/virtual/block/dm-0/slaves/sda2");
        let volumes = tree.collect().sections.volumes.unwrap();
        let points: Vec<_> = volumes.iter().map(|it| it.mount_point.as_deref().unwrap()).collect();
        assert_eq!(points, ["/", "/boot/efi", "/media/my stick"]);
        let root = &volumes[0];
        assert_eq!(root.device.as_deref(), Some("/dev/mapper/vg-root"));
        assert_eq!((root.encrypted, root.encryption.as_deref()), (Some(true), Some("luks")));
        assert_eq!(root.disk.as_deref(), Some("sda"));
        assert_eq!((root.serial.as_deref(), root.label.as_deref()), (Some("1f2e-3d"), Some("root")));
        assert_eq!(root.system, Some(true));
        assert_eq!((volumes[1].encrypted, volumes[1].disk.as_deref()), (Some(false), Some("sda")));
        assert_eq!((volumes[2].encrypted, volumes[2].system), (None, Some(false)), "not known to the kernel");
    }

    #[test]
    fn what_can_be_written_to_is_known() {
        let more = "29 22 8:33 / /mnt/cd rw - ext4 /dev/sdc1 ro\n30 22 0:60 / /run rw - tmpfs tmpfs rw\n";
        let tree = fixture(&[("proc/self/mountinfo", &format!("{MOUNTS}{more}"))]);
        assert_eq!(mount_points(&tree.root).unwrap(), ["/", "/boot/efi", "/media/my stick"]);
        let tree = fixture(&[("proc/self/mountinfo", "22 1 0:40 / / rw - overlay overlay rw,lowerdir=/x\n")]);
        assert_eq!(mount_points(&tree.root).unwrap(), ["/"], "of a container");
    }

    #[test]
    fn file_systems_over_several_devices_are_found_by_name() {
        let tree = fixture(&[
            (
                "proc/1/mountinfo",
                "22 1 0:31 / / rw - btrfs /dev/mapper/luks-1 rw\n23 1 0:32 / /srv rw - btrfs /dev/sdb1 rw\n",
            ),
            ("sys/class/block/dm-0/dm/name", "other\n"),
            ("sys/class/block/dm-1/dm/name", "luks-1\n"),
            ("sys/class/block/dm-1/dev", "253:1\n"),
            ("sys/class/block/sdb1/dev", "8:17\n"),
            ("sys/devices/virtual/block/dm-1/dm/uuid", "CRYPT-LUKS2-0123-luks-1\n"),
            ("sys/devices/pci/block/sda/sda2/partition", "2\n"),
            ("sys/devices/pci/block/sdb/sdb1/partition", "1\n"),
        ]);
        tree.link("../../devices/virtual/block/dm-1", "sys/dev/block/253:1");
        tree.link("../../devices/pci/block/sdb/sdb1", "sys/dev/block/8:17");
        tree.link("../../../../pci/block/sda/sda2", "sys/devices/virtual/block/dm-1/slaves/sda2");
        let volumes = tree.collect().sections.volumes.unwrap();
        assert_eq!((volumes[0].encrypted, volumes[0].encryption.as_deref()), (Some(true), Some("luks")));
        assert_eq!(volumes[0].disk.as_deref(), Some("sda"));
        assert_eq!((volumes[1].encrypted, volumes[1].disk.as_deref()), (Some(false), Some("sdb")));
    }

    #[test]
    fn partitions_without_a_mounted_file_system_are_listed_too() {
        let tree = fixture(&[
            ("proc/1/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"),
            ("sys/block/sda/size", "2000000\n"),
            ("sys/block/sda/sda1/dev", "8:1\n"),
            ("sys/block/sda/sda1/size", "800000\n"),
            ("sys/block/sda/sda2/dev", "8:2\n"),
            ("sys/block/sda/sda2/size", "2\n"),
            ("sys/block/sda/sda5/dev", "8:5\n"),
            ("sys/block/sda/sda5/size", "400000\n"),
            ("sys/block/sda/sda6/dev", "8:6\n"),
            ("sys/block/sda/sda6/size", "400000\n"),
            ("sys/block/sda/sda7/dev", "8:7\n"),
            ("sys/block/sda/sda7/size", "400000\n"),
            ("sys/block/loop0/size", "800000\n"),
            ("sys/block/loop0/loop0p1/dev", "7:1\n"),
            ("sys/block/loop0/loop0p1/size", "400000\n"),
            ("sys/dev/block/8:1/partition", "1\n"),
            ("run/udev/data/b8:5", "E:ID_FS_TYPE=swap\nE:ID_FS_UUID=aa-bb\n"),
            ("run/udev/data/b8:6", "E:ID_FS_TYPE=crypto_LUKS\nE:ID_PART_ENTRY_NAME=the\\x20vault\n"),
        ]);
        let volumes = tree.collect().sections.volumes.unwrap();
        let told: Vec<_> = volumes
            .iter()
            .map(|it| {
                (it.device.as_deref().unwrap(), it.mount_point.as_deref(), it.file_system.as_deref(), it.encrypted)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("/dev/sda5", None, Some("swap"), Some(false)),
                ("/dev/sda6", None, Some("crypto_LUKS"), Some(true)),
                ("/dev/sda7", None, None, None),
                ("/dev/sda1", Some("/"), Some("ext4"), Some(false)),
            ]
        );
        assert_eq!((volumes[1].label.as_deref(), volumes[1].size_bytes), (Some("the vault"), Some(400_000 * 512)));
        assert_eq!(volumes[1].free_bytes, None, "what is free in it is not known");
    }

    #[test]
    fn escapes_are_undone_and_a_lonely_backslash_stays() {
        assert_eq!(unescaped("a\\040b\\134c"), "a b\\c");
        assert_eq!(unescaped("a\\9zz"), "a\\9zz");
    }
}
