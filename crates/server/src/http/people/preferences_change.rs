//! `PATCH /api/v1/preferences`: some preferences change, at once and on every node.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::preferences::{self, ChangeError, PreferenceChanges, Preferences};

use crate::http::{AppState, Caller, Json, Problem};

fn problem(error: ChangeError) -> Problem {
    match error {
        ChangeError::Value { field, reason } => Problem::invalid(field, reason),
        ChangeError::Db(error) => error.into(),
    }
}

/// Change preferences
#[utoipa::path(
    patch,
    path = "/api/v1/preferences",
    operation_id = "preferences_change",
    tag = "preferences",
    request_body = PreferenceChanges,
    responses((status = 200, description = "All of them, changed.", body = Preferences)),
)]
pub(super) async fn preferences_change(
    State(state): State<AppState>,
    caller: Caller,
    Json(changes): Json<PreferenceChanges>,
) -> Result<Json<Preferences>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    let level = changes.log_level;
    let preferences =
        preferences::change(&state.db, &state.secrets, granted, caller.act(), changes).await.map_err(problem)?;
    state.preferences.forget().await;
    crate::workers::platform::apply(&state, level, &preferences);
    Ok(Json(preferences))
}
