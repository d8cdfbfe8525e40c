//! `GET /api/v1/platform/backups/{id}/file`: download a backup.

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use tokio::fs::File;
use tokio_util::io::ReaderStream;
use vigie_kernel::Action;

use super::backup_delete::{named, note};
use crate::http::{AppState, Caller, Path, Problem};

/// Download a backup
///
/// It is as secret as the server's data directory: it holds every secret of the server.
#[utoipa::path(
    get,
    path = "/api/v1/platform/backups/{id}/file",
    operation_id = "backup_file",
    tag = "platform",
    params(("id" = String, Path, description = "The backup.")),
    responses((status = 200, description = "The file.", body = Vec<u8>, content_type = "application/octet-stream")),
)]
pub(super) async fn backup_file(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    caller.require(Action::PreferencesManage)?;
    let name = named(&id)?;
    let file = File::open(state.backups.path(name)).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Problem::not_found(),
        _ => Problem::internal(error),
    })?;
    let bytes = file.metadata().await?.len();
    note(&state, caller.act(), "backup.download", name).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, bytes.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", name.file())),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        // It is compressed already.
        (header::CONTENT_ENCODING, "identity".to_owned()),
    ];
    Ok((headers, Body::from_stream(ReaderStream::with_capacity(file, 64 << 10))).into_response())
}
