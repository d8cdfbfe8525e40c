//! Block devices: disks, and what lies between a file system and its disk.

use std::path::Path;

use super::Root;

/// How many layers (partition, RAID, encryption, logical volume …) are gone down at most.
const MAX_DEPTH: usize = 8;

/// Most mapped devices that are looked at.
const MAX_MAPPED: usize = 4096;

/// What udev remembers of a block device, `major:minor`.
#[derive(Debug, Default)]
pub(crate) struct Remembered(String);

impl Remembered {
    /// Reads it; empty where udev does not run.
    pub(crate) fn read(root: &Root, number: &str) -> Self {
        Self(root.text(&format!("/run/udev/data/b{number}"), 64 << 10).unwrap_or_default())
    }

    /// A property.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        let value = self.0.lines().find_map(|line| line.strip_prefix("E:")?.strip_prefix(key)?.strip_prefix('='))?;
        (!value.trim().is_empty()).then(|| value.trim().to_owned())
    }
}

/// Where a device's folder in `/sys` really is: it names the bus and, for a partition, the disk.
pub(crate) fn place(root: &Root, folder: &str) -> String {
    let path = root.path(folder);
    std::fs::canonicalize(&path).unwrap_or(path).to_string_lossy().into_owned()
}

/// What a file system lies on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ground {
    /// The disk, when there is one only.
    pub(crate) disk: Option<String>,
    /// What encrypts it.
    pub(crate) encryption: Option<&'static str>,
}

/// Goes down from a device, `major:minor`; none when the kernel does not know it.
pub(crate) fn ground(root: &Root, number: &str) -> Option<Ground> {
    let folder = place(root, &format!("/sys/dev/block/{number}"));
    let mut ground = Ground::default();
    let mut disks = Vec::new();
    Path::new(&folder).exists().then(|| descend(Path::new(&folder), 0, &mut ground, &mut disks))?;
    disks.dedup();
    if let [disk] = disks.as_slice() {
        ground.disk = Some(disk.clone());
    }
    Some(ground)
}

/// The number, `major:minor`, of a device in `/dev`, also of a mapped one. File systems over several devices are mounted
/// under a number of no device, and name one of theirs.
pub(crate) fn number_of(root: &Root, device: &str) -> Option<String> {
    let name = device.strip_prefix("/dev/")?;
    let own = |name: &str| root.value(&format!("/sys/class/block/{name}/dev"));
    match name.strip_prefix("mapper/") {
        None => own(name),
        Some(mapped) => {
            let names = root.names("/sys/class/block").into_iter().filter(|name| name.starts_with("dm-"));
            let is_it =
                |name: &String| root.value(&format!("/sys/class/block/{name}/dm/name")).as_deref() == Some(mapped);
            own(&names.take(MAX_MAPPED).find(is_it)?)
        }
    }
}

fn descend(folder: &Path, depth: usize, ground: &mut Ground, disks: &mut Vec<String>) {
    if depth > MAX_DEPTH {
        return;
    }
    if let Ok(kind) = std::fs::read_to_string(folder.join("dm/uuid"))
        && let Some(kind) = kind.strip_prefix("CRYPT-")
    {
        ground.encryption = Some(if kind.starts_with("LUKS") { "luks" } else { "dm-crypt" });
    }
    // A partition is a folder in its disk's folder.
    let folder = if folder.join("partition").exists() { folder.parent().unwrap_or(folder) } else { folder };
    let mut below: Vec<_> = std::fs::read_dir(folder.join("slaves")).into_iter().flatten().flatten().collect();
    if below.is_empty() {
        disks.extend(folder.file_name().and_then(|name| name.to_str()).map(str::to_owned));
        return;
    }
    below.sort_by_key(std::fs::DirEntry::file_name);
    for device in below {
        if let Ok(folder) = device.path().canonicalize() {
            descend(&folder, depth + 1, ground, disks);
        }
    }
}
