//! What people do with alerts: clear them, say that they know of them, say who looks after them, mute them.

use std::collections::HashSet;

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
};
use vigie_db::{Database, Tx, owners};
use vigie_kernel::{Act, AlertId, AuditEntry, CustomerId, Granted, Timestamp, UserId};
use vigie_wire::link::alert::AlertType;

use super::{list::AlertState, raise};
use crate::{customer_state, entity::alert};

/// Alerts of one transaction.
pub const CHUNK: u64 = 200;

/// What is done with alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// Clear: it stays in the history, and another occurrence begins a new line.
    Clear,
    /// Say that one knows of it, or take that back.
    Acknowledge(bool),
    /// Say who looks after it; none: nobody.
    Assign(Option<UserId>),
    /// Nobody is notified of it until then; none: not muted.
    Mute(Option<Timestamp>),
}

/// Why something is not done with an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandleError {
    /// There is none of that id, or it is not the caller's.
    NotFound,
    /// It still goes on.
    Ongoing,
    /// It was cleared already.
    Cleared,
}

/// Does it with all of `ids`, at most [`CHUNK`]; answers which could not be done, and why.
pub async fn handle(
    db: &Database,
    granted: Granted,
    act: Act,
    ids: Vec<AlertId>,
    handling: Handling,
) -> Result<Vec<(AlertId, HandleError)>, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let within = Condition::all()
                .add(alert::Column::Id.is_in(ids.iter().copied()))
                .add(owners::within(alert::Column::CustomerId, granted.scope()));
            let rows = alert::Entity::find().filter(within).all(tx).await?;
            let found: HashSet<AlertId> = rows.iter().map(|row| row.id).collect();
            let mut failed: Vec<_> =
                ids.into_iter().filter(|id| !found.contains(id)).map(|id| (id, HandleError::NotFound)).collect();
            let customers: HashSet<CustomerId> = rows.iter().map(|row| row.customer_id).collect();
            for row in rows {
                let id = row.id;
                if let Err(why) = one(tx, &act, row, handling).await? {
                    failed.push((id, why));
                }
            }
            if handling == Handling::Clear {
                count_anew(tx, &customers).await?;
            }
            Ok(failed)
        })
    })
    .await
}

async fn count_anew(tx: &Tx, customers: &HashSet<CustomerId>) -> Result<(), DbErr> {
    let mut customers: Vec<_> = customers.iter().collect();
    // In one order, so that two who do the same do not wait for each other.
    customers.sort();
    for customer in customers {
        customer_state::refresh(tx, *customer).await?;
    }
    Ok(())
}

async fn one(tx: &Tx, act: &Act, row: alert::Model, handling: Handling) -> Result<Result<(), HandleError>, DbErr> {
    if row.cleared_at.is_some() {
        return Ok(Err(HandleError::Cleared));
    }
    if handling == Handling::Clear && row.ended_at.is_none() {
        return Ok(Err(HandleError::Ongoing));
    }
    let (action, detail) = match handling {
        Handling::Clear => ("alert.clear", serde_json::json!({})),
        Handling::Acknowledge(known) => ("alert.acknowledge", serde_json::json!({ "acknowledged": known })),
        Handling::Assign(user) => ("alert.assign", serde_json::json!({ "to": user })),
        Handling::Mute(until) => ("alert.mute", serde_json::json!({ "until": until })),
    };
    let name = if row.title.is_empty() { &row.condition } else { &row.title };
    let entry =
        AuditEntry::new(act.at, &act.actor, action, "alert").object(row.id, name).of(row.customer_id).detail(detail);
    vigie_db::audit::append(tx, &*act.rng, entry);
    let id = row.id;
    let mut active = row.into_active_model();
    match handling {
        Handling::Clear => {
            active.cleared_at = Set(Some(act.at));
            active.cleared_by = Set(Some(act.actor.name.clone()));
        }
        Handling::Acknowledge(known) => {
            active.acknowledged_at = Set(known.then_some(act.at));
            active.acknowledged_by = Set(known.then(|| act.actor.name.clone()));
        }
        Handling::Assign(user) => active.assigned_to = Set(user),
        Handling::Mute(until) => {
            active.muted_until = Set(until);
            // What was not told while it was muted may be to be told now.
            raise::news(tx, id, act.at).await?;
        }
    }
    active.update(tx).await?;
    Ok(Ok(()))
}

/// What clearing a type did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleared {
    /// How many alerts.
    pub alerts: u64,
    /// Of which customers.
    pub customers: HashSet<CustomerId>,
}

/// Clears all of a type that have ended, of every customer that the caller sees.
pub async fn clear_type(db: &Database, granted: Granted, act: Act, alert_type: AlertType) -> Result<Cleared, DbErr> {
    let mut cleared = Cleared::default();
    loop {
        let act = act.clone();
        let customers: Vec<CustomerId> = db
            .write(move |tx| {
                Box::pin(async move {
                    let ended = AlertState::Ended
                        .condition()
                        .add(alert::Column::AlertType.eq(alert_type.as_str()))
                        // What ends while this goes on is not meant.
                        .add(alert::Column::EndedAt.lte(act.at))
                        .add(owners::within(alert::Column::CustomerId, granted.scope()));
                    let rows = alert::Entity::find().filter(ended).limit(CHUNK).all(tx).await?;
                    let customers: Vec<CustomerId> = rows.iter().map(|row| row.customer_id).collect();
                    for row in rows {
                        // All of them have ended and none is cleared.
                        let _ = one(tx, &act, row, Handling::Clear).await?;
                    }
                    count_anew(tx, &customers.iter().copied().collect()).await?;
                    Ok::<_, DbErr>(customers)
                })
            })
            .await?;
        if customers.is_empty() {
            return Ok(cleared);
        }
        cleared.alerts += customers.len() as u64;
        cleared.customers.extend(customers);
    }
}

/// Alerts that were cleared before `before` go, so many at most. Answers how many went.
pub async fn purge(db: &Database, before: Timestamp, most: u64) -> Result<u64, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let old = alert::Entity::find()
                .filter(alert::Column::ClearedAt.lt(before))
                .select_only()
                .column(alert::Column::Id)
                .limit(most);
            let ids: Vec<AlertId> = old.into_tuple().all(tx).await?;
            let of = alert::Column::Id.is_in(ids);
            Ok(alert::Entity::delete_many().filter(of).exec(tx).await?.rows_affected)
        })
    })
    .await
}
