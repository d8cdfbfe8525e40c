//! `GET /api/v1/equipment/{id}/operations`: show what joined an equipment with what.

use axum::extract::State;
use vigie_assets::equipment::life::{Operation, operations};
use vigie_kernel::{Action, EquipmentId};

use crate::http::{AppState, Caller, Json, ListAnswer, Path, Problem};

/// Show what joined an equipment with what
///
/// Newest first, each with its reasons. The newest can be undone where `can_undo` says so.
#[utoipa::path(
    get,
    path = "/api/v1/equipment/{id}/operations",
    operation_id = "equipment_operations",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    responses(
        (status = 200, description = "All of them.", body = ListAnswer<Operation>),
    ),
)]
pub(super) async fn equipment_operations(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
) -> Result<Json<ListAnswer<Operation>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let found = operations(&state.db, &granted, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(ListAnswer::whole(found)))
}
