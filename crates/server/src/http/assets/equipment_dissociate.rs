//! `POST /api/v1/equipment/{id}/dissociation`: part an equipment from its agent.

use axum::extract::State;
use vigie_assets::equipment::{Equipment, life::dissociate};
use vigie_kernel::{Action, EquipmentId};

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

/// Part an equipment from its agent
///
/// The inventory waits in *Pending equipment* again; fields and history stay.
#[utoipa::path(
    post,
    path = "/api/v1/equipment/{id}/dissociation",
    operation_id = "equipment_dissociate",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    responses(
        (status = 200, description = "As it is now.", body = Equipment),
        (status = 409, description = "`equipment-has-no-agent`, `equipment-deleted`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn equipment_dissociate(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
) -> Result<Json<Equipment>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let staleness = super::staleness(&state).await?;
    let changed = dissociate(&state.db, granted, caller.act(), id, staleness).await.map_err(problem)?;
    state.events.changed(&[Topic::Equipment, Topic::Pending]);
    Ok(Json(changed))
}
