//! Tokens for agents: OAuth 2.0 client credentials (RFC 6749 §4.4). A token is a sealed statement of which client it is
//! and until when, so that nothing is stored for it; the client's status is looked up whenever it is used.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use vigie_kernel::{ApiClientId, Code, Timestamp};
use vigie_people::api_clients::{self, AuthenticateError, Authenticated};

use super::{AppState, Json, Problem, agents, caller};

/// How long a token is good for, seconds.
const LIFETIME: u32 = 3600;
/// What tokens are sealed for.
const PURPOSE: &str = "agent-token";
/// What tokens start with.
const PREFIX: &str = "vga_";

/// What is asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct TokenRequest {
    /// `client_credentials`.
    grant_type: String,
    /// The client's id, unless it is in the `Authorization` header.
    client_id: Option<String>,
    /// The client's secret, unless it is in the `Authorization` header.
    client_secret: Option<String>,
    /// Ignored: a client has one scope.
    #[allow(dead_code, reason = "part of the published request")]
    scope: Option<String>,
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the names are those of RFC 6749")]
pub(crate) struct Token {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Seconds that it is good for.
    expires_in: u32,
    /// What it is for.
    scope: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Sealed {
    client: ApiClientId,
    until: Timestamp,
}

/// The token operation, also under the addresses that GLPI agents make of their server's.
pub fn router() -> OpenApiRouter<AppState> {
    let mut router = OpenApiRouter::default().routes(routes!(token));
    for prefix in ["", "/inventory", "/Inventory", "/front/inventory.php", "/ocsinventory"] {
        router = router.route(&format!("{prefix}/api.php/token"), axum::routing::post(token));
    }
    router
}

/// Get a token for an agent
///
/// OAuth 2.0 client credentials (RFC 6749 §4.4): as a form, or in JSON as GLPI agents send it. Id and secret may be in
/// the `Authorization: Basic` header instead.
#[utoipa::path(
    post,
    path = "/oauth/token",
    operation_id = "agent_token",
    tag = "agents",
    security(()),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A token.", body = Token),
        (status = 401, description = "`client-unknown`.", body = super::ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "`client-inactive`.", body = super::ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn token(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<([(header::HeaderName, &'static str); 1], Json<Token>), Problem> {
    let request = read(&headers, &body)?;
    if request.grant_type != "client_credentials" {
        return Err(Problem::new(Code::RequestMalformed)
            .detail("Only the grant type client_credentials is known.")
            .with("error", "unsupported_grant_type"));
    }
    let given = request.client_id.zip(request.client_secret).or_else(|| agents::basic(&headers));
    let Some((id, secret)) = given else {
        return Err(Problem::new(Code::ClientUnknown).with("error", "invalid_client"));
    };
    let client = client(&state, &id, &secret).await.map_err(|problem| problem.with("error", "invalid_client"))?;
    let until = state.clock.now().plus(std::time::Duration::from_secs(LIFETIME.into()));
    let sealed = serde_json::to_vec(&Sealed { client: client.id, until }).map_err(Problem::internal)?;
    let sealed = state.secrets.seal(&*state.rng, PURPOSE, &sealed);
    let token = Token {
        access_token: format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(sealed)),
        token_type: "Bearer",
        expires_in: LIFETIME,
        scope: client.scope,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(token)))
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<TokenRequest, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let malformed = |error: &dyn std::fmt::Display| {
        Problem::new(Code::RequestMalformed).detail(error).with("error", "invalid_request")
    };
    if kind.starts_with("application/json") {
        serde_json::from_slice(body).map_err(|error| malformed(&error))
    } else {
        serde_urlencoded::from_bytes(body).map_err(|error| malformed(&error))
    }
}

/// The API client of an id and a secret.
pub(crate) async fn client(state: &AppState, id: &str, secret: &str) -> Result<Authenticated, Problem> {
    api_clients::authenticate(&state.db, id, secret, state.clock.now()).await.map_err(problem)
}

/// The API client that a bearer token is of.
pub(crate) async fn bearer_client(state: &AppState, headers: &HeaderMap) -> Result<Authenticated, Problem> {
    let token = caller::bearer(headers).ok_or_else(|| Problem::new(Code::SignInRequired))?;
    let sealed = token.strip_prefix(PREFIX).and_then(|packed| URL_SAFE_NO_PAD.decode(packed).ok());
    let opened = sealed.and_then(|sealed| state.secrets.open(PURPOSE, &sealed).ok());
    let said: Sealed =
        opened.and_then(|json| serde_json::from_slice(&json).ok()).ok_or_else(|| Problem::new(Code::TokenInvalid))?;
    let now = state.clock.now();
    if said.until <= now {
        return Err(Problem::new(Code::TokenInvalid));
    }
    api_clients::recognise(&state.db, said.client, now).await.map_err(problem)
}

fn problem(error: AuthenticateError) -> Problem {
    match error {
        AuthenticateError::Unknown => Problem::new(Code::ClientUnknown),
        AuthenticateError::Inactive => Problem::new(Code::ClientInactive),
        AuthenticateError::Db(error) => error.into(),
    }
}
