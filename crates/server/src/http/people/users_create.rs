//! `POST /api/v1/users`: a new user.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::Action;
use vigie_people::users::{fields::NewUser, listing::Managed, manage};

use super::problems;
use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// Add a user
///
/// Usable at once. A supervisor makes operators, with labels out of their own.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    operation_id = "users_create",
    tag = "users",
    request_body = NewUser,
    responses(
        (status = 201, description = "Added.", body = Managed),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`value-invalid`, `password-weak`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn users_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewUser>,
) -> Result<(StatusCode, Json<Managed>), Problem> {
    let granted = caller.require(Action::UsersManage)?;
    problems::check_length(&new.password)?;
    let rules = state.preferences.get(caller.now()).await?.password_rules();
    let made = manage::create(&state.db, &state.hasher, granted, caller.act(), new, rules).await;
    Ok((StatusCode::CREATED, Json(made.map_err(problems::of_user)?)))
}
