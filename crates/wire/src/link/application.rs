//! Web applications that a system offers, by its profile.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::alert::cut;

/// Most applications of one profile.
pub const MOST_APPLICATIONS: usize = 20;
/// Longest title, characters.
pub const LONGEST_TITLE: usize = 100;
/// Longest address, bytes.
pub const LONGEST_URL: usize = 500;
/// What stands for the system's address in one.
const ADDRESS: &str = "{address}";

/// A web application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Application {
    /// For people.
    pub title: String,
    /// Its address: `{address}`, which is the host, stands for the system's.
    pub url: String,
}

/// The part of an address behind its host, and the scheme; none: it is none.
fn parts(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://").filter(|(it, _)| matches!(*it, "https" | "http"))?;
    let rest = rest.strip_prefix(ADDRESS)?;
    let (port, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|it| it.parse::<u16>().is_ok_and(|it| it > 0));
    let is_path = path.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`' | '{' | '}'));
    (is_port && is_path && url.len() <= LONGEST_URL).then_some((scheme, rest))
}

/// Whether an application may have this address: `http` or `https`, the host is `{address}`, then a port and a path if any.
pub fn is_url(text: &str) -> bool {
    parts(text).is_some()
}

impl Application {
    /// Its address at a system with this one. None where either makes no sense: agents' words lead nobody elsewhere.
    pub fn at(&self, address: &str) -> Option<String> {
        let (scheme, rest) = parts(&self.url)?;
        let host = match address.parse().ok()? {
            IpAddr::V4(it) => it.to_string(),
            IpAddr::V6(it) => format!("[{it}]"),
        };
        Some(format!("{scheme}://{host}{rest}"))
    }

    /// Its port.
    pub fn port(&self) -> Option<u16> {
        let (scheme, rest) = parts(&self.url)?;
        let port = rest.split('/').next().unwrap_or_default().strip_prefix(':');
        let usual = if scheme == "https" { 443 } else { 80 };
        Some(port.and_then(|it| it.parse().ok()).unwrap_or(usual))
    }

    /// Bounds its texts.
    pub(super) fn clean(&mut self) {
        cut(&mut self.title, LONGEST_TITLE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(url: &str) -> Application {
        Application { title: "Back office".into(), url: url.into() }
    }

    #[test]
    fn an_address_is_the_systems_and_nobody_elses() {
        let office = application("https://{address}:8443/admin?a=1#b");
        assert_eq!(office.at("192.0.2.7").unwrap(), "https://192.0.2.7:8443/admin?a=1#b");
        assert_eq!(office.at("2001:db8::7").unwrap(), "https://[2001:db8::7]:8443/admin?a=1#b");
        for elsewhere in ["example.com", "192.0.2.7@example.com", "192.0.2.7/..", "javascript:", ""] {
            assert_eq!(office.at(elsewhere), None, "{elsewhere}");
        }
        let long = format!("https://{{address}}/{}", "a".repeat(LONGEST_URL));
        for wrong in [
            "javascript://{address}/%0aalert(1)",
            "https://example.com/{address}",
            "https://{address}.example.com/",
            "https://{address}@example.com/",
            "https://{address}:0/",
            "https://{address}:8443x/",
            "https://{address}/\"onclick=",
            "HTTPS://{address}",
            &long,
        ] {
            assert!(!is_url(wrong) && application(wrong).at("192.0.2.7").is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_port_is_the_schemes_where_none_is_named() {
        for (url, port) in [("https://{address}/", 443), ("http://{address}", 80), ("http://{address}:8080/a:9", 8080)]
        {
            assert_eq!(application(url).port(), Some(port));
        }
        assert_eq!(application("ftp://{address}").port(), None);
    }
}
