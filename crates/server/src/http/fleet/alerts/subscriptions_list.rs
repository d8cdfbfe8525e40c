//! `GET /api/v1/alert-subscriptions`: who is notified of alerts.

use axum::extract::State;
use vigie_fleet::alerts::subscriptions::{self, AlertSubscription};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem, people::Items};

/// Alert subscriptions
#[utoipa::path(
    get,
    path = "/api/v1/alert-subscriptions",
    operation_id = "alert_subscriptions_list",
    tag = "alerts",
    responses((status = 200, description = "All of them, at most 200, by name.", body = Items<AlertSubscription>)),
)]
pub(super) async fn subscriptions_list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<Items<AlertSubscription>>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    Ok(Json(Items { items: subscriptions::list(&state.db, granted).await? }))
}
