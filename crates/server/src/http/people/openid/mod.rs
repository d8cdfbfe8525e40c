//! Signing in at an OpenID provider: its settings, the way there and back, and who is known there.

mod openid_callback;
mod openid_get;
mod openid_identities;
mod openid_link;
mod openid_link_own;
mod openid_remove;
mod openid_set;
mod openid_start;
mod openid_test;
mod openid_unlink;
mod openid_unlink_own;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use vigie_people::openid::Settings;

use crate::http::{AppState, Authority};

/// Ties someone who comes back from the provider to the browser that left. `Lax`: it comes back from another site.
const COOKIE: &str = "__Host-vigie_openid";
/// Where the provider sends people back to.
const CALLBACK: &str = "/api/v1/openid/callback";
/// Longest address to go back to, bytes.
const LONGEST_BACK: usize = 1000;

/// The operations of single sign-on.
pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(openid_get::openid_get, openid_set::openid_set, openid_remove::openid_remove))
        .routes(routes!(openid_test::openid_test))
        .routes(routes!(openid_start::openid_start))
        .routes(routes!(openid_callback::openid_callback))
        .routes(routes!(openid_link_own::openid_link_own))
        .routes(routes!(openid_unlink_own::openid_unlink_own))
        .routes(routes!(openid_identities::openid_identities, openid_link::openid_link, openid_unlink::openid_unlink))
}

/// The settings, and what the provider is to be told of this server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenId)]
pub(super) struct Shown {
    /// The settings; null: single sign-on is not set up.
    settings: Option<Settings>,
    /// Where the provider must be allowed to send people back to, when they use this address of the server; null: the
    /// address that was asked is none of the server's names.
    redirect_uri: Option<String>,
}

fn redirect_uri(authority: &Authority) -> String {
    format!("{}{CALLBACK}", authority.base())
}

/// An address within the console; anything else is its first page.
fn within_console(back: Option<&str>) -> &str {
    let back = back.unwrap_or("/");
    let inside = back.starts_with('/')
        && !back.starts_with("//")
        && back.len() <= LONGEST_BACK
        && back.bytes().all(|it| it.is_ascii_graphic() && it != b'\\')
        && !back.starts_with("/api/");
    if inside { back } else { "/" }
}

/// Sends a browser elsewhere.
fn to(location: &str, cookies: &[String]) -> (StatusCode, HeaderMap) {
    let mut headers = HeaderMap::new();
    if let Ok(location) = HeaderValue::from_str(location) {
        headers.insert(header::LOCATION, location);
    }
    for cookie in cookies {
        if let Ok(cookie) = HeaderValue::from_str(cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    (StatusCode::SEE_OTHER, headers)
}

/// Sends a browser to a page that says how it went.
fn told(page: &str, word: &str, back: &str, cookies: &[String]) -> (StatusCode, HeaderMap) {
    let back = utf8_percent_encode(back, NON_ALPHANUMERIC);
    to(&format!("{page}?openid={word}&back={back}"), cookies)
}

fn cookie(value: &str, seconds: u32) -> String {
    format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax")
}

#[cfg(test)]
mod tests {
    use super::within_console;

    #[test]
    fn only_addresses_within_the_console_are_gone_back_to() {
        for inside in ["/", "/equipment?q=a%20b&sort=name", "/equipment/eq_1#x"] {
            assert_eq!(within_console(Some(inside)), inside);
        }
        for outside in
            ["", "//evil.example", "https://evil.example", "/\\evil", "/a\nb", "/é", "equipment", "/api/v1/x"]
        {
            assert_eq!(within_console(Some(outside)), "/", "{outside:?}");
        }
        assert_eq!(within_console(None), "/");
    }
}
