//! `GET /api/v1/equipment/{id}/attachments/{attachment_id}`: download an equipment's file.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use vigie_assets::equipment::attachments;
use vigie_kernel::{Action, AttachmentId, EquipmentId};

use crate::http::{AppState, Caller, Path, Problem};

/// Download an equipment's file
///
/// Always as a download: what people attach is never shown by the browser as a page of this server.
#[utoipa::path(
    get,
    path = "/api/v1/equipment/{id}/attachments/{attachment_id}",
    operation_id = "attachment_file",
    tag = "equipment",
    params(
        ("id" = EquipmentId, Path, description = "The equipment."),
        ("attachment_id" = AttachmentId, Path, description = "The file."),
    ),
    responses(
        (status = 200, description = "The file.", body = Vec<u8>, content_type = "application/octet-stream"),
    ),
)]
pub(super) async fn attachment_file(
    State(state): State<AppState>,
    caller: Caller,
    Path((id, attachment)): Path<(EquipmentId, AttachmentId)>,
) -> Result<Response, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let found = attachments::read(&state.db, &state.blobs, &granted, id, attachment).await?;
    let (about, content) = found.ok_or_else(Problem::not_found)?;
    // RFC 5987: names may have any letter.
    let name = percent_encoding::utf8_percent_encode(&about.name, percent_encoding::NON_ALPHANUMERIC);
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
    ];
    Ok((headers, content).into_response())
}
