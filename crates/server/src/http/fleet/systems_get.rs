//! `GET /api/v1/systems/{id}`: one system.

use axum::extract::State;
use vigie_fleet::systems::{self, System};
use vigie_kernel::{Action, SystemId};

use crate::http::{AppState, Caller, Json, Path, Problem};

/// A system
#[utoipa::path(
    get,
    path = "/api/v1/systems/{id}",
    operation_id = "systems_get",
    tag = "systems",
    params(("id" = SystemId, Path, description = "The system.")),
    responses((status = 200, description = "As it is.", body = System)),
)]
pub(super) async fn systems_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<SystemId>,
) -> Result<Json<System>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    let found = systems::get(&state.db, granted, id, state.clock.now()).await?;
    found.map(Json).ok_or_else(Problem::not_found)
}
