//! `GET /api/v1/users/{id}/grants`: what a user is given and kept from.

use axum::extract::State;
use vigie_kernel::{Action, UserId};
use vigie_people::access::{self, Grant};

use super::{problems, views::Items};
use crate::http::{AppState, Caller, Json, Path, Problem};

/// What a user is given and kept from
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}/grants",
    operation_id = "grants_get",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    responses((status = 200, description = "All of it, oldest first.", body = Items<Grant>)),
)]
pub(super) async fn grants_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<Json<Items<Grant>>, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    let items = access::grants(&state.db, granted, id).await.map_err(problems::of_access)?;
    Ok(Json(Items { items }))
}
