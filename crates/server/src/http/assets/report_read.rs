//! `GET /api/v1/report-schedules/{id}/reports/{report}`: a report that is kept.

use axum::{extract::State, response::Response};
use vigie_assets::reports::schedules;
use vigie_kernel::{Action, ReportId, ReportScheduleId};

use crate::http::{AppState, Caller, Path, Problem};

/// Read a report
#[utoipa::path(
    get,
    path = "/api/v1/report-schedules/{id}/reports/{report}",
    operation_id = "report_read",
    tag = "reports",
    params(("id" = ReportScheduleId, Path), ("report" = ReportId, Path)),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html")),
)]
pub(super) async fn report_read(
    State(state): State<AppState>,
    caller: Caller,
    Path((id, report)): Path<(ReportScheduleId, ReportId)>,
) -> Result<Response, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let found = schedules::read(&state.db, &granted, caller.user.id, id, Some(report)).await?;
    Ok(super::html(found.ok_or_else(Problem::not_found)?, None))
}
