//! `PUT /api/v1/openid`: how people sign in at an OpenID provider.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::openid::{self, NewSettings, SettingsError};

use super::Shown;
use crate::http::{AppState, Authority, Caller, Json, Problem};

/// Set single sign-on up
///
/// In force at once. Nobody is asked whether the provider is there: `POST /openid/test` does that.
#[utoipa::path(
    put,
    path = "/api/v1/openid",
    operation_id = "openid_set",
    tag = "preferences",
    request_body = NewSettings,
    responses((status = 200, description = "As it is now.", body = Shown)),
)]
pub(super) async fn openid_set(
    State(state): State<AppState>,
    caller: Caller,
    authority: Option<Authority>,
    Json(new): Json<NewSettings>,
) -> Result<Json<Shown>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    let set = openid::put(&state.db, granted, &state.secrets, caller.act(), new).await;
    let settings = set.map_err(|error| match error {
        SettingsError::Value { field, reason } => Problem::invalid(&field, reason),
        SettingsError::Db(error) => error.into(),
    })?;
    state.openid.forget().await;
    Ok(Json(Shown { settings: Some(settings), redirect_uri: authority.as_ref().map(super::redirect_uri) }))
}
