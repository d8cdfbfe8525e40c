//! `GET /api/v1/users/me/tokens`: one's API tokens.

use axum::extract::State;
use vigie_people::api_tokens::{self, ApiToken};

use super::views::Items;
use crate::http::{AppState, Caller, Json, Problem};

/// My API tokens
#[utoipa::path(
    get,
    path = "/api/v1/users/me/tokens",
    operation_id = "tokens_list",
    tag = "profile",
    responses((status = 200, description = "At most 100, newest first.", body = Items<ApiToken>)),
)]
pub(super) async fn tokens_list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<Items<ApiToken>>, Problem> {
    caller.own()?;
    Ok(Json(Items { items: api_tokens::list(&state.db, caller.user.id).await? }))
}
