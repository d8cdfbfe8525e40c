//! `POST /api/v1/alerts/assign`: says who looks after alerts.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_fleet::alerts::handle::Handling;
use vigie_kernel::{Action, AlertId, UserId};
use vigie_people::users::assignable;

use crate::http::{AppState, Caller, Json, Problem, bulk::BulkAnswer};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssignAlerts)]
pub(super) struct Request {
    /// These; at most 200.
    #[serde(default)]
    ids: Vec<AlertId>,
    /// All that this filter finds, instead of `ids`. At most 10,000.
    #[schema(value_type = Option<Object>)]
    all: Option<serde_json::Value>,
    /// Who: somebody whose role handles alerts; null: nobody.
    user_id: Option<UserId>,
}

/// Assign alerts
#[utoipa::path(
    post,
    path = "/api/v1/alerts/assign",
    operation_id = "alerts_assign",
    tag = "alerts",
    request_body = Request,
    responses((status = 200, description = "How many were assigned, and which not.", body = BulkAnswer<AlertId>)),
)]
pub(super) async fn alerts_assign(
    State(state): State<AppState>,
    caller: Caller,
    Json(it): Json<Request>,
) -> Result<Json<BulkAnswer<AlertId>>, Problem> {
    let granted = caller.require(Action::AlertsHandle)?;
    if let Some(user) = it.user_id
        && !assignable::handles_alerts(&state.db, granted, user).await?
    {
        return Err(Problem::invalid("user_id", "is nobody who handles alerts"));
    }
    super::handle(&state, &caller, it.ids, it.all.as_ref(), Handling::Assign(it.user_id)).await.map(Json)
}
