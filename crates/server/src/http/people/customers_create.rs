//! `POST /api/v1/customers`: a new customer.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_fleet::{
    customer_state::{self, CustomerAlerts},
    systems::{self, Network},
};
use vigie_kernel::{Action, CustomerId, Granted, Timestamp};
use vigie_people::hierarchy::{
    self, Customer,
    manage::{self, NewCustomer},
};

use super::problems;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Problem, ProblemDocument},
};

/// A customer, how much equipment it has and how its systems are connected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CustomerItem {
    /// The customer.
    #[serde(flatten)]
    pub(super) customer: Customer,
    /// How much equipment it has.
    pub(super) equipment: u64,
    /// Its systems: how they are connected.
    pub(super) network: Network,
    /// Its open alerts.
    pub(super) alerts: CustomerAlerts,
    /// Until when it can be restored; null: it was not deleted.
    pub(super) kept_until: Option<Timestamp>,
}

/// A customer of the scope, and how much equipment it has.
pub(super) async fn item(state: &AppState, granted: Granted, id: CustomerId) -> Result<Json<CustomerItem>, Problem> {
    let customer = hierarchy::customer(&state.db, granted, id).await?.ok_or_else(Problem::not_found)?;
    let counts = vigie_assets::equipment::counts_by_customer(&state.db, &granted, &[id]).await?;
    let network = systems::networks(state.db.reads(), &[id]).await?.remove(&id).unwrap_or_default();
    let alerts = customer_state::open_alerts(state.db.reads(), &[id]).await?.remove(&id).unwrap_or_default();
    let equipment = counts.get(&id).copied().unwrap_or(0);
    Ok(Json(CustomerItem { customer, equipment, network, alerts, kept_until: None }))
}

/// Add a customer
///
/// Who sees assigned customers only adds them to resellers that they see, and is assigned to what they add.
#[utoipa::path(
    post,
    path = "/api/v1/customers",
    operation_id = "customers_create",
    tag = "customers",
    request_body = NewCustomer,
    responses(
        (status = 201, description = "Added.", body = CustomerItem),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn customers_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewCustomer>,
) -> Result<(StatusCode, Json<CustomerItem>), Problem> {
    let granted = caller.require(Action::CustomersAdd)?;
    let made = manage::create_customer(&state.db, granted, caller.act(), new).await;
    let customer = made.map_err(problems::of_hierarchy)?;
    state.events.changed(&[Topic::Systems]);
    Ok((
        StatusCode::CREATED,
        Json(CustomerItem {
            customer,
            equipment: 0,
            network: Network::default(),
            alerts: CustomerAlerts::default(),
            kept_until: None,
        }),
    ))
}
