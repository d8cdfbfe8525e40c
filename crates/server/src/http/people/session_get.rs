//! `GET /api/v1/session`: who is signed in here.

use axum::extract::State;
use vigie_kernel::Code;

use super::views::{Me, Session};
use crate::http::{AppState, Json, NewcomerCaller, Problem};

/// Who is signed in
///
/// Of browsers only: a caller with a token has no session.
#[utoipa::path(
    get,
    path = "/api/v1/session",
    operation_id = "session_get",
    tag = "session",
    responses((status = 200, description = "Signed in.", body = Session)),
)]
pub(super) async fn session_get(
    State(state): State<AppState>,
    NewcomerCaller(caller): NewcomerCaller,
) -> Result<Json<Session>, Problem> {
    let session = caller.session().ok_or_else(|| Problem::new(Code::SignInRequired))?;
    let timeout = state.preferences.get(caller.now()).await?.session_timeout_minutes;
    Ok(Json(Session {
        user: Me::of(&caller.user, timeout),
        csrf_token: session.csrf_token.clone(),
        wallboard_only: session.wallboard,
        must_enrol_factor: caller.must_enrol,
        must_change_password: caller.user.must_change_password,
    }))
}
