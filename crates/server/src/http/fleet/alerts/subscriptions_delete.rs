//! `DELETE /api/v1/alert-subscriptions/{id}`: somebody is not notified any more.

use axum::{extract::State, http::StatusCode};
use vigie_fleet::alerts::subscriptions;
use vigie_kernel::{Action, AlertSubscriptionId};

use crate::http::{AppState, Caller, Path, Problem};

/// Delete an alert subscription
///
/// With its messages, also those that are on their way.
#[utoipa::path(
    delete,
    path = "/api/v1/alert-subscriptions/{id}",
    operation_id = "alert_subscriptions_delete",
    tag = "alerts",
    params(("id" = AlertSubscriptionId, Path)),
    responses((status = 204, description = "Deleted.")),
)]
pub(super) async fn subscriptions_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<AlertSubscriptionId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    if !subscriptions::delete(&state.db, granted, caller.act(), id).await? {
        return Err(Problem::not_found());
    }
    Ok(StatusCode::NO_CONTENT)
}
