//! `POST /api/v1/users/me/second-factor/totp`: a generator of codes is being set up.

use axum::extract::State;
use vigie_people::factors::totp::{self, Enrolment};

use super::{super::problems, Proof};
use crate::http::{AppState, EnrollingCaller, Json, Problem, ProblemDocument};

/// Begin to set up a generator of codes
///
/// In force once a code of it was confirmed.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/second-factor/totp",
    operation_id = "totp_start",
    tag = "profile",
    request_body = Proof,
    responses(
        (status = 200, description = "What the generator is to be told; shown this once.", body = Enrolment),
        (status = 409, description = "`second-factor-set`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`password-wrong`, `code-required`, `code-wrong`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "`too-many-requests`: too many failures; wait ten minutes.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn totp_start(
    State(state): State<AppState>,
    EnrollingCaller(caller): EnrollingCaller,
    Json(proof): Json<Proof>,
) -> Result<Json<Enrolment>, Problem> {
    super::prove(&state, &caller, proof).await?;
    let issuer = state.preferences.get(caller.now()).await?.server_name.clone();
    let started = totp::start(&state.db, &state.secrets, caller.act(), caller.user.id, issuer).await;
    Ok(Json(started.map_err(problems::of_factor)?))
}
