//! `GET /api/v1/users/{id}/openid`: a user's identities at OpenID providers.

use axum::extract::State;
use vigie_kernel::{Action, UserId};
use vigie_people::{
    openid::accounts::{self, Linked},
    users::listing,
};

use super::super::views::Items;
use crate::http::{AppState, Caller, Json, Path, Problem};

/// A user's identities at OpenID providers
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}/openid",
    operation_id = "openid_identities",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    responses((status = 200, description = "All of them.", body = Items<Linked>)),
)]
pub(super) async fn openid_identities(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<Json<Items<Linked>>, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    listing::get(&state.db, granted, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(Items { items: accounts::list(&state.db, id).await? }))
}
