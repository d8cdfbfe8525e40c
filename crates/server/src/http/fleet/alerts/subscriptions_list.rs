//! `GET /api/v1/alert-subscriptions`: who is notified of alerts.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_fleet::alerts::subscriptions::{self, AlertSubscription};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem};

/// Subscriptions, at most 200.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertSubscriptions {
    /// By name.
    items: Vec<AlertSubscription>,
}

/// Alert subscriptions
#[utoipa::path(
    get,
    path = "/api/v1/alert-subscriptions",
    operation_id = "alert_subscriptions_list",
    tag = "alerts",
    responses((status = 200, description = "All of them.", body = AlertSubscriptions)),
)]
pub(super) async fn subscriptions_list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<AlertSubscriptions>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    Ok(Json(AlertSubscriptions { items: subscriptions::list(&state.db, granted).await? }))
}
