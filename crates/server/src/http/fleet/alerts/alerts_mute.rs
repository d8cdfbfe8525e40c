//! `POST /api/v1/alerts/mute`: nobody is notified of alerts for a time.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_fleet::alerts::handle::Handling;
use vigie_kernel::{AlertId, Timestamp};

use crate::http::{AppState, Caller, Json, Problem, bulk::BulkAnswer};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MuteAlerts)]
pub(super) struct Request {
    /// These; at most 200.
    #[serde(default)]
    ids: Vec<AlertId>,
    /// All that this filter finds, instead of `ids`. At most 10,000.
    #[schema(value_type = Option<Object>)]
    all: Option<serde_json::Value>,
    /// Until then; null: they are not muted any more.
    until: Option<Timestamp>,
}

/// Mute alerts
///
/// Nobody is notified of them until then. What still goes on is told afterwards.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/mute",
    operation_id = "alerts_mute",
    tag = "alerts",
    request_body = Request,
    responses((status = 200, description = "How many were muted, and which not.", body = BulkAnswer<AlertId>)),
)]
pub(super) async fn alerts_mute(
    State(state): State<AppState>,
    caller: Caller,
    Json(it): Json<Request>,
) -> Result<Json<BulkAnswer<AlertId>>, Problem> {
    if it.until.is_some_and(|until| until <= state.clock.now()) {
        return Err(Problem::invalid("until", "is still to come"));
    }
    super::handle(&state, &caller, it.ids, it.all.as_ref(), Handling::Mute(it.until)).await.map(Json)
}
