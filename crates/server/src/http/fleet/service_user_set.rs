//! `PUT /api/v1/customers/{id}/service-user`: enters by whom a customer's systems are managed.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_fleet::service_user::{self, SetError};
use vigie_kernel::{Action, CustomerId};
use vigie_wire::link::message::ServiceUser;

use crate::{
    http::{AppState, Caller, Json, Path, Problem},
    workers::links::{self, Word},
};

/// A service user, as a person types it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TypedServiceUser {
    /// Name, 1 to 128 characters; `vigie` is usual.
    name: String,
    /// Password, 1 to 128 characters: the same as on the systems.
    password: String,
}

impl From<TypedServiceUser> for ServiceUser {
    fn from(typed: TypedServiceUser) -> Self {
        Self { name: typed.name.trim().to_owned(), password: typed.password }
    }
}

pub(super) fn problem(error: SetError) -> Problem {
    match error {
        SetError::NotFound => Problem::not_found(),
        SetError::Name => Problem::invalid("name", error),
        SetError::Password => Problem::invalid("password", error),
        SetError::Db(error) => error.into(),
    }
}

/// Enter a customer's service user
///
/// It counts for all systems of the customer, also those that made one of their own; present links sign in again.
#[utoipa::path(
    put,
    path = "/api/v1/customers/{id}/service-user",
    operation_id = "service_user_set",
    tag = "systems",
    params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = TypedServiceUser,
    responses((status = 204, description = "Entered.")),
)]
pub(super) async fn service_user_set(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CustomerId>,
    Json(typed): Json<TypedServiceUser>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require_all(Action::CustomersEdit)?;
    let set = service_user::set(&state.db, &state.secrets, granted, caller.act(), id, typed.into()).await;
    links::say(&state, Word::SignIn, &set.map_err(problem)?).await;
    Ok(StatusCode::NO_CONTENT)
}
