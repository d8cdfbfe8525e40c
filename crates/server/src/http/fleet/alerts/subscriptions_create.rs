//! `POST /api/v1/alert-subscriptions`: somebody else is notified of alerts.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_fleet::alerts::subscriptions::{self, AlertSubscription, AlertSubscriptionFields};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem};

/// A subscription that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeAlertSubscription {
    /// What it is.
    #[serde(flatten)]
    made: AlertSubscription,
    /// The secret that a webhook was given: shown this once.
    secret: Option<String>,
}

/// Make an alert subscription
#[utoipa::path(
    post,
    path = "/api/v1/alert-subscriptions",
    operation_id = "alert_subscriptions_create",
    tag = "alerts",
    request_body = AlertSubscriptionFields,
    responses((status = 201, description = "Made.", body = MadeAlertSubscription)),
)]
pub(super) async fn subscriptions_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(fields): Json<AlertSubscriptionFields>,
) -> Result<(StatusCode, Json<MadeAlertSubscription>), Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    crate::notify::check_address(&fields.channel)?;
    let made = subscriptions::create(&state.db, &state.secrets, granted, caller.act(), fields).await;
    let (made, secret) = made.map_err(super::of_subscription)?;
    Ok((StatusCode::CREATED, Json(MadeAlertSubscription { made, secret })))
}
