//! `POST /api/v1/alerts/clear-by-type`: clears all alerts of a type.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_fleet::alerts::handle;
use vigie_kernel::Action;
use vigie_wire::link::alert::AlertType;

use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Problem},
};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClearByType)]
pub(super) struct Request {
    /// Which.
    #[serde(rename = "type")]
    alert_type: AlertType,
}

/// What was cleared.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClearedByType {
    /// How many alerts.
    alerts: u64,
    /// Of how many customers.
    customers: usize,
}

/// Clear a type of alerts
///
/// All of that type, of every customer that the caller sees, but for those that still go on.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/clear-by-type",
    operation_id = "alerts_clear_by_type",
    tag = "alerts",
    request_body = Request,
    responses((status = 200, description = "What was cleared.", body = ClearedByType)),
)]
pub(super) async fn alerts_clear_by_type(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<Request>,
) -> Result<Json<ClearedByType>, Problem> {
    let granted = caller.require(Action::AlertsHandle)?;
    let cleared = handle::clear_type(&state.db, granted, caller.act(), request.alert_type).await?;
    state.events.changed(&[Topic::Alerts]);
    Ok(Json(ClearedByType { alerts: cleared.alerts, customers: cleared.customers.len() }))
}
