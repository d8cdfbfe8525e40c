//! `GET /api/v1/users/{id}`: one user.

use axum::extract::State;
use vigie_kernel::{Action, UserId};
use vigie_people::users::listing::{self, Managed};

use crate::http::{AppState, Caller, Json, Path, Problem};

/// One user
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}",
    operation_id = "users_get",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = Managed)),
)]
pub(super) async fn users_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<Json<Managed>, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    listing::get(&state.db, granted, id).await?.map(Json).ok_or_else(Problem::not_found)
}
