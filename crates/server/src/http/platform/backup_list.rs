//! `GET /api/v1/platform/backups`: the backups that this node keeps.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, Timestamp};

use crate::{
    backup::Kept,
    http::{AppState, Caller, Json, ListAnswer, Problem},
};

/// A backup that is being made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupRunning {
    /// Its id.
    id: String,
    /// When it was begun.
    created_at: Timestamp,
    /// How far it is, 0 to 100; null: not known yet.
    percent: Option<u64>,
}

/// The backups of a node.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupsAnswer {
    /// Those that are whole, newest first.
    #[serde(flatten)]
    list: ListAnswer<Kept>,
    /// The one that is being made.
    running: Option<BackupRunning>,
    /// Why the last one that was begun since the start failed; null: it did not.
    last_error: Option<String>,
}

/// List the backups
///
/// Of the node that answers: each keeps its own, in its data directory.
#[utoipa::path(
    get,
    path = "/api/v1/platform/backups",
    operation_id = "backup_list",
    tag = "platform",
    responses((status = 200, description = "All of them, and the one that is being made.", body = BackupsAnswer)),
)]
pub(super) async fn backup_list(State(state): State<AppState>, caller: Caller) -> Result<Json<BackupsAnswer>, Problem> {
    caller.require(Action::PreferencesManage)?;
    let running = state.backups.running().map(|(name, progress)| {
        let (done, total) = progress.bytes();
        let percent = done.saturating_mul(100).checked_div(total).map(|it| it.min(100));
        BackupRunning { id: name.id(), created_at: name.created_at(), percent }
    });
    let last_error = state.backups.last().and_then(|it| it.error);
    let backups = state.backups.clone();
    let kept = tokio::task::spawn_blocking(move || backups.list()).await.map_err(Problem::internal)??;
    Ok(Json(BackupsAnswer { list: ListAnswer::whole(kept), running, last_error }))
}
