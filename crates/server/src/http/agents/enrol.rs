//! `POST /api/v1/agent/enrolment`: an agent makes its public key known.

use axum::{body::Body, http::HeaderMap};
use vigie_assets::agents::{self, Client, EnrolError};
use vigie_kernel::Code;
use vigie_wire::sync::{Enrolled, Enrolment};

use super::body;
use crate::http::{AppState, ClientAddress, Json, Problem, oauth};

/// Largest enrolment, bytes.
const LARGEST: usize = 16 << 10;

fn problem(error: EnrolError) -> Problem {
    match error {
        EnrolError::KeyInvalid => Problem::invalid("public_key", "is not an Ed25519 key, or the proof is not by it"),
        EnrolError::Revoked => Problem::new(Code::AgentRevoked),
        EnrolError::Database(error) => error.into(),
    }
}

/// Enrol an agent
///
/// With the bearer token of its API client an agent makes its public key known, once. The same key again gets the same
/// id. What the agent finds waits in *Pending equipment* until a person makes equipment of it.
#[utoipa::path(
    post,
    path = "/api/v1/agent/enrolment",
    operation_id = "agent_enrol",
    tag = "agents",
    security(("agent_token" = [])),
    request_body = Enrolment,
    responses((status = 200, description = "Enrolled.", body = Enrolled)),
)]
pub(super) async fn enrol(
    axum::extract::State(state): axum::extract::State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Enrolled>, Problem> {
    // Nothing is read for strangers.
    let client = oauth::bearer_client(&state, &headers).await?;
    let body = body::read(body, LARGEST, &mut state.intake.budget.account()).await?;
    let malformed = |error: serde_json::Error| Problem::new(Code::RequestMalformed).detail(error);
    let enrolment: Enrolment = serde_json::from_slice(&body).map_err(malformed)?;
    let client = Client { id: client.id, customer: client.customer };
    let now = state.clock.now();
    let agent_id =
        agents::enrol(&state.db, client, enrolment, address.to_string(), now, &state.rng).await.map_err(problem)?;
    Ok(Json(Enrolled { agent_id }))
}
