//! `GET /api/v1/users/me`: one's own profile.

use axum::extract::State;

use super::views::Me;
use crate::http::{AppState, Json, NewcomerCaller, Problem};

/// My profile
#[utoipa::path(
    get,
    path = "/api/v1/users/me",
    operation_id = "me_get",
    tag = "profile",
    responses((status = 200, description = "The caller.", body = Me)),
)]
pub(super) async fn me_get(
    State(state): State<AppState>,
    NewcomerCaller(caller): NewcomerCaller,
) -> Result<Json<Me>, Problem> {
    let timeout = state.preferences.get(caller.now()).await?.session_timeout_minutes;
    Ok(Json(Me::of(&caller.user, timeout)))
}
