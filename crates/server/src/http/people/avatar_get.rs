//! `GET /api/v1/users/{id}/avatar`: a user's picture.

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::header;
use vigie_kernel::{Action, UserId};
use vigie_people::users::{avatar, listing};

use crate::http::{AppState, Caller, Path, Problem};

/// A user's picture
///
/// One's own, and those of users whom the caller manages.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}/avatar",
    operation_id = "avatar_get",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    responses((status = 200, description = "A square PNG.", body = Vec<u8>, content_type = "image/png")),
)]
pub(super) async fn avatar_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<Response, Problem> {
    if id != caller.own()? {
        let granted = caller.require(Action::UsersManage)?;
        listing::get(&state.db, granted, id).await?.ok_or_else(Problem::not_found)?;
    }
    let picture = avatar::get(&state.db, id).await?.ok_or_else(Problem::not_found)?;
    // The address carries the picture's digest, so that a new picture has a new address.
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private, max-age=86400")];
    Ok((headers, picture).into_response())
}
