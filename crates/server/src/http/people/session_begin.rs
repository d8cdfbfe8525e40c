//! `POST /api/v1/session`: sign in.

use axum::{extract::State, http::HeaderMap};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::{Actor, Code};
use vigie_people::{
    sessions::Means,
    sign_in::{self, Attempt},
};

use super::{
    problems,
    views::{self, Session, SignedIn},
};
use crate::http::{AppState, ClientAddress, Json, Problem, ProblemDocument};

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    /// Sign-in name.
    #[schema(max_length = 200)]
    login: String,
    /// Password.
    #[schema(max_length = 1000, format = Password)]
    password: String,
    /// Whether the licence terms that `GET /about` shows are accepted.
    #[serde(default)]
    licence_accepted: bool,
}

/// Sign in
///
/// Sets the session's cookie. After three failures within ten minutes a name is locked for the caller's address for ten
/// minutes; it is answered the same, whether the name exists or not. Where licence terms are set, whoever has not yet
/// accepted them is asked to. Where a second factor is set up, the answer is `second-factor-required` with a `ticket` and
/// the `methods` there are; `POST /session/second-factor` goes on from there, within five minutes, from the same address.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    operation_id = "session_begin",
    tag = "session",
    security(()),
    request_body = SignIn,
    responses(
        (status = 200, description = "Signed in.", body = Session),
        (status = 401, description = "`sign-in-failed`; `second-factor-required` with `ticket` and `methods`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "`licence-not-accepted`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn session_begin(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Json(said): Json<SignIn>,
) -> Result<SignedIn, Problem> {
    if said.login.len() > 800 || said.password.len() > 4000 {
        return Err(Problem::new(Code::SignInFailed));
    }
    let preferences = state.preferences.get(state.clock.now()).await?;
    let attempt = Attempt {
        login: said.login,
        password: said.password,
        source_address: address.to_string(),
        user_agent: views::browser(&headers),
        licence: preferences.sign_in_page.licence_digest(),
        licence_accepted: said.licence_accepted,
    };
    let result = sign_in::sign_in(&state.db, &state.hasher, state.act_of(Actor::server()), attempt).await;
    problems::count_sign_in(&state, &result);
    views::signed_in(&state, result.map_err(problems::of_sign_in)?, Means::Password).await
}
