//! `PATCH /api/v1/equipment/{id}`: change an equipment.

use axum::extract::State;
use vigie_assets::equipment::{
    Equipment,
    change::{Fields, patch},
};
use vigie_kernel::{Action, EquipmentId};

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

/// Change an equipment
///
/// Absent members stay. A member that agents bring is locked against them when it is set, until it is named in
/// `unlock`. With `revision`, a change made by someone else in the meantime refuses this one.
#[utoipa::path(
    patch,
    path = "/api/v1/equipment/{id}",
    operation_id = "equipment_patch",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    request_body = Fields,
    responses(
        (status = 200, description = "As it is now.", body = Equipment),
        (status = 409, description = "`equipment-deleted`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "`revision-stale`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn equipment_patch(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
    Json(fields): Json<Fields>,
) -> Result<Json<Equipment>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let staleness = super::staleness(&state).await?;
    let changed = patch(&state.db, granted, caller.act(), id, fields, staleness).await.map_err(problem)?;
    state.events.changed(&[Topic::Equipment]);
    Ok(Json(changed))
}
