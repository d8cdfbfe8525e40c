//! `DELETE /api/v1/openid`: nobody signs in at an OpenID provider any more.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::{Action, Code};
use vigie_people::openid;

use crate::http::{AppState, Caller, Problem, ProblemDocument};

/// End single sign-on
///
/// Accounts stay, and sessions go on.
#[utoipa::path(
    delete,
    path = "/api/v1/openid",
    operation_id = "openid_remove",
    tag = "preferences",
    responses(
        (status = 204, description = "Removed."),
        (status = 404, description = "`openid-off`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn openid_remove(State(state): State<AppState>, caller: Caller) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    let removed = openid::remove(&state.db, granted, caller.act()).await?;
    state.openid.forget().await;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::new(Code::OpenIdOff)) }
}
