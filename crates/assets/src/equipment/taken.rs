//! What an equipment takes over from its inventory, and what a person's lock holds against it.

use sea_orm::{ActiveValue::Set, DbErr, EntityTrait as _};
use vigie_db::Tx;
use vigie_kernel::{EquipmentId, Timestamp};

use super::Lock;
use crate::{
    entity::{equipment, inventory},
    intake::PreparedView,
    summary::{OsSummary, SystemSummary},
};

/// Fields that agents bring and that a person may lock.
pub(crate) const FIELDS: &[&str] = &["name", "type", "manufacturer", "model", "serial", "uuid"];

/// The value of a lockable field.
pub(crate) fn field<'a>(row: &'a mut equipment::Model, name: &str) -> Option<&'a mut String> {
    Some(match name {
        "name" => &mut row.name,
        "type" => &mut row.kind,
        "manufacturer" => &mut row.manufacturer,
        "model" => &mut row.model,
        "serial" => &mut row.serial,
        "uuid" => &mut row.uuid,
        _ => return None,
    })
}

/// The stored locks.
pub(crate) fn locks(row: &equipment::Model) -> Vec<Lock> {
    serde_json::from_str(&row.locks).unwrap_or_default()
}

/// Stores the locks.
pub(crate) fn set_locks(row: &mut equipment::Model, locks: &[Lock]) {
    row.locks = serde_json::to_string(locks).unwrap_or_default();
}

/// Takes over what the agent says of the machine, as far as no person holds against it.
pub(crate) fn take_system(row: &mut equipment::Model, system: &SystemSummary) {
    let mut locks = locks(row);
    let values = [
        ("name", &system.name),
        ("type", &system.kind),
        ("manufacturer", &system.manufacturer),
        ("model", &system.model),
        ("serial", &system.serial),
        ("uuid", &system.uuid),
    ];
    for (name, value) in values {
        if let Some(lock) = locks.iter_mut().find(|lock| lock.field == name) {
            lock.agent_value.clone_from(value);
        } else if let Some(field) = field(row, name) {
            // A name is never taken away, and a type never becomes unknown again.
            if !(value.is_empty() && name == "name" || name == "type" && value == "other") {
                field.clone_from(value);
            }
        }
    }
    set_locks(row, &locks);
    row.memory_bytes = system.memory_bytes;
}

/// Takes over what the agent says of the operating system.
pub(crate) fn take_os(row: &mut equipment::Model, os: &OsSummary) {
    row.os_family.clone_from(&os.family);
    row.os_name.clone_from(&os.name);
    row.os_version.clone_from(&os.version);
    row.os_installed.clone_from(&os.install_date);
}

/// The day from which the age of a machine counts: when it was bought, else the date of its firmware, else when its system
/// was installed. The firmware of virtual machines is as old as the program that plays it. Empty: not known.
pub(crate) fn age_from(row: &equipment::Model) -> String {
    let firmware = if row.kind == "virtual-machine" { "" } else { &row.bios_date };
    let known = [row.purchase_date.as_deref().unwrap_or_default(), firmware, &row.os_installed];
    known.into_iter().find(|day| !day.is_empty()).unwrap_or_default().to_owned()
}

/// Everything that an inventory's row says, when an equipment is associated with it.
pub(crate) fn take_inventory(row: &mut equipment::Model, inventory: &inventory::Model, kind: &str, version: &str) {
    take_system(
        row,
        &SystemSummary {
            name: inventory.name.clone(),
            kind: inventory.kind.clone(),
            manufacturer: inventory.manufacturer.clone(),
            model: inventory.model.clone(),
            serial: inventory.serial.clone(),
            uuid: inventory.uuid.clone(),
            machine_id: String::new(),
            memory_bytes: inventory.memory_bytes,
        },
    );
    take_os(
        row,
        &OsSummary {
            family: inventory.os_family.clone(),
            name: inventory.os_name.clone(),
            version: inventory.os_version.clone(),
            install_date: inventory.os_installed.clone(),
        },
    );
    row.bios_date.clone_from(&inventory.bios_date);
    row.inventory_seq = Some(inventory.seq);
    row.key_checked = 0;
    kind.clone_into(&mut row.agent_kind);
    version.clone_into(&mut row.agent_version);
    row.last_inventory_at = inventory.collected_at;
    row.last_contact_at = inventory.last_contact_at;
    row.disk_nearly_full = inventory.disk_nearly_full;
}

/// The inventory goes to another equipment, or waits again; what was taken over stays.
pub(crate) fn leave_inventory(row: &mut equipment::Model) {
    row.inventory_seq = None;
    (row.key_profile, row.key_checked) = (0, 0);
}

/// What lists are searched by and sorted by.
pub(crate) fn refresh_keys(row: &mut equipment::Model) {
    row.name_key = row.name.to_lowercase();
    row.search = crate::summary::search_text([
        &*row.name,
        &row.serial,
        &row.uuid,
        &row.manufacturer,
        &row.model,
        &row.os_name,
        &row.location,
        &row.person,
        &row.asset_number,
    ]);
}

/// After a synchronisation: brings the equipment up to date.
pub(crate) async fn update(tx: &Tx, id: EquipmentId, prepared: &PreparedView<'_>, now: Timestamp) -> Result<(), DbErr> {
    let mut change = equipment::ActiveModel { id: Set(id), ..Default::default() };
    change.last_contact_at = Set(now);
    change.last_inventory_at = Set(prepared.collected_at);
    change.agent_version = Set(prepared.agent_version.to_owned());
    if let Some(full) = prepared.disk_nearly_full {
        change.disk_nearly_full = Set(full);
    }
    if prepared.software_changed || prepared.os.is_some() {
        // A number that was not there before: who is just finding out how it stands with the old list notices.
        change.key_checked = Set(-now.millis());
    }
    if prepared.system.is_some() || prepared.os.is_some() || prepared.bios_date.is_some() {
        // Rare: the machine itself changed. The row is read, because locks decide what may be taken.
        if let Some(mut row) = equipment::Entity::find_by_id(id).one(tx).await? {
            if let Some(system) = prepared.system {
                take_system(&mut row, system);
            }
            if let Some(os) = prepared.os {
                take_os(&mut row, os);
            }
            if let Some(date) = prepared.bios_date {
                date.clone_into(&mut row.bios_date);
            }
            refresh_keys(&mut row);
            change.age_from = Set(age_from(&row));
            change.memory_bytes = Set(row.memory_bytes);
            change.bios_date = Set(row.bios_date);
            change.os_installed = Set(row.os_installed);
            change.name = Set(row.name);
            change.name_key = Set(row.name_key);
            change.kind = Set(row.kind);
            change.manufacturer = Set(row.manufacturer);
            change.model = Set(row.model);
            change.serial = Set(row.serial);
            change.uuid = Set(row.uuid);
            change.os_family = Set(row.os_family);
            change.os_name = Set(row.os_name);
            change.os_version = Set(row.os_version);
            change.locks = Set(row.locks);
            change.search = Set(row.search);
        }
    }
    equipment::Entity::update(change).validate()?.exec_without_returning(tx).await?;
    Ok(())
}
