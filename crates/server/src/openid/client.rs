//! Requests to an OpenID provider: over HTTPS or to this machine, without redirects, bounded in size and time.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use anyhow::Context as _;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::{ClientConfig, RootCertStore};

/// Longest answer, bytes.
const LONGEST: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(10);

/// A request to the provider failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The address is neither HTTPS nor on this machine.
    #[error("{0}: only https:// is called, and http:// on this machine")]
    Unsafe(String),
    /// The answer is longer than any of a provider.
    #[error("the answer is longer than {LONGEST} bytes")]
    TooLong,
    /// The connection, or the answer.
    #[error("{}", causes(.0))]
    Http(#[from] reqwest::Error),
    /// The answer's head.
    #[error(transparent)]
    Head(#[from] http::Error),
    /// Nothing can be called at all.
    #[error("{0:#}")]
    Setup(anyhow::Error),
}

/// An error and what it comes from: reqwest's own words say neither *refused* nor *unknown certificate*.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// Calls the provider.
#[derive(Debug, Clone)]
pub(super) struct Client(reqwest::Client);

/// A client that trusts what this machine trusts.
pub(super) fn client() -> Result<Client, CallError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .context("TLS")
        .map_err(CallError::Setup)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        // What is called is what was checked.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(PATIENCE / 2)
        .timeout(PATIENCE)
        .user_agent(concat!("Vigie/", env!("CARGO_PKG_VERSION")))
        .build()?;
    Ok(Client(client))
}

impl Client {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        let request = reqwest::Request::try_from(request)?;
        if !vigie_people::openid::is_safe(request.url()) {
            return Err(CallError::Unsafe(request.url().origin().ascii_serialization()));
        }
        let mut response = self.0.execute(request).await?;
        let mut answer = http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await? {
            if body.len() + piece.len() > LONGEST {
                return Err(CallError::TooLong);
            }
            body.extend_from_slice(&piece);
        }
        Ok(answer.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Client {
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, CallError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
