//! `DELETE /api/v1/saved-views/{id}`: forget a view of a list.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::SavedViewId;
use vigie_people::views;

use super::{problems, viewer_of};
use crate::http::{AppState, Caller, Path, Problem};

/// Delete a saved view
///
/// One's own; an administrator deletes shared ones, too.
#[utoipa::path(
    delete,
    path = "/api/v1/saved-views/{id}",
    operation_id = "saved_views_delete",
    tag = "profile",
    params(("id" = SavedViewId, Path)),
    responses((status = 204, description = "Deleted.")),
)]
pub(super) async fn saved_views_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<SavedViewId>,
) -> Result<StatusCode, Problem> {
    let viewer = viewer_of(&caller, None)?;
    views::delete(&state.db, viewer, caller.act(), id).await.map_err(problems::of_view)?;
    Ok(StatusCode::NO_CONTENT)
}
