//! `POST /api/v1/pending-equipment/{id}/acceptance`: accept a machine that enrolled again.

use axum::extract::State;
use vigie_assets::{equipment::Equipment, pending};
use vigie_kernel::{Action, InventoryId};

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

/// Accept a machine that enrolled again
///
/// Its equipment goes on with the new key; the old one is revoked.
#[utoipa::path(
    post,
    path = "/api/v1/pending-equipment/{id}/acceptance",
    operation_id = "pending_equipment_accept",
    tag = "pending",
    params(("id" = InventoryId, Path, description = "The pending equipment.")),
    responses(
        (status = 200, description = "The equipment, with its new agent.", body = Equipment),
        (status = 409, description = "`pending-already-associated`, `equipment-deleted`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn pending_accept(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InventoryId>,
) -> Result<Json<Equipment>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let staleness = super::staleness(&state).await?;
    let changed = pending::accept(&state.db, granted, caller.act(), id, staleness).await.map_err(problem)?;
    state.intake.recount();
    state.events.changed(&[Topic::Equipment, Topic::Pending]);
    Ok(Json(changed))
}
