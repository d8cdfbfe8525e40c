//! `DELETE /api/v1/equipment/{id}`: delete an equipment.

use axum::{extract::State, http::StatusCode};
use vigie_assets::equipment::life::delete;
use vigie_kernel::{Action, EquipmentId};

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Path, Problem, ProblemDocument},
};

/// Delete an equipment
///
/// It leaves lists and counts, and can be restored until its time is over.
#[utoipa::path(
    delete,
    path = "/api/v1/equipment/{id}",
    operation_id = "equipment_delete",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    responses(
        (status = 204, description = "Done."),
        (status = 409, description = "`equipment-deleted`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn equipment_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    delete(&state.db, granted, caller.act(), id).await.map_err(problem)?;
    state.intake.recount();
    state.events.changed(&[Topic::Equipment, Topic::Pending]);
    Ok(StatusCode::NO_CONTENT)
}
