//! `DELETE /api/v1/equipment/{id}/attachments/{attachment_id}`: remove an equipment's file.

use axum::{extract::State, http::StatusCode};
use vigie_assets::equipment::attachments;
use vigie_kernel::{Action, AttachmentId, EquipmentId};

use super::problem;
use crate::http::{AppState, Caller, Path, Problem};

/// Remove an equipment's file
#[utoipa::path(
    delete,
    path = "/api/v1/equipment/{id}/attachments/{attachment_id}",
    operation_id = "attachment_remove",
    tag = "equipment",
    params(
        ("id" = EquipmentId, Path, description = "The equipment."),
        ("attachment_id" = AttachmentId, Path, description = "The file."),
    ),
    responses(
        (status = 204, description = "Done."),
    ),
)]
pub(super) async fn attachment_remove(
    State(state): State<AppState>,
    caller: Caller,
    Path((id, attachment)): Path<(EquipmentId, AttachmentId)>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let (db, blobs) = (&state.db, &state.blobs);
    attachments::remove(db, blobs, granted, caller.act(), id, attachment).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
