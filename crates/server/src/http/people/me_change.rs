//! `PATCH /api/v1/users/me`: one's own preferences.

use axum::extract::State;
use vigie_people::users::mine::{self, ChangeError, MyChanges};

use super::views::Me;
use crate::http::{AppState, Caller, Json, Problem};

pub(super) fn problem(error: ChangeError) -> Problem {
    match error {
        ChangeError::NotFound => Problem::not_found(),
        ChangeError::Field(error) => Problem::invalid(error.field, error.reason),
        ChangeError::Db(error) => error.into(),
    }
}

/// Change my preferences
#[utoipa::path(
    patch,
    path = "/api/v1/users/me",
    operation_id = "me_change",
    tag = "profile",
    request_body = MyChanges,
    responses((status = 200, description = "The caller, changed.", body = Me)),
)]
pub(super) async fn me_change(
    State(state): State<AppState>,
    caller: Caller,
    Json(changes): Json<MyChanges>,
) -> Result<Json<Me>, Problem> {
    caller.own()?;
    let user = mine::change(&state.db, caller.act(), caller.user.id, changes).await.map_err(problem)?;
    let timeout = state.preferences.get(caller.now()).await?.session_timeout_minutes;
    Ok(Json(Me::of(&user, timeout)))
}
