//! `POST /api/v1/equipment/{id}/operations/{operation_id}/undo`: undo an operation.

use axum::extract::State;
use vigie_assets::equipment::{Equipment, life::undo};
use vigie_kernel::{Action, EquipmentId, OperationId};

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

/// Undo an operation
///
/// The newest of the equipment only.
#[utoipa::path(
    post,
    path = "/api/v1/equipment/{id}/operations/{operation_id}/undo",
    operation_id = "equipment_undo",
    tag = "equipment",
    params(
        ("id" = EquipmentId, Path, description = "The equipment."),
        ("operation_id" = OperationId, Path, description = "The operation."),
    ),
    responses(
        (status = 200, description = "As it is now.", body = Equipment),
        (status = 409, description = "`nothing-to-undo`, `equipment-deleted`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn equipment_undo(
    State(state): State<AppState>,
    caller: Caller,
    Path((id, operation_id)): Path<(EquipmentId, OperationId)>,
) -> Result<Json<Equipment>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let staleness = super::staleness(&state).await?;
    let changed = undo(&state.db, granted, caller.act(), id, operation_id, staleness).await.map_err(problem)?;
    state.events.changed(&[Topic::Equipment, Topic::Pending]);
    Ok(Json(changed))
}
