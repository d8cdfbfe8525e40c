//! Messages of subscriptions, of alerts and notices. What waits for a subscription becomes one message, at most one in its interval: many alerts
//! are a digest, not a storm. A message is tried again with growing pauses until it is through; one that never is stays
//! as a dead letter that can be sent again.

use std::{collections::HashMap, time::Duration};

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use vigie_db::{
    Database, Tx,
    paging::{self, Key, Listed, Page, Place, RowId},
};
use vigie_kernel::{Act, AlertDeliveryId, AlertId, AlertSubscriptionId, AuditEntry, Granted, Rng, Timestamp};

use super::{
    Alert,
    list::views,
    news::{Event, alone},
    notices::{self, Notice},
    subscriptions::{self, AlertSubscription},
};
use crate::entity::{alert, alert_delivery, alert_subscription, alert_waiting};

/// Alerts that one message names; of more it says how many.
pub const MOST_NAMED: usize = 50;
/// How often a message is tried: for about half a day.
pub const MOST_ATTEMPTS: i64 = 16;
/// Messages that are taken at once.
const AT_ONCE: u64 = 20;
/// Whoever takes a message has so long; then it is taken for lost, and tried again.
const LEASE: Duration = Duration::from_mins(5);
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// How a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AlertDeliveryState {
    /// It is to be sent.
    Waiting,
    /// It is through.
    Delivered,
    /// It was tried for half a day and is given up.
    Dead,
}

impl AlertDeliveryState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    fn from_code(code: &str) -> Self {
        [Self::Delivered, Self::Dead].into_iter().find(|it| it.as_str() == code).unwrap_or(Self::Waiting)
    }
}

/// A message of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertDelivery {
    /// Id.
    pub id: AlertDeliveryId,
    /// Of which subscription.
    pub subscription_id: AlertSubscriptionId,
    /// Its name.
    pub subscription: String,
    /// How it stands.
    pub state: AlertDeliveryState,
    /// Of how many alerts it tells.
    pub alerts: u64,
    /// Of how many notices it tells.
    pub notices: u64,
    /// How often it was tried.
    pub attempts: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is tried the next time; null: never.
    pub next_at: Option<Timestamp>,
    /// When it was through, or given up.
    pub finished_at: Option<Timestamp>,
    /// What went wrong the last time.
    pub error: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Item {
    alert: AlertId,
    event: Event,
    at: Timestamp,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Message {
    items: Vec<Item>,
    more: u64,
    notices: Vec<Notice>,
}

/// What a message says of one alert.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Told {
    /// What happened.
    pub event: Event,
    /// When.
    pub at: Timestamp,
    /// The alert, as it is when the message leaves.
    pub alert: Alert,
}

/// A message to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Id: the same in every attempt.
    pub id: AlertDeliveryId,
    /// Of which subscription.
    pub subscription: AlertSubscriptionId,
    /// What it says.
    pub told: Vec<Told>,
    /// Of how many alerts more.
    pub more: u64,
    /// What else happened, one of each kind.
    pub notices: Vec<Notice>,
}

/// Makes messages of what waits. Answers how many.
pub async fn gather(db: &Database, rng: std::sync::Arc<dyn Rng>, now: Timestamp) -> Result<u64, DbErr> {
    let waiting = alert_waiting::Entity::find().limit(1);
    if waiting.one(db.reads()).await?.is_none() {
        return Ok(0);
    }
    db.write(move |tx| Box::pin(async move { gather_in(tx, &*rng, now).await })).await
}

async fn gather_in(tx: &Tx, rng: &dyn Rng, now: Timestamp) -> Result<u64, DbErr> {
    alone(tx).await?;
    let all = alert_subscription::Entity::find().all(tx).await?;
    let mut made = 0;
    for row in all {
        let id = row.id;
        let subscription = subscriptions::view(row.clone());
        let of = alert_waiting::Column::SubscriptionId.eq(id);
        if !subscription.is_on {
            alert_waiting::Entity::delete_many().filter(of).exec(tx).await?;
            continue;
        }
        if !subscription.may_leave(now) {
            continue;
        }
        let waiting =
            alert_waiting::Entity::find().filter(of.clone()).order_by_asc(alert_waiting::Column::Seq).all(tx).await?;
        let Some(last) = waiting.last().map(|it| it.seq) else { continue };
        let (message, alerts) = message(waiting);
        let delivery = alert_delivery::ActiveModel {
            id: Set(AlertDeliveryId::new(now, rng)),
            subscription_id: Set(id),
            state: Set(AlertDeliveryState::Waiting.as_str().to_owned()),
            message: Set(serde_json::to_string(&message).unwrap_or_default()),
            alerts: Set(alerts),
            notices: Set(i64::try_from(message.notices.len()).unwrap_or(i64::MAX)),
            attempts: Set(0),
            created_at: Set(now),
            next_at: Set(now),
            finished_at: Set(None),
            error: Set(None),
        };
        alert_delivery::Entity::insert(delivery).exec_without_returning(tx).await?;
        let taken = alert_waiting::Column::Seq.lte(last);
        alert_waiting::Entity::delete_many().filter(of).filter(taken).exec(tx).await?;
        let mut active = row.into_active_model();
        active.last_at = Set(Some(now));
        active.update(tx).await?;
        made += 1;
    }
    Ok(made)
}

/// The last event of each alert, in the order in which they happened, and the notices; and of how many alerts.
fn message(waiting: Vec<alert_waiting::Model>) -> (Message, i64) {
    let mut items: Vec<Item> = Vec::new();
    let mut places: HashMap<AlertId, usize> = HashMap::new();
    let mut notices = Vec::new();
    for it in waiting {
        let Some(alert) = it.alert_id else {
            notices.extend(notices::of(&it));
            continue;
        };
        let item = Item { alert, event: Event::from_code(&it.event), at: it.at };
        if let Some(place) = places.get(&alert) {
            // Whoever was not told that it began is told the whole in one.
            let began = items[*place].event != Event::Ended;
            items[*place] =
                if began && item.event == Event::Worse { Item { event: items[*place].event, ..item } } else { item };
        } else {
            places.insert(alert, items.len());
            items.push(item);
        }
    }
    let alerts = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let more = items.len().saturating_sub(MOST_NAMED) as u64;
    items.truncate(MOST_NAMED);
    (Message { items, more, notices }, alerts)
}

fn due(now: Timestamp) -> sea_orm::Condition {
    sea_orm::Condition::all()
        .add(alert_delivery::Column::State.eq(AlertDeliveryState::Waiting.as_str()))
        .add(alert_delivery::Column::NextAt.lte(now))
}

/// Takes messages that are due; each is the caller's for some minutes. Say with [`finished`] what became of them.
pub async fn take(db: &Database, now: Timestamp) -> Result<Vec<Outgoing>, DbErr> {
    if alert_delivery::Entity::find().filter(due(now)).limit(1).one(db.reads()).await?.is_none() {
        return Ok(Vec::new());
    }
    let rows: Vec<alert_delivery::Model> = db
        .write(move |tx| {
            Box::pin(async move {
                alone(tx).await?;
                let next = alert_delivery::Column::NextAt;
                let rows =
                    alert_delivery::Entity::find().filter(due(now)).order_by_asc(next).limit(AT_ONCE).all(tx).await?;
                alert_delivery::Entity::update_many()
                    .col_expr(alert_delivery::Column::NextAt, Expr::value(now.plus(LEASE).millis()))
                    .col_expr(
                        alert_delivery::Column::Attempts,
                        sea_orm::sea_query::ExprTrait::add(Expr::col(alert_delivery::Column::Attempts), 1),
                    )
                    .filter(alert_delivery::Column::Id.is_in(rows.iter().map(|row| row.id)))
                    .exec(tx)
                    .await?;
                Ok::<_, DbErr>(rows)
            })
        })
        .await?;
    let mut taken = Vec::with_capacity(rows.len());
    for row in rows {
        let message: Message = serde_json::from_str(&row.message).unwrap_or_default();
        let of = alert::Column::Id.is_in(message.items.iter().map(|it| it.alert));
        let found = views(db.reads(), alert::Entity::find().filter(of).all(db.reads()).await?, now).await?;
        let mut found: HashMap<AlertId, Alert> = found.into_iter().map(|it| (it.id, it)).collect();
        let told = message
            .items
            .into_iter()
            .filter_map(|it| Some(Told { event: it.event, at: it.at, alert: found.remove(&it.alert)? }));
        taken.push(Outgoing {
            id: row.id,
            subscription: row.subscription_id,
            told: told.collect(),
            more: message.more,
            notices: message.notices,
        });
    }
    Ok(taken)
}

fn pause(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}

/// A message is through, or it failed with these words. Answers whether it is given up.
pub async fn finished(
    db: &Database,
    id: AlertDeliveryId,
    became: Result<(), String>,
    now: Timestamp,
) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let Some(row) = alert_delivery::Entity::find_by_id(id).one(tx).await? else { return Ok(false) };
            let attempts = row.attempts;
            let mut active = row.into_active_model();
            let mut is_dead = false;
            match became {
                Ok(()) => {
                    active.state = Set(AlertDeliveryState::Delivered.as_str().to_owned());
                    active.finished_at = Set(Some(now));
                    active.error = Set(None);
                }
                Err(words) => {
                    active.error = Set(Some(words.chars().take(500).collect()));
                    is_dead = attempts >= MOST_ATTEMPTS;
                    if is_dead {
                        active.state = Set(AlertDeliveryState::Dead.as_str().to_owned());
                        active.finished_at = Set(Some(now));
                    } else {
                        active.next_at = Set(now.plus(pause(attempts)));
                    }
                }
            }
            active.update(tx).await?;
            Ok(is_dead)
        })
    })
    .await
}

/// Messages, newest first.
pub async fn list(
    db: &Database,
    _granted: Granted,
    subscription: Option<AlertSubscriptionId>,
    state: Option<AlertDeliveryState>,
    page: &Page,
) -> Result<Listed<AlertDelivery>, DbErr> {
    let mut select = alert_delivery::Entity::find();
    if let Some(id) = subscription {
        select = select.filter(alert_delivery::Column::SubscriptionId.eq(id));
    }
    if let Some(state) = state {
        select = select.filter(alert_delivery::Column::State.eq(state.as_str()));
    }
    let total = paging::count(db, select.clone(), false).await?;
    let (key, id) = (Expr::col(alert_delivery::Column::CreatedAt), Expr::col(alert_delivery::Column::Id));
    let rows = paging::page(select, key, id, page).all(db.reads()).await?;
    let place =
        |row: &alert_delivery::Model| Place { key: Key::Number(row.created_at.millis()), id: RowId::Uuid(row.id.0) };
    let found = Listed::cut(rows, page, total, place);
    let all = alert_subscription::Entity::find().all(db.reads()).await?;
    let names: HashMap<AlertSubscriptionId, AlertSubscription> =
        all.into_iter().map(|row| (row.id, subscriptions::view(row))).collect();
    Ok(found.map(|row| {
        let state = AlertDeliveryState::from_code(&row.state);
        AlertDelivery {
            id: row.id,
            subscription_id: row.subscription_id,
            subscription: names.get(&row.subscription_id).map(|it| it.name.clone()).unwrap_or_default(),
            state,
            alerts: u64::try_from(row.alerts).unwrap_or(0),
            notices: u64::try_from(row.notices).unwrap_or(0),
            attempts: u64::try_from(row.attempts).unwrap_or(0),
            created_at: row.created_at,
            next_at: (state == AlertDeliveryState::Waiting).then_some(row.next_at),
            finished_at: row.finished_at,
            error: row.error,
        }
    }))
}

/// Sends a message again that was given up, or at once one that waits. False: there is none of that id, or it is through.
pub async fn again(db: &Database, _granted: Granted, act: Act, id: AlertDeliveryId) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let Some(row) = alert_delivery::Entity::find_by_id(id).one(tx).await? else { return Ok(false) };
            if AlertDeliveryState::from_code(&row.state) == AlertDeliveryState::Delivered {
                return Ok(false);
            }
            let entry = AuditEntry::new(act.at, &act.actor, "alert-delivery.again", "alert-delivery").object(id, "");
            vigie_db::audit::append(tx, &*act.rng, entry);
            let mut active = row.into_active_model();
            active.state = Set(AlertDeliveryState::Waiting.as_str().to_owned());
            active.attempts = Set(0);
            active.next_at = Set(act.at);
            active.finished_at = Set(None);
            active.update(tx).await?;
            Ok(true)
        })
    })
    .await
}

/// Messages that are over since before `before` go.
pub async fn purge(db: &Database, before: Timestamp) -> Result<u64, DbErr> {
    let old = alert_delivery::Column::FinishedAt.lt(before);
    db.write(move |tx| {
        Box::pin(async move { Ok(alert_delivery::Entity::delete_many().filter(old).exec(tx).await?.rows_affected) })
    })
    .await
}
