//! `GET /api/v1/openid/start`: the way to the provider.

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_kernel::{Actor, UserId};
use vigie_people::openid::{
    self,
    accounts::{self, Away},
};

use crate::{
    http::{AppState, Authority, ClientAddress, Problem, Query},
    openid::Expected,
};

/// Where to go afterwards.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Start {
    /// A page of the console.
    back: Option<String>,
    /// Whether the licence terms that `GET /about` shows are accepted.
    #[serde(default)]
    licence_accepted: bool,
}

/// Sign in at the OpenID provider
///
/// For browsers: they are sent to the provider, or back to the sign-in page with the reason in `openid`.
#[utoipa::path(
    get,
    path = "/api/v1/openid/start",
    operation_id = "openid_start",
    tag = "session",
    security(()),
    params(Start),
    responses((status = 303, description = "To the provider, or to `/sign-in?openid=off|address|provider`.")),
)]
pub(super) async fn openid_start(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    authority: Option<Authority>,
    Query(asked): Query<Start>,
) -> Result<(StatusCode, HeaderMap), Problem> {
    let back = super::within_console(asked.back.as_deref());
    let Some(authority) = authority else { return Ok(super::told("/sign-in", "address", back, &[])) };
    match leave(&state, &authority, address.to_string(), back, asked.licence_accepted, None).await? {
        Ok((location, cookie)) => Ok(super::to(&location, &[cookie])),
        Err(word) => Ok(super::told("/sign-in", word, back, &[])),
    }
}

/// Prepares the way to the provider: its address and the cookie, or why there is none.
pub(super) async fn leave(
    state: &AppState,
    authority: &Authority,
    source_address: String,
    back: &str,
    licence_accepted: bool,
    link: Option<UserId>,
) -> Result<Result<(String, String), &'static str>, Problem> {
    let Some(settings) = openid::load(&state.db).await? else { return Ok(Err("off")) };
    let provider = match state.openid.provider(state, &settings.issuer).await {
        Ok(provider) => provider,
        Err(error) => {
            tracing::warn!(%error, "nobody can be sent to the OpenID provider");
            return Ok(Err("provider"));
        }
    };
    let expected = Expected::new(&*state.rng);
    let sealed =
        hex::encode(state.secrets.seal(&*state.rng, super::openid_callback::PURPOSE, expected.verifier.as_bytes()));
    let mut away = Away::new(expected.nonce.clone(), sealed, settings.issuer.clone(), back.to_owned());
    away.licence_accepted = licence_accepted;
    away.link = link;
    let act = state.act_of(Actor::server());
    let (token, browser) = accounts::leave(&state.db, act, source_address, away).await?;
    match provider.way_out(&settings, &expected, &token, &super::redirect_uri(authority)) {
        Ok(location) => Ok(Ok((location, super::cookie(&browser, 600)))),
        Err(error) => {
            tracing::warn!(%error, "nobody can be sent to the OpenID provider");
            Ok(Err("provider"))
        }
    }
}
