//! `GET /api/v1/platform`: the nodes of this service and how their parts are.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, NodeId};
use vigie_people::{
    platform::nodes::{self, Node},
    preferences::DashboardLink,
};

use crate::{
    backup::BackupEngine,
    http::{AppState, Caller, Json, Problem},
};

/// What the service consists of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlatformStatus {
    /// Every node that was heard of within a week, by name.
    nodes: Vec<Node>,
    /// The node that answers.
    this_node: NodeId,
    /// Its version.
    version: &'static str,
    /// The engine of the database.
    engine: BackupEngine,
    /// Where this node's data directory is, for commands on its machine.
    data_dir: String,
    /// Links to the dashboards of what the service runs on.
    dashboard_links: Vec<DashboardLink>,
}

/// The nodes and their parts
#[utoipa::path(
    get,
    path = "/api/v1/platform",
    operation_id = "platform_get",
    tag = "platform",
    responses((status = 200, description = "The nodes and how their parts are.", body = PlatformStatus)),
)]
pub(super) async fn platform_get(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<PlatformStatus>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    Ok(Json(PlatformStatus {
        nodes: nodes::list(&state.db, granted, caller.now()).await?,
        this_node: state.node.id,
        version: env!("CARGO_PKG_VERSION"),
        engine: BackupEngine::of(&state.config.database),
        data_dir: state.config.data_dir.display().to_string(),
        dashboard_links: state.preferences.get(caller.now()).await?.dashboard_links.clone(),
    }))
}
