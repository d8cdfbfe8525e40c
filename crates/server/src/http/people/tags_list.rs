//! `GET /api/v1/tags`: the tags of customers.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_kernel::Action;
use vigie_people::hierarchy::{self, Tag};

use super::Items;
use crate::http::{AppState, Caller, Json, Problem, Query};

/// Which tags are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TagQuery {
    /// That contain these words.
    #[param(max_length = 200)]
    q: Option<String>,
}

/// Tags of customers
///
/// Those of the customers that the caller sees, the most used first, at most 200. A tag that no customer has is gone.
#[utoipa::path(
    get,
    path = "/api/v1/tags",
    operation_id = "tags_list",
    tag = "customers",
    params(TagQuery),
    responses((status = 200, description = "The tags.", body = Items<Tag>)),
)]
pub(super) async fn tags_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<TagQuery>,
) -> Result<Json<Items<Tag>>, Problem> {
    let granted = caller.require(Action::CustomersSee)?;
    if query.q.as_ref().is_some_and(|it| it.chars().count() > 200 || it.contains('\0')) {
        return Err(Problem::invalid("q", "must be text of at most 200 characters"));
    }
    Ok(Json(Items { items: hierarchy::tags(&state.db, granted, query.q.as_deref()).await? }))
}
