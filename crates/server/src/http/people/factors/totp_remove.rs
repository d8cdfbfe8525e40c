//! `POST /api/v1/users/me/second-factor/totp/removal`: a generator of codes goes.

use axum::{extract::State, http::StatusCode};
use vigie_people::factors::totp;

use super::{super::problems, Proof};
use crate::http::{AppState, EnrollingCaller, Json, Problem, ProblemDocument};

/// Remove the generator of codes
///
/// Recovery codes go with the last factor.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/second-factor/totp/removal",
    operation_id = "totp_remove",
    tag = "profile",
    request_body = Proof,
    responses(
        (status = 204, description = "Removed."),
        (status = 404, description = "`not-found`: there is none.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`password-wrong`, `code-required`, `code-wrong`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "`too-many-requests`: too many failures; wait ten minutes.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn totp_remove(
    State(state): State<AppState>,
    EnrollingCaller(caller): EnrollingCaller,
    Json(proof): Json<Proof>,
) -> Result<StatusCode, Problem> {
    super::prove(&state, &caller, proof).await?;
    totp::remove(&state.db, caller.act(), caller.user.id).await.map_err(problems::of_factor)?;
    Ok(StatusCode::NO_CONTENT)
}
