//! `GET /api/v1/equipment/{id}/key-software`: how an equipment stands to key software.

use axum::extract::State;
use vigie_assets::software::key::{self, KeySoftwareOfMachine};
use vigie_kernel::{Action, EquipmentId};

use crate::http::{AppState, Caller, Json, Path, Problem, people::Items};

/// Key software of an equipment
///
/// What is watched for on machines of its system: there in which version, too old, or absent. Nothing where its software
/// is not known.
#[utoipa::path(
    get,
    path = "/api/v1/equipment/{id}/key-software",
    operation_id = "equipment_key_software",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    responses((status = 200, description = "By name.", body = Items<KeySoftwareOfMachine>)),
)]
pub(super) async fn equipment_key_software(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
) -> Result<Json<Items<KeySoftwareOfMachine>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let items = key::of_equipment(&state.db, &granted, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(Items { items }))
}
