//! `POST /api/v1/resellers`: a new reseller.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::Action;
use vigie_people::hierarchy::{
    Reseller,
    manage::{self, NewReseller},
};

use super::problems;
use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// Add a reseller
#[utoipa::path(
    post,
    path = "/api/v1/resellers",
    operation_id = "resellers_create",
    tag = "customers",
    request_body = NewReseller,
    responses(
        (status = 201, description = "Added.", body = Reseller),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn resellers_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewReseller>,
) -> Result<(StatusCode, Json<Reseller>), Problem> {
    let granted = caller.require_all(Action::CustomersAdd)?;
    let made = manage::create_reseller(&state.db, granted, caller.act(), new).await;
    Ok((StatusCode::CREATED, Json(made.map_err(problems::of_hierarchy)?)))
}
