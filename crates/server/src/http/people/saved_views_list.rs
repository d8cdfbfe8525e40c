//! `GET /api/v1/saved-views`: the views of a list.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_people::views::{self, Page, SavedView};

use super::{Items, viewer_of};
use crate::http::{AppState, Caller, Json, Problem, Query};

/// Of which list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The list.
    page: Page,
}

/// Saved views of a list
///
/// One's own, in one's own order, then those that others share.
#[utoipa::path(
    get,
    path = "/api/v1/saved-views",
    operation_id = "saved_views_list",
    tag = "profile",
    params(Asked),
    responses((status = 200, description = "At most 200.", body = Items<SavedView>)),
)]
pub(super) async fn saved_views_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<Items<SavedView>>, Problem> {
    let viewer = viewer_of(&caller, Some(asked.page))?;
    Ok(Json(Items { items: views::list(&state.db, viewer, asked.page).await? }))
}
