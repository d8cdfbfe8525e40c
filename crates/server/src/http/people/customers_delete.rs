//! `DELETE /api/v1/customers/{id}` and `POST /api/v1/customers/delete`: deletes customers; they can be restored for some days.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{DbErr, Tx, TxFuture};
use vigie_kernel::{Action, CustomerId, Granted, Timestamp};
use vigie_people::hierarchy::manage;

use super::problems;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
    workers::links::{self, Word},
};

/// Most customers that are deleted at once.
const MOST_AT_ONCE: usize = 200;

/// What the customer leaves in other contexts.
fn leave(tx: &Tx, id: CustomerId, at: Timestamp) -> TxFuture<'_, Option<&'static str>, DbErr> {
    Box::pin(async move {
        let left = vigie_assets::equipment::leave_customer(tx, id).await?;
        if left.is_none() {
            vigie_fleet::network::suspend(tx, id, at).await?;
        }
        Ok(left)
    })
}

async fn delete(state: &AppState, caller: &Caller, granted: Granted, id: CustomerId) -> Result<(), Problem> {
    let deleted = manage::delete_customer(&state.db, granted, caller.act(), id, leave).await;
    let at = deleted.map_err(problems::of_hierarchy)?;
    links::say(state, Word::End, &vigie_fleet::network::suspended(&state.db, id, at).await?).await;
    Ok(())
}

/// Delete a customer
///
/// It is hidden at once, its systems' links end and they are refused; until its time is over it can be restored with them.
/// Refused while it has equipment, pending equipment or API clients. What is left of equipment that was deleted goes to the
/// default customer.
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
    delete(&state, &caller, granted, id).await?;
    state.events.changed(&[Topic::Equipment, Topic::Systems]);
    Ok(StatusCode::NO_CONTENT)
}

/// Customers that are to be deleted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomersToDelete {
    /// Which.
    #[schema(max_items = 200)]
    ids: Vec<CustomerId>,
}

/// What became of each.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CustomersDeleted {
    /// Deleted.
    deleted: Vec<CustomerId>,
    /// Not deleted, and why.
    refused: Vec<RefusedCustomer>,
}

/// A customer that was not deleted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RefusedCustomer {
    /// Which.
    id: CustomerId,
    /// The code of the problem that deleting it alone would answer.
    code: String,
    /// The same for people.
    detail: String,
}

/// Delete several customers
///
/// Each as if it were deleted alone: those that cannot be deleted stay, and are named.
#[utoipa::path(
    post,
    path = "/api/v1/customers/delete",
    operation_id = "customers_delete_several",
    tag = "customers",
    request_body = CustomersToDelete,
    responses((status = 200, description = "What became of each.", body = CustomersDeleted)),
)]
pub(super) async fn customers_delete_several(
    State(state): State<AppState>,
    caller: Caller,
    Json(asked): Json<CustomersToDelete>,
) -> Result<Json<CustomersDeleted>, Problem> {
    let granted = caller.require(Action::CustomersDelete)?;
    if asked.ids.len() > MOST_AT_ONCE {
        return Err(Problem::invalid("ids", format!("must not be more than {MOST_AT_ONCE}")));
    }
    let mut answer = CustomersDeleted { deleted: Vec::new(), refused: Vec::new() };
    for id in asked.ids {
        match delete(&state, &caller, granted, id).await {
            Ok(()) => answer.deleted.push(id),
            Err(problem) if problem.code().status() < 500 => {
                let document = problem.document();
                let detail = document.detail.unwrap_or(document.title);
                answer.refused.push(RefusedCustomer { id, code: document.code, detail });
            }
            Err(problem) => return Err(problem),
        }
    }
    state.events.changed(&[Topic::Equipment, Topic::Systems]);
    Ok(Json(answer))
}
