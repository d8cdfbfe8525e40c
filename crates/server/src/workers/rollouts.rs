//! Whether the version that is rolled out proves itself: looked at when agents say something of it, and every minute because
//! some say nothing.

use std::time::Duration;

use serde_json::json;
use vigie_assets::rollouts;
use vigie_db::DbErr;
use vigie_fleet::alerts::notices::NoticeKind;

use crate::{events::Topic, http::AppState, join::notice};

const EVERY: Duration = Duration::from_mins(1);
/// Many agents speak at once: they are looked at together.
const BREATH: Duration = Duration::from_secs(1);

/// Stops a roll-out that does not prove itself, and tells.
pub(super) async fn watch(state: AppState) {
    loop {
        let heard = tokio::time::timeout(EVERY, state.rollouts_news.notified()).await.is_ok();
        if let Err(error) = look(&state).await {
            tracing::error!(%error, "the roll-out cannot be looked at; it is tried again");
        }
        if heard {
            state.events.changed(&[Topic::Equipment]);
            tokio::time::sleep(BREATH).await;
        }
    }
}

async fn look(state: &AppState) -> Result<(), DbErr> {
    let open = state.rollouts.get(&state.db, state.clock.now()).await?;
    if open.is_none_or(|open| open.state != rollouts::State::Running) {
        return Ok(());
    }
    let act = state.own_act();
    let look = state.db.write(move |tx| {
        Box::pin(async move {
            let stopped = rollouts::watch(tx, &act).await?;
            if let Some((version, reason)) = &stopped {
                let data = json!({ "version": version, "reason": reason });
                notice(tx, &act, NoticeKind::AgentUpdate, version, &data, 1).await?;
            }
            Ok::<_, DbErr>(stopped)
        })
    });
    if let Some((version, reason)) = look.await? {
        tracing::error!(version, reason, "the roll-out of this version stopped by itself");
        state.rollouts.forget();
        state.alert_news.notify_one();
        state.events.changed(&[Topic::Notifications, Topic::Equipment]);
    }
    Ok(())
}
