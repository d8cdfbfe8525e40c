//! `PUT /api/v1/alert-subscriptions/{id}`: changes who is notified of alerts.

use axum::extract::State;
use vigie_fleet::alerts::subscriptions::{self, AlertSubscription, AlertSubscriptionFields};
use vigie_kernel::{Action, AlertSubscriptionId};

use crate::http::{AppState, Caller, Json, Path, Problem, ProblemDocument};

/// Change an alert subscription
#[utoipa::path(
    put,
    path = "/api/v1/alert-subscriptions/{id}",
    operation_id = "alert_subscriptions_change",
    tag = "alerts",
    params(("id" = AlertSubscriptionId, Path)),
    request_body = AlertSubscriptionFields,
    responses(
        (status = 200, description = "Changed.", body = AlertSubscription),
        (status = 412, description = "`revision-stale`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn subscriptions_change(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<AlertSubscriptionId>,
    Json(fields): Json<AlertSubscriptionFields>,
) -> Result<Json<AlertSubscription>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    crate::notify::check_address(&fields.channel)?;
    let changed = subscriptions::change(&state.db, &state.secrets, granted, caller.act(), id, fields).await;
    Ok(Json(changed.map_err(super::of_subscription)?))
}
