//! `GET /api/v1/overview`: show the figures of the first page.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_assets::overview::{Overview, overview as figures};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem};

/// The figures, and what they were made with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OverviewAnswer)]
pub(super) struct Answer {
    /// The figures.
    #[serde(flatten)]
    figures: Overview,
    /// Days after which a silent agent counts.
    stale_after_days: u32,
}

/// Show the figures of the first page
///
/// Each is the size of a list that can be opened.
#[utoipa::path(
    get,
    path = "/api/v1/overview",
    operation_id = "overview",
    tag = "overview",
    responses(
        (status = 200, description = "The figures.", body = Answer),
    ),
)]
pub(super) async fn overview(State(state): State<AppState>, caller: Caller) -> Result<Json<Answer>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    let stale_after_days = state.preferences.get(caller.now()).await?.stale_after_days;
    let figures = figures(&state.db, &granted, super::staleness(&state).await?).await?;
    Ok(Json(Answer { figures, stale_after_days }))
}
