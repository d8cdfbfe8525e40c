//! `DELETE /api/v1/report-schedules/{id}`: have no more reports written.

use axum::{extract::State, http::StatusCode};
use vigie_assets::reports::schedules;
use vigie_kernel::{Action, ReportScheduleId};

use crate::{
    events::Topic,
    http::{AppState, Caller, Path, Problem},
};

/// Delete a report schedule
///
/// With the reports that are kept of it.
#[utoipa::path(
    delete,
    path = "/api/v1/report-schedules/{id}",
    operation_id = "report_schedules_delete",
    tag = "reports",
    params(("id" = ReportScheduleId, Path)),
    responses((status = 204, description = "Deleted.")),
)]
pub(super) async fn report_schedules_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ReportScheduleId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let deleted = schedules::delete(&state.db, granted, caller.act(), caller.user.id, id).await;
    deleted.map_err(super::of_schedule)?;
    state.events.changed(&[Topic::Exports]);
    Ok(StatusCode::NO_CONTENT)
}
