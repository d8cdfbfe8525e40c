//! `POST /api/v1/alerts/clear`: clears alerts.

use axum::extract::State;
use vigie_fleet::alerts::handle::Handling;
use vigie_kernel::AlertId;

use super::Named;
use crate::http::{AppState, Caller, Json, Problem, bulk::BulkAnswer};

/// Clear alerts
///
/// They stay in the history; another occurrence begins a new alert. One that still goes on is not cleared, and named.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/clear",
    operation_id = "alerts_clear",
    tag = "alerts",
    request_body = Named,
    responses((status = 200, description = "How many were cleared, and which not.", body = BulkAnswer<AlertId>)),
)]
pub(super) async fn alerts_clear(
    State(state): State<AppState>,
    caller: Caller,
    Json(named): Json<Named>,
) -> Result<Json<BulkAnswer<AlertId>>, Problem> {
    super::handle(&state, &caller, named.ids, named.all.as_ref(), Handling::Clear).await.map(Json)
}
