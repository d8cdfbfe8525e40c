//! Talking to an OpenID provider (OpenID Connect Core 1.0): discovery, the way there with PKCE (RFC 7636), state and nonce,
//! and the exchange of the code that comes back for a signed identity.

mod client;

use std::{collections::HashMap, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    AdditionalClaims, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, StandardErrorResponse,
    StandardTokenResponse, TokenResponse as _, UserInfoClaims,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
        CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;
use vigie_kernel::{Rng, Timestamp};
use vigie_people::openid::{Settings, accounts::Identity};

pub use client::CallError;

use crate::http::AppState;

/// How long what a provider says of itself is believed.
const FRESH: Duration = Duration::from_mins(5);
/// How long a provider that could not be asked is left alone: strangers must not make the server call it at will.
const ALONE: Duration = Duration::from_secs(10);
/// Most groups of one person that are looked at.
const MOST_GROUPS: usize = 1000;

/// Claims beyond the standard ones.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct MoreClaims {
    #[serde(flatten)]
    claims: HashMap<String, Value>,
}

impl AdditionalClaims for MoreClaims {}

type Fields = IdTokenFields<
    MoreClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type Client = openidconnect::Client<
    MoreClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What went wrong with a provider. People who sign in hear only that it did; administrators hear this, and the log.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The provider cannot be reached, or its address may not be called.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(#[from] CallError),
    /// It answers, but not with what OpenID Connect Discovery asks for.
    #[error("the provider does not describe itself: {0}")]
    Discovery(String),
    /// It could not be asked a moment ago, and is left alone.
    #[error("a moment ago: {0}")]
    Lately(String),
    /// It does not take the code.
    #[error("the provider does not take the code: {0}")]
    Exchange(String),
    /// The identity that it sent does not hold.
    #[error("the identity that the provider sent does not hold: {0}")]
    Identity(String),
}

/// What the provider says of itself, kept for a moment. Cheap to clone; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Cache(Arc<Mutex<Option<Known>>>);

#[derive(Debug)]
struct Known {
    at: Timestamp,
    issuer: String,
    /// The provider, or why it could not be asked.
    found: Result<Provider, String>,
}

/// A provider that was found.
#[derive(Debug, Clone)]
pub struct Provider {
    client: client::Client,
    metadata: CoreProviderMetadata,
}

impl Cache {
    /// The provider of these settings. One request at a time asks it; the others wait and take what it says.
    pub async fn provider(&self, state: &AppState, issuer: &str) -> Result<Provider, ProviderError> {
        let now = state.clock.now();
        let mut place = self.0.lock().await;
        if let Some(known) = &*place
            && known.issuer == issuer
        {
            match &known.found {
                Ok(provider) if now.since(known.at) < FRESH => return Ok(provider.clone()),
                Err(error) if now.since(known.at) < ALONE => return Err(ProviderError::Lately(error.clone())),
                _ => {}
            }
        }
        let found = Provider::discover(state, issuer).await;
        let kept = found.as_ref().map(Provider::clone).map_err(ToString::to_string);
        *place = Some(Known { at: now, issuer: issuer.to_owned(), found: kept });
        found
    }

    /// Asks again next time: the settings or the provider's keys have changed.
    pub async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

/// 32 random bytes as text.
fn random(rng: &dyn Rng) -> String {
    let mut bytes = [0; 32];
    rng.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is to come back from the provider, made before someone leaves for it.
#[derive(Debug)]
pub struct Expected {
    /// What the identity must repeat.
    pub nonce: String,
    /// What the code is exchanged with.
    pub verifier: String,
}

impl Expected {
    /// A new one.
    pub fn new(rng: &dyn Rng) -> Self {
        Self { nonce: random(rng), verifier: random(rng) }
    }
}

impl Provider {
    /// Asks a provider what it offers, and for its keys.
    pub async fn discover(state: &AppState, issuer: &str) -> Result<Self, ProviderError> {
        let url = IssuerUrl::new(issuer.to_owned()).map_err(|error| ProviderError::Discovery(error.to_string()))?;
        let client = client::client(state).await?;
        let metadata = CoreProviderMetadata::discover_async(url, &client).await.map_err(|error| match error {
            DiscoveryError::Request(error) => ProviderError::Unreachable(error),
            DiscoveryError::Parse(error) => ProviderError::Discovery(format!("{}: {}", error.path(), error.inner())),
            // Its body is the provider's own text.
            DiscoveryError::Response(status, _, words) => ProviderError::Discovery(format!("{status}: {words}")),
            error => ProviderError::Discovery(error.to_string()),
        })?;
        Ok(Self { client, metadata })
    }

    /// What an administrator may want to see of it.
    pub fn endpoints(&self) -> Vec<(&'static str, String)> {
        let mut endpoints = vec![("authorization", self.metadata.authorization_endpoint().to_string())];
        endpoints.extend(self.metadata.token_endpoint().map(|it| ("token", it.to_string())));
        endpoints.extend(self.metadata.userinfo_endpoint().map(|it| ("userinfo", it.to_string())));
        endpoints
    }

    /// What of these scopes the provider says it does not know.
    pub fn unknown_scopes(&self, scopes: &[String]) -> Vec<String> {
        let Some(known) = self.metadata.scopes_supported() else { return Vec::new() };
        scopes.iter().filter(|scope| known.iter().all(|it| it.as_str() != scope.as_str())).cloned().collect()
    }

    fn connect(&self, settings: &Settings, secret: Option<String>, back: &str) -> Result<Client, ProviderError> {
        let back = RedirectUrl::new(back.to_owned()).map_err(|error| ProviderError::Exchange(error.to_string()))?;
        let client_id = ClientId::new(settings.client_id.clone());
        let client = openidconnect::Client::from_provider_metadata(
            self.metadata.clone(),
            client_id,
            secret.map(ClientSecret::new),
        );
        Ok(client.set_redirect_uri(back))
    }

    /// The address at the provider to which someone is sent. `back` is where the provider sends them afterwards.
    pub fn way_out(
        &self,
        settings: &Settings,
        expected: &Expected,
        state: &str,
        back: &str,
    ) -> Result<String, ProviderError> {
        let client = self.connect(settings, None, back)?;
        let verifier = PkceCodeVerifier::new(expected.verifier.clone());
        let (state, nonce) = (CsrfToken::new(state.to_owned()), Nonce::new(expected.nonce.clone()));
        let request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            // `openid` is asked for in any case.
            .add_scopes(settings.scopes.iter().filter(|it| *it != "openid").cloned().map(Scope::new));
        let (url, _, _) = request.url();
        if !vigie_people::openid::is_safe(&url) {
            return Err(CallError::Unsafe(url.origin().ascii_serialization()).into());
        }
        Ok(url.into())
    }

    /// Exchanges a code for the identity that the provider has signed.
    pub async fn identify(
        &self,
        settings: &Settings,
        secret: Option<String>,
        expected: Expected,
        code: String,
        back: &str,
        now: Timestamp,
    ) -> Result<Identity, ProviderError> {
        let refused = |error: ClaimsVerificationError| ProviderError::Identity(error.to_string());
        let client = self.connect(settings, secret, back)?;
        let exchange = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| ProviderError::Exchange(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(expected.verifier));
        let tokens = exchange.request_async(&self.client).await.map_err(|error| match error {
            openidconnect::RequestTokenError::Request(error) => ProviderError::Unreachable(error),
            // Its description is the provider's own text: the code says enough.
            openidconnect::RequestTokenError::ServerResponse(said) => ProviderError::Exchange(said.error().to_string()),
            error => ProviderError::Exchange(error.to_string()),
        })?;
        let token = tokens.id_token().ok_or_else(|| ProviderError::Identity("there is none".to_owned()))?;
        let today = chrono::DateTime::from_timestamp_millis(now.millis()).unwrap_or_default();
        let verifier = client.id_token_verifier().set_time_fn(move || today);
        let claims = token.claims(&verifier, &Nonce::new(expected.nonce)).map_err(refused)?;
        if let Some(expected) = claims.access_token_hash() {
            // OpenID Connect Core §3.1.3.6: the access token is the one that belongs to this identity.
            let algorithm = token.signing_alg().map_err(|error| ProviderError::Identity(error.to_string()))?;
            let key = token.signing_key(&verifier).map_err(|error| ProviderError::Identity(error.to_string()))?;
            let actual = openidconnect::AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
            if actual.ok().as_ref() != Some(expected) {
                return Err(ProviderError::Identity("the access token is another's".to_owned()));
            }
        }
        let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
        let name = |it: Option<&str>| it.unwrap_or_default().to_owned();
        let mut identity = Identity {
            issuer: settings.issuer.clone(),
            subject: claims.subject().to_string(),
            preferred_username: text(claims.preferred_username().map(|it| it.as_str())),
            given_name: name(claims.given_name().and_then(|it| it.get(None)).map(|it| it.as_str())),
            family_name: name(claims.family_name().and_then(|it| it.get(None)).map(|it| it.as_str())),
            email: text(claims.email().map(|it| it.as_str())),
            groups: Vec::new(),
        };
        let mut groups = groups_in(&claims.additional_claims().claims, &settings.groups_claim);
        if (groups.is_none() || identity.preferred_username.is_empty())
            && let Ok(asking) = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        {
            // What the identity does not hold, many providers say when they are asked.
            let said: Result<UserInfoClaims<MoreClaims, CoreGenderClaim>, _> = asking.request_async(&self.client).await;
            match said {
                Ok(more) => {
                    groups = groups.or_else(|| groups_in(&more.additional_claims().claims, &settings.groups_claim));
                    let fill = |place: &mut String, value: Option<&str>| {
                        if place.is_empty() {
                            value.unwrap_or_default().clone_into(place);
                        }
                    };
                    fill(&mut identity.preferred_username, more.preferred_username().map(|it| it.as_str()));
                    let given = more.given_name().and_then(|it| it.get(None)).map(|it| it.as_str());
                    fill(&mut identity.given_name, given);
                    let family = more.family_name().and_then(|it| it.get(None)).map(|it| it.as_str());
                    fill(&mut identity.family_name, family);
                    fill(&mut identity.email, more.email().map(|it| it.as_str()));
                }
                Err(error) => tracing::info!(%error, "the OpenID provider says nothing more about someone"),
            }
        }
        identity.groups = groups.unwrap_or_default();
        Ok(identity)
    }
}

/// The groups in a claim: a list or one name; `a.b` is also looked for as `b` in `a`.
fn groups_in(claims: &HashMap<String, Value>, name: &str) -> Option<Vec<String>> {
    let found = claims.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, part| value.get(part))
    })?;
    let groups = match found {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many.iter().filter_map(Value::as_str).take(MOST_GROUPS).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    Some(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_a_list_or_one_name_and_may_lie_deeper() {
        let claims: HashMap<String, Value> = serde_json::from_value(serde_json::json!({
            "groups": ["a", 5, "b"], "one": "c", "realm_access": { "roles": ["d"] }, "a.b": ["e"], "odd": 5,
        }))
        .unwrap();
        let found = |name| groups_in(&claims, name).map(|it| it.join(" "));
        assert_eq!(found("groups").as_deref(), Some("a b"));
        assert_eq!(found("one").as_deref(), Some("c"));
        assert_eq!(found("realm_access.roles").as_deref(), Some("d"));
        assert_eq!(found("a.b").as_deref(), Some("e"));
        assert_eq!(found("odd").as_deref(), Some(""));
        assert_eq!(found("none"), None);
        assert_eq!(found("realm_access.none"), None);
    }
}
