//! `PUT /api/v1/customers/{id}/assignments`: says who is assigned to a customer by hand.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, CustomerId, UserId};
use vigie_people::access::{self, Assigned};

use super::{problems, views::Items};
use crate::http::{AppState, Caller, Json, Path, Problem};

/// Who is assigned by hand from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAssignments {
    /// These users, at most 1,000.
    #[schema(max_items = 1000)]
    user_ids: Vec<UserId>,
}

/// Say who is assigned to a customer
///
/// By hand: whom a label or a grant assigns stays. An administrator says it of everyone; a supervisor of the users whom
/// they made, on customers that they were given by hand, and others stay as they are.
#[utoipa::path(
    put,
    path = "/api/v1/customers/{id}/assignments",
    operation_id = "assignments_set",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = NewAssignments,
    responses((status = 200, description = "Who is assigned now, by sign-in name, at most 200.", body = Items<Assigned>)),
)]
pub(super) async fn assignments_set(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CustomerId>,
    Json(wanted): Json<NewAssignments>,
) -> Result<Json<Items<Assigned>>, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    access::assign(&state.db, granted, caller.act(), id, wanted.user_ids).await.map_err(problems::of_access)?;
    let items = access::assigned(&state.db, granted, id).await.map_err(problems::of_access)?;
    Ok(Json(Items { items }))
}
