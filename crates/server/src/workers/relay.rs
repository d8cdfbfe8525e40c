//! Where several nodes share a PostgreSQL, each tells the others what changed, so that a console hears of it whichever
//! node it is connected to.

use std::time::Duration;

use vigie_db::{DbErr, Engine};

use crate::{events::Topic, http::AppState};

const CHANNEL: &str = "vigie_events";
/// Changes are gathered this long before the others are told.
const GATHER: Duration = Duration::from_millis(250);

/// Tells the others. `node` is what this node is called among them: each hears itself too.
pub(super) async fn speak(state: AppState, node: String) {
    if state.db.engine() == Engine::Sqlite {
        return;
    }
    let mut listener = state.events.listen();
    while let Some(mut topics) = listener.next_own().await {
        let end = tokio::time::sleep(GATHER);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => break,
                more = listener.next_own() => match more {
                    Some(more) => topics.extend(more),
                    None => return,
                },
            }
        }
        topics.sort_unstable();
        topics.dedup();
        let names: Vec<_> = topics.into_iter().map(Topic::as_str).collect();
        let word = format!("{node} {}", names.join(","));
        if let Err(error) = state.db.notify(CHANNEL, &word).await {
            tracing::warn!(%error, "the other nodes could not be told what changed");
        }
    }
}

/// Hears the others. Ends at once on an engine without any.
pub(super) async fn listen(state: AppState, node: String) -> Result<(), DbErr> {
    let Some(mut listener) = state.db.listen(CHANNEL).await? else { return Ok(()) };
    loop {
        let word = listener.next().await?;
        let Some((from, names)) = word.split_once(' ') else { continue };
        if from != node {
            let known = |name: &str| Topic::ALL.iter().copied().find(|it| it.as_str() == name);
            state.events.changed_elsewhere(names.split(',').filter_map(known).collect());
        }
    }
}
