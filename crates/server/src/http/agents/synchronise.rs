//! `POST /api/v1/agent/synchronisation`: a native agent delivers what changed. The answer comes when it is durable.

use axum::{body::Body, extract::State, http::HeaderMap};
use vigie_assets::{
    agents::{self, AgentKind},
    intake::{Delivery, Refusal, Sender},
    rollouts,
};
use vigie_kernel::{AgentId, ApiClientId, Code, Timestamp};
use vigie_wire::{
    sync::{
        self, AGENT_HEADER, AgentStatus, Answer, ReadError, SIGNATURE_HEADER, Synchronisation, TIME_HEADER,
        synchronisation_text,
    },
    update::Offer,
};

use super::{
    body::{self, LARGEST},
    moving,
};
use crate::http::{AppState, ClientAddress, Json, Problem, oauth};

/// Largest body as it travels, bytes: an inventory packs to a tenth.
const LARGEST_PACKED: usize = 8 << 20;

fn problem(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::SequenceOld { last } => Problem::new(Code::SequenceOld).with("sequence", last),
        Refusal::BaseUnknown => Problem::new(Code::BaseUnknown),
        Refusal::AgentUnknown => Problem::new(Code::AgentUnknown),
        Refusal::AgentRevoked => Problem::new(Code::AgentRevoked),
        Refusal::Database(error) => error.into(),
    }
}

fn unreadable(error: ReadError) -> Problem {
    match error {
        ReadError::TooLarge { limit } => body::too_large(limit),
        ReadError::Compression(error) => Problem::new(Code::InventoryMalformed).detail(error),
        // serde_json refuses what is nested deeper than 128 levels.
        ReadError::Json(error) if error.to_string().contains("recursion limit") => Problem::new(Code::InventoryTooDeep),
        ReadError::Json(error) => Problem::new(Code::InventoryMalformed).detail(error),
    }
}

/// Synchronise an agent
///
/// The body is a `Synchronisation` in JSON, packed with zstd. The header `Vigie-Agent` names the agent, `Vigie-Signature`
/// is its key's Ed25519 signature (base64) over `vigie-synchronisation-1`, the agent's id, this path and the SHA-256 of
/// the body in hexadecimal, each on a line of its own. A resend of the same sequence with the same body is answered as
/// the first time and changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/agent/synchronisation",
    operation_id = "agent_synchronise",
    tag = "agents",
    security(("agent_token" = [])),
    params(
        ("vigie-agent" = String, Header, description = "The agent's id."),
        ("vigie-signature" = String, Header, description = "Signature, base64."),
        ("vigie-time" = Option<String>, Header, description = "The agent's clock at this sending, RFC 3339."),
    ),
    request_body(content = Synchronisation, content_type = "application/vnd.vigie.sync+zstd"),
    responses(
        (status = 200, description = "Stored, durably.", body = Answer),
        (status = 409, description = "`sequence-old` (with `sequence`), `base-unknown`.",
            body = crate::http::ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn synchronise(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Answer>, Problem> {
    let (result, bytes) = take(&state, address.to_string(), &headers, body).await;
    let word = match &result {
        Ok(answer) => match answer.outcome {
            sync::Outcome::Full => "full",
            sync::Outcome::Delta => "delta",
            sync::Outcome::Unchanged => "unchanged",
        },
        Err(problem) => problem.code().as_str(),
    };
    state.metrics.intake(AgentKind::Vigie.as_str(), word, bytes);
    state.metrics.set_inflight(state.intake.budget.used() as u64);
    result.map(Json)
}

async fn take(
    state: &AppState,
    source_address: String,
    headers: &HeaderMap,
    body: Body,
) -> (Result<Answer, Problem>, usize) {
    let mut account = state.intake.budget.account();
    let (client, signer, body) = match authenticated_body(state, headers, body, &mut account).await {
        Ok(it) => it,
        Err(problem) => return (Err(problem), 0),
    };
    let bytes = body.len();
    let told = headers.get(TIME_HEADER).and_then(|it| it.to_str().ok()).and_then(|it| it.parse().ok());
    (deliver(state, source_address, client, signer, &body, told, &mut account).await, bytes)
}

/// The body, once the token and the signature over it are right: nothing is unpacked for strangers.
async fn authenticated_body(
    state: &AppState,
    headers: &HeaderMap,
    body: Body,
    account: &mut super::Account,
) -> Result<(ApiClientId, agents::Signer, Vec<u8>), Problem> {
    let client = oauth::bearer_client(state, headers).await?.id;
    let signature = signature(headers)?;
    let signer = signer(state, headers).await?;
    let body = body::read(body, LARGEST_PACKED, account).await?;
    if !sync::verify(&signer.key, &synchronisation_text(signer.id, &body), &signature) {
        return Err(Problem::new(Code::SignatureInvalid));
    }
    Ok((client, signer, body))
}

/// The agent that a request's headers name, unless its key was revoked.
pub(super) async fn signer(state: &AppState, headers: &HeaderMap) -> Result<agents::Signer, Problem> {
    let named = headers.get(AGENT_HEADER).and_then(|value| value.to_str().ok()).and_then(|id| id.parse().ok());
    let agent: AgentId = named.ok_or_else(|| Problem::new(Code::AgentUnknown))?;
    let signer = agents::signer(&state.db, agent).await?.ok_or_else(|| Problem::new(Code::AgentUnknown))?;
    if signer.revoked { Err(Problem::new(Code::AgentRevoked)) } else { Ok(signer) }
}

/// The signature in a request's headers.
pub(super) fn signature(headers: &HeaderMap) -> Result<String, Problem> {
    let signature = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    signature.map(str::to_owned).ok_or_else(|| Problem::new(Code::SignatureInvalid))
}

async fn deliver(
    state: &AppState,
    source_address: String,
    client: ApiClientId,
    signer: agents::Signer,
    body: &[u8],
    agents_clock: Option<Timestamp>,
    account: &mut super::Account,
) -> Result<Answer, Problem> {
    // What it will unpack to is taken from the budget before it is unpacked.
    let expected = sync::inflated_size(body).unwrap_or(LARGEST).min(LARGEST);
    if !account.take(expected) {
        return Err(body::busy());
    }
    let message = sync::unpack(body, LARGEST).map_err(unreadable)?;
    if message.format != sync::FORMAT {
        let words = format!("Format {} is not known here, format {} is.", message.format, sync::FORMAT);
        return Err(Problem::new(Code::InventoryMalformed).detail(words));
    }
    let sequence = message.sequence;
    let status = message.agent.clone();
    let agent = signer.id;
    let sender = Sender { agent: signer.id, kind: AgentKind::Vigie, customer: signer.customer, source_address };
    let now = state.clock.now();
    let mut delivery = Delivery::native(message, body);
    delivery.agents_clock = agents_clock;
    let receipt = state.intake.receiver.receive(sender, delivery, now).await.map_err(problem)?;
    super::told(state, &receipt);
    // A failure here is asked for again with the same bytes: an answer without the portal would take it back.
    let next_portal = moving::announced(state, agent, client, status.portal.clone(), now).await?;
    let update = offered(state, agent, &status, now).await;
    Ok(Answer {
        outcome: receipt.outcome,
        sequence,
        inventory_id: receipt.inventory_id,
        fresh_inventory: receipt.fresh_inventory,
        server_time: now,
        update,
        next_portal,
    })
}

/// What the agent is offered. That it cannot be told must not cost its inventory.
async fn offered(state: &AppState, agent: AgentId, status: &AgentStatus, now: Timestamp) -> Option<Offer> {
    let heard = async {
        let Some(open) = state.rollouts.get(&state.db, now).await? else { return Ok(rollouts::Heard::default()) };
        rollouts::heard(&state.db, &open, agent, status, now).await
    };
    match heard.await {
        Ok(heard) => {
            if heard.news {
                state.rollouts_news.notify_one();
            }
            heard.offer
        }
        Err(error) => {
            tracing::error!(%error, %agent, "what a roll-out has for an agent cannot be told");
            None
        }
    }
}
