//! Why the link is not there, in words for the log, and what follows from it.

use std::time::Duration;

use serde::Deserialize;
use vigie_wire::link::{Fault, message::RefusalCode};

use super::http::Answer;
use crate::portal::{printable, retry_after, rewritten};

/// How long to wait where only a person can help.
const HOUR: Duration = Duration::from_hours(1);
const SOME_MINUTES: Duration = Duration::from_mins(10);

/// What was asked of the server.
pub(crate) const ENROLLING: &str = "enrolling";
pub(crate) const OPENING: &str = "opening the link";

/// The link, or the enrolment, did not come about or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) words: String,
    pub(crate) then: Then,
}

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Try again after a growing pause, or as long as the server asks.
    Again(Option<Duration>),
    /// Only a person can help: look again after so long.
    Later(Duration),
    /// The server does not know this system any more: enrol again if there is a token, else look again in an hour.
    Enrol,
    /// The notes need other numbers, then try again.
    Renumber,
    /// It can never work like this.
    Never,
}

/// A problem document (RFC 9457).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
    code: Option<String>,
}

impl Failure {
    pub(crate) fn again(words: impl Into<String>) -> Self {
        Self { words: words.into(), then: Then::Again(None) }
    }

    pub(crate) fn never(words: impl Into<String>) -> Self {
        Self { words: words.into(), then: Then::Never }
    }

    /// From an answer that is no success.
    pub(crate) fn refused(asked: &str, answer: &Answer) -> Self {
        let problem: Problem = serde_json::from_slice(&answer.body).unwrap_or_default();
        let wait = retry_after(answer.header("retry-after"), answer.header("date"));
        let code = problem.code.map(|code| printable(&code)).unwrap_or_default();
        if code.is_empty() && !matches!(answer.status, 429 | 500..) {
            return Self {
                words: rewritten(asked, answer.status, answer.header("content-type")),
                then: Then::Again(wait),
            };
        }
        let (advice, then) = match (code.as_str(), answer.status) {
            ("system-unknown" | "system-removed", _) => (
                "the server does not know this system any more; to enrol it again, run `vigie-agent system run \
                 --enrolment-token TOKEN`",
                Then::Enrol,
            ),
            ("signature-invalid", _) => (
                "the key in the state folder is not the one that the server knows for this system; bring the folder back \
                 from a backup, or empty it and enrol again",
                Then::Again(wait),
            ),
            ("clock-skew", _) => (
                "this machine's clock differs from the server's by more than ten minutes: set it, best by NTP",
                Then::Again(wait),
            ),
            (code, _) if code.starts_with("enrolment-token") => {
                ("ask whoever manages the server for another enrolment token", Then::Again(wait))
            }
            ("link-version", _) => (
                "agent and server speak different versions of the link: update the older one",
                Then::Later(SOME_MINUTES),
            ),
            (_, 426) => (
                "something on the way, such as a reverse proxy, does not let WebSockets pass: it is to pass the headers \
                 Connection and Upgrade on",
                Then::Again(wait),
            ),
            (_, 400 | 413 | 415 | 422) => {
                let advice = "agent and server do not understand each other: update the older one";
                // An enrolment stays what it is, and the owner who waits for it is to know; a link was good before.
                (advice, if asked == ENROLLING { Then::Never } else { Then::Later(SOME_MINUTES) })
            }
            (_, 404) => ("this server does not know links: is its version new enough?", Then::Later(SOME_MINUTES)),
            _ => ("", Then::Again(wait)),
        };
        let said = printable(&problem.detail.or(problem.title).unwrap_or_default());
        let what = if code.is_empty() { String::new() } else { format!(", {code}") };
        let advice = if advice.is_empty() { String::new() } else { format!(" ({advice})") };
        Self { words: format!("{asked}: refused: {said}{advice} [status {}{what}]", answer.status), then }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let (advice, then) = match &fault {
            Fault::Refused { code: RefusalCode::Removed, .. } => {
                (" (to enrol this system again, run `vigie-agent system run --enrolment-token TOKEN`)", Then::Enrol)
            }
            Fault::Refused { code: RefusalCode::Replaced, .. } => (
                " (another agent uses this system's key, such as on a copy of this machine: empty the state folder of the \
                 copy and enrol it for itself)",
                Then::Later(SOME_MINUTES),
            ),
            Fault::Refused { code: RefusalCode::Version, .. } | Fault::Version { .. } => {
                (" (update the older of agent and server)", Then::Later(SOME_MINUTES))
            }
            Fault::Behind => (" (this machine's disk went back in time; its notes get new numbers)", Then::Renumber),
            _ => ("", Then::Again(None)),
        };
        Self { words: format!("the link ended: {}{advice}", printable(&fault.to_string())), then }
    }
}

impl Then {
    /// The pause that is not the agent's own.
    pub(crate) const fn fixed(self) -> Option<Duration> {
        match self {
            Self::Later(pause) => Some(pause),
            Self::Enrol => Some(HOUR),
            Self::Again(_) | Self::Renumber | Self::Never => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str) -> Failure {
        let body = format!(r#"{{"title":"No.","detail":"Not\u0007 today.","code":"{code}"}}"#).into_bytes();
        let headers = vec![("retry-after".to_owned(), "7".to_owned())];
        Failure::refused(OPENING, &Answer { status, headers, body })
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let seven = Then::Again(Some(Duration::from_secs(7)));
        for (status, code, then, words) in [
            (401, "system-unknown", Then::Enrol, "--enrolment-token"),
            (403, "system-removed", Then::Enrol, "--enrolment-token"),
            (401, "signature-invalid", seven, "backup"),
            (409, "clock-skew", seven, "NTP"),
            (401, "enrolment-token-invalid", seven, "another enrolment token"),
            (409, "link-version", Then::Later(SOME_MINUTES), "update"),
            (426, "upgrade-required", seven, "reverse proxy"),
            (400, "request-malformed", Then::Later(SOME_MINUTES), "update"),
            (503, "busy", seven, "status 503, busy"),
        ] {
            let failure = refused(status, code);
            assert_eq!(failure.then, then, "{code}");
            assert!(failure.words.contains(words) && failure.words.contains("Not  today"), "{}", failure.words);
        }
        let malformed = Answer { status: 422, headers: vec![], body: br#"{"code":"value-invalid"}"#.to_vec() };
        assert_eq!(Failure::refused(ENROLLING, &malformed).then, Then::Never);
        let page = Answer { status: 403, headers: vec![], body: b"<html>Blocked".to_vec() };
        let failure = Failure::refused(OPENING, &page);
        assert!(failure.words.contains("not Vigie's") && failure.then == Then::Again(None), "{}", failure.words);
    }

    #[test]
    fn the_end_of_a_link_says_what_follows() {
        let refused = |code| Failure::from(Fault::Refused { code, words: "so".into() });
        assert_eq!(refused(RefusalCode::Removed).then, Then::Enrol);
        assert_eq!(refused(RefusalCode::Busy).then, Then::Again(None));
        assert!(refused(RefusalCode::Replaced).words.contains("copy"));
        assert_eq!(Failure::from(Fault::Behind).then, Then::Renumber);
        assert_eq!(Failure::from(Fault::Silent).then, Then::Again(None));
    }
}
