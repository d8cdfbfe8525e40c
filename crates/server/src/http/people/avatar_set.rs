//! `PUT /api/v1/users/me/avatar`: the caller's picture.

use axum::{body::Bytes, extract::State, extract::rejection::BytesRejection};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::Code;
use vigie_people::users::avatar::{self, PictureError};

use crate::http::{AppState, Caller, Json, Problem, extract::bytes_problem};

/// The caller's picture was taken over.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Avatar {
    /// What tells it from others.
    avatar: Option<String>,
}

fn problem(error: PictureError) -> Problem {
    match error {
        PictureError::TooLarge => Problem::new(Code::TooLarge).detail(error),
        PictureError::Kind => Problem::new(Code::MediaTypeUnsupported).detail(error),
        PictureError::Unreadable => Problem::new(Code::PictureUnreadable),
    }
}

/// Set one's picture
///
/// A PNG, JPEG, GIF or WebP file of at most 2 MiB and 6000 × 6000 pixels, whatever it is called. It is drawn anew, small.
#[utoipa::path(
    put,
    path = "/api/v1/users/me/avatar",
    operation_id = "avatar_set",
    tag = "profile",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, description = "Taken over.", body = Avatar)),
)]
pub(super) async fn avatar_set(
    State(state): State<AppState>,
    caller: Caller,
    file: Result<Bytes, BytesRejection>,
) -> Result<Json<Avatar>, Problem> {
    let id = caller.own()?;
    let file = file.map_err(|error| bytes_problem(&error))?;
    let drawing = tokio::task::spawn_blocking(move || avatar::redraw(&file));
    let drawn = drawing.await.map_err(Problem::internal)?.map_err(problem)?;
    let avatar = avatar::set(&state.db, caller.act(), id, Some(drawn)).await.map_err(super::me_change::problem)?;
    Ok(Json(Avatar { avatar }))
}
