//! `DELETE /api/v1/users/me/avatar`: takes the caller's picture away.

use axum::{extract::State, http::StatusCode};
use vigie_people::users::avatar;

use crate::http::{AppState, Caller, Problem};

/// Take one's picture away
#[utoipa::path(
    delete,
    path = "/api/v1/users/me/avatar",
    operation_id = "avatar_remove",
    tag = "profile",
    responses((status = 204, description = "Gone, if there was one.")),
)]
pub(super) async fn avatar_remove(State(state): State<AppState>, caller: Caller) -> Result<StatusCode, Problem> {
    let id = caller.own()?;
    avatar::set(&state.db, caller.act(), id, None).await.map_err(super::me_change::problem)?;
    Ok(StatusCode::NO_CONTENT)
}
