//! `GET /api/v1/maintenance-windows`: when nobody is notified.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_fleet::alerts::maintenance::{self, MaintenanceWindow};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem};

/// Maintenance windows, at most 500.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MaintenanceWindows {
    /// By their beginning.
    items: Vec<MaintenanceWindow>,
}

/// Maintenance windows
#[utoipa::path(
    get,
    path = "/api/v1/maintenance-windows",
    operation_id = "maintenance_list",
    tag = "alerts",
    responses((status = 200, description = "All that the caller may see.", body = MaintenanceWindows)),
)]
pub(super) async fn maintenance_list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<MaintenanceWindows>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    Ok(Json(MaintenanceWindows { items: maintenance::list(&state.db, granted, state.clock.now()).await? }))
}
