//! Moving agents to another portal: what the portal in use announces ([`NextPortal`]), what an agent says of its tests of it
//! ([`PortalReport`]), and its farewell once it has moved ([`Moved`]).

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vigie_kernel::{AgentId, Timestamp};

/// Where an agent that moved says so, once, to the portal that it came from.
pub const MOVED_PATH: &str = "/api/v1/agent/move";
/// Longest address of a portal, bytes.
pub const LONGEST_URL: usize = 255;
/// Longest id of an API client, bytes.
pub const LONGEST_CLIENT_ID: usize = 60;
/// Longest secret of an API client, bytes.
pub const LONGEST_SECRET: usize = 128;
/// Longest text of certificates, bytes.
pub const LONGEST_CA: usize = 64 << 10;
/// Most words of a report that are kept, characters.
const LONGEST_WORDS: usize = 500;
/// Longest name of a step, characters.
const LONGEST_STEP: usize = 30;

/// A secret that is never shown; only [`Self::expose`] gives it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// The secret itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for ClientSecret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Another portal: the agent keeps it beside the one in use, tests it, and uses it once it works. Said again in every answer
/// until the agent has moved; an answer without one takes it back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NextPortal {
    /// Grows with each configuration that the portal announces.
    pub revision: i64,
    /// Its address, `https://…`, without a slash at the end.
    pub url: String,
    /// The API client to sign in with there.
    pub client_id: String,
    /// Its secret.
    pub client_secret: ClientSecret,
    /// The only authorities to trust there, PEM. Absent: those that the agent trusts today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
}

/// How far an agent has come with a portal that was announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PortalState {
    /// It keeps it, and has not finished a test.
    Stored,
    /// The last test failed; there will be others.
    Failed,
    /// A later version's word.
    #[serde(other)]
    Other,
}

/// What an agent says of a portal that was announced to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PortalReport {
    /// Which one: [`NextPortal::revision`].
    pub revision: i64,
    /// How far the agent has come.
    pub state: PortalState,
    /// The step at which the last test ended: `name`, `connection`, `proxy`, `certificate`, `answer`, `sign-in`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

impl PortalReport {
    /// Within bounds and without control characters: what agents say is hostile.
    #[must_use]
    pub fn bounded(self) -> Self {
        let bounded = |text: Option<String>, most: usize| {
            let text: String = text?.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let step = bounded(self.step, LONGEST_STEP);
        // A step is a word of ours: anything else is none.
        let step = step.filter(|it| it.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
        Self { step, words: bounded(self.words, LONGEST_WORDS), ..self }
    }
}

/// An agent uses another portal from now on. Signed like a synchronisation, see [`moved_text`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Moved {
    /// Which one: [`NextPortal::revision`].
    pub revision: i64,
    /// Since when, by the agent's clock.
    pub moved_at: Timestamp,
}

/// What an agent signs of a farewell: its id, where it goes, and the digest of the body.
pub fn moved_text(agent: AgentId, body: &[u8]) -> Vec<u8> {
    let digest = hex::encode(Sha256::digest(body));
    format!("vigie-moved-1\n{agent}\n{MOVED_PATH}\n{digest}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let next = NextPortal { client_secret: "hush".to_owned().into(), ..NextPortal::default() };
        assert!(!format!("{next:?}").contains("hush"));
        assert!(serde_json::to_string(&next).unwrap().contains("hush"), "but it travels");
    }

    #[test]
    fn what_an_agent_reports_is_bounded() {
        let report = |step: &str, words: &str| {
            PortalReport {
                revision: 1,
                state: PortalState::Failed,
                step: Some(step.to_owned()),
                words: Some(words.to_owned()),
            }
            .bounded()
        };
        let said = report("<script>", &format!("a\u{1b}[31m\n{}", "x".repeat(9999)));
        assert_eq!(said.step, None);
        let words = said.words.unwrap();
        assert!(words.starts_with("a [31m") && words.chars().count() == LONGEST_WORDS, "{words}");
        assert_eq!(report("sign-in", " \n").step.as_deref(), Some("sign-in"));
        assert_eq!(report("sign-in", " \n").words, None);
    }

    #[test]
    fn a_state_of_a_later_version_is_understood_as_another() {
        let report: PortalReport = serde_json::from_str(r#"{"revision":3,"state":"pondering"}"#).unwrap();
        assert_eq!(report.state, PortalState::Other);
    }
}
