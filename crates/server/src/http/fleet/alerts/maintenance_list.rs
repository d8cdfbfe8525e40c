//! `GET /api/v1/maintenance-windows`: when nobody is notified.

use axum::extract::State;
use vigie_fleet::alerts::maintenance::{self, MaintenanceWindow};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem, people::Items};

/// Maintenance windows
#[utoipa::path(
    get,
    path = "/api/v1/maintenance-windows",
    operation_id = "maintenance_list",
    tag = "alerts",
    responses((status = 200, description = "All that the caller may see, at most 500, by their beginning.", body = Items<MaintenanceWindow>)),
)]
pub(super) async fn maintenance_list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<Items<MaintenanceWindow>>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    Ok(Json(Items { items: maintenance::list(&state.db, granted, state.clock.now()).await? }))
}
