//! `DELETE /api/v1/users/{id}/second-factors`: a user's factors were lost.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::{Action, UserId};
use vigie_people::factors;

use super::super::problems;
use crate::http::{AppState, Caller, Path, Problem, ProblemDocument};

/// Remove a user's second factors
///
/// The generator, passkeys and recovery codes: for someone who has lost them. Ends the user's sessions. Not for one's own
/// account.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{id}/second-factors",
    operation_id = "second_factors_reset",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 409, description = "`own-account`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn factors_reset(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    factors::reset(&state.db, granted, caller.act(), id).await.map_err(problems::of_user)?;
    Ok(StatusCode::NO_CONTENT)
}
