//! Making equipment by hand, and changing its fields.

use std::collections::BTreeMap;

use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, DbErr, EntityTrait as _, IntoActiveModel as _};
use serde::Deserialize;
use vigie_db::{Database, Tx, owners};
use vigie_kernel::{Act, AuditEntry, CustomerId, EquipmentId, Granted, Timestamp};

use super::{AGENT_KINDS, ChangeError, Equipment, Lock, OTHER_KINDS, STATUSES, Staleness, detail, taken};
use crate::entity::equipment;

/// Longest text of a field, characters; of notes ten thousand.
const MAX_FIELD: usize = 255;
/// Longest notes, characters.
const MAX_NOTES: usize = 10_000;
/// Most fields of one's own.
const MAX_CUSTOM: usize = 50;

/// Fields of an equipment that a person sets. An absent field stays as it is; an empty text empties it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Fields {
    /// Name; never empty.
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    pub name: Option<String>,
    /// `workstation`, `laptop`, `server`, `tablet`, `virtual-machine`, `other`, `printer`, `network`, `phone`, `monitor`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `in-stock`, `in-use`, `in-repair`, `retired`.
    pub status: Option<String>,
    /// Whose it is.
    pub customer_id: Option<CustomerId>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// UUID of the firmware.
    pub uuid: Option<String>,
    /// Where it stands.
    pub location: Option<String>,
    /// Who has it.
    pub person: Option<String>,
    /// Number in the books.
    pub asset_number: Option<String>,
    /// Bought on, `YYYY-MM-DD`; empty: not known.
    pub purchase_date: Option<String>,
    /// Warranty ends on, `YYYY-MM-DD`; empty: not known.
    pub warranty_end: Option<String>,
    /// Bought from.
    pub supplier: Option<String>,
    /// Notes, at most 10,000 characters.
    pub notes: Option<String>,
    /// Fields of one's own: replaces all of them. At most 50.
    pub custom_fields: Option<BTreeMap<String, String>>,
    /// Of a change only: locked fields that go back to the agent's value.
    pub unlock: Vec<String>,
    /// Of a change only: the revision that was read; when a different one is stored the change is refused.
    pub revision: Option<i64>,
}

fn checked(field: &'static str, value: &str, most: usize) -> Result<String, ChangeError> {
    let value = value.trim();
    if value.chars().count() > most {
        return Err(ChangeError::Invalid { field, reason: "is too long" });
    }
    if value.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(ChangeError::Invalid { field, reason: "has a control character" });
    }
    Ok(value.to_owned())
}

fn one_of(field: &'static str, value: &str, choices: &[&[&str]]) -> Result<String, ChangeError> {
    if choices.iter().any(|some| some.contains(&value)) {
        Ok(value.to_owned())
    } else {
        Err(ChangeError::Invalid { field, reason: "is none of the known values" })
    }
}

fn date(field: &'static str, value: &str) -> Result<Option<String>, ChangeError> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(None);
    }
    let valid = value.len() == 10 && format!("{value}T00:00:00Z").parse::<Timestamp>().is_ok();
    if valid { Ok(Some(value.to_owned())) } else { Err(ChangeError::Invalid { field, reason: "is not a day" }) }
}

impl Fields {
    /// Brings a row to these values. With `locking`, a field that agents bring is locked when it is set.
    fn set_on(&self, row: &mut equipment::Model, act: &Act, locking: bool) -> Result<(), ChangeError> {
        let lockable = [
            ("name", &self.name),
            ("manufacturer", &self.manufacturer),
            ("model", &self.model),
            ("serial", &self.serial),
            ("uuid", &self.uuid),
        ];
        for (field, value) in lockable {
            if let Some(value) = value {
                set_lockable(row, field, checked(field, value, MAX_FIELD)?, act, locking);
            }
        }
        if let Some(kind) = &self.kind {
            set_lockable(row, "type", one_of("type", kind, &[AGENT_KINDS, OTHER_KINDS])?, act, locking);
        }
        if let Some(status) = &self.status {
            row.status = one_of("status", status, &[STATUSES])?;
        }
        let free = [
            ("location", &self.location, &mut row.location, MAX_FIELD),
            ("person", &self.person, &mut row.person, MAX_FIELD),
            ("asset_number", &self.asset_number, &mut row.asset_number, MAX_FIELD),
            ("supplier", &self.supplier, &mut row.supplier, MAX_FIELD),
            ("notes", &self.notes, &mut row.notes, MAX_NOTES),
        ];
        for (field, value, target, most) in free {
            if let Some(value) = value {
                *target = checked(field, value, most)?;
            }
        }
        if let Some(value) = &self.purchase_date {
            row.purchase_date = date("purchase_date", value)?;
        }
        if let Some(value) = &self.warranty_end {
            row.warranty_end = date("warranty_end", value)?;
        }
        if let Some(custom) = &self.custom_fields {
            row.custom_fields = custom_fields(custom)?;
        }
        if row.name.is_empty() {
            return Err(ChangeError::Invalid { field: "name", reason: "is empty" });
        }
        Ok(())
    }
}

fn custom_fields(custom: &BTreeMap<String, String>) -> Result<String, ChangeError> {
    const FIELD: &str = "custom_fields";
    if custom.len() > MAX_CUSTOM {
        return Err(ChangeError::Invalid { field: FIELD, reason: "are too many" });
    }
    let mut checked_fields = BTreeMap::new();
    for (name, value) in custom {
        let name = checked(FIELD, name, 64)?;
        if name.is_empty() {
            return Err(ChangeError::Invalid { field: FIELD, reason: "has a field without a name" });
        }
        checked_fields.insert(name, checked(FIELD, value, 1000)?);
    }
    Ok(serde_json::to_string(&checked_fields).unwrap_or_default())
}

fn set_lockable(row: &mut equipment::Model, field: &str, value: String, act: &Act, locking: bool) {
    let mut locks = taken::locks(row);
    let Some(target) = taken::field(row, field) else { return };
    if *target == value {
        return;
    }
    let before = std::mem::replace(target, value.clone());
    if locking {
        if let Some(lock) = locks.iter_mut().find(|lock| lock.field == field) {
            lock.value = value;
        } else {
            locks.push(Lock {
                field: field.to_owned(),
                value,
                agent_value: before,
                locked_at: act.at,
                locked_by: act.actor.name.clone(),
            });
        }
        taken::set_locks(row, &locks);
    }
}

/// A row with nothing in it yet.
pub(crate) fn blank(id: EquipmentId, customer: CustomerId, now: Timestamp) -> equipment::Model {
    let nothing = String::new;
    equipment::Model {
        id,
        customer_id: customer,
        name: nothing(),
        name_key: nothing(),
        kind: "other".to_owned(),
        status: "in-use".to_owned(),
        manufacturer: nothing(),
        model: nothing(),
        serial: nothing(),
        uuid: nothing(),
        os_family: nothing(),
        os_name: nothing(),
        os_version: nothing(),
        location: nothing(),
        person: nothing(),
        asset_number: nothing(),
        purchase_date: None,
        warranty_end: None,
        supplier: nothing(),
        notes: nothing(),
        custom_fields: "{}".to_owned(),
        locks: "[]".to_owned(),
        search: nothing(),
        inventory_seq: None,
        agent_kind: nothing(),
        agent_version: nothing(),
        last_inventory_at: Timestamp::from_millis(0),
        last_contact_at: Timestamp::from_millis(0),
        disk_nearly_full: false,
        clone: false,
        accept_key_until: None,
        revision: 1,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        merged_into: None,
        key_profile: 0,
        key_checked: 0,
        memory_bytes: 0,
        bios_date: nothing(),
        os_installed: nothing(),
        age_from: nothing(),
    }
}

/// The customer that a new or moved equipment belongs to: the named one if the caller may see it, else the default one.
pub(crate) async fn customer_for(
    tx: &Tx,
    granted: &Granted,
    wanted: Option<CustomerId>,
) -> Result<CustomerId, ChangeError> {
    let id = match wanted {
        Some(id) => id,
        None => owners::default_customer(tx).await?.id,
    };
    owners::customer(tx, id, granted.scope())
        .await?
        .map(|customer| customer.id)
        .ok_or(ChangeError::Invalid { field: "customer_id", reason: "names no customer" })
}

/// Fills a row that is not stored yet.
pub(crate) fn fill(row: &mut equipment::Model, fields: &Fields, act: &Act, locking: bool) -> Result<(), ChangeError> {
    fields.set_on(row, act, locking)?;
    taken::refresh_keys(row);
    Ok(())
}

/// Makes an equipment by hand.
pub async fn create(
    db: &Database,
    granted: Granted,
    act: Act,
    fields: Fields,
    staleness: Staleness,
) -> Result<Equipment, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let customer = customer_for(tx, &granted, fields.customer_id).await?;
            let mut row = blank(EquipmentId::new(act.at, &*act.rng), customer, act.at);
            fill(&mut row, &fields, &act, false)?;
            insert(tx, &row).await?;
            audit(tx, &act, "equipment.create", &row, "{}");
            Ok(detail::view(tx, row, staleness).await?)
        })
    })
    .await
}

pub(crate) async fn insert(tx: &Tx, row: &equipment::Model) -> Result<(), ChangeError> {
    let row = equipment::Model { age_from: taken::age_from(row), ..row.clone() };
    equipment::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// Changes an equipment's fields.
pub async fn patch(
    db: &Database,
    granted: Granted,
    act: Act,
    id: EquipmentId,
    patch: Fields,
    staleness: Staleness,
) -> Result<Equipment, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let row = patch_in(tx, &granted, &act, id, &patch).await?;
            Ok(detail::view(tx, row, staleness).await?)
        })
    })
    .await
}

pub(super) async fn patch_in(
    tx: &Tx,
    granted: &Granted,
    act: &Act,
    id: EquipmentId,
    patch: &Fields,
) -> Result<equipment::Model, ChangeError> {
    let before = detail::row(tx, granted, id).await?.ok_or(ChangeError::NotFound)?;
    if before.deleted_at.is_some() {
        return Err(ChangeError::Deleted);
    }
    if patch.revision.is_some_and(|revision| revision != before.revision) {
        return Err(ChangeError::Stale);
    }
    let mut row = before.clone();
    for field in &patch.unlock {
        unlock(&mut row, field)?;
    }
    let locking = row.inventory_seq.is_some();
    patch.set_on(&mut row, act, locking)?;
    if let Some(customer) = patch.customer_id {
        row.customer_id = customer_for(tx, granted, Some(customer)).await?;
    }
    taken::refresh_keys(&mut row);
    save(tx, &mut row, act).await?;
    audit(tx, act, "equipment.change", &row, &difference(&before, &row));
    Ok(row)
}

fn unlock(row: &mut equipment::Model, field: &str) -> Result<(), ChangeError> {
    let mut locks = taken::locks(row);
    let Some(at) = locks.iter().position(|lock| lock.field == field) else {
        return Err(ChangeError::Invalid { field: "unlock", reason: "names a field that is not locked" });
    };
    let lock = locks.remove(at);
    // An agent that brought no name does not leave the equipment without one.
    if let Some(target) = taken::field(row, field).filter(|_| !(lock.agent_value.is_empty() && field == "name")) {
        *target = lock.agent_value;
    }
    taken::set_locks(row, &locks);
    Ok(())
}

/// Stores a changed row; its revision grows.
pub(crate) async fn save(tx: &Tx, row: &mut equipment::Model, act: &Act) -> Result<(), DbErr> {
    row.revision += 1;
    row.updated_at = act.at;
    row.age_from = taken::age_from(row);
    let mut change = row.clone().into_active_model().reset_all();
    change.id = sea_orm::ActiveValue::Unchanged(row.id);
    change.revision = Set(row.revision);
    equipment::Entity::update(change).validate()?.exec_without_returning(tx).await?;
    Ok(())
}

/// The fields that differ, as JSON: `{"name":["before","after"]}`.
pub(crate) fn difference(before: &equipment::Model, after: &equipment::Model) -> String {
    let mut fields = serde_json::Map::new();
    let pairs = [
        ("name", &before.name, &after.name),
        ("type", &before.kind, &after.kind),
        ("status", &before.status, &after.status),
        ("manufacturer", &before.manufacturer, &after.manufacturer),
        ("model", &before.model, &after.model),
        ("serial", &before.serial, &after.serial),
        ("uuid", &before.uuid, &after.uuid),
        ("location", &before.location, &after.location),
        ("person", &before.person, &after.person),
        ("asset_number", &before.asset_number, &after.asset_number),
        ("supplier", &before.supplier, &after.supplier),
        ("notes", &before.notes, &after.notes),
        ("custom_fields", &before.custom_fields, &after.custom_fields),
        ("locks", &before.locks, &after.locks),
    ];
    for (field, old, new) in pairs {
        if old != new {
            fields.insert(field.to_owned(), serde_json::json!([old, new]));
        }
    }
    if before.customer_id != after.customer_id {
        fields.insert("customer_id".to_owned(), serde_json::json!([before.customer_id, after.customer_id]));
    }
    for (field, old, new) in [
        ("purchase_date", &before.purchase_date, &after.purchase_date),
        ("warranty_end", &before.warranty_end, &after.warranty_end),
    ] {
        if old != new {
            fields.insert(field.to_owned(), serde_json::json!([old, new]));
        }
    }
    serde_json::Value::Object(fields).to_string()
}

pub(crate) fn audit(tx: &Tx, act: &Act, action: &'static str, row: &equipment::Model, detail: &str) {
    let entry = AuditEntry::new(act.at, &act.actor, action, "equipment")
        .object(row.id, &row.name)
        .of(row.customer_id)
        .detail(detail);
    vigie_db::audit::append(tx, &*act.rng, entry);
}
