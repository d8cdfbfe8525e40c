//! One equipment with all its fields, and the sections of its inventory.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};
use serde::Serialize;
use vigie_db::{Database, owners};
use vigie_kernel::{EquipmentId, Granted, Timestamp};
use vigie_wire::{Section, Sections};

use super::{AgentRef, Equipment, Staleness, list::item, taken};
use crate::{
    entity::{agent, equipment, inventory},
    intake::read_section,
    sql,
};

/// An inventory as it was last stored, whole.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Inventory {
    /// When it was taken, by the server's clock.
    pub collected_at: Timestamp,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Whether only a part of it ever arrived.
    pub incomplete: bool,
    /// Who brought it.
    pub agent: Option<AgentRef>,
    /// What was found.
    pub sections: Sections,
}

/// The row of an equipment within the caller's scope; deleted ones too.
pub(crate) async fn row<C: ConnectionTrait>(
    connection: &C,
    granted: &Granted,
    id: EquipmentId,
) -> Result<Option<equipment::Model>, DbErr> {
    equipment::Entity::find_by_id(id)
        .filter(owners::within(equipment::Column::CustomerId, granted.scope()))
        .one(connection)
        .await
}

/// An equipment with all its fields.
pub async fn get(
    db: &Database,
    granted: &Granted,
    id: EquipmentId,
    staleness: Staleness,
) -> Result<Option<Equipment>, DbErr> {
    match row(db.reads(), granted, id).await? {
        Some(row) => Ok(Some(view(db.reads(), row, staleness).await?)),
        None => Ok(None),
    }
}

pub(crate) async fn view<C: ConnectionTrait>(
    connection: &C,
    row: equipment::Model,
    staleness: Staleness,
) -> Result<Equipment, DbErr> {
    let names = owners::names(connection, [row.customer_id]).await?;
    let inventory = match row.inventory_seq {
        Some(seq) => inventory::Entity::find_by_id(seq).one(connection).await?,
        None => None,
    };
    let mut view = Equipment {
        item: item(&row, &names, staleness),
        purchase_date: row.purchase_date.clone(),
        warranty_end: row.warranty_end.clone(),
        supplier: row.supplier.clone(),
        notes: row.notes.clone(),
        custom_fields: serde_json::from_str(&row.custom_fields).unwrap_or_default(),
        locks: taken::locks(&row),
        remarks: Vec::new(),
        clock_skew_seconds: None,
        created_at: row.created_at,
        updated_at: row.updated_at,
        inventory_id: None,
        fresh_inventory_requested_at: None,
        accept_key_until: row.accept_key_until,
        merged_into: row.merged_into,
    };
    if let Some(inventory) = inventory {
        view.remarks = serde_json::from_str(&inventory.remarks).unwrap_or_default();
        view.clock_skew_seconds = inventory.clock_skew_ms.map(|skew| skew / 1000);
        view.inventory_id = Some(inventory.id);
        view.fresh_inventory_requested_at = inventory.fresh_wanted_at;
        if let Some(agent) = &mut view.item.agent {
            agent.id = Some(inventory.agent_id);
        }
    }
    Ok(view)
}

/// The inventory of an equipment. The outer none: no such equipment; the inner: it has no inventory.
pub async fn inventory(db: &Database, granted: &Granted, id: EquipmentId) -> Result<Option<Option<Inventory>>, DbErr> {
    let Some(row) = row(db.reads(), granted, id).await? else {
        return Ok(None);
    };
    let Some(seq) = row.inventory_seq else {
        return Ok(Some(None));
    };
    let Some(machine) = inventory::Entity::find_by_id(seq).one(db.reads()).await? else {
        return Ok(Some(None));
    };
    Ok(Some(Some(of_machine(db.reads(), &machine).await?)))
}

/// The inventory behind a row.
pub(crate) async fn of_machine<C: ConnectionTrait>(
    connection: &C,
    machine: &inventory::Model,
) -> Result<Inventory, DbErr> {
    let agent = agent::Entity::find_by_id(machine.agent_id).one(connection).await?;
    Ok(Inventory {
        collected_at: machine.collected_at,
        received_at: machine.received_at,
        incomplete: machine.incomplete,
        agent: agent.and_then(|agent| AgentRef::of(Some(agent.id), &agent.kind, &agent.version)),
        sections: sections(connection, machine.seq, None).await?,
    })
}

/// The stored sections of a machine: all, or the ones named.
pub(crate) async fn sections<C: ConnectionTrait>(
    connection: &C,
    seq: i64,
    only: Option<&[Section]>,
) -> Result<Sections, DbErr> {
    let mut sections = Sections::default();
    let text = "SELECT section, body FROM inventory_section WHERE inventory_seq = $1";
    for row in sql::rows(connection, text, vec![seq.into()]).await? {
        // A section of a later version of this program is left alone.
        let Some(section) = Section::from_name(&row.try_get::<String>("", "section")?) else {
            continue;
        };
        if only.is_some_and(|only| !only.contains(&section)) {
            continue;
        }
        let body: Vec<u8> = row.try_get("", "body")?;
        if section == Section::Software {
            sections.software = Some(crate::software::store::read(connection, seq, &body).await?);
        } else {
            read_section(&mut sections, section, &body)?;
        }
    }
    Ok(sections)
}
