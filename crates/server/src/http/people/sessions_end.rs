//! `DELETE /api/v1/users/me/sessions/{id}`: sign out elsewhere.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::SessionId;
use vigie_people::sessions;

use crate::http::{AppState, Caller, Path, Problem};

/// End one of my sessions
#[utoipa::path(
    delete,
    path = "/api/v1/users/me/sessions/{id}",
    operation_id = "sessions_end",
    tag = "profile",
    params(("id" = SessionId, Path)),
    responses((status = 204, description = "Ended.")),
)]
pub(super) async fn sessions_end(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    caller.own_credentials()?;
    let ended = sessions::end(&state.db, caller.act(), &caller.user, id).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}
