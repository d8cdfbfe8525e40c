//! `POST /api/v1/session/passkey`: sign in with a passkey alone.

use axum::{extract::State, http::HeaderMap};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use vigie_kernel::{Actor, Code};
use vigie_people::{
    factors::passkeys::{self, SignIn},
    sessions::Means,
};

use super::super::{
    problems,
    views::{self, Session, SignedIn},
};
use crate::http::{AppState, Authority, ClientAddress, Json, Problem, ProblemDocument};

/// What a passkey answered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasskeySignIn {
    /// What `POST /session/passkey/options` answered.
    #[schema(max_length = 100)]
    ceremony: String,
    /// What `navigator.credentials.get` answered, as JSON.
    #[schema(value_type = Object)]
    credential: Value,
    /// Whether the licence terms that `GET /about` shows are accepted.
    #[serde(default)]
    licence_accepted: bool,
}

/// Sign in with a passkey
///
/// A passkey stands for both factors: the device has checked who holds it.
#[utoipa::path(
    post,
    path = "/api/v1/session/passkey",
    operation_id = "session_passkey",
    tag = "session",
    security(()),
    request_body = PasskeySignIn,
    responses(
        (status = 200, description = "Signed in.", body = Session),
        (status = 401, description = "`sign-in-failed`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "`licence-not-accepted`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`value-invalid`, `passkey-host`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn session_passkey(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    authority: Option<Authority>,
    headers: HeaderMap,
    Json(said): Json<PasskeySignIn>,
) -> Result<SignedIn, Problem> {
    let authority = authority.ok_or_else(|| Problem::new(Code::PasskeyHost))?;
    let preferences = state.preferences.get(state.clock.now()).await?;
    let party = super::party(&authority, &preferences)?;
    if said.ceremony.len() > 100 {
        return Err(Problem::new(Code::SignInFailed));
    }
    let with = SignIn {
        ceremony: said.ceremony,
        said: super::answered(said.credential)?,
        source_address: address.to_string(),
        user_agent: views::browser(&headers),
        licence: preferences.sign_in_page.licence_digest(),
        licence_accepted: said.licence_accepted,
    };
    let result = passkeys::sign_in(&state.db, &party, state.act_of(Actor::server()), with).await;
    problems::count_sign_in(&state, &result);
    views::signed_in(&state, result.map_err(problems::of_sign_in)?, Means::Passkey).await
}
