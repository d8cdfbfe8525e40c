//! `GET /api/v1/customers/{id}/assignments`: who is assigned to a customer, and why.

use axum::extract::State;
use vigie_kernel::{Action, CustomerId};
use vigie_people::access::{self, Assigned};

use super::{problems, views::Items};
use crate::http::{AppState, Caller, Json, Path, Problem};

/// Who is assigned to a customer
///
/// Without those who see all customers.
#[utoipa::path(
    get,
    path = "/api/v1/customers/{id}/assignments",
    operation_id = "assignments_get",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer.")),
    responses((status = 200, description = "By sign-in name, at most 200.", body = Items<Assigned>)),
)]
pub(super) async fn assignments_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CustomerId>,
) -> Result<Json<Items<Assigned>>, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    let items = access::assigned(&state.db, granted, id).await.map_err(problems::of_access)?;
    Ok(Json(Items { items }))
}
