//! `GET /api/v1/tags`: the tags of customers.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::hierarchy::{self, Tag};

use super::Items;
use crate::http::{AppState, Caller, Json, Problem, Query, list::SearchQuery};

/// Tags of customers
///
/// Those of the customers that the caller sees, the most used first, at most 200. A tag that no customer has is gone.
#[utoipa::path(
    get,
    path = "/api/v1/tags",
    operation_id = "tags_list",
    tag = "customers",
    params(SearchQuery),
    responses((status = 200, description = "The tags.", body = Items<Tag>)),
)]
pub(super) async fn tags_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(search): Query<SearchQuery>,
) -> Result<Json<Items<Tag>>, Problem> {
    let granted = caller.require(Action::CustomersSee)?;
    let words = search.words()?;
    Ok(Json(Items { items: hierarchy::tags(&state.db, granted, words.as_deref()).await? }))
}
