//! What is told of conditions becomes alerts. Everything here may be told twice: the second time changes nothing.

use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _,
    sea_query::{Expr, OnConflict},
};
use std::time::Duration;
use vigie_db::Tx;
use vigie_kernel::{AlertId, Rng, SystemId, Timestamp};
use vigie_wire::link::alert::{Alert, AlertKey, MOST_ONGOING};

use crate::entity::{alert, alert_news, system};

/// What the server finds itself begins so; no condition of a profile does.
pub(crate) const OWN: &str = "vigie.";
/// So long is waited before anybody is notified: what an alert follows from may be told a little later, and what ends at
/// once is one message.
pub(crate) const SETTLES: Duration = Duration::from_secs(5);
/// Open alerts of one system; what a system tells beyond is dropped until some are cleared.
const MOST_OPEN: u64 = 5 * MOST_ONGOING as u64;

fn open() -> Condition {
    Condition::all().add(alert::Column::ClearedAt.is_null())
}

fn of(system: SystemId, key: &AlertKey) -> Condition {
    open()
        .add(alert::Column::SystemId.eq(system))
        .add(alert::Column::Condition.eq(&key.condition))
        .add(alert::Column::Subject.eq(&key.subject))
}

/// Notifications may have something to say of it.
pub(crate) async fn news(tx: &Tx, id: AlertId, now: Timestamp) -> Result<(), DbErr> {
    let row = alert_news::ActiveModel { alert_id: Set(id), due_at: Set(now.plus(SETTLES)), is_held: Set(false) };
    let once = OnConflict::column(alert_news::Column::AlertId).do_nothing().to_owned();
    alert_news::Entity::insert(row).on_conflict(once).exec_without_returning(tx).await.map(drop)
}

/// A condition holds since `at`. Answers whether that changed anything.
pub(crate) async fn raise(
    tx: &Tx,
    rng: &dyn Rng,
    of_system: &system::Model,
    alert: Alert,
    at: Timestamp,
    now: Timestamp,
) -> Result<bool, DbErr> {
    // A system's clock may be ahead.
    let at = at.min(now);
    let severity = i64::from(alert.severity.rank());
    let words = [&alert.title, &alert.subject, &alert.summary, &alert.kind, &alert.condition];
    let words = words.map(|it| it.to_lowercase()).join(" ");
    let found = alert::Entity::find().filter(of(of_system.id, &alert.key())).one(tx).await?;
    let Some(row) = found else {
        let of_it = open().add(alert::Column::SystemId.eq(of_system.id));
        if alert::Entity::find().filter(of_it).count(tx).await? >= MOST_OPEN {
            tracing::warn!(system = %of_system.id, "a system has too many open alerts; what it tells beyond is dropped");
            return Ok(false);
        }
        let id = AlertId::new(now, rng);
        let row = alert::ActiveModel {
            id: Set(id),
            customer_id: Set(of_system.customer_id),
            system_id: Set(of_system.id),
            condition: Set(alert.condition),
            subject: Set(alert.subject),
            kind: Set(alert.kind),
            title: Set(alert.title),
            alert_type: Set(alert.alert_type.as_str().to_owned()),
            severity: Set(severity),
            summary: Set(alert.summary),
            words: Set(words),
            value: Set(alert.value),
            bound: Set(alert.bound),
            parent: Set(alert.parent),
            occurrences: Set(1),
            first_at: Set(at),
            last_at: Set(at),
            ended_at: Set(None),
            acknowledged_at: Set(None),
            acknowledged_by: Set(None),
            assigned_to: Set(None),
            muted_until: Set(None),
            cleared_at: Set(None),
            cleared_by: Set(None),
            told_occurrences: Set(0),
            told_severity: Set(0),
            told_ended: Set(false),
        };
        alert::Entity::insert(row).exec_without_returning(tx).await?;
        news(tx, id, now).await?;
        return Ok(true);
    };
    let is_again = row.ended_at.is_some();
    let is_worse = severity > row.severity;
    let same = (row.severity, &row.summary, row.value) == (severity, &alert.summary, alert.value);
    if !is_again && same {
        return Ok(false);
    }
    let (id, occurrences, last_at) = (row.id, row.occurrences, row.last_at);
    let mut active = row.into_active_model();
    active.severity = Set(severity);
    active.alert_type = Set(alert.alert_type.as_str().to_owned());
    active.kind = Set(alert.kind);
    active.title = Set(alert.title);
    active.summary = Set(alert.summary);
    active.words = Set(words);
    active.value = Set(alert.value);
    active.bound = Set(alert.bound);
    active.parent = Set(alert.parent);
    if is_again {
        active.occurrences = Set(occurrences.saturating_add(1));
        active.last_at = Set(at.max(last_at));
        active.ended_at = Set(None);
        // Whoever knew of it knew of the time before.
        active.acknowledged_at = Set(None);
        active.acknowledged_by = Set(None);
    }
    active.update(tx).await?;
    if is_again || is_worse {
        news(tx, id, now).await?;
    }
    Ok(true)
}

async fn end_all(tx: &Tx, rows: Vec<alert::Model>, at: Timestamp, now: Timestamp) -> Result<bool, DbErr> {
    let any = !rows.is_empty();
    for row in rows {
        let ended = at.min(now).max(row.last_at);
        alert::Entity::update_many()
            .col_expr(alert::Column::EndedAt, Expr::value(ended.millis()))
            .filter(alert::Column::Id.eq(row.id))
            .exec(tx)
            .await?;
        news(tx, row.id, now).await?;
    }
    Ok(any)
}

/// A condition holds no longer. Answers whether that changed anything.
pub(crate) async fn end(
    tx: &Tx,
    system: SystemId,
    key: &AlertKey,
    at: Timestamp,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let going_on = of(system, key).add(alert::Column::EndedAt.is_null());
    let rows = alert::Entity::find().filter(going_on).all(tx).await?;
    end_all(tx, rows, at, now).await
}

/// Of a system's own conditions these hold and no others. Answers whether that changed anything.
pub(crate) async fn only(
    tx: &Tx,
    system: SystemId,
    keys: &[AlertKey],
    at: Timestamp,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let going_on = open().add(alert::Column::SystemId.eq(system)).add(alert::Column::EndedAt.is_null());
    let mut rows = alert::Entity::find().filter(going_on).all(tx).await?;
    rows.retain(|row| {
        let is_named = keys.iter().any(|key| key.condition == row.condition && key.subject == row.subject);
        !is_named && !row.condition.starts_with(OWN)
    });
    end_all(tx, rows, at, now).await
}

/// A system is no longer looked after: nothing goes on there.
pub(crate) async fn end_of_system(tx: &Tx, system: SystemId, now: Timestamp) -> Result<(), DbErr> {
    let going_on = open().add(alert::Column::SystemId.eq(system)).add(alert::Column::EndedAt.is_null());
    let rows = alert::Entity::find().filter(going_on).all(tx).await?;
    end_all(tx, rows, now, now).await.map(drop)
}

/// Whether what a system tells may be an alert of it.
pub(crate) fn is_its_own(key: &str) -> bool {
    !key.is_empty() && !key.starts_with(OWN)
}
