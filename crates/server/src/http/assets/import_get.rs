//! `GET /api/v1/imports/{id}`: get an import.

use axum::extract::State;
use vigie_assets::imports::{self, Import};
use vigie_kernel::{Action, ImportId};

use crate::http::{AppState, Caller, Json, Path, Problem};

/// Get an import
#[utoipa::path(
    get,
    path = "/api/v1/imports/{id}",
    operation_id = "import_get",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    responses(
        (status = 200, description = "How far it is, or how it ended.", body = Import),
    ),
)]
pub(super) async fn import_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<Json<Import>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let found = imports::get(&state.db, &granted, caller.user.id, id).await?;
    Ok(Json(found.ok_or_else(Problem::not_found)?))
}
