//! File systems that are mounted, once each however often they are mounted.

use std::collections::BTreeMap;

use vigie_wire::{Sections, inventory::Volume};

use super::{
    Context, Root,
    block::{Remembered, ground},
};

/// Most of the table of mounts that is read, bytes.
const MAX_TABLE: u64 = 16 << 20;
/// Most volumes.
const MAX_VOLUMES: usize = 4096;
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
}

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let root = context.root;
    // The service sees some folders mounted differently: what the first process sees is the machine's.
    let table = match root.text("/proc/1/mountinfo", MAX_TABLE) {
        Ok(table) => Some(table),
        Err(_) => root.text_if_there("/proc/self/mountinfo", MAX_TABLE)?,
    };
    let Some(table) = table else { return Ok(()) };
    let mut chosen: BTreeMap<&str, Mount<'_>> = BTreeMap::new();
    for mount in table.lines().filter_map(mount).filter(|mount| KINDS.contains(&mount.kind)) {
        match chosen.get(mount.number) {
            Some(known) if rank(known) <= rank(&mount) => {}
            _ => {
                chosen.insert(mount.number, mount);
            }
        }
    }
    let mut volumes: Vec<Volume> = chosen.into_values().take(MAX_VOLUMES).map(|mount| volume(root, mount)).collect();
    volumes.sort_unstable_by(|a, b| (&a.mount_point, &a.device).cmp(&(&b.mount_point, &b.device)));
    sections.volumes = Some(volumes);
    Ok(())
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

fn volume(root: &Root, mount: Mount<'_>) -> Volume {
    let udev = Remembered::read(root, mount.number);
    let ground = ground(root, mount.number);
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
    fn escapes_are_undone_and_a_lonely_backslash_stays() {
        assert_eq!(unescaped("a\\040b\\134c"), "a b\\c");
        assert_eq!(unescaped("a\\9zz"), "a\\9zz");
    }
}
