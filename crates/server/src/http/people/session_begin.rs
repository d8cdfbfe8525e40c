//! `POST /api/v1/session`: sign in.

use axum::{extract::State, http::HeaderMap};
use http::{HeaderName, header};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::{Actor, Code};
use vigie_people::sign_in::{self, Attempt, SignInError};

use super::views::{Me, Session};
use crate::http::{AppState, ClientAddress, Json, Problem, ProblemDocument, caller};

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

fn problem(error: SignInError) -> Problem {
    match error {
        SignInError::Wrong | SignInError::Locked => Problem::new(Code::SignInFailed),
        SignInError::LicenceNotAccepted => Problem::new(Code::LicenceNotAccepted),
        SignInError::Busy(_) => Problem::new(Code::Busy),
        SignInError::Db(error) => error.into(),
    }
}

/// Sign in
///
/// Sets the session's cookie. After three failures within ten minutes a name is locked for the caller's address for ten
/// minutes; it is answered the same, whether the name exists or not. Where licence terms are set, whoever has not yet
/// accepted them is asked to.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    operation_id = "session_begin",
    tag = "session",
    security(()),
    request_body = SignIn,
    responses(
        (status = 200, description = "Signed in.", body = Session),
        (status = 401, description = "`sign-in-failed`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "`licence-not-accepted`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn session_begin(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Json(said): Json<SignIn>,
) -> Result<([(HeaderName, String); 1], Json<Session>), Problem> {
    if said.login.len() > 800 || said.password.len() > 4000 {
        return Err(Problem::new(Code::SignInFailed));
    }
    let user_agent = headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
    let preferences = state.preferences.get(state.clock.now()).await?;
    let attempt = Attempt {
        login: said.login,
        password: said.password,
        source_address: address.to_string(),
        user_agent,
        licence: preferences.sign_in_page.licence_digest(),
        licence_accepted: said.licence_accepted,
    };
    let result = sign_in::sign_in(&state.db, &state.hasher, state.act_of(Actor::server()), attempt).await;
    state.metrics.sign_in(match &result {
        Ok(_) => "ok",
        Err(SignInError::Locked) => "locked",
        Err(SignInError::Wrong) => "failed",
        Err(SignInError::LicenceNotAccepted) => "licence",
        Err(_) => "error",
    });
    let (user, begun) = result.map_err(problem)?;
    let timeout = preferences.session_timeout_minutes;
    let session = Session {
        must_change_password: user.must_change_password,
        wallboard_only: false,
        user: Me::of(&user, timeout),
        csrf_token: begun.csrf_token,
    };
    Ok(([(header::SET_COOKIE, caller::set_cookie(&begun.token))], Json(session)))
}
