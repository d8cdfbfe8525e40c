//! `GET /api/v1/alerts/{id}`: one alert.

use axum::extract::State;
use vigie_fleet::alerts::{Alert, list};
use vigie_kernel::{Action, AlertId};

use crate::http::{AppState, Caller, Json, Path, Problem};

/// One alert
#[utoipa::path(
    get,
    path = "/api/v1/alerts/{id}",
    operation_id = "alerts_get",
    tag = "alerts",
    params(("id" = AlertId, Path)),
    responses((status = 200, description = "The alert.", body = Alert)),
)]
pub(super) async fn alerts_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<AlertId>,
) -> Result<Json<Alert>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    let found = list::get(&state.db, granted, id, state.clock.now()).await?;
    let found = super::with_logins(&state, found.into_iter().collect()).await?.pop();
    found.map(Json).ok_or_else(Problem::not_found)
}
