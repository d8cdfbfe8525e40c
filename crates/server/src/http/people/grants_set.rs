//! `PUT /api/v1/users/{id}/grants`: says what a user is given and kept from.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, UserId};
use vigie_people::access::{self, Grant, NewGrant};

use super::{problems, views::Items};
use crate::http::{AppState, Caller, Json, Path, Problem};

/// All that a user is given and kept from.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGrants {
    /// Each provider, reseller and customer at most once; at most 1,000.
    #[schema(max_items = 1000)]
    grants: Vec<NewGrant>,
}

/// Say what a user is given and kept from
///
/// A grant is of one customer, of all present and future customers of a reseller or a provider, or of all. Where several
/// say something about a customer, the nearest to it decides. A supervisor gives customers that they were given by hand;
/// what they may not give stays as it is.
#[utoipa::path(
    put,
    path = "/api/v1/users/{id}/grants",
    operation_id = "grants_set",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    request_body = NewGrants,
    responses((status = 200, description = "All of it, oldest first.", body = Items<Grant>)),
)]
pub(super) async fn grants_set(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
    Json(wanted): Json<NewGrants>,
) -> Result<Json<Items<Grant>>, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    let set = access::set_grants(&state.db, granted, caller.act(), id, wanted.grants).await;
    set.map_err(problems::of_access)?;
    let items = access::grants(&state.db, granted, id).await.map_err(problems::of_access)?;
    Ok(Json(Items { items }))
}
