//! `PUT /api/v1/report-schedules/{id}`: change when reports are written.

use axum::extract::State;
use vigie_assets::reports::schedules::{self, ReportScheduleFields};
use vigie_kernel::{Action, ReportScheduleId};

use super::ScheduleAnswer;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

/// Change a report schedule
///
/// It stays its owner's, whoever changes it.
#[utoipa::path(
    put,
    path = "/api/v1/report-schedules/{id}",
    operation_id = "report_schedules_change",
    tag = "reports",
    params(("id" = ReportScheduleId, Path)),
    request_body = ReportScheduleFields,
    responses(
        (status = 200, description = "Changed.", body = ScheduleAnswer),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "`revision-stale`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn report_schedules_change(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ReportScheduleId>,
    Json(fields): Json<ReportScheduleFields>,
) -> Result<Json<ScheduleAnswer>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let changed = schedules::change(&state.db, granted, caller.act(), caller.user.id, id, fields).await;
    let changed = super::with_owner(&state, changed.map_err(super::of_schedule)?).await?;
    state.events.changed(&[Topic::Exports]);
    Ok(Json(changed))
}
