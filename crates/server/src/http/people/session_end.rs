//! `DELETE /api/v1/session`: sign out.

use axum::{extract::State, http::StatusCode};
use http::{HeaderName, header};
use vigie_kernel::Code;
use vigie_people::sessions;

use crate::http::{AppState, NewcomerCaller, Problem, caller};

/// Sign out
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    operation_id = "session_end",
    tag = "session",
    responses((status = 204, description = "Signed out.")),
)]
pub(super) async fn session_end(
    State(state): State<AppState>,
    NewcomerCaller(caller): NewcomerCaller,
) -> Result<(StatusCode, [(HeaderName, String); 1]), Problem> {
    let session = caller.session().ok_or_else(|| Problem::new(Code::SignInRequired))?;
    sessions::end(&state.db, caller.act(), &caller.user, session.id).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, caller::clear_cookie())]))
}
