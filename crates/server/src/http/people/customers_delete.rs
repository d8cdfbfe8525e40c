//! `DELETE /api/v1/customers/{id}`: deletes a customer to which nothing belongs.

use axum::{extract::State, http::StatusCode};
use vigie_db::{DbErr, Tx, TxFuture};
use vigie_kernel::{Action, CustomerId};
use vigie_people::hierarchy::manage;

use super::problems;
use crate::{
    events::Topic,
    http::{AppState, Caller, Path, Problem, ProblemDocument},
};

/// What the customer leaves in other contexts.
fn leave(tx: &Tx, id: CustomerId) -> TxFuture<'_, Option<&'static str>, DbErr> {
    Box::pin(async move {
        match vigie_assets::equipment::leave_customer(tx, id).await? {
            None => vigie_fleet::systems::leave_customer(tx, id).await,
            left => Ok(left),
        }
    })
}

/// Delete a customer
///
/// Refused while it has equipment, pending equipment, API clients or systems. What is left of equipment that was deleted goes to
/// the default customer.
#[utoipa::path(
    delete,
    path = "/api/v1/customers/{id}",
    operation_id = "customers_delete",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer.")),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "`not-empty`, `default-customer`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn customers_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CustomerId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::CustomersDelete)?;
    let deleted = manage::delete_customer(&state.db, granted, caller.act(), id, leave).await;
    deleted.map_err(problems::of_hierarchy)?;
    state.events.changed(&[Topic::Equipment]);
    Ok(StatusCode::NO_CONTENT)
}
