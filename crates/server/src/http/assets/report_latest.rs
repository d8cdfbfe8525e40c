//! `GET /api/v1/report-schedules/{id}/latest.html`: the newest report of a schedule.

use axum::{extract::State, response::Response};
use vigie_assets::reports::schedules;
use vigie_kernel::{Action, ReportScheduleId};

use crate::http::{AppState, Caller, Path, Problem};

/// Read the newest report of a schedule
///
/// An address that stays, for whoever copies each report to an intranet.
#[utoipa::path(
    get,
    path = "/api/v1/report-schedules/{id}/latest.html",
    operation_id = "report_latest",
    tag = "reports",
    params(("id" = ReportScheduleId, Path)),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html")),
)]
pub(super) async fn report_latest(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ReportScheduleId>,
) -> Result<Response, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let found = schedules::read(&state.db, &granted, caller.user.id, id, None).await?;
    Ok(super::html(found.ok_or_else(Problem::not_found)?, None))
}
