//! `POST /api/v1/users/bulk`: does something with several users.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, UserId};
use vigie_people::users::manage::{self, BulkAction, MOST_AT_ONCE};

use super::problems;
use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// What is done, and with whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserBulk {
    /// What is done.
    action: BulkAction,
    /// With these, at most 200.
    #[schema(max_items = 200)]
    ids: Vec<UserId>,
}

/// Change or delete several users
///
/// With all of them or with none.
#[utoipa::path(
    post,
    path = "/api/v1/users/bulk",
    operation_id = "users_bulk",
    tag = "users",
    request_body = UserBulk,
    responses(
        (status = 204, description = "Done."),
        (status = 404, description = "`not-found`: one of them is none, or not yours.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`last-administrator`, `own-account`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn users_bulk(
    State(state): State<AppState>,
    caller: Caller,
    Json(asked): Json<UserBulk>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    if asked.ids.len() > MOST_AT_ONCE {
        return Err(Problem::invalid("ids", format!("must not be more than {MOST_AT_ONCE}")));
    }
    let done = manage::bulk(&state.db, granted, caller.act(), asked.action, asked.ids).await;
    done.map_err(problems::of_user)?;
    Ok(StatusCode::NO_CONTENT)
}
