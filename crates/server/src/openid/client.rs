//! Requests to an OpenID provider, by the way of all the server's connections to others: [`crate::outgoing`].

use std::{future::Future, pin::Pin};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use crate::{
    http::AppState,
    outgoing::{self, OutgoingError},
};

/// A request to the provider failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The address is neither HTTPS nor on this machine.
    #[error("{0}: only https:// is called, and http:// on this machine")]
    Unsafe(String),
    /// The connection, or the answer.
    #[error(transparent)]
    Failed(OutgoingError),
    /// Nothing can be called at all.
    #[error("{0:#}")]
    Setup(anyhow::Error),
}

impl From<OutgoingError> for CallError {
    fn from(error: OutgoingError) -> Self {
        match error {
            OutgoingError::NotPermitted(address) => Self::Unsafe(address),
            other => Self::Failed(other),
        }
    }
}

/// Calls the provider.
#[derive(Debug, Clone)]
pub(super) struct Client(outgoing::Client);

/// A client that trusts what this server trusts now.
pub(super) async fn client(state: &AppState) -> Result<Client, CallError> {
    outgoing::client(state).await.map(Client).map_err(CallError::Setup)
}

impl Client {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        let answer = self.0.send(request.map(Into::into)).await?;
        Ok(answer.map(|body| body.to_vec()))
    }
}

impl<'c> AsyncHttpClient<'c> for Client {
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, CallError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
