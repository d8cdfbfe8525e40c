//! `POST /api/v1/pending-equipment/{id}/equipment`: make equipment of a pending one.

use axum::{extract::State, http::StatusCode};
use vigie_assets::{
    equipment::{Equipment, change::Fields},
    pending,
};
use vigie_kernel::{Action, InventoryId};

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

/// Make equipment of a pending one
///
/// `{}` takes everything as it was collected; members correct it. Without a customer it belongs to that of its API
/// client or tag, else to the default one.
#[utoipa::path(
    post,
    path = "/api/v1/pending-equipment/{id}/equipment",
    operation_id = "pending_equipment_create",
    tag = "pending",
    params(("id" = InventoryId, Path, description = "The pending equipment.")),
    request_body = Fields,
    responses(
        (status = 201, description = "Made.", body = Equipment),
        (status = 409, description = "`pending-already-associated`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn pending_create(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InventoryId>,
    Json(fields): Json<Fields>,
) -> Result<(StatusCode, Json<Equipment>), Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let staleness = super::staleness(&state).await?;
    let made = pending::create(&state.db, granted, caller.act(), id, fields, staleness).await.map_err(problem)?;
    state.events.changed(&[Topic::Equipment, Topic::Pending]);
    Ok((StatusCode::CREATED, Json(made)))
}
