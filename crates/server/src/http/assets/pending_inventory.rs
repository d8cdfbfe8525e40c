//! `GET /api/v1/pending-equipment/{id}/inventory`: show a pending equipment's inventory.

use axum::extract::State;
use vigie_assets::{equipment::detail::Inventory, pending::inventory};
use vigie_kernel::{Action, InventoryId};

use crate::http::{AppState, Caller, Json, Path, Problem};

/// Show a pending equipment's inventory
#[utoipa::path(
    get,
    path = "/api/v1/pending-equipment/{id}/inventory",
    operation_id = "pending_equipment_inventory",
    tag = "pending",
    params(("id" = InventoryId, Path, description = "The pending equipment.")),
    responses(
        (status = 200, description = "The inventory.", body = Inventory),
    ),
)]
pub(super) async fn pending_inventory(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InventoryId>,
) -> Result<Json<Inventory>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    inventory(&state.db, &granted, id).await?.map(Json).ok_or_else(Problem::not_found)
}
