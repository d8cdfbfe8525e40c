//! `GET /api/v1/agent-configuration`: what agents are configured with.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::Action;
use vigie_people::api_clients::OFFICE_AGENT;

use crate::http::{AppState, Caller, Json, Problem};

/// The connection that agents use.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentConnection {
    /// What it is called: `agent-api`.
    name: &'static str,
    /// The server's address.
    url: String,
    /// Client id.
    client_id: &'static str,
    /// Stands for the client secret, which `POST …/secret` shows.
    client_secret_masked: &'static str,
    /// SHA-256 of the certificate authority's certificate, hexadecimal.
    ca_sha256: String,
}

/// What agents are configured with.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentConfiguration {
    /// The connection in use.
    current: AgentConnection,
    /// Where GLPI, FusionInventory and OCS agents deliver.
    foreign_url: String,
    /// Whether they may.
    foreign_intake: bool,
}

/// What agents are configured with
#[utoipa::path(
    get,
    path = "/api/v1/agent-configuration",
    operation_id = "agent_configuration_get",
    tag = "agent-configuration",
    responses((status = 200, description = "The connection, its secret masked.", body = AgentConfiguration)),
)]
pub(super) async fn agent_configuration(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<AgentConfiguration>, Problem> {
    caller.require(Action::AgentsManage)?;
    let url = state.agents_url();
    Ok(Json(AgentConfiguration {
        foreign_url: format!("{url}/inventory"),
        foreign_intake: state.preferences.get(caller.now()).await?.foreign_intake,
        current: AgentConnection {
            name: "agent-api",
            url,
            client_id: OFFICE_AGENT,
            client_secret_masked: "••••••••••••",
            ca_sha256: state.identity.ca().sha256,
        },
    }))
}
