//! `GET /api/v1/events`: server-sent events that tell which topics changed.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_people::sessions;

use crate::{
    events::{Listener, Topic},
    http::{AppState, Caller, Problem},
};

/// Changes are gathered this long: a busy intake is a few events a second, not thousands.
const GATHER: Duration = Duration::from_millis(500);
/// How often the connection shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// How often it is asked whether the session behind it goes on.
const LOOK: Duration = Duration::from_mins(1);

/// What changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Changed {
    /// The topics, each once.
    topics: Vec<Topic>,
}

struct Following {
    state: AppState,
    caller: Caller,
    listener: Listener,
}

/// Live changes
///
/// Server-sent events (`event: changed`, data `{"topics":[…]}`). Following them does not keep an idle session alive, and
/// they end with the session.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "events_follow",
    tag = "platform",
    responses((status = 200, description = "A stream of events.", body = Changed, content_type = "text/event-stream")),
)]
pub(super) async fn events(
    State(state): State<AppState>,
    caller: Caller,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let listener = state.events.listen();
    let stream = futures_util::stream::unfold(Following { state, caller, listener }, |mut following| async {
        let topics = following.next().await?;
        let event = Event::default().event("changed").json_data(Changed { topics }).unwrap_or_default();
        Some((Ok(event), following))
    });
    Sse::new(stream.fuse()).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("alive"))
}

impl Following {
    /// The next changes; none: the server stops, or the session has ended.
    async fn next(&mut self) -> Option<Vec<Topic>> {
        let mut topics = loop {
            match tokio::time::timeout(LOOK, self.listener.next()).await {
                Ok(topics) => break topics?,
                Err(_) if !self.goes_on().await.unwrap_or(false) => return None,
                Err(_) => {}
            }
        };
        if !self.goes_on().await.unwrap_or(false) {
            return None;
        }
        let end = tokio::time::sleep(GATHER);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => break,
                more = self.listener.next() => topics.extend(more?),
            }
        }
        topics.sort_unstable();
        topics.dedup();
        Some(topics)
    }

    async fn goes_on(&self) -> Result<bool, Problem> {
        let Some(session) = self.caller.session() else { return Ok(true) };
        let now = self.caller.now();
        let timeout = self.state.preferences.get(now).await?.session_timeout_minutes;
        Ok(sessions::goes_on(&self.state.db, session, now, timeout).await?)
    }
}
