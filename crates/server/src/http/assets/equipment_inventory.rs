//! `GET /api/v1/equipment/{id}/inventory`: show an equipment's inventory.

use axum::extract::State;
use vigie_assets::equipment::detail::{Inventory, inventory};
use vigie_kernel::{Action, Code, EquipmentId};

use crate::http::{AppState, Caller, Json, Path, Problem, ProblemDocument};

/// Show an equipment's inventory
///
/// All sections as they were last stored. `equipment-has-no-agent` when it never had one.
#[utoipa::path(
    get,
    path = "/api/v1/equipment/{id}/inventory",
    operation_id = "equipment_inventory",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    responses(
        (status = 200, description = "The inventory.", body = Inventory),
        (status = 409, description = "`equipment-has-no-agent`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn equipment_inventory(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
) -> Result<Json<Inventory>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let found = inventory(&state.db, &granted, id).await?.ok_or_else(Problem::not_found)?;
    found.map(Json).ok_or_else(|| Problem::new(Code::EquipmentHasNoAgent))
}
