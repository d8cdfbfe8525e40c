//! `PUT /api/v1/certificate/acme`: the certificate is got automatically.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::Action;
use vigie_people::{
    certificates::acme::{self, ChallengeKind, Settings},
    text,
};

use super::certificate::{Certificate, changed};
use crate::{
    http::{AppState, Caller, Json, Problem},
    outgoing,
    tls::is_dns_name,
};

/// Most names of one certificate.
const MOST_NAMES: usize = 50;
/// Let's Encrypt's.
const DEFAULT_DIRECTORY: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// From whom and for what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAcme {
    /// Address of the ACME server's directory; Let's Encrypt's where it is absent. Its certificate is checked as those of all
    /// connections to others: the root of a server of one's own is added to the trusted certificates.
    #[serde(default = "default_directory")]
    #[schema(max_length = 500, default = "https://acme-v02.api.letsencrypt.org/directory")]
    directory: String,
    /// An e-mail address that it may write to; absent: none.
    #[serde(default)]
    #[schema(max_length = 254)]
    contact: String,
    /// Host names that the certificate is for, the main one first; no wildcards, no addresses.
    #[schema(min_items = 1, max_items = 50)]
    names: Vec<String>,
    /// How it finds out that the names lead here.
    #[serde(default)]
    challenge: ChallengeKind,
    /// That the terms of service of whoever runs the ACME server are accepted.
    terms_accepted: bool,
}

fn default_directory() -> String {
    DEFAULT_DIRECTORY.to_owned()
}

impl NewAcme {
    fn check(self, state: &AppState) -> Result<Settings, Problem> {
        if !self.terms_accepted {
            return Err(Problem::invalid("terms_accepted", "the terms of service must be accepted"));
        }
        let directory = text::word(&self.directory, 500).map_err(|error| Problem::invalid("directory", error))?;
        let url: reqwest::Url = directory.parse().map_err(|error| Problem::invalid("directory", error))?;
        outgoing::permitted(&url).map_err(|error| Problem::invalid("directory", error))?;
        let contact = self.contact.trim().to_owned();
        if !contact.is_empty() && !is_mail_address(&contact) {
            return Err(Problem::invalid("contact", "must be an e-mail address"));
        }
        let mut names: Vec<String> = self.names.iter().map(|it| it.trim().to_lowercase()).collect();
        let mut seen = std::collections::HashSet::new();
        names.retain(|it| seen.insert(it.clone()));
        if names.is_empty() || names.len() > MOST_NAMES {
            return Err(Problem::invalid("names", format!("must be 1 to {MOST_NAMES} names")));
        }
        if let Some(name) = names.iter().find(|it| !is_dns_name(it) || it.starts_with('*')) {
            return Err(Problem::invalid("names", format!("{name:?} is not a host name")));
        }
        if self.challenge == ChallengeKind::Http01 && state.config.acme_listen.is_none() {
            let reason = "http-01 needs the listener acme_listen, which is not configured";
            return Err(Problem::invalid("challenge", reason));
        }
        Ok(Settings { directory, contact, names, challenge: self.challenge })
    }
}

/// Enough to be written into a `mailto:` without meaning anything else there.
fn is_mail_address(text: &str) -> bool {
    let plain = |it: &str| it.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".!#$'*+-/=^_`{|}~".contains(&byte));
    text.len() <= 254
        && text.split_once('@').is_some_and(|(local, host)| !local.is_empty() && plain(local) && is_dns_name(host))
}

/// Get the certificate automatically
///
/// From an ACME server (RFC 8555), such as Let's Encrypt. The order is placed at once, and again 30 days before the end (of
/// certificates that live shorter than 90 days: after two thirds of their life). Until a certificate is issued the present one stays.
/// With `tls-alpn-01` port 443 of the names must lead to the operators' listener, with `http-01` port 80 to the listener `acme_listen`.
#[utoipa::path(
    put,
    path = "/api/v1/certificate/acme",
    operation_id = "certificate_acme_change",
    tag = "platform",
    request_body = NewAcme,
    responses((status = 200, description = "The certificate in use, and how the order stands.", body = Certificate)),
)]
pub(super) async fn acme_change(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewAcme>,
) -> Result<Json<Certificate>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    let settings = new.check(&state)?;
    acme::set(&state.db, granted, caller.act(), settings).await?;
    changed(&state).await
}
