//! `POST /api/v1/customers/{id}/restore`: brings a deleted customer back.

use axum::extract::State;
use vigie_db::{DbErr, Tx, TxFuture};
use vigie_kernel::{Action, CustomerId, Timestamp};
use vigie_people::hierarchy::manage;

use super::{
    customers_create::{CustomerItem, item},
    problems,
};
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

fn come_back(tx: &Tx, id: CustomerId, deleted_at: Timestamp) -> TxFuture<'_, (), DbErr> {
    Box::pin(vigie_fleet::network::resume(tx, id, deleted_at))
}

/// Restore a deleted customer
///
/// With its systems, which are let in again with the keys that they have.
#[utoipa::path(
    post,
    path = "/api/v1/customers/{id}/restore",
    operation_id = "customers_restore",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer.")),
    responses(
        (status = 200, description = "As it is now.", body = CustomerItem),
        (status = 409, description = "`name-taken`: another customer has its name by now.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn customers_restore(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CustomerId>,
) -> Result<Json<CustomerItem>, Problem> {
    let granted = caller.require(Action::CustomersDelete)?;
    let restored = manage::restore_customer(&state.db, granted, caller.act(), id, come_back).await;
    restored.map_err(problems::of_hierarchy)?;
    state.events.changed(&[Topic::Equipment, Topic::Systems]);
    item(&state, granted, id).await
}
