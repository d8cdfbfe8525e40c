//! `PUT /api/v1/users/{id}/openid`: a user's account is linked with an identity at the provider.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, Code, UserId};
use vigie_people::openid::{self, accounts};

use super::super::problems;
use crate::http::{AppState, Caller, Json, Path, Problem, ProblemDocument};

/// Who the user is at the provider.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenIdLink {
    /// The claim `sub`.
    #[schema(min_length = 1, max_length = 255)]
    subject: String,
}

/// Link a user with the OpenID provider
///
/// Whoever signs in there with this subject is then signed in as this user. One's own account is linked in the profile.
#[utoipa::path(
    put,
    path = "/api/v1/users/{id}/openid",
    operation_id = "openid_link",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    request_body = OpenIdLink,
    responses(
        (status = 204, description = "Linked."),
        (status = 404, description = "`not-found`, `openid-off`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`openid-taken`, `own-account`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn openid_link(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
    Json(link): Json<OpenIdLink>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    if id == caller.user.id {
        return Err(Problem::new(Code::OwnAccount));
    }
    let settings = openid::load(&state.db).await?.ok_or_else(|| Problem::new(Code::OpenIdOff))?;
    accounts::link_by_administrator(&state.db, granted, caller.act(), id, settings.issuer, link.subject)
        .await
        .map_err(problems::of_account)?;
    Ok(StatusCode::NO_CONTENT)
}
