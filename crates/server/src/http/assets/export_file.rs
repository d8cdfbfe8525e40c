//! `GET /api/v1/exports/{id}/file`: download an export.

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use tokio::fs::File;
use tokio_util::io::ReaderStream;
use vigie_assets::exports;
use vigie_kernel::{Action, ExportId};

use crate::http::{AppState, Caller, Path, Problem};

/// Download an export
///
/// Once its state is `done`.
#[utoipa::path(
    get,
    path = "/api/v1/exports/{id}/file",
    operation_id = "export_file",
    tag = "exports",
    params(("id" = ExportId, Path, description = "The export.")),
    responses(
        (status = 200, description = "The file.", body = Vec<u8>, content_type = "application/octet-stream"),
    ),
)]
pub(super) async fn export_file(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ExportId>,
) -> Result<Response, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let export = exports::get(&state.db, &granted, caller.user.id, id).await?;
    let export = export.filter(|it| it.state == "done").ok_or_else(Problem::not_found)?;
    let file = File::open(state.exports.file(id)).await.map_err(|error| match error.kind() {
        // On another node, or on the server that this one was restored from.
        std::io::ErrorKind::NotFound => Problem::not_found(),
        _ => Problem::internal(error),
    })?;
    let name = format!("attachment; filename=\"{}\"", export.file_name);
    let headers = [
        // A download whatever it holds: the name tells its kind.
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(ReaderStream::new(file))).into_response())
}
