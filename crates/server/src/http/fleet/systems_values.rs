//! `GET /api/v1/systems/values`: what systems can be narrowed by.

use axum::extract::State;
use vigie_fleet::network::{self, Values};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem};

/// What systems can be narrowed by
///
/// Profiles and versions of the systems that the caller sees, with how many have each; the most frequent first.
#[utoipa::path(
    get,
    path = "/api/v1/systems/values",
    operation_id = "systems_values",
    tag = "systems",
    responses((status = 200, description = "The values.", body = Values)),
)]
pub(super) async fn systems_values(State(state): State<AppState>, caller: Caller) -> Result<Json<Values>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    Ok(Json(network::values(&state.db, granted).await?))
}
