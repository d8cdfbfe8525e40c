//! `GET /api/v1/equipment/{id}`: show an equipment.

use axum::extract::State;
use vigie_assets::equipment::{Equipment, detail::get};
use vigie_kernel::{Action, EquipmentId};

use crate::http::{AppState, Caller, Json, Path, Problem};

/// Show an equipment
///
/// Deleted ones too.
#[utoipa::path(
    get,
    path = "/api/v1/equipment/{id}",
    operation_id = "equipment_get",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    responses(
        (status = 200, description = "The equipment.", body = Equipment),
    ),
)]
pub(super) async fn equipment_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
) -> Result<Json<Equipment>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let staleness = super::staleness(&state).await?;
    get(&state.db, &granted, id, staleness).await?.map(Json).ok_or_else(Problem::not_found)
}
