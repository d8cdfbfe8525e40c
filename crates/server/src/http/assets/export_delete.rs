//! `DELETE /api/v1/exports/{id}`: delete an export.

use axum::{extract::State, http::StatusCode};
use vigie_assets::exports;
use vigie_kernel::{Action, ExportId};

use crate::{
    events::Topic,
    http::{AppState, Caller, Path, Problem},
};

/// Delete an export
///
/// One that is being written is stopped.
#[utoipa::path(
    delete,
    path = "/api/v1/exports/{id}",
    operation_id = "export_delete",
    tag = "exports",
    params(("id" = ExportId, Path, description = "The export.")),
    responses(
        (status = 204, description = "Done."),
    ),
)]
pub(super) async fn export_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ExportId>,
) -> Result<StatusCode, Problem> {
    caller.require(Action::EquipmentSee)?;
    if !exports::delete(&state.db, caller.act(), caller.user.id, id).await? {
        return Err(Problem::not_found());
    }
    let _ = tokio::fs::remove_file(state.exports.file(id)).await;
    state.events.changed(&[Topic::Exports]);
    Ok(StatusCode::NO_CONTENT)
}
