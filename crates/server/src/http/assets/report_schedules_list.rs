//! `GET /api/v1/report-schedules`: when reports are written.

use axum::extract::State;
use vigie_assets::reports::schedules;
use vigie_kernel::Action;

use super::ScheduleAnswer;
use crate::http::{AppState, Caller, Json, Problem, people::Items};

/// List report schedules
///
/// One's own; whoever sees all customers sees everybody's.
#[utoipa::path(
    get,
    path = "/api/v1/report-schedules",
    operation_id = "report_schedules_list",
    tag = "reports",
    responses((status = 200, description = "By name, at most 1,000, each with the reports that are kept.", body = Items<ScheduleAnswer>)),
)]
pub(super) async fn report_schedules_list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<Items<ScheduleAnswer>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let all = schedules::list(&state.db, &granted, caller.user.id).await?;
    Ok(Json(Items { items: super::with_owners(&state, all).await? }))
}
