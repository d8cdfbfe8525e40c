//! `POST /api/v1/agent-configuration/secret` and `…/next/secret`: the secrets of agents, on purpose and on record.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::Action;
use vigie_people::{
    agent_configuration,
    api_clients::{self, ChangeError},
};

use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// The secret that agents use.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentSecret {
    /// The secret.
    client_secret: String,
}

/// Show the client secret that agents use
///
/// Each time is noted in the audit trail.
#[utoipa::path(
    post,
    path = "/api/v1/agent-configuration/secret",
    operation_id = "agent_configuration_secret",
    tag = "agent-configuration",
    responses((status = 200, description = "The secret.", body = AgentSecret)),
)]
pub(super) async fn agent_secret(State(state): State<AppState>, caller: Caller) -> Result<Json<AgentSecret>, Problem> {
    caller.require(Action::AgentsManage)?;
    let all = agent_configuration::all(state.db.reads()).await?;
    reveal(&state, &caller, all.client_id()).await
}

/// Show the client secret that is announced to agents
///
/// Each time is noted in the audit trail.
#[utoipa::path(
    post,
    path = "/api/v1/agent-configuration/next/secret",
    operation_id = "agent_configuration_next_secret",
    tag = "agent-configuration",
    responses(
        (status = 200, description = "The secret.", body = AgentSecret),
        (status = 404, description = "`not-found`: none is announced.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn next_secret(State(state): State<AppState>, caller: Caller) -> Result<Json<AgentSecret>, Problem> {
    caller.require(Action::AgentsManage)?;
    let next = agent_configuration::all(state.db.reads()).await?.next.ok_or_else(Problem::not_found)?;
    reveal(&state, &caller, &next.client_id).await
}

async fn reveal(state: &AppState, caller: &Caller, client_id: &str) -> Result<Json<AgentSecret>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    let revealed = api_clients::reveal(&state.db, granted, &state.secrets, caller.act(), client_id).await;
    let client_secret = revealed.map_err(|error| match error {
        ChangeError::NotFound => Problem::not_found(),
        other => Problem::internal(other),
    })?;
    Ok(Json(AgentSecret { client_secret }))
}
