//! `GET /api/v1/openid`: how people sign in at an OpenID provider.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::openid;

use super::Shown;
use crate::http::{AppState, Authority, Caller, Json, Problem};

/// Single sign-on
#[utoipa::path(
    get,
    path = "/api/v1/openid",
    operation_id = "openid_get",
    tag = "preferences",
    responses((status = 200, description = "The settings, if any, without the client's secret.", body = Shown)),
)]
pub(super) async fn openid_get(
    State(state): State<AppState>,
    caller: Caller,
    authority: Option<Authority>,
) -> Result<Json<Shown>, Problem> {
    caller.require(Action::PreferencesManage)?;
    let settings = openid::load(&state.db).await?;
    Ok(Json(Shown { settings, redirect_uri: authority.as_ref().map(super::redirect_uri) }))
}
