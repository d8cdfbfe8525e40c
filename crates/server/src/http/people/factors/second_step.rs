//! `POST /api/v1/session/second-factor`: the second step of a sign-in.

use axum::{extract::State, http::HeaderMap};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use vigie_kernel::{Actor, Code};
use vigie_people::{
    sessions::Means,
    sign_in::{self, Proof, SecondStep},
};

use super::super::{
    problems,
    views::{self, Session, SignedIn},
};
use crate::http::{AppState, Authority, ClientAddress, Json, Problem, ProblemDocument};

/// A ticket and one proof.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecondFactor {
    /// What `POST /session` answered.
    #[schema(max_length = 100)]
    ticket: String,
    /// A code of the generator.
    #[schema(max_length = 100)]
    code: Option<String>,
    /// A recovery code.
    #[schema(max_length = 100)]
    recovery_code: Option<String>,
    /// What the passkey answered to `POST /session/second-factor/passkey`.
    #[schema(value_type = Option<Object>)]
    passkey: Option<Value>,
}

/// Sign in, second step
///
/// Takes the ticket of `POST /session` with one of `code`, `recovery_code` and `passkey`, and answers as that does. A wrong
/// one counts as a wrong password does.
#[utoipa::path(
    post,
    path = "/api/v1/session/second-factor",
    operation_id = "session_second_factor",
    tag = "session",
    security(()),
    request_body = SecondFactor,
    responses(
        (status = 200, description = "Signed in.", body = Session),
        (status = 401, description = "`sign-in-failed`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`value-invalid`, `passkey-host`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn second_step(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    authority: Option<Authority>,
    headers: HeaderMap,
    Json(said): Json<SecondFactor>,
) -> Result<SignedIn, Problem> {
    let long = |it: &Option<String>| it.as_ref().is_some_and(|it| it.len() > super::LONGEST_CODE);
    if said.ticket.len() > 100 || long(&said.code) || long(&said.recovery_code) {
        return Err(Problem::new(Code::SignInFailed));
    }
    let proof = match (said.code, said.recovery_code, said.passkey) {
        (Some(code), None, None) => Proof::Code(code),
        (None, Some(code), None) => Proof::RecoveryCode(code),
        (None, None, Some(said)) => {
            let authority = authority.ok_or_else(|| Problem::new(Code::PasskeyHost))?;
            let party = super::party(&authority, &*state.preferences.get(state.clock.now()).await?)?;
            Proof::Passkey(party, Box::new(super::answered(said)?))
        }
        _ => return Err(Problem::invalid("code", "exactly one of code, recovery_code and passkey is needed")),
    };
    let second = SecondStep {
        ticket: said.ticket,
        proof,
        source_address: address.to_string(),
        user_agent: views::browser(&headers),
    };
    let act = state.act_of(Actor::server());
    let result = sign_in::second_factor(&state.db, &state.secrets, act, second).await;
    problems::count_sign_in(&state, &result);
    views::signed_in(&state, result.map_err(problems::of_sign_in)?, Means::Password).await
}
