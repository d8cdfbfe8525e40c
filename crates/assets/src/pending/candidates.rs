//! Which equipment a pending one may be: those without an agent, likeliest first, each with the reasons.

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, Func},
};
use serde::Serialize;
use vigie_db::{
    Database, owners,
    search::{contains, words},
};
use vigie_kernel::{Granted, InventoryId};
use vigie_wire::{
    Section,
    matching::{Identifiers, score, swapped},
};

use crate::{
    entity::{equipment, inventory},
    equipment::{AGENT_KINDS, EquipmentItem, Staleness, detail, list::item},
    reconcile::{Reason, of_equipment},
};

/// Most that are offered.
const OFFERED: u64 = 50;

/// An equipment that a pending one may be.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Candidate {
    /// The equipment.
    pub equipment: EquipmentItem,
    /// How likely it is the same machine; 0: nothing speaks for it.
    pub score: u32,
    /// What speaks for it, the best first.
    pub reasons: Vec<Reason>,
}

/// What the inventory says of its identity.
async fn identifiers<C: ConnectionTrait>(connection: &C, machine: &inventory::Model) -> Result<Identifiers, DbErr> {
    let wanted = [Section::System, Section::Networks, Section::Boards, Section::Bios];
    Ok(Identifiers::of(&detail::sections(connection, machine.seq, Some(&wanted)).await?))
}

/// Why this inventory and this equipment may be one machine.
pub(crate) async fn reasons<C: ConnectionTrait>(
    connection: &C,
    machine: &inventory::Model,
    row: &equipment::Model,
) -> Result<Vec<Reason>, DbErr> {
    Ok(score(&identifiers(connection, machine).await?, &of_equipment(row)).1)
}

/// The equipment offered for a pending one: what something speaks for first, then others by name. With `q`, those that
/// contain its words. None when there is no such pending equipment.
pub async fn candidates(
    db: &Database,
    granted: &Granted,
    id: InventoryId,
    q: Option<&str>,
    staleness: Staleness,
) -> Result<Option<Vec<Candidate>>, DbErr> {
    use equipment::Column;
    let Some(machine) = super::row(db.reads(), granted, id).await? else {
        return Ok(None);
    };
    let own = identifiers(db.reads(), &machine).await?;
    let mut free = Condition::all()
        .add(owners::within(Column::CustomerId, granted.scope()))
        .add(Column::DeletedAt.is_null())
        .add(Column::InventorySeq.is_null())
        .add(Column::Kind.is_in(AGENT_KINDS.iter().copied()));
    for word in words(q) {
        free = free.add(contains(Expr::col(Column::Search), &word));
    }
    let mut alike = Condition::any();
    if let Some(serial) = &own.serial {
        alike = alike.add(Expr::expr(Func::upper(Expr::col(Column::Serial))).eq(serial.clone()));
    }
    if let Some(uuid) = own.uuid {
        let forms = [uuid.to_string(), swapped(uuid).to_string()];
        alike = alike.add(Expr::expr(Func::lower(Expr::col(Column::Uuid))).is_in(forms));
    }
    if let Some(name) = &own.name {
        alike = alike.add(Column::NameKey.eq(name.clone()));
        alike = alike.add(Column::NameKey.starts_with(format!("{name}.")));
    }
    let mut rows = if alike.is_empty() {
        Vec::new()
    } else {
        let select = equipment::Entity::find().filter(free.clone()).filter(alike);
        select.limit(OFFERED * 4).all(db.reads()).await?
    };
    let others = equipment::Entity::find().filter(free).order_by_asc(Column::NameKey).limit(OFFERED);
    for row in others.all(db.reads()).await? {
        if !rows.iter().any(|known| known.id == row.id) {
            rows.push(row);
        }
    }
    let names = owners::names(db.reads(), rows.iter().map(|row| row.customer_id)).await?;
    let mut candidates: Vec<Candidate> = rows
        .iter()
        .map(|row| {
            let (score, reasons) = score(&own, &of_equipment(row));
            Candidate { equipment: item(row, &names, staleness), score, reasons }
        })
        .collect();
    candidates.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.equipment.name.cmp(&b.equipment.name)));
    candidates.truncate(usize::try_from(OFFERED).unwrap_or(usize::MAX));
    Ok(Some(candidates))
}
