//! What lists show of an inventory, taken out of its sections.

use vigie_wire::{Sections, inventory::System};

/// Share of a volume that must be free, in hundredths; with less the disk counts as nearly full.
const FREE_WANTED: u64 = 10;
/// Volumes smaller than this (boot partitions, images) never count as nearly full.
const SMALL_VOLUME: u64 = 1 << 30;

/// The figures of an inventory. A part is absent when its section did not travel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) system: Option<SystemSummary>,
    pub(crate) os: Option<OsSummary>,
    pub(crate) disk_nearly_full: Option<bool>,
    /// The firmware's date; empty: it has none.
    pub(crate) bios_date: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SystemSummary {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) manufacturer: String,
    pub(crate) model: String,
    pub(crate) serial: String,
    pub(crate) uuid: String,
    pub(crate) machine_id: String,
    /// 0: not known.
    pub(crate) memory_bytes: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OsSummary {
    pub(crate) family: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) install_date: String,
}

fn text(field: Option<&String>) -> String {
    field.cloned().unwrap_or_default()
}

impl Summary {
    pub(crate) fn of(sections: &Sections) -> Self {
        Self {
            system: sections.system.as_ref().map(|system| SystemSummary {
                name: text(system.name.as_ref()),
                kind: kind_of(system).to_owned(),
                manufacturer: text(system.manufacturer.as_ref()),
                model: text(system.model.as_ref()),
                serial: text(system.serial.as_ref()),
                uuid: text(system.uuid.as_ref()),
                machine_id: text(system.machine_id.as_ref()),
                memory_bytes: system.memory_bytes.and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or(0),
            }),
            os: sections.operating_system.as_ref().map(|os| OsSummary {
                family: text(os.family.as_ref()),
                name: text(os.name.as_ref()),
                version: text(os.version.as_ref()),
                install_date: text(os.install_date.as_ref()),
            }),
            bios_date: sections.bios.as_ref().map(|bios| text(bios.date.as_ref())),
            disk_nearly_full: sections.volumes.as_ref().map(|volumes| {
                volumes.iter().any(|volume| {
                    let read_only = matches!(volume.file_system.as_deref(), Some("iso9660" | "squashfs" | "udf"));
                    volume.size_bytes.zip(volume.free_bytes).is_some_and(|(size, free)| {
                        !read_only
                            && size >= SMALL_VOLUME
                            && u128::from(free) * 100 < u128::from(size) * u128::from(FREE_WANTED)
                    })
                })
            }),
        }
    }
}

/// The type of equipment that a machine makes, by its chassis.
fn kind_of(system: &System) -> &'static str {
    match system.chassis.as_deref() {
        Some("laptop") => "laptop",
        Some("tablet") => "tablet",
        Some("server" | "blade") => "server",
        Some("virtual") => "virtual-machine",
        _ if system.virtualization.is_some() => "virtual-machine",
        Some("desktop" | "mini" | "all-in-one") => "workstation",
        _ => "other",
    }
}

/// What a list is searched by: lower case, one field a line.
pub(crate) fn search_text<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for field in fields.into_iter().filter(|field| !field.is_empty()) {
        text.push_str(&field.to_lowercase());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigie_wire::inventory::Volume;

    fn volume(size: u64, free: u64, file_system: &str) -> Volume {
        Volume {
            size_bytes: Some(size),
            free_bytes: Some(free),
            file_system: Some(file_system.into()),
            ..Volume::default()
        }
    }

    #[test]
    fn a_disk_is_nearly_full_below_a_tenth() {
        let full = |volumes| {
            Summary::of(&Sections { volumes: Some(volumes), ..Sections::default() }).disk_nearly_full.unwrap()
        };
        assert!(full(vec![volume(100 << 30, 9 << 30, "ext4")]));
        assert!(!full(vec![volume(100 << 30, 11 << 30, "ext4")]));
        assert!(!full(vec![volume(500 << 20, 0, "vfat"), volume(4 << 30, 0, "squashfs")]));
        assert!(Summary::of(&Sections::default()).disk_nearly_full.is_none());
    }
}
