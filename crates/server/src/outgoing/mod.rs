//! The server's own connections to others: which certificates they trust, and where they may go. Every one of them is made
//! here. Trusted are the operating system's authorities and the list that administrators keep; how strictly is a
//! preference, in effect at once on every node.

mod verify;

use std::{net::IpAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use bytes::{Bytes, BytesMut};
use reqwest::redirect;
use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, UnixTime},
    time_provider::TimeProvider,
};
use tokio::sync::Mutex;
use vigie_kernel::{Action, Clock, Granted};
use vigie_people::{
    certificates::trusted::{self, Trusted},
    preferences::CertificateCheck,
};

use crate::{http::AppState, tls::provider};

/// Largest answer that is taken, bytes.
pub const LARGEST_ANSWER: usize = 1 << 20;
const CONNECT: Duration = Duration::from_secs(10);
const WHOLE_REQUEST: Duration = Duration::from_mins(1);
const MOST_REDIRECTS: usize = 5;

/// A request to someone else failed.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// Connections go over HTTPS; over plain HTTP to this machine only.
    #[error("{0}: connections to others begin with https:// (http:// is for this machine only)")]
    NotPermitted(String),
    /// It could not be reached, or its certificate is not trusted.
    #[error("{0}")]
    Failed(String),
    /// It answered more than is taken.
    #[error("the answer has more than {LARGEST_ANSWER} bytes")]
    TooLarge,
}

/// Sends requests to others. Cheap to clone. Ask for one each time it is needed: what is trusted may have changed.
#[derive(Debug, Clone)]
pub struct Client(reqwest::Client);

/// What was made last, and of what.
#[derive(Debug, Default)]
pub struct Cache(Mutex<Option<Made>>);

#[derive(Debug, Clone)]
struct Made {
    of: Trust,
    tls: Arc<ClientConfig>,
    client: Client,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Trust {
    check: CertificateCheck,
    certificates: Vec<Vec<u8>>,
}

/// The client for requests to others, as certificates and preferences are now.
pub async fn client(state: &AppState) -> anyhow::Result<Client> {
    Ok(made(state).await?.client)
}

/// The TLS of what is no request by HTTP, as certificates and preferences are now.
pub async fn tls(state: &AppState) -> anyhow::Result<Arc<ClientConfig>> {
    Ok(made(state).await?.tls)
}

async fn made(state: &AppState) -> anyhow::Result<Made> {
    let check = state.preferences.get(state.clock.now()).await?.certificate_check;
    let granted = Granted::by_server(Action::PreferencesManage);
    let listed = trusted::list(&state.db, granted).await?;
    let of = Trust { check, certificates: listed.iter().map(|it| it.sha256.clone()).collect() };
    let mut last = state.outgoing.0.lock().await;
    if let Some(made) = last.as_ref().filter(|it| it.of == of) {
        return Ok(made.clone());
    }
    let clock = state.clock.clone();
    // The operating system's certificates are files.
    let config = tokio::task::spawn_blocking(move || with_system(check, &listed, clock)).await??;
    let made = Made { of, tls: Arc::new(config.clone()), client: Client::new(config)? };
    *last = Some(made.clone());
    Ok(made)
}

/// With the operating system's authorities.
fn with_system(check: CertificateCheck, listed: &[Trusted], clock: Arc<dyn Clock>) -> anyhow::Result<ClientConfig> {
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::debug!(%error, "a certificate of the operating system was left out");
    }
    config(check, system.certs, listed, clock)
}

fn config(
    check: CertificateCheck,
    system: Vec<CertificateDer<'static>>,
    listed: &[Trusted],
    clock: Arc<dyn Clock>,
) -> anyhow::Result<ClientConfig> {
    let verifier = verify::Verifier::new(check, system, listed)?;
    let config = ClientConfig::builder_with_details(provider(), Arc::new(ServerTime(clock)))
        .with_safe_default_protocol_versions()?
        // It adds to what the standard verifier refuses, and lets in what an administrator listed; there is no way to trust all.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

#[derive(Debug)]
struct ServerTime(Arc<dyn Clock>);

impl TimeProvider for ServerTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().seconds()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// Whether a connection may go there: over HTTPS anywhere, in the clear to this machine only.
pub fn permitted(url: &reqwest::Url) -> Result<(), OutgoingError> {
    match url.scheme() {
        "https" if url.has_host() => Ok(()),
        "http" if is_this_machine(url) => Ok(()),
        _ => Err(OutgoingError::NotPermitted(url.to_string())),
    }
}

fn is_this_machine(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.to_canonical().is_loopback())
}

/// The proxy of the server's environment. What goes to this machine goes nowhere else, least of all in the clear.
fn proxy() -> Option<reqwest::Proxy> {
    let said = ["HTTPS_PROXY", "https_proxy"].iter().find_map(|it| std::env::var(it).ok());
    let address: reqwest::Url = said?.parse().ok()?;
    let through = move |url: &reqwest::Url| (!is_this_machine(url)).then(|| address.clone());
    Some(reqwest::Proxy::custom(through).no_proxy(reqwest::NoProxy::from_env()))
}

impl Client {
    fn new(config: ClientConfig) -> anyhow::Result<Self> {
        let follow = redirect::Policy::custom(|attempt| {
            if attempt.previous().len() > MOST_REDIRECTS {
                return attempt.error("too many redirects");
            }
            match permitted(attempt.url()) {
                Ok(()) => attempt.follow(),
                Err(error) => attempt.error(error),
            }
        });
        let builder = reqwest::Client::builder().no_proxy();
        let builder = match proxy() {
            Some(proxy) => builder.proxy(proxy),
            None => builder,
        };
        let client = builder
            .tls_backend_preconfigured(config)
            .redirect(follow)
            .connect_timeout(CONNECT)
            .timeout(WHOLE_REQUEST)
            .user_agent(concat!("Vigie/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("the client for requests to others")?;
        Ok(Self(client))
    }

    /// Sends a request; the whole answer, at most [`LARGEST_ANSWER`] bytes. Redirects are followed where they may go.
    pub async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, OutgoingError> {
        let words = |error: &dyn std::error::Error| OutgoingError::Failed(reasons(error));
        let request = reqwest::Request::try_from(request).map_err(|error| words(&error))?;
        permitted(request.url())?;
        let mut answer = self.0.execute(request).await.map_err(|error| words(&error.without_url()))?;
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| words(&error.without_url()))? {
            if body.len() + piece.len() > LARGEST_ANSWER {
                return Err(OutgoingError::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        let mut response = http::Response::new(body.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        Ok(response)
    }
}

/// An error and what caused it, in one line: the certificate's problem is the last of them.
fn reasons(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
