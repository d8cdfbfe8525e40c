//! `GET /api/v1/exports/{id}`: show an export.

use axum::extract::State;
use vigie_assets::exports::{self, Export};
use vigie_kernel::{Action, ExportId};

use crate::http::{AppState, Caller, Json, Path, Problem};

/// Show an export
#[utoipa::path(
    get,
    path = "/api/v1/exports/{id}",
    operation_id = "export_get",
    tag = "exports",
    params(("id" = ExportId, Path, description = "The export.")),
    responses(
        (status = 200, description = "The export.", body = Export),
    ),
)]
pub(super) async fn export_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ExportId>,
) -> Result<Json<Export>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let found = exports::get(&state.db, &granted, caller.user.id, id).await?;
    found.map(Json).ok_or_else(Problem::not_found)
}
