//! What the bell shows. Notifications of one kind about one subject are one while nobody has read it: a flood is a number.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{
    Database, Tx,
    paging::{self, Key, Listed, Page, Place, RowId},
};
use vigie_kernel::{Act, AuditEntry, Granted, NotificationId, Rng, Scope, Timestamp};

use crate::entity::notification;

/// Most ids that are marked at once.
pub const MOST_MARKED: usize = 200;

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Notification {
    /// Id.
    pub id: NotificationId,
    /// What happened, as a stable code: `pending-equipment`, `clone`, `certificate`, `export`,
    /// `backup`.
    pub kind: String,
    /// How often since it was last read.
    pub count: i64,
    /// When it happened last.
    pub at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
    /// More, of the last time.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
}

impl From<notification::Model> for Notification {
    fn from(row: notification::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            count: row.count,
            at: row.updated_at,
            read_at: row.read_at,
            data: serde_json::from_str(&row.data).unwrap_or_default(),
        }
    }
}

/// Raises a notification, in the transaction of what it is about. `data` is a JSON object, never a secret. No audit row:
/// what it tells of has one. `times`: how often it happened; an unread one of the same kind and subject counts on.
pub async fn raise(
    tx: &Tx,
    rng: &dyn Rng,
    now: Timestamp,
    kind: &'static str,
    subject: &str,
    data: &serde_json::Value,
    times: i64,
) -> Result<(), DbErr> {
    let unread = notification::Entity::find()
        .filter(notification::Column::Kind.eq(kind))
        .filter(notification::Column::Subject.eq(subject))
        .filter(notification::Column::ReadAt.is_null())
        .one(tx)
        .await?;
    if let Some(row) = unread {
        let count = row.count.saturating_add(times);
        let mut row = row.into_active_model();
        row.count = Set(count);
        row.data = Set(data.to_string());
        row.updated_at = Set(now);
        row.update(tx).await?;
        return Ok(());
    }
    notification::Entity::insert(notification::ActiveModel {
        id: Set(NotificationId::new(now, rng)),
        kind: Set(kind.to_owned()),
        subject: Set(subject.to_owned()),
        count: Set(times),
        data: Set(data.to_string()),
        created_at: Set(now),
        updated_at: Set(now),
        read_at: Set(None),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(())
}

/// What tells of all customers together is for those who see them all.
fn visible(granted: Granted) -> Condition {
    match granted.scope() {
        Scope::All => Condition::all(),
        Scope::Assigned(_) => Condition::all().add(Expr::cust("1 = 0")),
    }
}

/// Notifications, newest first, and how many are unread.
pub async fn list(
    db: &Database,
    granted: Granted,
    unread_only: bool,
    page: &Page,
) -> Result<(Listed<Notification>, u64), DbErr> {
    let is_unread = notification::Column::ReadAt.is_null();
    let all = notification::Entity::find().filter(visible(granted));
    let unread = all.clone().filter(is_unread);
    let select = if unread_only { unread.clone() } else { all };
    let unread = paging::count(db, unread, false).await?;
    let total = paging::count(db, select.clone(), false).await?;
    let key = Expr::col(notification::Column::UpdatedAt);
    let rows = paging::page(select, key, Expr::col(notification::Column::Id), page).all(db.reads()).await?;
    let place =
        |row: &notification::Model| Place { key: Key::Number(row.updated_at.millis()), id: RowId::Uuid(row.id.0) };
    Ok((Listed::cut(rows, page, total, place).map(Notification::from), unread.count))
}

/// Which notifications were read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkRead {
    /// These, at most 200.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub ids: Vec<NotificationId>,
    /// All of them.
    #[serde(default)]
    pub all: bool,
}

/// Marks notifications as read; answers how many were unread.
pub async fn mark_read(db: &Database, granted: Granted, act: Act, which: MarkRead) -> Result<u64, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let mut update = notification::Entity::update_many()
                .col_expr(notification::Column::ReadAt, Expr::value(act.at))
                .filter(visible(granted))
                .filter(notification::Column::ReadAt.is_null());
            if !which.all {
                update = update.filter(notification::Column::Id.is_in(which.ids));
            }
            let marked = update.exec(tx).await?.rows_affected;
            if marked > 0 {
                let entry = AuditEntry::new(act.at, &act.actor, "notification.read", "notification")
                    .detail(serde_json::json!({ "count": marked }));
                vigie_db::audit::append(tx, &*act.rng, entry);
            }
            Ok(marked)
        })
    })
    .await
}

/// Removes notifications that were read longer than `kept` ago, and those that nobody ever read after four times as long.
pub async fn purge(db: &Database, now: Timestamp, kept: std::time::Duration) -> Result<u64, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let old = Condition::any()
                .add(notification::Column::ReadAt.lt(now.minus(kept)))
                .add(notification::Column::UpdatedAt.lt(now.minus(kept * 4)));
            let gone = notification::Entity::delete_many().filter(old).exec(tx).await?;
            Ok(gone.rows_affected)
        })
    })
    .await
}
