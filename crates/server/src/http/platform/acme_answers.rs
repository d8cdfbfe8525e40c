//! The listener `acme_listen`, in the clear: answers ACME servers (HTTP-01, RFC 8555 §8.3), and leads all else to HTTPS.

use std::net::IpAddr;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, Uri},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{StatusCode, header};

use crate::{http::AppState, tls::is_dns_name};

/// What the listener serves.
pub(crate) fn router(state: AppState) -> Router {
    Router::new().route("/.well-known/acme-challenge/{token}", get(answer)).fallback(to_https).with_state(state)
}

async fn answer(State(state): State<AppState>, Path(token): Path<String>) -> Response {
    match state.identity.answer(&token) {
        Some(answer) => ([(header::CONTENT_TYPE, "application/octet-stream")], answer).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Where people who typed the name alone wanted to go.
async fn to_https(State(state): State<AppState>, headers: HeaderMap, uri: Uri) -> Response {
    let named = headers.get(header::HOST).and_then(|it| it.to_str().ok()).and_then(host);
    let Some(host) = named else { return StatusCode::BAD_REQUEST.into_response() };
    let port = state.listening.get().map_or(state.config.listen.port(), |it| it.main.port());
    // The port of the address that is told to others, where that is known: something may stand between.
    let told = state.config.url.as_ref().and_then(|it| it.parse::<Uri>().ok());
    let port = match told {
        Some(url) if state.is_shared() => url.port_u16().unwrap_or(443),
        _ => port,
    };
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let location = format!("https://{host}{port}{path}");
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response()
}

/// The host of a `Host` header, without its port; none where it could mean anything else in an address.
fn host(header: &str) -> Option<String> {
    let authority: http::uri::Authority = header.parse().ok()?;
    let host = authority.host();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    (address || is_dns_name(host)).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_is_led_on() {
        for (header, wanted) in
            [("hub.example.com:80", "hub.example.com"), ("[::1]:80", "[::1]"), ("192.0.2.7", "192.0.2.7")]
        {
            assert_eq!(host(header).as_deref(), Some(wanted));
        }
        for header in ["", "user@host", "a b", "host/path", "*", "ho\"st"] {
            let found = host(header);
            assert!(found.is_none() || found.as_deref() == Some("host"), "{header}: {found:?}");
        }
    }
}
