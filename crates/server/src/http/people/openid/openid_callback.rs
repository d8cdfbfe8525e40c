//! `GET /api/v1/openid/callback`: someone comes back from the provider.

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_kernel::Actor;
use vigie_people::openid::{
    self,
    accounts::{self, AccountError, Arrival, Away, Identity},
};

use super::super::views;
use crate::{
    http::{AppState, Authority, ClientAddress, Problem, Query, caller},
    openid::{Expected, ProviderError},
};

/// What the sealed verifier is bound to.
pub(super) const PURPOSE: &str = "openid verifier";
/// Longest code or state that is looked at, bytes.
const LONGEST: usize = 4096;

/// What the provider sends back.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Back {
    /// What names the sign-in.
    state: Option<String>,
    /// What is exchanged for an identity.
    code: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// Come back from the OpenID provider
///
/// For browsers: a session begins, or the reason why not is in `openid` of the page they are sent to: `state` (too late, or
/// another browser), `refused` (by the provider), `provider` (it cannot be reached or does not take the code), `identity`
/// (what it sent does not hold), `no-account`, `licence`, `taken`, `address`, `off`; `linked` after an account was linked.
#[utoipa::path(
    get,
    path = "/api/v1/openid/callback",
    operation_id = "openid_callback",
    tag = "session",
    security(()),
    params(Back),
    responses((status = 303, description = "To the console, signed in, or to the sign-in page.")),
)]
pub(super) async fn openid_callback(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    authority: Option<Authority>,
    headers: HeaderMap,
    Query(said): Query<Back>,
) -> Result<(StatusCode, HeaderMap), Problem> {
    let gone = super::cookie("", 0);
    let browser = caller::cookie(&headers, super::COOKIE).unwrap_or_default();
    let token = said.state.as_deref().filter(|it| it.len() <= LONGEST).unwrap_or_default();
    let act = state.act_of(Actor::server());
    let Some(away) = accounts::come_back(&state.db, &act, token, browser).await? else {
        count(&state, "failed");
        return Ok(super::told("/sign-in", "state", "/", &[gone]));
    };
    let page = if away.link.is_some() { "/profile" } else { "/sign-in" };
    let back = away.back.clone();
    let trouble = |word| {
        count(&state, "failed");
        Ok(super::told(page, word, &back, std::slice::from_ref(&gone)))
    };
    let Some(authority) = authority else { return trouble("address") };
    let Some(code) = said.code.filter(|it| said.error.is_none() && it.len() <= LONGEST) else {
        // What a provider writes here is its own text: of no use to anyone on this side, and not to be shown.
        return trouble("refused");
    };
    let identity = match identify(&state, &authority, &away, code).await? {
        Ok(identity) => identity,
        Err(word) => return trouble(word),
    };
    let source_address = address.to_string();
    if let Some(owner) = away.link {
        let actor = Actor { source_address: Some(source_address), ..Actor::server() };
        return match accounts::link_own(&state.db, state.act_of(actor), owner, identity).await {
            Ok(()) => Ok(super::told(page, "linked", &back, std::slice::from_ref(&gone))),
            Err(error) => trouble(word_of(error)?),
        };
    }
    let Some(settings) = openid::load(&state.db).await? else { return trouble("off") };
    let licence = state.preferences.get(state.clock.now()).await?.sign_in_page.licence_digest();
    let user_agent = views::browser(&headers);
    let licence_accepted = away.licence_accepted;
    let arrival = Arrival { identity, source_address, user_agent, licence, licence_accepted };
    match accounts::sign_in(&state.db, act, settings, arrival).await {
        Ok((_, begun)) => {
            count(&state, "ok");
            Ok(super::to(&away.back, &[gone, caller::set_cookie(&begun.token)]))
        }
        Err(error) => trouble(word_of(error)?),
    }
}

fn count(state: &AppState, result: &'static str) {
    state.metrics.sign_in(result);
}

fn word_of(error: AccountError) -> Result<&'static str, Problem> {
    match error {
        AccountError::NoAccount | AccountError::NotFound => Ok("no-account"),
        AccountError::LicenceNotAccepted => Ok("licence"),
        AccountError::Taken => Ok("taken"),
        AccountError::Subject => Ok("identity"),
        AccountError::Db(error) => Err(error.into()),
    }
}

/// Who the provider says it is, or the word for why it does not.
async fn identify(
    state: &AppState,
    authority: &Authority,
    away: &Away,
    code: String,
) -> Result<Result<Identity, &'static str>, Problem> {
    let Some((settings, secret)) = openid::load_with_secret(&state.db, &state.secrets).await? else {
        return Ok(Err("off"));
    };
    if settings.issuer != away.issuer {
        return Ok(Err("state"));
    }
    let verifier = hex::decode(&away.verifier).ok().and_then(|sealed| state.secrets.open(PURPOSE, &sealed).ok());
    let Some(verifier) = verifier.and_then(|it| String::from_utf8(it).ok()) else { return Ok(Err("state")) };
    let now = state.clock.now();
    let found = async {
        let provider = state.openid.provider(state, &settings.issuer).await?;
        let expected = Expected { nonce: away.nonce.clone(), verifier };
        let back = super::redirect_uri(authority);
        provider.identify(&settings, secret, expected, code, &back, now).await
    };
    match found.await {
        Ok(identity) => Ok(Ok(identity)),
        Err(error) => {
            tracing::warn!(%error, "someone came back from the OpenID provider in vain");
            if !matches!(error, ProviderError::Identity(_)) {
                return Ok(Err("provider"));
            }
            // Its keys may have changed.
            state.openid.forget().await;
            Ok(Err("identity"))
        }
    }
}
