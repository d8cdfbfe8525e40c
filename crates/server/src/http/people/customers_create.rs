//! `POST /api/v1/customers`: a new customer.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, Code};
use vigie_people::hierarchy::{self, CreateError, Customer, NewCustomer};

use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// A customer and how much equipment it has.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CustomerItem {
    /// The customer.
    #[serde(flatten)]
    pub(super) customer: Customer,
    /// How much equipment it has.
    pub(super) equipment: u64,
}

fn problem(error: CreateError) -> Problem {
    match error {
        CreateError::Name(error) => Problem::invalid("name", error),
        CreateError::Taken => Problem::new(Code::NameTaken).field("name", "taken", error),
        CreateError::NoReseller => Problem::invalid("reseller_id", error),
        CreateError::Db(error) => error.into(),
    }
}

/// Add a customer
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
    let granted = caller.require(Action::CustomersManage)?;
    let customer = hierarchy::create_customer(&state.db, granted, caller.act(), new).await.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(CustomerItem { customer, equipment: 0 })))
}
