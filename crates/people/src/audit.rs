//! Reading the audit trail: who did what, from where. It is written by every context in its own transactions.

use sea_orm::{ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vigie_db::{
    Database,
    audit::{Column, Entity, Model},
    owners,
    paging::{self, Key, Listed, Page, Place, RowId},
    search::{contains, words},
};
use vigie_kernel::{AuditId, Granted, Scope, Timestamp};

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditActor {
    /// `user`, `agent`, `server` or `command-line`.
    pub kind: String,
    /// Id.
    pub id: Option<String>,
    /// Name.
    pub name: String,
}

/// To what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditObject {
    /// What kind of thing.
    pub kind: String,
    /// Id.
    pub id: Option<String>,
    /// Name at that time.
    pub name: Option<String>,
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditRow {
    /// Id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: AuditActor,
    /// From where.
    pub source_address: Option<String>,
    /// What, as a stable code: `equipment.create`.
    pub action: String,
    /// To what.
    pub object: AuditObject,
    /// More.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
}

impl From<Model> for AuditRow {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor: AuditActor { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
            source_address: row.source_address,
            action: row.action,
            object: AuditObject { kind: row.object_kind, id: row.object_id, name: row.object_name },
            detail: serde_json::from_str(&row.detail).unwrap_or_default(),
        }
    }
}

/// Which rows are wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Of this object.
    pub object_id: Option<String>,
    /// Of this action: `equipment.create`.
    pub action: Option<String>,
}

/// The trail, newest first.
pub async fn list(
    db: &Database,
    granted: Granted,
    filter: &AuditFilter,
    q: Option<&str>,
    page: &Page,
) -> Result<Listed<AuditRow>, DbErr> {
    let mut wanted = Condition::all();
    if granted.scope() != Scope::All {
        wanted = wanted.add(owners::within(Column::CustomerId, granted.scope()));
    }
    if let Some(id) = &filter.object_id {
        wanted = wanted.add(Column::ObjectId.eq(id.as_str()));
    }
    if let Some(action) = &filter.action {
        wanted = wanted.add(Column::Action.eq(action.as_str()));
    }
    for word in words(q) {
        let places = [Column::ActorName, Column::Action, Column::ObjectName, Column::SourceAddress];
        let anywhere = places.into_iter().fold(Condition::any(), |any, column| {
            any.add(contains(sea_orm::sea_query::Func::lower(Expr::col(column)), &word))
        });
        wanted = wanted.add(anywhere);
    }
    let select = Entity::find().filter(wanted);
    let total = paging::count(db, select.clone(), false).await?;
    let rows = paging::page(select, Expr::col(Column::At), Expr::col(Column::Seq), page).all(db.reads()).await?;
    let place = |row: &Model| Place { key: Key::Number(row.at.millis()), id: RowId::Number(row.seq) };
    Ok(Listed::cut(rows, page, total, place).map(AuditRow::from))
}
