//! `PUT /api/v1/saved-views/default`: the view that a list opens with.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::SavedViewId;
use vigie_people::views::{self, Page};

use super::{problems, viewer_of};
use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// What a list opens with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SavedViewDefault)]
pub(super) struct Default {
    /// Which list.
    page: Page,
    /// A view that the caller sees; null: the list as it is by itself.
    id: Option<SavedViewId>,
}

/// Choose the view that a list opens with
#[utoipa::path(
    put,
    path = "/api/v1/saved-views/default",
    operation_id = "saved_views_default",
    tag = "profile",
    request_body = Default,
    responses(
        (status = 204, description = "Chosen."),
        (status = 404, description = "`not-found`: the view is none, or not yours to see.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn saved_views_default(
    State(state): State<AppState>,
    caller: Caller,
    Json(chosen): Json<Default>,
) -> Result<StatusCode, Problem> {
    let viewer = viewer_of(&caller, Some(chosen.page))?;
    views::set_default(&state.db, viewer, chosen.page, chosen.id).await.map_err(problems::of_view)?;
    Ok(StatusCode::NO_CONTENT)
}
