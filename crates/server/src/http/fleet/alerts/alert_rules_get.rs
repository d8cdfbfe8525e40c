//! `GET /api/v1/customers/{id}/alert-rules`: what a customer's systems look at, and what people changed about it.

use axum::extract::State;
use vigie_fleet::alerts::rules::{self, CustomerCondition};
use vigie_kernel::{Action, CustomerId};

use crate::http::{AppState, Caller, Json, Path, Problem, people::Items};

/// A customer's conditions
///
/// What its systems look at for alerts, as their profiles say, and what people changed about it.
#[utoipa::path(
    get,
    path = "/api/v1/customers/{id}/alert-rules",
    operation_id = "alert_rules_get",
    tag = "alerts",
    params(("id" = CustomerId, Path)),
    responses((status = 200, description = "The conditions, by key.", body = Items<CustomerCondition>)),
)]
pub(super) async fn alert_rules_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CustomerId>,
) -> Result<Json<Items<CustomerCondition>>, Problem> {
    let granted = caller.require(Action::CustomersSee)?;
    let items = rules::list(&state.db, granted, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(Items { items }))
}
