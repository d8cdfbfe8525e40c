//! `GET /api/v1/pending-equipment/{id}`: show a pending equipment.

use axum::extract::State;
use vigie_assets::pending::list::{PendingItem, get};
use vigie_kernel::{Action, InventoryId};

use crate::http::{AppState, Caller, Json, Path, Problem};

/// Show a pending equipment
#[utoipa::path(
    get,
    path = "/api/v1/pending-equipment/{id}",
    operation_id = "pending_equipment_get",
    tag = "pending",
    params(("id" = InventoryId, Path, description = "The pending equipment.")),
    responses(
        (status = 200, description = "The pending equipment.", body = PendingItem),
    ),
)]
pub(super) async fn pending_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InventoryId>,
) -> Result<Json<PendingItem>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    get(&state.db, &granted, id).await?.map(Json).ok_or_else(Problem::not_found)
}
