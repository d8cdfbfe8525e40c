//! `POST /api/v1/enrolment-tokens`: a new enrolment token.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_fleet::tokens::{self, CreateError, EnrolmentToken, NewEnrolmentToken};
use vigie_kernel::Action;
use vigie_people::hierarchy;

use crate::http::{AppState, Caller, Json, Problem};

/// An enrolment token that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeEnrolmentToken {
    /// What it is.
    #[serde(flatten)]
    made: EnrolmentToken,
    /// The token itself: shown this once.
    token: String,
    /// The address that systems are told.
    server: String,
}

fn problem(error: CreateError) -> Problem {
    match error {
        CreateError::Owner | CreateError::NoReseller => Problem::invalid("reseller_id", error),
        CreateError::NoCustomer => Problem::invalid("customer_id", error),
        CreateError::Uses => Problem::invalid("uses", error),
        CreateError::Expired => Problem::invalid("expires_at", error),
        CreateError::Db(error) => error.into(),
    }
}

/// Make an enrolment token
///
/// With a reseller's token each system that enrols becomes a customer of that reseller; with a customer's token it becomes
/// one more system of that customer.
#[utoipa::path(
    post,
    path = "/api/v1/enrolment-tokens",
    operation_id = "enrolment_tokens_create",
    tag = "systems",
    request_body = NewEnrolmentToken,
    responses((status = 201, description = "Made. The token is shown this once.", body = MadeEnrolmentToken)),
)]
pub(super) async fn enrolment_tokens_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewEnrolmentToken>,
) -> Result<(StatusCode, Json<MadeEnrolmentToken>), Problem> {
    let granted = caller.require(Action::CustomersAdd)?;
    let reseller = match (new.reseller_id, new.customer_id) {
        (Some(reseller), None) => {
            let known = hierarchy::reseller(&state.db, granted, reseller).await?;
            known.map(|it| it.id).ok_or_else(|| problem(CreateError::NoReseller))?
        }
        (None, Some(customer)) => {
            let known = hierarchy::customer(&state.db, granted, customer).await?;
            known.map(|it| it.reseller.id).ok_or_else(|| problem(CreateError::NoCustomer))?
        }
        _ => return Err(problem(CreateError::Owner)),
    };
    let (made, token) = tokens::create(&state.db, granted, caller.act(), reseller, new).await.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(MadeEnrolmentToken { made, token, server: state.agents_url() })))
}
