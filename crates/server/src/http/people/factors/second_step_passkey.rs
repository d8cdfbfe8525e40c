//! `POST /api/v1/session/second-factor/passkey`: one of someone's passkeys is asked for the second step.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use vigie_kernel::{Actor, Code};
use vigie_people::sign_in;

use super::super::problems;
use crate::http::{AppState, Authority, ClientAddress, Json, Problem, ProblemDocument};

/// A ticket.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TicketOfSecondFactor {
    /// What `POST /session` answered.
    #[schema(max_length = 100)]
    ticket: String,
}

/// What the browser is to ask its passkeys.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PasskeyChallenge {
    /// `publicKey` for `navigator.credentials.get`, in the JSON form of WebAuthn level 3.
    #[schema(value_type = Object)]
    options: Value,
}

/// Ask a passkey for the second step
#[utoipa::path(
    post,
    path = "/api/v1/session/second-factor/passkey",
    operation_id = "session_second_factor_passkey",
    tag = "session",
    security(()),
    request_body = TicketOfSecondFactor,
    responses(
        (status = 200, description = "What to ask.", body = PasskeyChallenge),
        (status = 401, description = "`sign-in-failed`: no such ticket, or no passkey for this address.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`passkey-host`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn second_step_passkey(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    authority: Option<Authority>,
    Json(said): Json<TicketOfSecondFactor>,
) -> Result<Json<PasskeyChallenge>, Problem> {
    let authority = authority.ok_or_else(|| Problem::new(Code::PasskeyHost))?;
    let party = super::party(&authority, &*state.preferences.get(state.clock.now()).await?)?;
    if said.ticket.len() > 100 {
        return Err(Problem::new(Code::SignInFailed));
    }
    let (act, source) = (state.act_of(Actor::server()), address.to_string());
    let asked = sign_in::challenge(&state.db, &party, act, &said.ticket, &source).await;
    Ok(Json(PasskeyChallenge { options: asked.map_err(problems::of_sign_in)? }))
}
