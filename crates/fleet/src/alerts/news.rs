//! What is to be told of alerts, and to whom. An alert that changed is *news*; when it is due, it is compared with what was
//! told of it, and what is new goes to every subscription that wants it. What must not be told now stays news until it may
//! be, or until the alert is over.

use std::{collections::HashSet, time::Duration};

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DbBackend, DbErr,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use vigie_db::{Database, Tx};
use vigie_kernel::{AlertId, CustomerId, Timestamp};
use vigie_wire::link::alert::AlertType;

use super::{
    list::Silences,
    severity,
    subscriptions::{self, AlertSubscription},
};
use crate::entity::{alert, alert_news, alert_subscription, alert_waiting};

/// News of one transaction.
const CHUNK: u64 = 500;
/// What may not be told now is looked at again after that.
const AGAIN: Duration = Duration::from_secs(15);

/// What happened to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AlertEvent))]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// It occurred.
    Raised,
    /// It became worse.
    Worse,
    /// It ended.
    Ended,
}

impl Event {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Worse => "worse",
            Self::Ended => "ended",
        }
    }

    pub(crate) fn from_code(code: &str) -> Self {
        [Self::Worse, Self::Ended].into_iter().find(|it| it.as_str() == code).unwrap_or(Self::Raised)
    }
}

/// One node at a time tells; another that is at it waits here.
pub(crate) async fn alone(tx: &Tx) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SELECT pg_advisory_xact_lock(1447642955)").await?;
    }
    Ok(())
}

/// Decides what is due. Answers whether there may be more.
pub async fn decide(db: &Database, now: Timestamp) -> Result<bool, DbErr> {
    let due = alert_news::Entity::find().filter(alert_news::Column::DueAt.lte(now)).limit(1);
    // Nearly always there is nothing: that is found out without the writer.
    if due.one(db.reads()).await?.is_none() {
        return Ok(false);
    }
    db.write(move |tx| Box::pin(decide_in(tx, now))).await
}

async fn decide_in(tx: &Tx, now: Timestamp) -> Result<bool, DbErr> {
    alone(tx).await?;
    let due: Vec<alert_news::Model> = alert_news::Entity::find()
        .filter(alert_news::Column::DueAt.lte(now))
        .order_by_asc(alert_news::Column::DueAt)
        .limit(CHUNK)
        .all(tx)
        .await?;
    let ids: Vec<AlertId> = due.iter().map(|it| it.alert_id).collect();
    let was_held: HashSet<AlertId> = due.iter().filter(|it| it.is_held).map(|it| it.alert_id).collect();
    let mut rows = alert::Entity::find().filter(alert::Column::Id.is_in(ids.iter().copied())).all(tx).await?;
    // In the order in which things happened.
    rows.sort_by_key(|row| (row.ended_at.unwrap_or(row.last_at), row.id));
    let silences = Silences::read(tx, &rows, now).await?;
    let wants: Vec<AlertSubscription> = alert_subscription::Entity::find()
        .filter(alert_subscription::Column::IsOn.eq(true))
        .all(tx)
        .await?
        .into_iter()
        .map(subscriptions::view)
        .collect();
    let (mut waiting, mut held) = (Vec::new(), Vec::new());
    for row in rows {
        let id = row.id;
        // What was held and is over was not worth telling.
        let is_silent = silences.of(&row, now).is_some() || (was_held.contains(&id) && row.ended_at.is_some());
        match verdict(&row, is_silent) {
            Verdict::Hold => held.push(id),
            Verdict::Nothing => {}
            Verdict::Forget => told(tx, row).await?,
            Verdict::Tell(event) => {
                waiting.extend(addressed(&row, event, &wants, now));
                told(tx, row).await?;
            }
        }
    }
    for chunk in waiting.chunks(500) {
        alert_waiting::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await?;
    }
    let more = ids.len() as u64 == CHUNK;
    let decided = ids.into_iter().filter(|id| !held.contains(id));
    alert_news::Entity::delete_many().filter(alert_news::Column::AlertId.is_in(decided)).exec(tx).await?;
    if !held.is_empty() {
        alert_news::Entity::update_many()
            .col_expr(alert_news::Column::DueAt, Expr::value(now.plus(AGAIN).millis()))
            .col_expr(alert_news::Column::IsHeld, Expr::value(true))
            .filter(alert_news::Column::AlertId.is_in(held))
            .exec(tx)
            .await?;
    }
    Ok(more)
}

/// Nobody is to be told of a customer's alerts any more.
pub(crate) async fn forget(tx: &Tx, customer: CustomerId) -> Result<(), DbErr> {
    let of = || {
        let alerts = alert::Entity::find().select_only().column(alert::Column::Id);
        alerts.filter(alert::Column::CustomerId.eq(customer)).into_query()
    };
    alert_news::Entity::delete_many().filter(alert_news::Column::AlertId.in_subquery(of())).exec(tx).await?;
    alert_waiting::Entity::delete_many().filter(alert_waiting::Column::AlertId.in_subquery(of())).exec(tx).await?;
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Tell(Event),
    /// Later, if it still goes on.
    Hold,
    /// It is over without anybody having been told.
    Forget,
    Nothing,
}

fn verdict(row: &alert::Model, silenced: bool) -> Verdict {
    let is_over = row.ended_at.is_some();
    if row.occurrences > row.told_occurrences {
        return match (silenced, is_over) {
            // Cleared meanwhile: somebody saw it.
            _ if row.cleared_at.is_some() => Verdict::Forget,
            (true, true) => Verdict::Forget,
            (true, false) => Verdict::Hold,
            (false, _) => Verdict::Tell(Event::Raised),
        };
    }
    if is_over {
        return if row.told_ended { Verdict::Nothing } else { Verdict::Tell(Event::Ended) };
    }
    match (row.severity > row.told_severity, silenced) {
        (true, true) => Verdict::Hold,
        (true, false) => Verdict::Tell(Event::Worse),
        (false, _) => Verdict::Nothing,
    }
}

async fn told(tx: &Tx, row: alert::Model) -> Result<(), DbErr> {
    let (occurrences, severity, is_over) = (row.occurrences, row.severity, row.ended_at.is_some());
    let mut active = row.into_active_model();
    active.told_occurrences = Set(occurrences);
    active.told_severity = Set(severity);
    active.told_ended = Set(is_over);
    active.update(tx).await.map(drop)
}

fn addressed(
    row: &alert::Model,
    event: Event,
    wants: &[AlertSubscription],
    now: Timestamp,
) -> Vec<alert_waiting::ActiveModel> {
    let alert_type = AlertType::from_code(&row.alert_type).unwrap_or_default();
    wants
        .iter()
        .filter(|it| it.wants(severity(row.severity), alert_type, row.customer_id) && it.wants_at(now))
        .filter(|it| event != Event::Ended || it.tells_ends)
        .map(|it| alert_waiting::ActiveModel {
            subscription_id: Set(it.id),
            alert_id: Set(Some(row.id)),
            event: Set(event.as_str().to_owned()),
            at: Set(if event == Event::Ended { row.ended_at.unwrap_or(now) } else { row.last_at }),
            ..Default::default()
        })
        .collect()
}
