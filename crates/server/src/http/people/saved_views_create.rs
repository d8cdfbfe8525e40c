//! `POST /api/v1/saved-views`: save a view of a list.

use axum::{extract::State, http::StatusCode};
use vigie_people::views::{self, NewSavedView, SavedView};

use super::{problems, viewer_of};
use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// Save a view
///
/// Shared, it is seen by whoever has a customer in common with the caller. It is only a query: nobody sees more by it.
#[utoipa::path(
    post,
    path = "/api/v1/saved-views",
    operation_id = "saved_views_create",
    tag = "profile",
    request_body = NewSavedView,
    responses(
        (status = 201, description = "Saved.", body = SavedView),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn saved_views_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewSavedView>,
) -> Result<(StatusCode, Json<SavedView>), Problem> {
    let viewer = viewer_of(&caller, Some(new.page))?;
    let made = views::create(&state.db, viewer, caller.act(), new).await;
    Ok((StatusCode::CREATED, Json(made.map_err(problems::of_view)?)))
}
