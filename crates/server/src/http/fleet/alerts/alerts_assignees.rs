//! `GET /api/v1/alerts/assignees`: who may look after alerts.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::users::assignable::{self, Assignable};

use crate::http::{AppState, Caller, Json, Problem, Query, list::SearchQuery, people::Items};

/// Who may look after alerts
///
/// People whose role handles alerts, at most 50. Who does not see every customer is told of those who see one of the same.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/assignees",
    operation_id = "alerts_assignees",
    tag = "alerts",
    params(SearchQuery),
    responses((status = 200, description = "Some people, by name.", body = Items<Assignable>)),
)]
pub(super) async fn alerts_assignees(
    State(state): State<AppState>,
    caller: Caller,
    Query(search): Query<SearchQuery>,
) -> Result<Json<Items<Assignable>>, Problem> {
    let granted = caller.require(Action::AlertsHandle)?;
    let words = search.words()?;
    Ok(Json(Items { items: assignable::list(&state.db, granted, words.as_deref()).await? }))
}
