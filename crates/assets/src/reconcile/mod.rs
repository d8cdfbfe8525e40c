//! Reconciliation: by what a machine is recognised, how likely two records are the same one, and why. What counts as an
//! identifier and how matches are weighed is [`vigie_wire::matching`]; here it meets the tables.

use std::fmt::Write as _;

use sea_orm::{DbErr, EntityTrait as _};
use vigie_db::Tx;
use vigie_kernel::{EquipmentId, Timestamp};
use vigie_wire::{
    Sections,
    inventory::System,
    matching::{self, Identifiers, valid_uuid},
};

pub use vigie_wire::matching::{Reason, SameMachine, same_machine};

use crate::{
    agents::AgentKind,
    entity::{agent, equipment},
    sql,
};

pub(crate) const SERIAL: i16 = 1;
pub(crate) const UUID: i16 = 2;
const MAC: i16 = 3;
const MACHINE_ID: i16 = 4;

/// A value that more machines than this report identifies none of them: a placeholder that no list knows.
const SHARED: i64 = 4;

/// What a machine can be recognised by, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identifier {
    pub(crate) kind: i16,
    pub(crate) value: String,
}

/// The identifiers of an inventory; bogus values are left out.
pub(crate) fn identifiers_of(sections: &Sections) -> Vec<Identifier> {
    let found = Identifiers::of(sections);
    let mut identifiers = Vec::new();
    let mut push = |kind, value: Option<String>| identifiers.extend(value.map(|value| Identifier { kind, value }));
    push(SERIAL, found.serial);
    push(UUID, found.uuid.map(|uuid| uuid.to_string()));
    push(MACHINE_ID, found.machine_id);
    for mac in found.macs {
        push(MAC, Some(mac));
    }
    identifiers.sort();
    identifiers.dedup();
    identifiers
}

/// Stores a machine's identifiers instead of those it had.
pub(crate) async fn store(tx: &Tx, seq: i64, identifiers: &[Identifier]) -> Result<(), DbErr> {
    sql::execute(tx, "DELETE FROM inventory_identifier WHERE inventory_seq = $1", vec![seq.into()]).await?;
    add(tx, seq, identifiers).await
}

/// Stores the identifiers of a machine that has none.
pub(crate) async fn add(tx: &Tx, seq: i64, identifiers: &[Identifier]) -> Result<(), DbErr> {
    let values = identifiers.iter().flat_map(|it| [it.kind.into(), it.value.clone().into(), seq.into()]).collect();
    sql::insert_many(tx, "inventory_identifier (kind, value, inventory_seq)", 3, values, sql::Conflict::Never).await
}

/// An equipment that a new agent's machine seems to be.
pub(crate) struct EnrolledAgain {
    pub(crate) equipment: EquipmentId,
    accept_until: Option<Timestamp>,
}

impl EnrolledAgain {
    /// Whether someone said that this machine may come with a new key now.
    pub(crate) fn accepted_beforehand(&self, now: Timestamp) -> bool {
        self.accept_until.is_some_and(|until| until > now)
    }
}

/// The equipment whose machine this is, to judge by serial number or UUID, although another agent brings it. An agent
/// that proves less never stands in for one that proves more.
pub(crate) async fn enrolled_again(
    tx: &Tx,
    seq: i64,
    new: &agent::Model,
    identifiers: &[Identifier],
) -> Result<Option<EnrolledAgain>, DbErr> {
    let mut wanted: Vec<(i16, String)> = Vec::new();
    for identifier in identifiers.iter().filter(|it| matches!(it.kind, SERIAL | UUID)) {
        wanted.push((identifier.kind, identifier.value.clone()));
        if let Some(uuid) = valid_uuid(&identifier.value).filter(|_| identifier.kind == UUID) {
            wanted.push((UUID, matching::swapped(uuid).to_string()));
        }
    }
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut text =
        String::from("SELECT kind, value, COUNT(*) AS n FROM inventory_identifier WHERE inventory_seq <> $1 AND (");
    let mut values = vec![seq.into()];
    for (kind, value) in wanted {
        text.push_str(if values.len() == 1 { "" } else { " OR " });
        // Writing to a string never fails.
        let _ = write!(text, "(kind = ${} AND value = ${})", values.len() + 1, values.len() + 2);
        values.extend([kind.into(), value.into()]);
    }
    text.push_str(") GROUP BY kind, value ORDER BY kind, value");
    for row in sql::rows(tx, &text, values).await? {
        if row.try_get::<i64>("", "n")? >= SHARED {
            continue;
        }
        let found = equipment_with(tx, seq, new, row.try_get("", "kind")?, row.try_get("", "value")?).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The equipment whose machine another agent reports under this identifier.
async fn equipment_with(
    tx: &Tx,
    seq: i64,
    new: &agent::Model,
    kind: i16,
    value: String,
) -> Result<Option<EnrolledAgain>, DbErr> {
    let text = "SELECT i.equipment_id, a.kind FROM inventory_identifier d \
                JOIN inventory i ON i.seq = d.inventory_seq JOIN agent a ON a.id = i.agent_id \
                WHERE d.kind = $1 AND d.value = $2 AND i.seq <> $3 AND i.equipment_id IS NOT NULL";
    for row in sql::rows(tx, text, vec![kind.into(), value.into(), seq.into()]).await? {
        let old: String = row.try_get("", "kind")?;
        let proven = |kind: &str| AgentKind::from_code(kind).is_some_and(AgentKind::proven);
        if proven(&old) && !proven(&new.kind) {
            continue;
        }
        let id: EquipmentId = row.try_get("", "equipment_id")?;
        let equipment = equipment::Entity::find_by_id(id).one(tx).await?;
        if let Some(equipment) = equipment.filter(|it| it.deleted_at.is_none()) {
            return Ok(Some(EnrolledAgain { equipment: id, accept_until: equipment.accept_key_until }));
        }
    }
    Ok(None)
}

/// What an equipment's row says of its identity.
pub(crate) fn of_equipment(row: &equipment::Model) -> Identifiers {
    let text = |field: &str| (!field.is_empty()).then(|| field.to_owned());
    Identifiers::of(&Sections {
        system: Some(System {
            name: text(&row.name),
            serial: text(&row.serial),
            uuid: text(&row.uuid),
            manufacturer: text(&row.manufacturer),
            model: text(&row.model),
            ..System::default()
        }),
        ..Sections::default()
    })
}

/// Why two equipments may be one.
pub(crate) fn reasons_between(a: &equipment::Model, b: &equipment::Model) -> Vec<Reason> {
    matching::score(&of_equipment(a), &of_equipment(b)).1
}
