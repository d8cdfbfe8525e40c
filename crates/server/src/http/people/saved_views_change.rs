//! `PUT /api/v1/saved-views/{id}`: change a view of a list.

use axum::extract::State;
use vigie_kernel::SavedViewId;
use vigie_people::views::{self, SavedView, SavedViewFields};

use super::{problems, viewer_of};
use crate::http::{AppState, Caller, Json, Path, Problem, ProblemDocument};

/// Change a saved view
///
/// One's own; an administrator changes shared ones, too.
#[utoipa::path(
    put,
    path = "/api/v1/saved-views/{id}",
    operation_id = "saved_views_change",
    tag = "profile",
    params(("id" = SavedViewId, Path)),
    request_body = SavedViewFields,
    responses(
        (status = 200, description = "Changed.", body = SavedView),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "`revision-stale`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn saved_views_change(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<SavedViewId>,
    Json(fields): Json<SavedViewFields>,
) -> Result<Json<SavedView>, Problem> {
    let viewer = viewer_of(&caller, None)?;
    Ok(Json(views::change(&state.db, viewer, caller.act(), id, fields).await.map_err(problems::of_view)?))
}
