//! `GET /api/v1/agent-releases`: versions of the agent that can be rolled out.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_assets::rollouts::{Behind, behind};
use vigie_kernel::Action;

use crate::{
    http::{AppState, Caller, Json, Problem, distribution_folder},
    releases::{Release, releases},
};

/// A version that can be rolled out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListedRelease {
    /// What it is.
    #[serde(flatten)]
    release: Release,
    /// Whom it would be newer for.
    agents: Behind,
}

/// Versions, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Releases {
    /// Versions.
    items: Vec<ListedRelease>,
    /// Whether this server knows who may release versions, and checks their signatures.
    checked: bool,
}

/// Versions of the agent that can be rolled out
///
/// They lie in the folder `distribution` of the data directory: `vigie-agent-VERSION-TARGET.zst` with `.minisig` beside it.
#[utoipa::path(
    get,
    path = "/api/v1/agent-releases",
    operation_id = "releases_list",
    tag = "agent-updates",
    responses((status = 200, description = "Newest first.", body = Releases)),
)]
pub(super) async fn releases_list(State(state): State<AppState>, caller: Caller) -> Result<Json<Releases>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    let mut items = Vec::new();
    for release in found(&state).await? {
        let targets: Vec<String> = release.files.iter().map(|file| file.target.clone()).collect();
        let agents = behind(&state.db, granted, &release.version, &targets).await?;
        items.push(ListedRelease { release, agents });
    }
    Ok(Json(Releases { items, checked: state.config.release_key.is_some() }))
}

/// What lies there now.
pub(super) async fn found(state: &AppState) -> Result<Vec<Release>, Problem> {
    let (folder, key) = (distribution_folder(state), state.config.release_key.clone());
    let looked = tokio::task::spawn_blocking(move || releases(&folder, key.as_deref()));
    Ok(looked.await.map_err(Problem::internal)??)
}
