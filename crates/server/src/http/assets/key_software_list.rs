//! `GET /api/v1/key-software`: programs that are watched for.

use axum::extract::State;
use vigie_assets::{
    equipment::list::Narrowed,
    software::key::{self, KeySoftwareList},
};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem, Query};

/// List key software
///
/// With the equipment that has each, has it too old, or does not have it: of all that the caller may see, or of one
/// customer or reseller. Counts follow a change within moments; `waiting` says how many machines are still to be looked at.
#[utoipa::path(
    get,
    path = "/api/v1/key-software",
    operation_id = "key_software_list",
    tag = "software",
    params(Narrowed),
    responses((status = 200, description = "All of it, at most 100, by name.", body = KeySoftwareList)),
)]
pub(super) async fn key_software_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(narrowed): Query<Narrowed>,
) -> Result<Json<KeySoftwareList>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    Ok(Json(key::list(&state.db, &granted, &narrowed).await?))
}
