//! `POST /api/v1/users/me/openid`: my account is to be linked with an identity at the provider.

use axum::extract::State;
use http::{HeaderName, header};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::Code;

use super::{
    super::factors::{self, Proof},
    openid_start,
};
use crate::http::{AppState, Authority, Caller, Json, Problem, ProblemDocument};

/// Where to go.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OpenIdWay {
    /// The address at the provider.
    location: String,
}

/// Link my account with the OpenID provider
///
/// Sets a cookie and answers the address at the provider; it sends the browser back to `/profile` with `openid=linked`, or
/// with the reason why not.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/openid",
    operation_id = "openid_link_own",
    tag = "profile",
    request_body = Proof,
    responses(
        (status = 200, description = "Go there.", body = OpenIdWay),
        (status = 404, description = "`openid-off`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`password-wrong`, `code-required`, `code-wrong`, `passkey-host`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "`too-many-requests`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn openid_link_own(
    State(state): State<AppState>,
    caller: Caller,
    authority: Option<Authority>,
    Json(proof): Json<Proof>,
) -> Result<([(HeaderName, String); 1], Json<OpenIdWay>), Problem> {
    caller.own_credentials()?;
    let authority = authority.ok_or_else(|| Problem::new(Code::PasskeyHost))?;
    factors::prove(&state, &caller, proof).await?;
    let source = caller.actor.source_address.clone().unwrap_or_default();
    let owner = Some(caller.user.id);
    let (location, cookie) = openid_start::leave(&state, &authority, source, "/profile", false, owner)
        .await?
        .map_err(|word| if word == "off" { Problem::new(Code::OpenIdOff) } else { Problem::new(Code::Busy) })?;
    Ok(([(header::SET_COOKIE, cookie)], Json(OpenIdWay { location })))
}
