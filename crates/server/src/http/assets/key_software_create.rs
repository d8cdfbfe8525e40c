//! `POST /api/v1/key-software`: watch for one more program.

use axum::{extract::State, http::StatusCode};
use vigie_assets::software::key::{self, KeySoftware, KeySoftwareFields};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// Add a key software
///
/// Machines are looked at in the background.
#[utoipa::path(
    post,
    path = "/api/v1/key-software",
    operation_id = "key_software_create",
    tag = "software",
    request_body = KeySoftwareFields,
    responses(
        (status = 201, description = "Added.", body = KeySoftware),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn key_software_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(fields): Json<KeySoftwareFields>,
) -> Result<(StatusCode, Json<KeySoftware>), Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    let made = key::create(&state.db, granted, caller.act(), fields).await.map_err(super::of_key_software)?;
    state.intake.look_again();
    Ok((StatusCode::CREATED, Json(made)))
}
