//! `POST /api/v1/equipment/{id}/restoration`: restore a deleted equipment.

use axum::extract::State;
use vigie_assets::equipment::{Equipment, life::restore};
use vigie_kernel::{Action, EquipmentId};

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

/// Restore a deleted equipment
#[utoipa::path(
    post,
    path = "/api/v1/equipment/{id}/restoration",
    operation_id = "equipment_restore",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    responses(
        (status = 200, description = "As it is now.", body = Equipment),
        (status = 409, description = "`equipment-not-deleted`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn equipment_restore(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
) -> Result<Json<Equipment>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let staleness = super::staleness(&state).await?;
    let changed = restore(&state.db, granted, caller.act(), id, staleness).await.map_err(problem)?;
    state.intake.recount();
    state.events.changed(&[Topic::Equipment, Topic::Pending]);
    Ok(Json(changed))
}
