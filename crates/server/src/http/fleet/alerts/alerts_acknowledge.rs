//! `POST /api/v1/alerts/acknowledge`: says that one knows of alerts.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_fleet::alerts::handle::Handling;
use vigie_kernel::AlertId;

use crate::http::{AppState, Caller, Json, Problem, bulk::BulkAnswer};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AcknowledgeAlerts)]
pub(super) struct Request {
    /// These; at most 200.
    #[serde(default)]
    ids: Vec<AlertId>,
    /// All that this filter finds, instead of `ids`. At most 10,000.
    #[schema(value_type = Option<Object>)]
    all: Option<serde_json::Value>,
    /// False takes it back.
    #[serde(default = "yes")]
    acknowledged: bool,
}

const fn yes() -> bool {
    true
}

/// Acknowledge alerts
///
/// Until they occur again.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/acknowledge",
    operation_id = "alerts_acknowledge",
    tag = "alerts",
    request_body = Request,
    responses((status = 200, description = "How many were acknowledged, and which not.", body = BulkAnswer<AlertId>)),
)]
pub(super) async fn alerts_acknowledge(
    State(state): State<AppState>,
    caller: Caller,
    Json(it): Json<Request>,
) -> Result<Json<BulkAnswer<AlertId>>, Problem> {
    super::handle(&state, &caller, it.ids, it.all.as_ref(), Handling::Acknowledge(it.acknowledged)).await.map(Json)
}
