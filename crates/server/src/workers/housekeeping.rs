//! Takes away what is past its time in `people`, and keeps the database's plans true.

use std::time::Duration;

use vigie_db::{DbErr, Tx, TxFuture};
use vigie_kernel::CustomerId;
use vigie_people::{hierarchy::manage::purge_customers, notifications, sessions, sign_in, users::manage};

use crate::http::AppState;

const PURGE_EVERY: Duration = Duration::from_mins(10);
const RENEW_STATISTICS_EVERY: Duration = Duration::from_hours(1);
/// How long notifications are kept once they were read.
const NOTIFICATIONS: Duration = Duration::from_hours(24 * 30);

/// A customer goes for good, and what other contexts still have of it.
fn gone(tx: &Tx, id: CustomerId) -> TxFuture<'_, Option<&'static str>, DbErr> {
    Box::pin(async move {
        match vigie_assets::equipment::leave_customer(tx, id).await? {
            None => vigie_fleet::systems::leave_customer(tx, id).await,
            left => Ok(left),
        }
    })
}

/// Ended sessions, customers that were deleted, old failures, old notifications, accounts whose last day has come, old rows of the trail.
pub(super) async fn purge(state: AppState) {
    while rest(&state, PURGE_EVERY).await {
        let now = state.clock.now();
        let purged = async {
            sessions::purge(&state.db, now).await?;
            sign_in::purge(&state.db, now).await?;
            notifications::purge(&state.db, now, NOTIFICATIONS).await?;
            manage::expire(&state.db, state.own_act()).await?;
            let retention = state.preferences.get(now).await?.retention.clone();
            let before = |days: u32| now.minus(Duration::from_secs(u64::from(days) * 86_400));
            purge_customers(&state.db, &state.own_act(), before(retention.deleted_customers_days), gone).await?;
            let before = before(retention.audit_days);
            vigie_db::audit::trim(&state.db, state.rng.clone(), now, before).await
        };
        if let Err(error) = purged.await {
            tracing::error!(%error, "old sessions and notifications could not be taken away; it is tried again");
        }
    }
}

/// At once, because the schema or the number of machines may be new to the planner; nobody waits for it.
pub(super) async fn renew_statistics(state: AppState) {
    loop {
        if let Err(error) = state.db.renew_statistics().await {
            tracing::warn!(%error, "the database's statistics could not be renewed; it is tried again in an hour");
        }
        if !rest(&state, RENEW_STATISTICS_EVERY).await {
            return;
        }
    }
}

/// False: the server stops.
async fn rest(state: &AppState, time: Duration) -> bool {
    tokio::select! {
        () = state.stopping.cancelled() => false,
        () = tokio::time::sleep(time) => true,
    }
}
