//! `POST /api/v1/report-schedules/{id}/run`: have a report written now.

use axum::{extract::State, http::StatusCode};
use vigie_assets::reports::schedules;
use vigie_kernel::{Action, ReportScheduleId};

use crate::{
    events::Topic,
    http::{AppState, Caller, Path, Problem},
};

/// Write a report now
///
/// In the background, within moments, beside those of the schedule; it is sent like them.
#[utoipa::path(
    post,
    path = "/api/v1/report-schedules/{id}/run",
    operation_id = "report_schedules_run",
    tag = "reports",
    params(("id" = ReportScheduleId, Path)),
    responses((status = 202, description = "It will be written.")),
)]
pub(super) async fn report_schedules_run(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ReportScheduleId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let run = schedules::run(&state.db, granted, caller.act(), caller.user.id, id).await;
    run.map_err(super::of_schedule)?;
    state.events.changed(&[Topic::Exports]);
    Ok(StatusCode::ACCEPTED)
}
