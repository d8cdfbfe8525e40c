//! `DELETE /api/v1/users/{id}`: deletes a user.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::{Action, UserId};
use vigie_people::users::manage;

use super::problems;
use crate::http::{AppState, Caller, Path, Problem, ProblemDocument};

/// Delete a user
///
/// Ends their sessions and tokens at once.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{id}",
    operation_id = "users_delete",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "`last-administrator`, `own-account`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn users_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    manage::delete(&state.db, granted, caller.act(), id).await.map_err(problems::of_user)?;
    Ok(StatusCode::NO_CONTENT)
}
