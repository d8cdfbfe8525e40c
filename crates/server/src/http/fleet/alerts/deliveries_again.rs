//! `POST /api/v1/alert-deliveries/{id}/again`: sends a message again.

use axum::{extract::State, http::StatusCode};
use vigie_fleet::alerts::deliveries;
use vigie_kernel::{Action, AlertDeliveryId};

use crate::http::{AppState, Caller, Path, Problem};

/// Send a message again
///
/// One that was given up, or at once one that waits for its next try.
#[utoipa::path(
    post,
    path = "/api/v1/alert-deliveries/{id}/again",
    operation_id = "alert_deliveries_again",
    tag = "alerts",
    params(("id" = AlertDeliveryId, Path)),
    responses((status = 204, description = "It is on its way.")),
)]
pub(super) async fn deliveries_again(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<AlertDeliveryId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    if !deliveries::again(&state.db, granted, caller.act(), id).await? {
        return Err(Problem::not_found());
    }
    state.alert_news.notify_one();
    Ok(StatusCode::NO_CONTENT)
}
