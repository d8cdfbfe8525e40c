//! `PATCH /api/v1/users/{id}`: changes a user.

use axum::extract::State;
use vigie_kernel::{Action, UserId};
use vigie_people::users::{fields::UserChanges, listing::Managed, manage};

use super::problems;
use crate::http::{AppState, Caller, Json, Path, Problem, ProblemDocument};

/// Change a user
///
/// A new password, disabling and expiry end the user's sessions at once.
#[utoipa::path(
    patch,
    path = "/api/v1/users/{id}",
    operation_id = "users_change",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    request_body = UserChanges,
    responses(
        (status = 200, description = "Changed.", body = Managed),
        (status = 409, description = "`name-taken`, `last-administrator`, `own-account`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn users_change(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
    Json(changes): Json<UserChanges>,
) -> Result<Json<Managed>, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    if id == caller.user.id && changes.password.is_some() {
        caller.own_credentials()?;
    }
    problems::check_length(changes.password.as_deref().unwrap_or_default())?;
    let rules = state.preferences.get(caller.now()).await?.password_rules();
    let user = manage::change(&state.db, &state.hasher, granted, caller.act(), id, changes, rules).await;
    Ok(Json(user.map_err(problems::of_user)?))
}
