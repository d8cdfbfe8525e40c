//! `POST /api/v1/notifications/read`: notifications were read.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::Action;
use vigie_people::notifications::{self, MOST_MARKED, MarkRead};

use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Problem},
};

/// Mark notifications as read
#[utoipa::path(
    post,
    path = "/api/v1/notifications/read",
    operation_id = "notifications_read",
    tag = "notifications",
    request_body = MarkRead,
    responses((status = 204, description = "Marked.")),
)]
pub(super) async fn notifications_read(
    State(state): State<AppState>,
    caller: Caller,
    Json(which): Json<MarkRead>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    if which.ids.len() > MOST_MARKED {
        return Err(Problem::invalid("ids", format!("must be at most {MOST_MARKED}")));
    }
    if notifications::mark_read(&state.db, granted, caller.act(), which).await? > 0 {
        state.events.changed(&[Topic::Notifications]);
    }
    Ok(StatusCode::NO_CONTENT)
}
