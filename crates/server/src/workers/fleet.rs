//! What becomes of the systems whose links a node held that is gone: nobody else says that they are.

use std::time::Duration;

use vigie_db::DbErr;
use vigie_fleet::{
    alerts::{deliveries, handle, maintenance},
    dashboard, links,
};
use vigie_kernel::{Action, Granted};
use vigie_people::platform::nodes::{self, Health};

use crate::{events::Topic, http::AppState};

/// Days for which messages that are through and windows that are over are kept.
const KEPT_MESSAGES: u32 = 30;
/// How often it is looked.
const EVERY: Duration = Duration::from_secs(10);

fn see() -> Granted {
    Granted::by_server(Action::PreferencesManage)
}

/// This node starts: what it held before it does not hold any more, since it was last known to live.
pub(crate) async fn forget_links_of_before(state: &AppState) -> Result<(), DbErr> {
    let now = state.clock.now();
    let before = nodes::get(&state.db, see(), state.node.id, now).await?;
    let since = before.map_or(now, |it| it.last_seen_at);
    links::node_gone(&state.db, state.node.id, since).await.map(drop)
}

/// Looks after other nodes' links.
pub(super) async fn look_after_lost_nodes(state: AppState) {
    loop {
        if let Err(error) = look(&state).await {
            tracing::warn!(%error, "it cannot be told whose links are lost; it is tried again");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn look(state: &AppState) -> Result<(), DbErr> {
    let now = state.clock.now();
    for holder in links::holders(&state.db).await? {
        if holder == state.node.id {
            continue;
        }
        let node = nodes::get(&state.db, see(), holder, now).await?;
        let since = match &node {
            Some(node) if matches!(node.state, Health::Running | Health::Degraded) => continue,
            Some(node) => node.last_seen_at,
            None => now,
        };
        let lost = links::node_gone(&state.db, holder, since).await?;
        tracing::warn!(node = %holder, links = lost, "a node is gone, and the links of systems with it");
        state.events.changed(&[Topic::Systems]);
    }
    Ok(())
}

/// Counts the connected systems now and then.
pub(super) async fn sample_connected(state: AppState) {
    // Not at once: systems are still on their way back after a start.
    let mut pause = Duration::from_mins(1);
    loop {
        tokio::time::sleep(pause).await;
        pause = dashboard::SAMPLE_EVERY;
        if let Err(error) = dashboard::sample(&state.db, state.clock.now()).await {
            tracing::error!(%error, "connected systems could not be counted; it is tried again");
        }
    }
}

/// Takes away what is past its time.
pub(super) async fn retain(state: AppState) {
    const EVERY: Duration = Duration::from_hours(1);
    let day = |days: u32| Duration::from_secs(u64::from(days) * 86_400);
    // Not at once: a start is busy enough.
    tokio::time::sleep(Duration::from_mins(2)).await;
    loop {
        let now = state.clock.now();
        let gone = async {
            let kept = state.preferences.get(now).await?.retention.cleared_alerts_days;
            let mut alerts = 0;
            loop {
                let some = handle::purge(&state.db, now.minus(day(kept)), 500).await?;
                alerts += some;
                if some < 500 {
                    break;
                }
            }
            deliveries::purge(&state.db, now.minus(day(KEPT_MESSAGES))).await?;
            maintenance::purge(&state.db, now.minus(day(KEPT_MESSAGES))).await?;
            Ok::<_, DbErr>(alerts)
        };
        match gone.await {
            Ok(0) => {}
            Ok(alerts) => tracing::info!(alerts, "cleared alerts that are past their time were taken away"),
            Err(error) => tracing::error!(%error, "retention of alerts failed; it is tried again"),
        }
        tokio::time::sleep(EVERY).await;
    }
}
