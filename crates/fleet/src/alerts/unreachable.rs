//! Systems that are not there: the one condition that the server sees, and the system cannot.

use std::time::Duration;

use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
    sea_query::{Expr, ExprTrait as _, Query},
};
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, SystemId, Timestamp};
use vigie_wire::link::alert::{Alert, AlertKey, AlertType, Severity};

use super::{news, raise, rules};
use crate::{
    customer_state,
    entity::{alert, alert_rule, system},
    systems::SystemPlace,
};

/// Key of the condition.
pub const UNREACHABLE: &str = "vigie.unreachable";
/// Systems of one transaction.
const CHUNK: u64 = 200;

fn key() -> AlertKey {
    AlertKey { condition: UNREACHABLE.to_owned(), subject: String::new() }
}

/// The system is there again.
pub(crate) async fn is_back(tx: &Tx, system: SystemId, now: Timestamp) -> Result<bool, DbErr> {
    raise::end(tx, system, &key(), now, now).await
}

/// Systems that are gone for longer than `grace` raise an alert. Answers how many did.
pub async fn look(db: &Database, act: Act, grace: Duration) -> Result<u64, DbErr> {
    let mut raised = 0;
    loop {
        // Nearly always nobody is gone: that is found out without the writer.
        if gone(&act, grace).one(db.reads()).await?.is_none() {
            return Ok(raised);
        }
        let act = act.clone();
        let count = db.write(move |tx| Box::pin(async move { look_in(tx, &act, grace).await })).await?;
        raised += count;
        if count < CHUNK {
            return Ok(raised);
        }
    }
}

/// Systems that are gone and of which that is not known yet, those that went first in front.
fn gone(act: &Act, grace: Duration) -> Select<system::Entity> {
    let known = Query::select()
        .column(alert::Column::SystemId)
        .from(alert::Entity)
        .and_where(Expr::col(alert::Column::Condition).eq(UNREACHABLE))
        .and_where(Expr::col((alert::Entity, alert::Column::SystemId)).equals((system::Entity, system::Column::Id)))
        .and_where(Expr::col(alert::Column::ClearedAt).is_null())
        .and_where(Expr::col(alert::Column::EndedAt).is_null())
        .to_owned();
    let off = Query::select()
        .column(alert_rule::Column::CustomerId)
        .from(alert_rule::Entity)
        .and_where(Expr::col(alert_rule::Column::Condition).eq(UNREACHABLE))
        .and_where(Expr::col(alert_rule::Column::IsOff).eq(true))
        .to_owned();
    let gone = Condition::all()
        .add(Expr::col((system::Entity, system::Column::CustomerId)).not_in_subquery(off))
        .add(system::Column::NodeId.is_null())
        .add(system::Column::RemovedAt.is_null())
        .add(system::Column::LastSeenAt.lt(act.at.minus(grace)))
        .add(Expr::exists(known).not());
    system::Entity::find().filter(gone).order_by_asc(system::Column::LastSeenAt).limit(CHUNK)
}

async fn look_in(tx: &Tx, act: &Act, grace: Duration) -> Result<u64, DbErr> {
    // Another node may look at the same moment: it must see what this one wrote.
    news::alone(tx).await?;
    let rows = gone(act, grace).all(tx).await?;
    let mut raised = 0;
    for row in rows {
        // The primary is what the customer is known by; without it, more than one machine is missing.
        let is_primary = row.place == SystemPlace::Primary.as_str();
        let usual = if is_primary { Severity::Major } else { Severity::Minor };
        let changed = rules::of_customer(tx, row.customer_id).await?;
        let rule = changed.into_iter().find(|rule| rule.condition == UNREACHABLE);
        let alert = Alert {
            condition: UNREACHABLE.to_owned(),
            kind: "unreachable".to_owned(),
            alert_type: AlertType::Link,
            severity: rule.and_then(|rule| rule.severity).unwrap_or(usual),
            summary: row.connectivity.clone(),
            ..Alert::default()
        };
        let since = row.last_seen_at.unwrap_or(act.at);
        raised += u64::from(raise::raise(tx, &*act.rng, &row, alert, since, act.at).await?);
        customer_state::refresh(tx, row.customer_id).await?;
    }
    Ok(raised)
}
