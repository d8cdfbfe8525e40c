//! Under which name a browser reached the server. Passkeys belong to that name and an OpenID provider sends people back to
//! it, so it counts only when it is one of the server's own: whatever stands in a request's `Host` is not believed.

use std::{convert::Infallible, net::IpAddr};

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::{header, request::Parts, uri};
use vigie_kernel::Code;
use vigie_people::factors::passkeys::RelyingParty;

use super::{AppState, Problem};

/// Host and port of a request that are this server's.
#[derive(Debug, Clone)]
pub(crate) struct Authority {
    host: String,
    origin: url::Url,
}

impl Authority {
    fn of(parts: &Parts, state: &AppState) -> Option<Self> {
        let said = parts.uri.authority().cloned().or_else(|| {
            let host = parts.headers.get(header::HOST)?.to_str().ok()?;
            host.parse::<uri::Authority>().ok()
        })?;
        let host = said.host().trim_matches(['[', ']']).to_lowercase();
        let origin = url::Url::parse(&format!("https://{said}")).ok()?;
        let plain = origin.username().is_empty() && origin.password().is_none() && origin.path() == "/";
        (plain && is_ours(&host, state)).then_some(Self { host, origin })
    }

    /// `https://host:port`.
    pub(crate) fn base(&self) -> String {
        self.origin.origin().ascii_serialization()
    }

    /// Who asks for passkeys here. An address is no name: browsers keep no passkeys for it.
    pub(crate) fn relying_party(&self, name: &str) -> Result<RelyingParty, Problem> {
        if self.host.parse::<IpAddr>().is_ok() {
            return Err(Problem::new(Code::PasskeyHost));
        }
        Ok(RelyingParty { id: self.host.clone(), origin: self.origin.clone(), name: name.to_owned() })
    }
}

/// Whether the server answers to this name: its certificate's names, and the address that agents are told.
pub(crate) fn is_ours(host: &str, state: &AppState) -> bool {
    let configured = state.config.url.as_deref().and_then(|it| url::Url::parse(it).ok());
    let configured = configured.and_then(|it| it.host_str().map(|host| host.trim_matches(['[', ']']).to_lowercase()));
    configured.as_deref() == Some(host) || state.identity.server().names.iter().any(|name| is_for(name, host))
}

/// Whether a name of a certificate is for this host. A wildcard stands for one label (RFC 6125 §6.4.3).
fn is_for(name: &str, host: &str) -> bool {
    let name = name.to_lowercase();
    match name.strip_prefix("*.") {
        Some(domain) => host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == domain),
        None => name == host,
    }
}

impl FromRequestParts<AppState> for Authority {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Self::of(parts, state).ok_or_else(|| Problem::new(Code::PasskeyHost))
    }
}

impl OptionalFromRequestParts<AppState> for Authority {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Option<Self>, Infallible> {
        Ok(Self::of(parts, state))
    }
}

#[cfg(test)]
mod tests {
    use super::is_for;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        assert!(is_for("Vigie.example.com", "vigie.example.com"));
        assert!(is_for("*.example.com", "vigie.example.com"));
        for host in ["example.com", "a.b.example.com", ".example.com", "vigie.example.org"] {
            assert!(!is_for("*.example.com", host), "{host}");
        }
    }
}
