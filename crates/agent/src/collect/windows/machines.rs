//! Virtual machines of Hyper-V, and the Linux systems that users have in Windows.

use vigie_wire::{Sections, inventory::VirtualMachine};

use super::{Class, Context, Row};

const fn of_hyper_v(name: &'static str, properties: &'static str) -> Class {
    Class { namespace: "ROOT\\virtualization\\v2", name, properties, condition: "" }
}

const MACHINE: Class = of_hyper_v("Msvm_ComputerSystem", "Name, ElementName, EnabledState");
const MEMORY: Class = of_hyper_v("Msvm_MemorySettingData", "InstanceID, VirtualQuantity");
const PROCESSORS: Class = of_hyper_v("Msvm_ProcessorSettingData", "InstanceID, VirtualQuantity");

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let rows = context.objects_if_there(&MACHINE)?;
    let mut machines = Vec::new();
    if !rows.is_empty() {
        let memory = context.objects_if_there(&MEMORY)?;
        let processors = context.objects_if_there(&PROCESSORS)?;
        machines.extend(rows.iter().filter_map(|row| machine(row, &memory, &processors)));
    }
    machines.extend(context.own()?.iter().flat_map(|own| &own.machines).cloned());
    machines.sort_unstable_by(|a, b| (&a.kind, &a.name, &a.uuid).cmp(&(&b.kind, &b.name, &b.uuid)));
    // A machine on which nothing of the kind can run has no such list.
    if !machines.is_empty() || !rows.is_empty() {
        sections.virtual_machines = Some(machines);
    }
    Ok(())
}

fn machine(row: &Row, memory: &[Row], processors: &[Row]) -> Option<VirtualMachine> {
    // The host itself has its name there.
    let id = row.text("Name").filter(|id| is_uuid(id))?;
    // `Microsoft:<machine>\<setting>`; those of checkpoints have the checkpoint's identifier.
    let start = format!("microsoft:{}\\", id.to_ascii_lowercase());
    let of_machine = |rows: &[Row]| {
        let is_its = |row: &&Row| row.text("InstanceID").is_some_and(|it| it.to_ascii_lowercase().starts_with(&start));
        rows.iter().find(is_its).and_then(|row| row.positive("VirtualQuantity"))
    };
    Some(VirtualMachine {
        name: row.text("ElementName"),
        uuid: Some(id.to_ascii_lowercase()),
        kind: Some("hyperv".to_owned()),
        state: row.number("EnabledState").map(|state| state_of(state).to_owned()),
        image: None,
        // In megabytes.
        memory_bytes: of_machine(memory).and_then(|size| size.checked_mul(1 << 20)),
        processors: of_machine(processors),
        mac: None,
    })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

const fn state_of(code: u64) -> &'static str {
    match code {
        // What is starting or going on with something runs.
        2 | 10 | 32770 | 32771 | 32773..=32775 | 32777 => "running",
        9 | 32768 | 32776 => "paused",
        6 | 32769 => "saved",
        _ => "stopped",
    }
}

/// The Linux systems of a user whose hive is there.
pub(crate) fn of_user(context: &Context<'_>, sid: &str) -> Result<Vec<VirtualMachine>, String> {
    let rows = context.keys_with_values(&format!(r"HKU\{sid}\Software\Microsoft\Windows\CurrentVersion\Lxss"))?;
    Ok(rows
        .iter()
        .filter(|(_, row)| row.number("State") == Some(1))
        .filter_map(|(id, row)| {
            Some(VirtualMachine {
                name: Some(row.text("DistributionName")?),
                uuid: Some(id.trim_matches(['{', '}']).to_ascii_lowercase()),
                kind: Some("wsl".to_owned()),
                ..VirtualMachine::default()
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    #[test]
    fn guests_are_told_from_their_host() {
        let told = Told::new(
            &json!({
                "Msvm_ComputerSystem": [
                    {"Name": "HV01", "ElementName": "HV01", "EnabledState": 2},
                    {"Name": "6A1F5C0B-8B7D-4E21-9C55-0123456789AB", "ElementName": "web", "EnabledState": 2},
                    {"Name": "7B1F5C0B-8B7D-4E21-9C55-0123456789AB", "ElementName": "old", "EnabledState": 3},
                ],
                "Msvm_MemorySettingData": [
                    {"InstanceID": r"Microsoft:FFFFFFFF-8B7D-4E21-9C55-0123456789AB\x", "VirtualQuantity": "1"},
                    {"InstanceID": r"Microsoft:6A1F5C0B-8B7D-4E21-9C55-0123456789AB\4764334d", "VirtualQuantity": "4096"},
                ],
                "Msvm_ProcessorSettingData": [
                    {"InstanceID": r"Microsoft:6A1F5C0B-8B7D-4E21-9C55-0123456789AB\b637f346\0", "VirtualQuantity": "2"},
                ],
            }),
            &json!({}),
        );
        let found = collect(&told, &Options::default()).sections.virtual_machines.unwrap();
        let words: Vec<_> =
            found.iter().map(|it| (it.name.as_deref().unwrap(), it.state.as_deref().unwrap())).collect();
        assert_eq!(words, [("old", "stopped"), ("web", "running")]);
        assert_eq!((found[1].memory_bytes, found[1].processors), (Some(4 << 30), Some(2)));
        assert!(collect(&Told::default(), &Options::default()).sections.virtual_machines.is_none());
    }
}
