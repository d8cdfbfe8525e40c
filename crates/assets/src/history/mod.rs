//! The past of an equipment: what changed between two inventories, and every synchronisation of the last weeks.

use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use serde::Serialize;
use vigie_db::{
    Database,
    paging::{Key, Listed, Page, Place, RowId, Total, page as cut},
};
use vigie_kernel::{EquipmentId, Granted, Timestamp};
use vigie_wire::SectionChange;

use crate::{
    entity::{inventory_change, synchronisation},
    equipment::detail,
    pack,
};

/// What changed between two inventories.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Id.
    pub id: String,
    /// When it arrived.
    pub at: Timestamp,
    /// When the later inventory was taken.
    pub collected_at: Timestamp,
    /// What changed, by section.
    pub sections: Vec<SectionChange>,
}

/// One synchronisation.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SynchronisationItem {
    /// When.
    pub at: Timestamp,
    /// `full`, `delta` or `unchanged`.
    pub outcome: String,
    /// Version of the agent.
    pub agent_version: String,
    /// How the agent was.
    pub status: String,
    /// What it could not take and why.
    pub messages: Vec<String>,
    /// Size as it travelled, bytes.
    pub bytes: i64,
    /// Where it came from.
    pub source_address: String,
}

/// The history of an equipment, newest first. None: no such equipment.
pub async fn changes(
    db: &Database,
    granted: &Granted,
    id: EquipmentId,
    page: &Page,
) -> Result<Option<Listed<Change>>, DbErr> {
    use inventory_change::{Column, Entity};
    if detail::row(db.reads(), granted, id).await?.is_none() {
        return Ok(None);
    }
    let newest_first = Page { descending: true, ..page.clone() };
    let select = Entity::find().filter(Column::EquipmentId.eq(id));
    let rows =
        cut(select.clone(), Expr::col(Column::At), Expr::col(Column::Seq), &newest_first).all(db.reads()).await?;
    let total = Total::exact(sea_orm::PaginatorTrait::count(select, db.reads()).await?);
    let listed =
        Listed::cut(rows, page, total, |row| Place { key: Key::Number(row.at.millis()), id: RowId::Number(row.seq) });
    let mut items = Vec::with_capacity(listed.items.len());
    for row in listed.items {
        let json = pack::unpack(&row.body).map_err(|error| pack::damaged("history", error))?;
        let sections = serde_json::from_slice(&json).map_err(|error| pack::damaged("history", error))?;
        items.push(Change { id: row.seq.to_string(), at: row.at, collected_at: row.collected_at, sections });
    }
    Ok(Some(Listed { items, next: listed.next, total: listed.total }))
}

/// The synchronisations of an equipment's present agent, newest first. None: no such equipment.
pub async fn synchronisations(
    db: &Database,
    granted: &Granted,
    id: EquipmentId,
    page: &Page,
) -> Result<Option<Listed<SynchronisationItem>>, DbErr> {
    use synchronisation::{Column, Entity};
    let Some(row) = detail::row(db.reads(), granted, id).await? else {
        return Ok(None);
    };
    let newest_first = Page { descending: true, ..page.clone() };
    let select = Entity::find().filter(Column::InventorySeq.eq(row.inventory_seq.unwrap_or(-1)));
    let rows =
        cut(select.clone(), Expr::col(Column::At), Expr::col(Column::Seq), &newest_first).all(db.reads()).await?;
    let total = Total::exact(sea_orm::PaginatorTrait::count(select, db.reads()).await?);
    let listed =
        Listed::cut(rows, page, total, |row| Place { key: Key::Number(row.at.millis()), id: RowId::Number(row.seq) });
    Ok(Some(listed.map(|row| SynchronisationItem {
        at: row.at,
        outcome: row.outcome,
        agent_version: row.agent_version,
        status: row.status,
        messages: serde_json::from_str(&row.messages).unwrap_or_default(),
        bytes: row.bytes,
        source_address: row.source_address,
    })))
}
