//! `GET /api/v1/alerts/counts`: how many alerts there are, by type and severity.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_fleet::alerts::{
    counts::{self, AlertCounts},
    list::Filter,
};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem, Query};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Search {
    /// Of alerts that contain these words.
    #[param(max_length = 200)]
    q: Option<String>,
}

/// How many alerts there are
///
/// Of those that a list with the same filter shows; counts by type leave out the filter's type.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/counts",
    operation_id = "alerts_counts",
    tag = "alerts",
    params(Search, Filter),
    responses((status = 200, description = "Counts.", body = AlertCounts)),
)]
pub(super) async fn alerts_counts(
    State(state): State<AppState>,
    caller: Caller,
    Query(search): Query<Search>,
    Query(mut filter): Query<Filter>,
) -> Result<Json<AlertCounts>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    filter.q = search.q;
    if filter.q.as_ref().is_some_and(|it| it.chars().count() > 200 || it.contains('\0')) {
        return Err(Problem::invalid("q", "must be text of at most 200 characters"));
    }
    Ok(Json(counts::counts(&state.db, granted, &filter).await?))
}
