//! `GET /api/v1/customers/{id}/deletion`: what would go with a customer.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_fleet::customer_state;
use vigie_kernel::{Action, CustomerId, Timestamp};
use vigie_people::hierarchy;

use super::customers_list::kept;
use crate::http::{AppState, Caller, Json, Path, Problem};

/// What would go with a customer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CustomerDeletion {
    /// Systems whose links would end.
    systems: u64,
    /// Open alerts.
    alerts: u64,
    /// Equipment, which keeps the customer from being deleted.
    equipment: u64,
    /// Until when it could be restored.
    kept_until: Timestamp,
}

/// What would go with a customer
///
/// For the question that is asked before it is deleted.
#[utoipa::path(
    get,
    path = "/api/v1/customers/{id}/deletion",
    operation_id = "customers_deletion",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer.")),
    responses((status = 200, description = "How much of what.", body = CustomerDeletion)),
)]
pub(super) async fn customers_deletion(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CustomerId>,
) -> Result<Json<CustomerDeletion>, Problem> {
    let granted = caller.require(Action::CustomersDelete)?;
    hierarchy::customer(&state.db, granted, id).await?.ok_or_else(Problem::not_found)?;
    let counts = vigie_assets::equipment::counts_by_customer(&state.db, &granted, &[id]).await?;
    let network = vigie_fleet::systems::networks(state.db.reads(), &[id]).await?.remove(&id).unwrap_or_default();
    let alerts = customer_state::open_alerts(state.db.reads(), &[id]).await?.remove(&id).unwrap_or_default();
    Ok(Json(CustomerDeletion {
        systems: network.systems,
        alerts: alerts.open,
        equipment: counts.get(&id).copied().unwrap_or(0),
        kept_until: caller.now().plus(kept(&state).await?),
    }))
}
