//! What becomes of the systems whose links a node held that is gone: nobody else says that they are.

use std::time::Duration;

use vigie_db::DbErr;
use vigie_fleet::links;
use vigie_kernel::{Action, Granted};
use vigie_people::platform::nodes::{self, Health};

use crate::{events::Topic, http::AppState};

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

/// Looks after other nodes' links, until the server stops.
pub(super) async fn look_after_lost_nodes(state: AppState) {
    loop {
        if let Err(error) = look(&state).await {
            tracing::warn!(%error, "it cannot be told whose links are lost; it is tried again");
        }
        tokio::select! {
            () = state.stopping.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
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
