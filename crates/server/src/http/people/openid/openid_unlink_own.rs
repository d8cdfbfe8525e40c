//! `POST /api/v1/users/me/openid/removal`: my account is linked no more.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::Code;
use vigie_people::{factors::list, openid::accounts};

use super::super::{
    factors::{self, Proof},
    problems,
};
use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// Unlink my account from the OpenID provider
///
/// Not where it is the only way to sign in: an administrator gives such an account a password first.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/openid/removal",
    operation_id = "openid_unlink_own",
    tag = "profile",
    request_body = Proof,
    responses(
        (status = 204, description = "Unlinked."),
        (status = 404, description = "`not-found`: it is not linked.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`own-account`: it has no password.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`password-wrong`, `code-required`, `code-wrong`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "`too-many-requests`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn openid_unlink_own(
    State(state): State<AppState>,
    caller: Caller,
    Json(proof): Json<Proof>,
) -> Result<StatusCode, Problem> {
    let id = caller.own_credentials()?;
    if !list(&state.db, id).await?.has_password {
        return Err(Problem::new(Code::OwnAccount));
    }
    factors::prove(&state, &caller, proof).await?;
    accounts::unlink(&state.db, None, caller.act(), id).await.map_err(problems::of_account)?;
    Ok(StatusCode::NO_CONTENT)
}
