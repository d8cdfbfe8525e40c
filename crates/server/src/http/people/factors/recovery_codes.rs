//! `POST /api/v1/users/me/second-factor/recovery-codes`: new recovery codes.

use axum::extract::State;
use vigie_people::factors::recovery;

use super::{super::problems, Proof, RecoveryCodes};
use crate::http::{AppState, EnrollingCaller, Json, Problem, ProblemDocument};

/// Make new recovery codes
///
/// The earlier ones work no more.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/second-factor/recovery-codes",
    operation_id = "recovery_codes_make",
    tag = "profile",
    request_body = Proof,
    responses(
        (status = 200, description = "Ten codes, shown this once.", body = RecoveryCodes),
        (status = 404, description = "`not-found`: no second factor is set up.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`password-wrong`, `code-required`, `code-wrong`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "`too-many-requests`: too many failures; wait ten minutes.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn recovery_codes(
    State(state): State<AppState>,
    EnrollingCaller(caller): EnrollingCaller,
    Json(proof): Json<Proof>,
) -> Result<Json<RecoveryCodes>, Problem> {
    super::prove(&state, &caller, proof).await?;
    let made = recovery::make_anew(&state.db, caller.act(), caller.user.id).await;
    Ok(Json(RecoveryCodes { recovery_codes: made.map_err(problems::of_factor)? }))
}
