//! `DELETE /api/v1/maintenance-windows/{id}`: ends a maintenance window, for good.

use axum::{extract::State, http::StatusCode};
use vigie_fleet::alerts::maintenance;
use vigie_kernel::{Action, MaintenanceWindowId};

use crate::{
    events::Topic,
    http::{AppState, Caller, Path, Problem},
};

/// Delete a maintenance window
///
/// What still goes on is told at once.
#[utoipa::path(
    delete,
    path = "/api/v1/maintenance-windows/{id}",
    operation_id = "maintenance_delete",
    tag = "alerts",
    params(("id" = MaintenanceWindowId, Path)),
    responses((status = 204, description = "Deleted.")),
)]
pub(super) async fn maintenance_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<MaintenanceWindowId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::AlertsHandle)?;
    if !maintenance::delete(&state.db, granted, caller.act(), id).await? {
        return Err(Problem::not_found());
    }
    state.events.changed(&[Topic::Alerts]);
    Ok(StatusCode::NO_CONTENT)
}
