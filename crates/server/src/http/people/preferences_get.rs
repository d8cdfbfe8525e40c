//! `GET /api/v1/preferences`: the preferences.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::preferences::{self, Preferences};

use crate::http::{AppState, Caller, Json, Problem};

/// The preferences
#[utoipa::path(
    get,
    path = "/api/v1/preferences",
    operation_id = "preferences_get",
    tag = "preferences",
    responses((status = 200, description = "All of them.", body = Preferences)),
)]
pub(super) async fn preferences_get(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<Preferences>, Problem> {
    caller.require(Action::PreferencesManage)?;
    Ok(Json(preferences::load(&state.db).await?))
}
