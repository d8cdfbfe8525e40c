//! `POST /api/v1/equipment/{id}/attachments`: attach a file to an equipment.

use axum::{
    extract::{
        Multipart, State,
        multipart::{MultipartError, MultipartRejection},
    },
    http::StatusCode,
};
use utoipa::ToSchema;
use vigie_assets::equipment::attachments::{self, Attachment};
use vigie_kernel::{Action, Code, EquipmentId};

use super::problem;
use crate::http::{AppState, Caller, Json, Path, Problem};

/// The form.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the form; it is read part by part")]
pub(super) struct Upload {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

fn unreadable(error: &MultipartError) -> Problem {
    let too_large = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
    Problem::new(if too_large { Code::TooLarge } else { Code::RequestMalformed }).detail(error.body_text())
}

/// Attach a file to an equipment
///
/// One file of at most 20 MiB, as `multipart/form-data` in the part `file`.
#[utoipa::path(
    post,
    path = "/api/v1/equipment/{id}/attachments",
    operation_id = "attachment_add",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    request_body(content = Upload, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "Made.", body = Attachment),
    ),
)]
pub(super) async fn attachment_add(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
    parts: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<Attachment>), Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let mut parts = parts.map_err(|_| Problem::new(Code::MediaTypeUnsupported))?;
    while let Some(part) = parts.next_field().await.map_err(|error| unreadable(&error))? {
        if part.name() != Some("file") {
            continue;
        }
        let name = part.file_name().unwrap_or_default().to_owned();
        let content = part.bytes().await.map_err(|error| unreadable(&error))?.to_vec();
        let (db, blobs, act) = (&state.db, &state.blobs, caller.act());
        let added = attachments::add(db, blobs, granted, act, id, &name, content).await.map_err(problem)?;
        return Ok((StatusCode::CREATED, Json(added)));
    }
    Err(Problem::invalid("file", "is the part that is missing"))
}
