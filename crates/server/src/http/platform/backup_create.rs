//! `POST /api/v1/platform/backups`: back up the server itself.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, Code, Timestamp};

use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Problem, ProblemDocument},
    workers::platform,
};

/// A backup that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupBegun {
    /// Its id.
    id: String,
    /// When it was begun.
    created_at: Timestamp,
}

/// Back up the server itself
///
/// The file is written in the background, on the node that answers, in its data directory. One at a time; ask for the
/// list to see how far it is. Restoring is done on the server's machine: `vigie backup restore`.
#[utoipa::path(
    post,
    path = "/api/v1/platform/backups",
    operation_id = "backup_create",
    tag = "platform",
    responses(
        (status = 202, description = "Being made.", body = BackupBegun),
        (status = 409, description = "`backup-running`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn backup_create(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<(StatusCode, Json<BackupBegun>), Problem> {
    caller.require(Action::PreferencesManage)?;
    let begun = platform::back_up(&state, caller.act(), false).map_err(Problem::internal)?;
    let name = begun.ok_or_else(|| Problem::new(Code::BackupRunning))?;
    state.events.changed(&[Topic::Platform]);
    Ok((StatusCode::ACCEPTED, Json(BackupBegun { id: name.id(), created_at: name.created_at() })))
}
