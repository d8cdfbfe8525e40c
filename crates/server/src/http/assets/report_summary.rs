//! `GET /api/v1/reports/summary`: the whole inventory in figures.

use axum::extract::State;
use vigie_assets::{equipment::list::Narrowed, reports::Summary};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem, ProblemDocument, Query};

/// Summary of the inventory
///
/// Of all that the caller sees, or of one customer or reseller. Each figure brings the query of the list of equipment that
/// shows exactly what it counts.
#[utoipa::path(
    get,
    path = "/api/v1/reports/summary",
    operation_id = "report_summary",
    tag = "reports",
    params(Narrowed),
    responses(
        (status = 200, description = "The figures.", body = Summary),
        (status = 404, description = "`not-found`: the reseller or the customer is none, or not yours.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn report_summary(
    State(state): State<AppState>,
    caller: Caller,
    Query(narrowed): Query<Narrowed>,
) -> Result<Json<Summary>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    Ok(Json(super::summary(&state, &granted, &narrowed).await?))
}
