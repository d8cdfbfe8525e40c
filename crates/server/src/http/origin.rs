//! Pages of other sites get nothing done here with a visitor's browser: what they send (writes, and connections that become
//! something else, such as a WebSocket, which no same-origin policy holds back) is refused by what browsers say of
//! themselves: `Origin` (RFC 6454 §7) and `Sec-Fetch-Site` (Fetch Metadata). Programs that are no browsers send neither.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, Method, Uri, header};
use vigie_kernel::Code;

use super::{AppState, Problem};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses what another site's page sends.
pub(crate) async fn own_site_only(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if is_foreign(request.method(), request.uri(), request.headers(), state.config.url.as_deref()) {
        return Problem::new(Code::CrossSite).into_response();
    }
    next.run(request).await
}

fn is_foreign(method: &Method, uri: &Uri, headers: &HeaderMap, configured: Option<&str>) -> bool {
    let only_reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if only_reads && !headers.contains_key(header::UPGRADE) {
        return false;
    }
    if let Some(site) = headers.get(SEC_FETCH_SITE)
        && !matches!(site.as_bytes(), b"same-origin" | b"none")
    {
        return true;
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    // `null`, and what is no address, belong to nobody.
    let Some(origin) = origin.to_str().ok().and_then(|it| it.parse::<Uri>().ok()) else { return true };
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()?.parse::<Uri>().ok());
    let configured = configured.and_then(|it| it.parse::<Uri>().ok());
    let own = [Some(uri), host.as_ref(), configured.as_ref()];
    origin.authority().is_none() || !own.into_iter().flatten().any(|it| same(it, &origin))
}

/// The same host and port; HTTPS's own port may be said or not.
fn same(one: &Uri, other: &Uri) -> bool {
    let place = |it: &Uri| it.host().map(|host| (host.to_ascii_lowercase(), it.port_u16().unwrap_or(443)));
    place(one).is_some() && place(one) == place(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(method: &Method, headers: &[(&'static str, &str)]) -> bool {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
        is_foreign(method, &"/api/v1/session".parse().unwrap(), &headers, Some("https://vigie.example.com:7080"))
    }

    #[test]
    fn other_sites_write_and_connect_nothing() {
        let host = ("host", "hub:7080");
        for origin in ["https://evil.example", "https://hub:7081", "https://hub", "null", "nonsense\u{7f}", ""] {
            if let Ok(value) = http::HeaderValue::from_str(origin) {
                let value = value.to_str().unwrap();
                assert!(foreign(&Method::POST, &[host, ("origin", value)]), "{origin}");
                assert!(foreign(&Method::GET, &[host, ("origin", value), ("upgrade", "websocket")]), "{origin}");
                assert!(!foreign(&Method::GET, &[host, ("origin", value)]), "{origin}");
            }
        }
        for site in ["cross-site", "same-site"] {
            assert!(foreign(&Method::DELETE, &[host, ("sec-fetch-site", site)]), "{site}");
        }
    }

    #[test]
    fn the_console_and_programs_do() {
        let host = ("host", "Hub:7080");
        assert!(!foreign(&Method::POST, &[host]));
        assert!(!foreign(&Method::POST, &[host, ("origin", "https://hub:7080"), ("sec-fetch-site", "same-origin")]));
        assert!(!foreign(&Method::POST, &[("host", "[::1]:7080"), ("origin", "https://[::1]:7080")]));
        assert!(!foreign(&Method::POST, &[("host", "hub:443"), ("origin", "https://hub")]));
        assert!(
            !foreign(&Method::POST, &[("host", "inside"), ("origin", "https://vigie.example.com:7080")]),
            "behind a proxy"
        );
        assert!(!foreign(&Method::GET, &[host, ("upgrade", "websocket"), ("origin", "https://hub:7080")]));
    }
}
