//! Reading the audit trail: who did what, from where. It is written by every context in its own transactions.

use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vigie_db::{
    Database,
    audit::{Column, Entity, Model},
    owners,
    paging::{self, Key, Listed, Page, Place, RowId},
    search::{contains, words},
};
use vigie_kernel::{AuditId, CustomerId, Granted, Timestamp};

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
    /// Whose the object is, where it is one customer's.
    pub customer_id: Option<CustomerId>,
    /// More; null: there is no more.
    #[schema(value_type = Option<Object>)]
    pub detail: serde_json::Value,
    /// What links the entry to the one before it, hexadecimal.
    pub hash: Option<String>,
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
            customer_id: row.customer_id,
            detail: serde_json::from_str(&row.detail).unwrap_or_default(),
            hash: row.hash.map(hex::encode),
        }
    }
}

/// Which rows are wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Of this object.
    pub object_id: Option<String>,
    /// Of this kind of object: `user`.
    pub object_kind: Option<String>,
    /// Of this action, `equipment.create`, or of all that begin so, `equipment.`.
    pub action: Option<String>,
    /// By this user or agent.
    pub actor_id: Option<String>,
    /// About this customer.
    pub customer_id: Option<CustomerId>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    /// Whether it can be asked of a database at all.
    pub fn is_storable(&self) -> bool {
        let texts = [&self.object_id, &self.object_kind, &self.action, &self.actor_id];
        texts.into_iter().flatten().all(|it| !it.contains('\0'))
    }

    fn condition(&self) -> Condition {
        let mut wanted = Condition::all();
        let exact = [
            (Column::ObjectId, &self.object_id),
            (Column::ObjectKind, &self.object_kind),
            (Column::ActorId, &self.actor_id),
        ];
        for (column, value) in exact {
            if let Some(value) = value {
                wanted = wanted.add(column.eq(value.as_str()));
            }
        }
        if let Some(action) = &self.action {
            wanted = wanted.add(if action.ends_with('.') {
                // `/` is what comes after `.`: a range that an index answers.
                let end = format!("{}/", action.trim_end_matches('.'));
                Condition::all().add(Column::Action.gte(action.as_str())).add(Column::Action.lt(end))
            } else {
                Condition::all().add(Column::Action.eq(action.as_str()))
            });
        }
        if let Some(customer) = self.customer_id {
            wanted = wanted.add(Column::CustomerId.eq(customer));
        }
        if let Some(from) = self.from {
            wanted = wanted.add(Column::At.gte(from));
        }
        if let Some(to) = self.to {
            wanted = wanted.add(Column::At.lt(to));
        }
        wanted
    }
}

/// The trail, newest first.
pub async fn list(
    db: &Database,
    granted: Granted,
    filter: &AuditFilter,
    q: Option<&str>,
    page: &Page,
) -> Result<Listed<AuditRow>, DbErr> {
    let mut wanted = filter.condition().add(owners::within(Column::CustomerId, granted.scope()));
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

/// The entries behind a place in the trail, oldest first, at most so many; each with its place. For whoever reads all of
/// it: what is written meanwhile comes at the end.
pub async fn after(
    db: &Database,
    granted: Granted,
    filter: &AuditFilter,
    seq: i64,
    limit: u64,
) -> Result<Vec<(i64, AuditRow)>, DbErr> {
    let rows = Entity::find()
        .filter(filter.condition().add(owners::within(Column::CustomerId, granted.scope())))
        .filter(Column::Seq.gt(seq))
        .order_by_asc(Column::Seq)
        .limit(limit)
        .all(db.reads())
        .await?;
    Ok(rows.into_iter().map(|row| (row.seq, row.into())).collect())
}

/// The place of the newest entry; 0 where there is none.
pub async fn newest(db: &Database) -> Result<i64, DbErr> {
    let row = Entity::find().order_by_desc(Column::Seq).one(db.reads()).await?;
    Ok(row.map_or(0, |row| row.seq))
}
