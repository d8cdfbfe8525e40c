//! `PATCH /api/v1/customers/{id}`: changes a customer.

use axum::extract::State;
use vigie_kernel::{Action, CustomerId};
use vigie_people::hierarchy::manage::{self, CustomerChanges};

use super::{
    customers_create::{CustomerItem, item},
    problems,
};
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

/// Change a customer
#[utoipa::path(
    patch,
    path = "/api/v1/customers/{id}",
    operation_id = "customers_change",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = CustomerChanges,
    responses(
        (status = 200, description = "Changed.", body = CustomerItem),
        (status = 409, description = "`name-taken`, also for the code; `customer-code-fixed`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn customers_change(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CustomerId>,
    Json(changes): Json<CustomerChanges>,
) -> Result<Json<CustomerItem>, Problem> {
    let granted = caller.require_all(Action::CustomersEdit)?;
    let codes_may_change = state.preferences.get(caller.now()).await?.customer_codes_may_change;
    let done = manage::change_customer(&state.db, granted, caller.act(), id, changes, codes_may_change).await;
    done.map_err(problems::of_hierarchy)?;
    state.events.changed(&[Topic::Equipment, Topic::Systems]);
    item(&state, granted, id).await
}
