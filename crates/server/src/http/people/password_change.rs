//! `PUT /api/v1/users/me/password`: a new password.

use axum::{extract::State, http::StatusCode};
use http::{HeaderName, header};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::Code;
use vigie_people::users::password::{self, PasswordError};

use super::problems;
use crate::http::{AppState, Json, NewcomerCaller, Problem, caller};

/// The present password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordChange {
    /// The present one.
    #[schema(max_length = 1000, format = Password)]
    current_password: String,
    /// The new one: 9 to 128 characters, two or more of upper case, lower case, digits and others.
    #[schema(min_length = 9, max_length = 128, format = Password)]
    new_password: String,
}

fn problem(error: PasswordError) -> Problem {
    match error {
        PasswordError::NotFound => Problem::not_found(),
        PasswordError::Wrong => Problem::new(Code::PasswordWrong).field("current_password", "wrong", error),
        PasswordError::Weak(rule) => problems::weak("new_password", rule),
        PasswordError::Reused => Problem::new(Code::PasswordReused).field("new_password", "reused", error),
        PasswordError::Busy(_) => Problem::new(Code::Busy),
        PasswordError::Db(error) => error.into(),
    }
}

/// Change my password
///
/// Ends all of the caller's sessions, this one too.
#[utoipa::path(
    put,
    path = "/api/v1/users/me/password",
    operation_id = "password_change",
    tag = "profile",
    request_body = PasswordChange,
    responses(
        (status = 204, description = "Changed; sign in again."),
        (status = 422, description = "`password-wrong`, `password-weak`, `password-reused`.",
            body = crate::http::ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn password_change(
    State(state): State<AppState>,
    NewcomerCaller(caller): NewcomerCaller,
    Json(change): Json<PasswordChange>,
) -> Result<(StatusCode, [(HeaderName, String); 1]), Problem> {
    caller.own_credentials()?;
    if change.current_password.len() > 4000 {
        return Err(problem(PasswordError::Wrong));
    }
    let rules = state.preferences.get(caller.now()).await?.password_rules();
    let PasswordChange { current_password, new_password } = change;
    let id = caller.user.id;
    password::change(&state.db, &state.hasher, caller.act(), id, current_password, new_password, rules)
        .await
        .map_err(problem)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, caller::clear_cookie())]))
}
