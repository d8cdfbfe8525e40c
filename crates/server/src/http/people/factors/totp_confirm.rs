//! `POST /api/v1/users/me/second-factor/totp/confirmation`: a generator of codes comes into force.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::Code;
use vigie_people::factors::totp;

use super::{super::problems, RecoveryCodes};
use crate::http::{AppState, EnrollingCaller, Json, Problem, ProblemDocument};

/// A code of the generator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TotpConfirmation {
    /// The code that it shows now.
    #[schema(max_length = 100)]
    code: String,
}

/// Confirm a generator of codes
///
/// Answers recovery codes where there were none: they are shown this once.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/second-factor/totp/confirmation",
    operation_id = "totp_confirm",
    tag = "profile",
    request_body = TotpConfirmation,
    responses(
        (status = 200, description = "In force.", body = RecoveryCodes),
        (status = 404, description = "`not-found`: none is being set up.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`second-factor-set`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`code-wrong`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn totp_confirm(
    State(state): State<AppState>,
    EnrollingCaller(caller): EnrollingCaller,
    Json(said): Json<TotpConfirmation>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let id = caller.own_credentials()?;
    if said.code.len() > super::LONGEST_CODE {
        return Err(Problem::new(Code::CodeWrong));
    }
    let confirmed = totp::confirm(&state.db, &state.secrets, caller.act(), id, said.code).await;
    Ok(Json(RecoveryCodes { recovery_codes: confirmed.map_err(problems::of_factor)? }))
}
