//! Takes away what is past its time in `people`, keeps the server's certificate good and the database's plans true.

use std::time::Duration;

use serde_json::json;
use vigie_db::DbErr;
use vigie_kernel::AuditEntry;
use vigie_people::{notifications, sessions, sign_in, users::manage};

use crate::{events::Topic, http::AppState, tls::RENEW_BEFORE_DAYS};

const PURGE_EVERY: Duration = Duration::from_mins(10);
const RENEW_STATISTICS_EVERY: Duration = Duration::from_hours(1);
const LOOK_AT_CERTIFICATE_EVERY: Duration = Duration::from_hours(24);
/// How long notifications are kept once they were read.
const NOTIFICATIONS: Duration = Duration::from_hours(24 * 30);

/// Ended sessions, old failures, old notifications, accounts whose last day has come, old rows of the trail.
pub(super) async fn purge(state: AppState) {
    while rest(&state, PURGE_EVERY).await {
        let now = state.clock.now();
        let purged = async {
            sessions::purge(&state.db, now).await?;
            sign_in::purge(&state.db, now).await?;
            notifications::purge(&state.db, now, NOTIFICATIONS).await?;
            manage::expire(&state.db, state.own_act()).await?;
            let days = state.preferences.get(now).await?.retention.audit_days;
            let before = now.minus(Duration::from_secs(u64::from(days) * 86_400));
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

/// The certificate is issued again before its end. The authority is not: clients trust it, so people are told in time.
pub(super) async fn renew(state: AppState) {
    loop {
        if let Err(error) = look_at_certificate(&state).await {
            tracing::error!(%error, "the certificate could not be looked after; it is tried again tomorrow");
        }
        if !rest(&state, LOOK_AT_CERTIFICATE_EVERY).await {
            return;
        }
    }
}

async fn look_at_certificate(state: &AppState) -> anyhow::Result<()> {
    let now = state.clock.now();
    let identity = state.identity.clone();
    if tokio::task::spawn_blocking(move || identity.renew(now)).await?? {
        let server = state.identity.server();
        tracing::info!(not_after = %server.not_after, "the certificate was issued again");
        tell(state, "renewed", json!({ "event": "renewed", "not_after": server.not_after })).await?;
    }
    let days_left = state.identity.ca().days_left(now);
    if days_left < RENEW_BEFORE_DAYS {
        tracing::warn!(days_left, "the certificate authority ends; clients must be given a new one");
        tell(state, "authority", json!({ "event": "authority-ends", "days_left": days_left })).await?;
    }
    Ok(())
}

async fn tell(state: &AppState, subject: &'static str, data: serde_json::Value) -> Result<(), DbErr> {
    let act = state.own_act();
    let told = state.db.write(move |tx| {
        Box::pin(async move {
            notifications::raise(tx, &*act.rng, act.at, "certificate", subject, &data, 1).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "certificate.notice", "certificate").detail(data);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok::<_, DbErr>(())
        })
    });
    told.await?;
    state.events.changed(&[Topic::Notifications]);
    Ok(())
}

/// False: the server stops.
async fn rest(state: &AppState, time: Duration) -> bool {
    tokio::select! {
        () = state.stopping.cancelled() => false,
        () = tokio::time::sleep(time) => true,
    }
}
