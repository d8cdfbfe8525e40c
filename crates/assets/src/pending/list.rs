//! The queue of pending equipment.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use vigie_db::{
    Database, owners,
    paging::{Key, Listed, Page, Place, RowId, Total, count, key, page as cut},
    search::{contains, words},
};
use vigie_kernel::{CustomerId, EquipmentId, Granted, InventoryId, Timestamp};
use vigie_wire::Remark;

use crate::{
    entity::{
        agent, equipment,
        inventory::{Column, Entity, Model},
    },
    equipment::{AgentRef, CustomerRef, EquipmentRef, OsRef},
    reconcile::{Reason, of_equipment},
    search::{Table, found},
};

/// A machine that is known and comes with a new key.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolledAgain {
    /// The equipment that it seems to be.
    pub equipment: EquipmentRef,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// A second machine under one identity.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CloneOf {
    /// The equipment whose identity it shares.
    pub of_equipment: Option<EquipmentRef>,
    /// The inventory whose identity it shares.
    pub of_inventory_id: InventoryId,
}

/// One pending equipment.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PendingItem {
    /// Id.
    pub id: InventoryId,
    /// Host name.
    pub name: String,
    /// UUID of the firmware.
    pub uuid: String,
    /// Serial number.
    pub serial: String,
    /// Who made it.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// Type, by the chassis.
    #[serde(rename = "type")]
    pub kind: String,
    /// Public address that it came from.
    pub source_address: String,
    /// Operating system.
    pub os: Option<OsRef>,
    /// Whose it is, when its API client or tag says so.
    pub customer: Option<CustomerRef>,
    /// The tag it came with.
    pub tag: Option<String>,
    /// Last inventory.
    pub received_at: Timestamp,
    /// First inventory.
    pub first_received_at: Timestamp,
    /// `pending` or `ignored`; `associated` once an equipment has it.
    pub state: String,
    /// Its agent.
    pub agent: Option<AgentRef>,
    /// A machine that is known and comes with a new key.
    pub enrolled_again: Option<EnrolledAgain>,
    /// A second machine under one identity.
    pub clone: Option<CloneOf>,
    /// Whether only a part of its inventory ever arrived.
    pub incomplete: bool,
    /// How wrong its clock is, seconds; absent when it is right.
    pub clock_skew_seconds: Option<i64>,
    /// Values that could not be taken as they came.
    pub remarks: Vec<Remark>,
}

/// Which pending equipment is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct Filter {
    /// Words that occur in name, serial, UUID, address, …
    #[cfg_attr(feature = "openapi", param(ignore))]
    pub q: Option<String>,
    /// `pending` (when absent) or `ignored`.
    pub state: Option<String>,
    /// Whose it is.
    pub customer_id: Option<CustomerId>,
    /// `enrolled-again`, `clone` or `incomplete`.
    pub flag: Option<String>,
}

/// What the list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Name.
    Name,
    /// Last inventory.
    Received,
    /// Operating system.
    Os,
    /// Address.
    Source,
}

impl Sort {
    /// Names that the API knows.
    pub const NAMES: &'static [&'static str] = &["name", "received_at", "os", "source_address"];

    /// The sort of a name; none when there is no such sort.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "name" => Self::Name,
            "received_at" => Self::Received,
            "os" => Self::Os,
            "source_address" => Self::Source,
            _ => return None,
        })
    }

    const fn column(self) -> Column {
        match self {
            Self::Name => Column::NameKey,
            Self::Received => Column::ReceivedAt,
            Self::Os => Column::OsName,
            Self::Source => Column::SourceAddress,
        }
    }

    fn key(self, row: &Model) -> Key {
        match self {
            Self::Name => Key::Text(row.name_key.clone()),
            Self::Received => Key::Number(row.received_at.millis()),
            Self::Os => Key::Text(row.os_name.clone()),
            Self::Source => Key::Text(row.source_address.clone()),
        }
    }
}

fn condition(granted: &Granted, filter: &Filter) -> Condition {
    let mut all = Condition::all()
        .add(super::visible(granted))
        .add(Column::State.eq(if filter.state.as_deref() == Some("ignored") { "ignored" } else { "pending" }));
    if let Some(customer) = filter.customer_id {
        all = all.add(Column::CustomerId.eq(customer));
    }
    match filter.flag.as_deref() {
        Some("enrolled-again") => all = all.add(Column::EnrolledAgain.is_not_null()),
        Some("clone") => all = all.add(Column::CloneOf.is_not_null()),
        Some("incomplete") => all = all.add(Column::Incomplete.eq(true)),
        _ => {}
    }
    for word in words(filter.q.as_deref()) {
        all = all.add(contains(Expr::col(Column::Search), &word));
    }
    all
}

/// One page of the queue.
pub async fn list(
    db: &Database,
    granted: &Granted,
    filter: &Filter,
    sort: Sort,
    page: &Page,
) -> Result<Listed<PendingItem>, DbErr> {
    let condition = condition(granted, filter).add_option(found(db, Table::Inventory, filter.q.as_deref()).await?);
    let whole = Filter { state: None, ..filter.clone() } == Filter::default();
    let total = count(db, Entity::find().filter(condition.clone()), whole).await?;
    let key = key(db, sort.column(), !whole && !total.at_least);
    Ok(Listed { total, ..page_of(db, condition, sort, key, page).await? })
}

/// One page without counting the rest: for whoever reads the queue to its end.
pub async fn rows(
    db: &Database,
    granted: &Granted,
    filter: &Filter,
    sort: Sort,
    page: &Page,
) -> Result<Listed<PendingItem>, DbErr> {
    let condition = condition(granted, filter).add_option(found(db, Table::Inventory, filter.q.as_deref()).await?);
    page_of(db, condition, sort, Expr::col(sort.column()), page).await
}

async fn page_of(
    db: &Database,
    condition: Condition,
    sort: Sort,
    key: SimpleExpr,
    page: &Page,
) -> Result<Listed<PendingItem>, DbErr> {
    let rows = cut(Entity::find().filter(condition), key, Expr::col(Column::Id), page).all(db.reads()).await?;
    let place = |row: &Model| Place { key: sort.key(row), id: RowId::Uuid(row.id.0) };
    let Listed { items, next, total } = Listed::cut(rows, page, Total::exact(0), place);
    Ok(Listed { items: views(db.reads(), items).await?, next, total })
}

/// One pending equipment; also after it was associated, so that a link to it still says what became of it.
pub async fn get(db: &Database, granted: &Granted, id: InventoryId) -> Result<Option<PendingItem>, DbErr> {
    match super::row(db.reads(), granted, id).await? {
        Some(row) => Ok(views(db.reads(), vec![row]).await?.pop()),
        None => Ok(None),
    }
}

/// The ids of all that a filter finds, up to `most`.
pub async fn ids(db: &Database, granted: &Granted, filter: &Filter, most: u64) -> Result<Vec<InventoryId>, DbErr> {
    let select = Entity::find().filter(condition(granted, filter)).select_only().column(Column::Id);
    select.limit(most).into_tuple().all(db.reads()).await
}

async fn views<C: ConnectionTrait>(connection: &C, rows: Vec<Model>) -> Result<Vec<PendingItem>, DbErr> {
    let agents: HashMap<_, _> = agent::Entity::find()
        .filter(agent::Column::Id.is_in(rows.iter().map(|row| row.agent_id)))
        .all(connection)
        .await?
        .into_iter()
        .map(|agent| (agent.id, agent))
        .collect();
    let names = owners::names(connection, rows.iter().filter_map(|row| row.customer_id)).await?;
    let originals: HashMap<InventoryId, Option<EquipmentId>> = Entity::find()
        .filter(Column::Id.is_in(rows.iter().filter_map(|row| row.clone_of)))
        .all(connection)
        .await?
        .into_iter()
        .map(|row| (row.id, row.equipment_id))
        .collect();
    let wanted = rows.iter().filter_map(|row| row.enrolled_again).chain(originals.values().copied().flatten());
    let known: HashMap<EquipmentId, equipment::Model> = equipment::Entity::find()
        .filter(equipment::Column::Id.is_in(wanted))
        .all(connection)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let reference = |id: EquipmentId| known.get(&id).map(|row| EquipmentRef { id, name: row.name.clone() });
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let agent = agents.get(&row.agent_id);
        let again = row.enrolled_again.and_then(|id| known.get(&id));
        // The old agent still reports: two machines share what identifies them.
        let both_alive = again.is_some_and(|it| it.last_contact_at > row.first_received_at);
        let clone = match row.clone_of {
            Some(of) => {
                let of_equipment = originals.get(&of).copied().flatten().and_then(reference);
                Some(CloneOf { of_equipment, of_inventory_id: of })
            }
            None if both_alive => {
                Some(CloneOf { of_equipment: row.enrolled_again.and_then(reference), of_inventory_id: row.id })
            }
            None => None,
        };
        views.push(PendingItem {
            enrolled_again: again.map(|known| EnrolledAgain {
                equipment: EquipmentRef { id: known.id, name: known.name.clone() },
                reasons: reasons(&row, known),
            }),
            customer: row.customer_id.map(|id| CustomerRef { id, name: names.get(&id).cloned().unwrap_or_default() }),
            os: OsRef::of(&row.os_family, &row.os_name, &row.os_version),
            agent: agent.and_then(|agent| AgentRef::of(Some(agent.id), &agent.kind, &agent.version)),
            clone,
            tag: (!row.tag.is_empty()).then_some(row.tag),
            remarks: serde_json::from_str(&row.remarks).unwrap_or_default(),
            clock_skew_seconds: row.clock_skew_ms.map(|skew| skew / 1000),
            id: row.id,
            name: row.name,
            uuid: row.uuid,
            serial: row.serial,
            manufacturer: row.manufacturer,
            model: row.model,
            kind: row.kind,
            source_address: row.source_address,
            received_at: row.received_at,
            first_received_at: row.first_received_at,
            state: row.state,
            incomplete: row.incomplete,
        });
    }
    Ok(views)
}

fn reasons(row: &Model, known: &equipment::Model) -> Vec<Reason> {
    let as_equipment = equipment::Model {
        name: row.name.clone(),
        serial: row.serial.clone(),
        uuid: row.uuid.clone(),
        manufacturer: row.manufacturer.clone(),
        model: row.model.clone(),
        ..known.clone()
    };
    vigie_wire::matching::score(&of_equipment(&as_equipment), &of_equipment(known)).1
}
