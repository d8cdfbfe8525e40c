//! File systems on this machine's own media, with a letter, in a folder, or nowhere, and what BitLocker does to them.

use std::collections::BTreeMap;

use vigie_wire::{Sections, inventory::Volume};

use super::{Class, Context, Row, disks};

const VOLUME: Class = Class::of_cimv2(
    "Win32_Volume",
    "DeviceID, DriveLetter, Name, DriveType, FileSystem, Label, SerialNumber, Capacity, FreeSpace",
);
/// What has a letter, for where volumes are not told.
const LETTER: Class = Class::of_cimv2(
    "Win32_LogicalDisk",
    "DeviceID, DriveType, FileSystem, VolumeName, VolumeSerialNumber, Size, FreeSpace",
);
const SYSTEM: Class = Class::of_cimv2("Win32_OperatingSystem", "SystemDrive");
const BITLOCKER: Class = Class {
    namespace: "ROOT\\CIMV2\\Security\\MicrosoftVolumeEncryption",
    name: "Win32_EncryptableVolume",
    properties: "DeviceID, DriveLetter, ProtectionStatus",
    condition: "",
};
/// On which disk a partition lies: storage management again.
const PARTITION: Class = Class {
    namespace: "ROOT\\Microsoft\\Windows\\Storage",
    name: "MSFT_Partition",
    properties: "DiskNumber, AccessPaths",
    condition: "",
};
/// The same from `Win32_LogicalDisk`'s side, for where there is none.
const LETTER_ON_PARTITION: Class = Class::of_cimv2("Win32_LogicalDiskToPartition", "Antecedent, Dependent");

const REMOVABLE: u64 = 2;
const FIXED: u64 = 3;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let system = context.objects_if_there(&SYSTEM)?.into_iter().next().unwrap_or_default().text("SystemDrive");
    let rows = context.objects_if_there(&VOLUME)?;
    let mut volumes: Vec<Volume> = rows.iter().filter(|row| is_local(row)).map(volume).collect();
    // Wherever a volume has a letter it has it here too; what only one of them knows is not lost.
    for row in context.objects(&LETTER)?.iter().filter(|row| is_local(row)) {
        let other = letter(row);
        match volumes.iter_mut().find(|known| known.mount_point == other.mount_point) {
            Some(known) => complete(known, other),
            None => volumes.push(other),
        }
    }
    let places = places(context)?;
    let known = &sections.disks;
    let bitlocker = context.objects_if_there(&BITLOCKER)?;
    for volume in &mut volumes {
        let names = |name: &str| [&volume.mount_point, &volume.device].into_iter().flatten().any(|it| same(it, name));
        // A volume of a storage pool lies on a disk that is none.
        volume.disk = places
            .iter()
            .find(|(name, _)| names(name))
            .map(|(_, number)| disks::name_of(*number))
            .filter(|name| known.iter().flatten().any(|disk| disk.name.as_ref() == Some(name)));
        let state = bitlocker.iter().find(|row| {
            let told = [row.text("DriveLetter"), row.text("DeviceID")];
            told.iter().flatten().any(|it| names(it))
        });
        // 2: locked, so that it does not say; but what is locked is encrypted.
        volume.encrypted = state.and_then(|row| row.number("ProtectionStatus")).map(|status| status > 0);
        volume.encryption = (volume.encrypted == Some(true)).then(|| "bitlocker".to_owned());
        volume.system = system.as_ref().map(|system| volume.mount_point.as_ref() == Some(system));
    }
    volumes.sort_unstable_by(|a, b| (&a.mount_point, &a.device).cmp(&(&b.mount_point, &b.device)));
    sections.volumes = Some(volumes);
    Ok(())
}

/// Those of other machines are theirs; what lies in an optical drive is not this machine, and a reader without a card is
/// no volume. One that BitLocker has locked does not tell its file system.
fn is_local(row: &Row) -> bool {
    match row.number("DriveType") {
        Some(FIXED) => true,
        Some(REMOVABLE) => row.text("FileSystem").is_some(),
        _ => false,
    }
}

/// `\\?\Volume{…}\` and `C:\` with or without their last stroke.
fn same(a: &str, b: &str) -> bool {
    a.trim_end_matches('\\').eq_ignore_ascii_case(b.trim_end_matches('\\'))
}

fn volume(row: &Row) -> Volume {
    let folder = || {
        let name = row.text("Name").filter(|name| !name.starts_with("\\\\?\\"))?;
        Some(name.trim_end_matches('\\').to_owned())
    };
    let mount_point = row.text("DriveLetter").or_else(folder);
    Volume {
        device: row.text("DeviceID").map(|id| id.trim_end_matches('\\').to_owned()),
        file_system: row.text("FileSystem").map(|it| it.to_ascii_lowercase()),
        label: row.text("Label"),
        serial: row.positive("SerialNumber").map(|number| format!("{number:08X}")),
        size_bytes: row.positive("Capacity"),
        // Nobody can write to what is nowhere: a recovery partition is full and nobody minds.
        free_bytes: row.number("FreeSpace").filter(|_| mount_point.is_some()),
        mount_point,
        ..Volume::default()
    }
}

fn letter(row: &Row) -> Volume {
    Volume {
        mount_point: row.text("DeviceID"),
        file_system: row.text("FileSystem").map(|it| it.to_ascii_lowercase()),
        label: row.text("VolumeName"),
        serial: row.text("VolumeSerialNumber"),
        size_bytes: row.positive("Size"),
        free_bytes: row.number("FreeSpace"),
        ..Volume::default()
    }
}

fn complete(known: &mut Volume, other: Volume) {
    known.label = known.label.take().or(other.label);
    known.serial = known.serial.take().or(other.serial);
    known.size_bytes = known.size_bytes.or(other.size_bytes);
    known.free_bytes = known.free_bytes.or(other.free_bytes);
}

/// The number of the disk on which each letter, folder or volume lies.
fn places(context: &Context<'_>) -> Result<BTreeMap<String, u64>, String> {
    let mut places = BTreeMap::new();
    for row in context.objects_if_there(&PARTITION)? {
        if let Some(number) = row.number("DiskNumber") {
            places.extend(row.texts("AccessPaths").into_iter().map(|path| (path, number)));
        }
    }
    if places.is_empty() {
        for row in context.objects_if_there(&LETTER_ON_PARTITION)? {
            // `…:Win32_DiskPartition.DeviceID="Disk #0, Partition #1"` and `…:Win32_LogicalDisk.DeviceID="C:"`
            let (Some(partition), Some(letter)) = (row.text("Antecedent"), row.text("Dependent")) else { continue };
            let number = partition.split_once("Disk #").and_then(|(_, rest)| rest.split(',').next()?.parse().ok());
            let letter = letter.rsplit_once("DeviceID=\"").map(|(_, rest)| rest.trim_end_matches('"').to_owned());
            places.extend(letter.zip(number));
        }
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use vigie_wire::inventory::Volume;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    fn volumes(classes: &Value) -> Vec<Volume> {
        collect(&Told::new(classes, &json!({})), &Options::default()).sections.volumes.unwrap()
    }

    #[test]
    fn letters_folders_and_what_is_mounted_nowhere() {
        let found = volumes(&json!({
            "Win32_OperatingSystem": [{"SystemDrive": "C:"}],
            "MSFT_PhysicalDisk": [{"DeviceId": "0"}, {"DeviceId": "1"}],
            "Win32_Volume": [
                {
                    "DeviceID": r"\\?\Volume{11111111-0000-0000-0000-100000000000}\", "DriveLetter": "C:", "Name": r"C:\",
                    "DriveType": 3, "FileSystem": "NTFS", "Label": "", "SerialNumber": -1_431_655_766, "Capacity": "511101108224",
                    "FreeSpace": "100000000000",
                },
                {
                    "DeviceID": r"\\?\Volume{22222222-0000-0000-0000-100000000000}\", "DriveLetter": null,
                    "Name": r"\\?\Volume{22222222-0000-0000-0000-100000000000}\", "DriveType": 3, "FileSystem": "NTFS",
                    "Label": "Recovery", "Capacity": "1073741824", "FreeSpace": "1000",
                },
                {
                    "DeviceID": r"\\?\Volume{33333333-0000-0000-0000-100000000000}\", "Name": r"C:\Data\", "DriveType": 3,
                    "FileSystem": "ReFS", "Capacity": "2000000000", "FreeSpace": "7",
                },
                {"DeviceID": r"\\?\Volume{4}\", "DriveLetter": "D:", "Name": r"D:\", "DriveType": 5, "FileSystem": "UDF"},
            ],
            "Win32_LogicalDisk": [
                {"DeviceID": "C:", "DriveType": 3, "FileSystem": "NTFS", "VolumeSerialNumber": "AAAAAAAA"},
                {"DeviceID": "Z:", "DriveType": 4, "FileSystem": "NTFS", "Size": "5"},
                {"DeviceID": "A:", "DriveType": 2},
            ],
            "Win32_EncryptableVolume": [
                {"DeviceID": r"\\?\Volume{11111111-0000-0000-0000-100000000000}\", "DriveLetter": "C:", "ProtectionStatus": 1},
                {"DeviceID": r"\\?\Volume{33333333-0000-0000-0000-100000000000}\", "DriveLetter": null, "ProtectionStatus": 0},
            ],
            "MSFT_Partition": [
                {"DiskNumber": 0, "AccessPaths": [r"C:\", r"\\?\Volume{11111111-0000-0000-0000-100000000000}\"]},
                {"DiskNumber": 1, "AccessPaths": [r"C:\Data\", r"\\?\Volume{33333333-0000-0000-0000-100000000000}\"]},
            ],
        }));
        let told: Vec<_> =
            found.iter().map(|it| (it.mount_point.as_deref(), it.disk.as_deref(), it.encrypted)).collect();
        assert_eq!(
            told,
            [
                (None, None, None),
                (Some("C:"), Some("PhysicalDisk0"), Some(true)),
                (Some(r"C:\Data"), Some("PhysicalDisk1"), Some(false)),
            ]
        );
        assert_eq!((found[0].label.as_deref(), found[0].free_bytes), (Some("Recovery"), None));
        let c = &found[1];
        assert_eq!((c.file_system.as_deref(), c.label.as_deref()), (Some("ntfs"), None));
        assert_eq!((c.serial.as_deref(), c.system), (Some("AAAAAAAA"), Some(true)));
        assert_eq!((c.encryption.as_deref(), found[2].encryption.as_deref()), (Some("bitlocker"), None));
    }

    #[test]
    fn without_storage_management_letters_are_told() {
        let found = volumes(&json!({
            "Win32_DiskDrive": [{"Index": 0}],
            "Win32_LogicalDisk": [{
                "DeviceID": "C:", "DriveType": 3, "FileSystem": "NTFS", "VolumeName": "System", "Size": "1000", "FreeSpace": "10",
                "VolumeSerialNumber": "0A1B2C3D",
            }],
            "Win32_LogicalDiskToPartition": [{
                "Antecedent": r#"\\PC\root\cimv2:Win32_DiskPartition.DeviceID="Disk #0, Partition #1""#,
                "Dependent": r#"\\PC\root\cimv2:Win32_LogicalDisk.DeviceID="C:""#,
            }],
        }));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].label.as_deref(), found[0].serial.as_deref()), (Some("System"), Some("0A1B2C3D")));
        assert_eq!((found[0].disk.as_deref(), found[0].device.as_deref()), (Some("PhysicalDisk0"), None));
    }
}
