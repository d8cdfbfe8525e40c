//! `GET /api/v1/notifications`: what the bell shows.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vigie_kernel::Action;
use vigie_people::notifications::{self, Notification};

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts { descending: true, ..Sorts::of(&[("at", Kind::Number)]) };

/// Which notifications are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Only those that nobody has read.
    #[serde(default)]
    unread: bool,
}

/// A page, and how many are unread.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NotificationsAnswer {
    /// The page.
    #[serde(flatten)]
    page: ListAnswer<Notification>,
    /// How many are unread.
    unread: u64,
}

/// Notifications
#[utoipa::path(
    get,
    path = "/api/v1/notifications",
    operation_id = "notifications_list",
    tag = "notifications",
    params(ListQuery, Filter),
    responses((status = 200, description = "A page, newest first.", body = NotificationsAnswer)),
)]
pub(super) async fn notifications_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(filter): Query<Filter>,
) -> Result<Json<NotificationsAnswer>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let asked = query.understand(&SORTS)?;
    let (found, unread) = notifications::list(&state.db, granted, filter.unread, &asked.page).await?;
    Ok(Json(NotificationsAnswer { page: ListAnswer::page(&asked, found, |it| it), unread }))
}
