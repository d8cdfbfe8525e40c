//! `POST /api/v1/openid/test`: whether the provider is there and says what it must.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, Code};
use vigie_people::openid;

use crate::{
    http::{AppState, Caller, Json, Problem, ProblemDocument},
    openid::{CallError, Provider, ProviderError},
};

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OpenIdTest {
    /// Whether people can be sent there.
    ok: bool,
    /// What is wrong; null: nothing.
    trouble: Option<Trouble>,
    /// The same for people, with what the connection said.
    detail: Option<String>,
    /// The provider's addresses.
    endpoints: Vec<Endpoint>,
    /// Scopes of the settings that the provider says it does not know.
    unknown_scopes: Vec<String>,
}

/// What is wrong with a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = OpenIdTrouble)]
pub(super) enum Trouble {
    /// An address that may not be called.
    UnsafeAddress,
    /// No connection, or no answer in time.
    Unreachable,
    /// It answers, but does not describe itself as OpenID Connect Discovery asks, or calls itself otherwise.
    Discovery,
}

/// An address of the provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenIdEndpoint)]
pub(super) struct Endpoint {
    /// What it is for.
    name: &'static str,
    /// The address.
    address: String,
}

/// Test single sign-on
///
/// Asks the provider of the settings what it offers.
#[utoipa::path(
    post,
    path = "/api/v1/openid/test",
    operation_id = "openid_test",
    tag = "preferences",
    responses(
        (status = 200, description = "What was found.", body = OpenIdTest),
        (status = 404, description = "`openid-off`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn openid_test(State(state): State<AppState>, caller: Caller) -> Result<Json<OpenIdTest>, Problem> {
    caller.require(Action::PreferencesManage)?;
    let settings = openid::load(&state.db).await?.ok_or_else(|| Problem::new(Code::OpenIdOff))?;
    let found = match Provider::discover(&state, &settings.issuer).await {
        Ok(provider) => OpenIdTest {
            ok: true,
            trouble: None,
            detail: None,
            endpoints: provider.endpoints().into_iter().map(|(name, address)| Endpoint { name, address }).collect(),
            unknown_scopes: provider.unknown_scopes(&settings.scopes),
        },
        Err(error) => OpenIdTest {
            ok: false,
            trouble: Some(match &error {
                ProviderError::Unreachable(CallError::Unsafe(_)) => Trouble::UnsafeAddress,
                ProviderError::Unreachable(_) => Trouble::Unreachable,
                _ => Trouble::Discovery,
            }),
            detail: Some(error.to_string()),
            endpoints: Vec::new(),
            unknown_scopes: Vec::new(),
        },
    };
    Ok(Json(found))
}
