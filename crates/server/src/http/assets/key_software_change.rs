//! `PUT /api/v1/key-software/{id}`: change what is watched for.

use axum::extract::State;
use vigie_assets::software::key::{self, KeySoftware, KeySoftwareFields};
use vigie_kernel::{Action, KeySoftwareId};

use crate::http::{AppState, Caller, Json, Path, Problem, ProblemDocument};

/// Change a key software
///
/// Where what is looked for changed, machines are looked at again in the background.
#[utoipa::path(
    put,
    path = "/api/v1/key-software/{id}",
    operation_id = "key_software_change",
    tag = "software",
    params(("id" = KeySoftwareId, Path)),
    request_body = KeySoftwareFields,
    responses(
        (status = 200, description = "Changed.", body = KeySoftware),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "`revision-stale`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn key_software_change(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<KeySoftwareId>,
    Json(fields): Json<KeySoftwareFields>,
) -> Result<Json<KeySoftware>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    let changed = key::change(&state.db, granted, caller.act(), id, fields).await.map_err(super::of_key_software)?;
    state.intake.look_again();
    Ok(Json(changed))
}
