//! `POST /api/v1/equipment`: make equipment by hand.

use axum::{extract::State, http::StatusCode};
use vigie_assets::equipment::{
    Equipment,
    change::{Fields, create},
};
use vigie_kernel::Action;

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Problem},
};

/// Make equipment by hand
///
/// Without a customer it belongs to the default one.
#[utoipa::path(
    post,
    path = "/api/v1/equipment",
    operation_id = "equipment_create",
    tag = "equipment",
    request_body = Fields,
    responses(
        (status = 201, description = "Made.", body = Equipment),
    ),
)]
pub(super) async fn equipment_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(fields): Json<Fields>,
) -> Result<(StatusCode, Json<Equipment>), Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let staleness = super::staleness(&state).await?;
    let made = create(&state.db, granted, caller.act(), fields, staleness).await.map_err(problem)?;
    state.events.changed(&[Topic::Equipment]);
    Ok((StatusCode::CREATED, Json(made)))
}
