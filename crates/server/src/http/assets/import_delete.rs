//! `DELETE /api/v1/imports/{id}`: delete an import.

use axum::{extract::State, http::StatusCode};
use vigie_assets::imports;
use vigie_kernel::{Action, ImportId};

use super::import_problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Path, Problem, ProblemDocument},
};

/// Delete an import
///
/// Its file and its report; what it did stays, and cannot be undone as a whole any more.
#[utoipa::path(
    delete,
    path = "/api/v1/imports/{id}",
    operation_id = "import_delete",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    responses(
        (status = 204, description = "Done."),
        (status = 409, description = "`import-running`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn import_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    imports::delete(&state.db, granted, caller.act(), caller.user.id, id).await.map_err(import_problem)?;
    let _ = tokio::fs::remove_file(state.imports.file(id)).await;
    state.events.changed(&[Topic::Imports]);
    Ok(StatusCode::NO_CONTENT)
}
