//! `DELETE /api/v1/key-software/{id}`: watch for a program no more.

use axum::{extract::State, http::StatusCode};
use vigie_assets::software::key;
use vigie_kernel::{Action, KeySoftwareId};

use crate::{
    events::Topic,
    http::{AppState, Caller, Path, Problem},
};

/// Delete a key software
///
/// It leaves the list; nothing on any machine changes.
#[utoipa::path(
    delete,
    path = "/api/v1/key-software/{id}",
    operation_id = "key_software_delete",
    tag = "software",
    params(("id" = KeySoftwareId, Path)),
    responses((status = 204, description = "Deleted.")),
)]
pub(super) async fn key_software_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<KeySoftwareId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    if !key::delete(&state.db, granted, caller.act(), id).await? {
        return Err(Problem::not_found());
    }
    state.events.changed(&[Topic::Software, Topic::Equipment]);
    Ok(StatusCode::NO_CONTENT)
}
