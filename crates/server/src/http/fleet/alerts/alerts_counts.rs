//! `GET /api/v1/alerts/counts`: how many alerts there are, by type and severity.

use axum::extract::State;
use vigie_fleet::alerts::{
    counts::{self, AlertCounts},
    list::Filter,
};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem, Query, list::SearchQuery};

/// How many alerts there are
///
/// Of those that a list with the same filter shows; counts by type leave out the filter's type.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/counts",
    operation_id = "alerts_counts",
    tag = "alerts",
    params(SearchQuery, Filter),
    responses((status = 200, description = "Counts.", body = AlertCounts)),
)]
pub(super) async fn alerts_counts(
    State(state): State<AppState>,
    caller: Caller,
    Query(search): Query<SearchQuery>,
    Query(mut filter): Query<Filter>,
) -> Result<Json<AlertCounts>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    filter.q = search.words()?;
    Ok(Json(counts::counts(&state.db, granted, &filter).await?))
}
