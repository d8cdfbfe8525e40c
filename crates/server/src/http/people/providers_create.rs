//! `POST /api/v1/providers`: a new provider.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::Action;
use vigie_people::hierarchy::{
    Provider,
    manage::{self, NewProvider},
};

use super::problems;
use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// Add a provider
#[utoipa::path(
    post,
    path = "/api/v1/providers",
    operation_id = "providers_create",
    tag = "customers",
    request_body = NewProvider,
    responses(
        (status = 201, description = "Added.", body = Provider),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn providers_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewProvider>,
) -> Result<(StatusCode, Json<Provider>), Problem> {
    let granted = caller.require_all(Action::CustomersAdd)?;
    let made = manage::create_provider(&state.db, granted, caller.act(), new).await;
    Ok((StatusCode::CREATED, Json(made.map_err(problems::of_hierarchy)?)))
}
