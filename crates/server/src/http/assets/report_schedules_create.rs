//! `POST /api/v1/report-schedules`: have reports written.

use axum::{extract::State, http::StatusCode};
use vigie_assets::reports::schedules::{self, ReportScheduleFields};
use vigie_kernel::Action;

use super::ScheduleAnswer;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Problem, ProblemDocument},
};

/// Add a report schedule
///
/// Its reports show what the caller sees on the day on which each is written.
#[utoipa::path(
    post,
    path = "/api/v1/report-schedules",
    operation_id = "report_schedules_create",
    tag = "reports",
    request_body = ReportScheduleFields,
    responses(
        (status = 201, description = "Added.", body = ScheduleAnswer),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn report_schedules_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(fields): Json<ReportScheduleFields>,
) -> Result<(StatusCode, Json<ScheduleAnswer>), Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let made = schedules::create(&state.db, granted, caller.act(), caller.user.id, fields).await;
    let made = super::with_owner(&state, made.map_err(super::of_schedule)?).await?;
    state.events.changed(&[Topic::Exports]);
    Ok((StatusCode::CREATED, Json(made)))
}
