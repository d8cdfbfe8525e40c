//! `GET /api/v1/users/me/sessions`: where one is signed in.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{SessionId, Timestamp};
use vigie_people::sessions;

use super::views::Items;
use crate::http::{AppState, Caller, Json, Problem};

/// One of the caller's sessions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct SessionItem {
    /// Id.
    id: SessionId,
    /// When it was begun.
    created_at: Timestamp,
    /// When it was last used, to the minute.
    last_seen_at: Timestamp,
    /// From where it was begun.
    source_address: String,
    /// What the browser says it is.
    user_agent: String,
    /// Whether it is the one that asks.
    current: bool,
}

/// My sessions
#[utoipa::path(
    get,
    path = "/api/v1/users/me/sessions",
    operation_id = "sessions_list",
    tag = "profile",
    responses((status = 200, description = "At most 50, the last used first.", body = Items<SessionItem>)),
)]
pub(super) async fn sessions_list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<Items<SessionItem>>, Problem> {
    caller.own()?;
    let now = caller.now();
    let timeout = state.preferences.get(now).await?.session_timeout_minutes;
    let found = sessions::list(&state.db, &caller.user, now, timeout).await?;
    let current = caller.session().map(|it| it.id);
    let item = |it: sessions::Listed| SessionItem {
        current: Some(it.id) == current,
        id: it.id,
        created_at: it.created_at,
        last_seen_at: it.last_seen_at,
        source_address: it.source_address,
        user_agent: it.user_agent,
    };
    Ok(Json(Items { items: found.into_iter().map(item).collect() }))
}
