//! Moving agents to another portal: what the answer to a synchronisation announces, and `POST /api/v1/agent/move`, the
//! farewell of an agent that moved.

use axum::{body::Body, extract::State, http::HeaderMap};
use http::StatusCode;
use vigie_assets::moves::{self, Sign};
use vigie_kernel::{AgentId, ApiClientId, Code, Timestamp};
use vigie_people::agent_configuration;
use vigie_wire::{
    portal::{Moved, NextPortal, PortalReport, moved_text},
    sync,
};

use super::body;
use crate::{
    events::Topic,
    http::{AppState, Problem, oauth},
};

/// Largest farewell, bytes.
const LARGEST: usize = 4 << 10;

/// What an agent that signed in with this client is told; takes note of how far it has come.
pub(super) async fn announced(
    state: &AppState,
    agent: AgentId,
    client: ApiClientId,
    report: Option<PortalReport>,
    now: Timestamp,
) -> Result<Option<NextPortal>, Problem> {
    let all = agent_configuration::all(state.db.reads()).await?;
    let Some(announced) = all.announced() else { return Ok(None) };
    if announced.api_client == client {
        note(state, agent, announced.revision, Sign::Moved, now).await?;
        return Ok(None);
    }
    let secret = agent_configuration::secret(&state.db, &state.secrets, announced).await?;
    note(state, agent, announced.revision, Sign::Told(report), now).await?;
    Ok(Some(NextPortal {
        revision: announced.revision,
        url: announced.url.clone(),
        client_id: announced.client_id.clone(),
        client_secret: secret.into(),
        ca: announced.ca.clone(),
    }))
}

async fn note(state: &AppState, agent: AgentId, revision: i64, sign: Sign, now: Timestamp) -> Result<(), Problem> {
    if moves::note(&state.db, agent, revision, sign, now).await? {
        state.events.changed(&[Topic::Equipment]);
    }
    Ok(())
}

/// An agent has moved to another portal
///
/// The last call of an agent that uses the configuration that was announced to it. The body is a `Moved` in JSON; the header
/// `Vigie-Agent` names the agent, `Vigie-Signature` is its key's Ed25519 signature (base64) over `vigie-moved-1`, the agent's
/// id, this path and the SHA-256 of the body in hexadecimal, each on a line of its own. Of a configuration that is not announced
/// any more nothing is noted.
#[utoipa::path(
    post,
    path = "/api/v1/agent/move",
    operation_id = "agent_moved",
    tag = "agents",
    security(("agent_token" = [])),
    params(
        ("vigie-agent" = String, Header, description = "The agent's id."),
        ("vigie-signature" = String, Header, description = "Signature, base64."),
    ),
    request_body = Moved,
    responses((status = 204, description = "Noted.")),
)]
pub(super) async fn moved(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    oauth::bearer_client(&state, &headers).await?;
    let signer = super::synchronise::signer(&state, &headers).await?;
    let signature = super::synchronise::signature(&headers)?;
    let body = body::read(body, LARGEST, &mut state.intake.budget.account()).await?;
    if !sync::verify(&signer.key, &moved_text(signer.id, &body), &signature) {
        return Err(Problem::new(Code::SignatureInvalid));
    }
    let malformed = |error: serde_json::Error| Problem::new(Code::RequestMalformed).detail(error);
    let said: Moved = serde_json::from_slice(&body).map_err(malformed)?;
    let all = agent_configuration::all(state.db.reads()).await?;
    if all.announced().is_some_and(|it| it.revision == said.revision) {
        note(&state, signer.id, said.revision, Sign::Moved, state.clock.now()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
