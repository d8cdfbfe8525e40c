//! `PUT /api/v1/equipment/{id}/key-acceptance`: accept a new key beforehand.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_assets::equipment::{Equipment, life::accept_key_until};
use vigie_kernel::{Action, EquipmentId};

use super::problem;
use crate::http::{AppState, Caller, Json, Path, Problem, ProblemDocument};

/// How long.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Window {
    /// Hours from now, 1 to 168; 0 ends it.
    #[schema(minimum = 0, maximum = 168)]
    hours: u32,
}

/// Accept a new key beforehand
///
/// For a planned reinstallation: when this machine enrols again within these hours, its new key is accepted by
/// itself.
#[utoipa::path(
    put,
    path = "/api/v1/equipment/{id}/key-acceptance",
    operation_id = "equipment_accept_key",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    request_body = Window,
    responses(
        (status = 200, description = "As it is now.", body = Equipment),
        (status = 409, description = "`equipment-deleted`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn equipment_accept_key(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
    Json(window): Json<Window>,
) -> Result<Json<Equipment>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    if window.hours > 168 {
        return Err(Problem::invalid("hours", "must be 0 to 168"));
    }
    let act = caller.act();
    let hours = u64::from(window.hours);
    let until = (hours > 0).then(|| act.at.plus(std::time::Duration::from_secs(hours * 3600)));
    let staleness = super::staleness(&state).await?;
    let changed = accept_key_until(&state.db, granted, act, id, until, staleness).await.map_err(problem)?;
    Ok(Json(changed))
}
