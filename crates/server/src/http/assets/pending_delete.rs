//! `DELETE /api/v1/pending-equipment/{id}`: delete a pending one.

use axum::{extract::State, http::StatusCode};
use vigie_assets::pending;
use vigie_kernel::{Action, InventoryId};

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Path, Problem, ProblemDocument},
};

/// Delete a pending one
///
/// What was collected goes; an agent that still runs comes back as new at its next synchronisation.
#[utoipa::path(
    delete,
    path = "/api/v1/pending-equipment/{id}",
    operation_id = "pending_equipment_delete",
    tag = "pending",
    params(("id" = InventoryId, Path, description = "The pending equipment.")),
    responses(
        (status = 204, description = "Done."),
        (status = 409, description = "`pending-already-associated`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn pending_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InventoryId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    pending::delete(&state.db, granted, caller.act(), id).await.map_err(problem)?;
    state.intake.recount();
    state.events.changed(&[Topic::Pending]);
    Ok(StatusCode::NO_CONTENT)
}
