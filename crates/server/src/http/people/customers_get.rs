//! `GET /api/v1/customers/{id}`: one customer.

use axum::extract::State;
use vigie_kernel::{Action, CustomerId};

use super::customers_create::{CustomerItem, item};
use crate::http::{AppState, Caller, Json, Path, Problem};

/// One customer
#[utoipa::path(
    get,
    path = "/api/v1/customers/{id}",
    operation_id = "customers_get",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer.")),
    responses((status = 200, description = "The customer.", body = CustomerItem)),
)]
pub(super) async fn customers_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CustomerId>,
) -> Result<Json<CustomerItem>, Problem> {
    let granted = caller.require(Action::CustomersSee)?;
    item(&state, granted, id).await
}
