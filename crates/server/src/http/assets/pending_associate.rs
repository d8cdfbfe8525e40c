//! `POST /api/v1/pending-equipment/{id}/association`: associate a pending one with an equipment.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_assets::{equipment::Equipment, pending};
use vigie_kernel::{Action, EquipmentId, InventoryId};

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

/// With which.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Association {
    /// The equipment.
    equipment_id: EquipmentId,
}

/// Associate a pending one with an equipment
///
/// Only with an equipment that no agent is associated with.
#[utoipa::path(
    post,
    path = "/api/v1/pending-equipment/{id}/association",
    operation_id = "pending_equipment_associate",
    tag = "pending",
    params(("id" = InventoryId, Path, description = "The pending equipment.")),
    request_body = Association,
    responses(
        (status = 200, description = "The equipment, with its agent.", body = Equipment),
        (status = 409, description = "`equipment-already-associated`, `pending-already-associated`, `equipment-deleted`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn pending_associate(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InventoryId>,
    Json(with): Json<Association>,
) -> Result<Json<Equipment>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let staleness = super::staleness(&state).await?;
    let act = caller.act();
    let changed =
        pending::associate(&state.db, granted, act, id, with.equipment_id, staleness).await.map_err(problem)?;
    state.events.changed(&[Topic::Equipment, Topic::Pending]);
    Ok(Json(changed))
}
