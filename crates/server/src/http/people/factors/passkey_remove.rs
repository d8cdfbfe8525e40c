//! `POST /api/v1/users/me/passkeys/{id}/removal`: a passkey goes.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::PasskeyId;
use vigie_people::factors::passkeys;

use super::{super::problems, Proof};
use crate::http::{AppState, EnrollingCaller, Json, Path, Problem, ProblemDocument};

/// Remove one of my passkeys
#[utoipa::path(
    post,
    path = "/api/v1/users/me/passkeys/{id}/removal",
    operation_id = "passkey_remove",
    tag = "profile",
    params(("id" = PasskeyId, Path, description = "The passkey.")),
    request_body = Proof,
    responses(
        (status = 204, description = "Removed."),
        (status = 422, description = "`password-wrong`, `code-required`, `code-wrong`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "`too-many-requests`: too many failures; wait ten minutes.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn passkey_remove(
    State(state): State<AppState>,
    EnrollingCaller(caller): EnrollingCaller,
    Path(id): Path<PasskeyId>,
    Json(proof): Json<Proof>,
) -> Result<StatusCode, Problem> {
    super::prove(&state, &caller, proof).await?;
    passkeys::remove(&state.db, caller.act(), caller.user.id, id).await.map_err(problems::of_factor)?;
    Ok(StatusCode::NO_CONTENT)
}
