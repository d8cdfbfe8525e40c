//! `DELETE /api/v1/users/{id}/openid`: a user's account is linked no more.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::{Action, UserId};
use vigie_people::openid::accounts;

use super::super::problems;
use crate::http::{AppState, Caller, Path, Problem};

/// Unlink a user from OpenID providers
#[utoipa::path(
    delete,
    path = "/api/v1/users/{id}/openid",
    operation_id = "openid_unlink",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    responses((status = 204, description = "Unlinked.")),
)]
pub(super) async fn openid_unlink(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    accounts::unlink(&state.db, Some(granted), caller.act(), id).await.map_err(problems::of_account)?;
    Ok(StatusCode::NO_CONTENT)
}
