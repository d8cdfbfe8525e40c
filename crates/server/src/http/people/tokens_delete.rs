//! `DELETE /api/v1/users/me/tokens/{id}`: an API token ends.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::ApiTokenId;
use vigie_people::api_tokens;

use crate::http::{AppState, Caller, Path, Problem};

/// Delete one of my API tokens
#[utoipa::path(
    delete,
    path = "/api/v1/users/me/tokens/{id}",
    operation_id = "tokens_delete",
    tag = "profile",
    params(("id" = ApiTokenId, Path)),
    responses((status = 204, description = "Deleted.")),
)]
pub(super) async fn tokens_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApiTokenId>,
) -> Result<StatusCode, Problem> {
    caller.own()?;
    let deleted = api_tokens::delete(&state.db, caller.act(), caller.user.id, id).await?;
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}
