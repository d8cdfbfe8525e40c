//! Why the server could not be reached or said no, in words for the log, and what follows from it.

use std::time::Duration;

use serde::Deserialize;
use vigie_kernel::Code;

/// Something that the agent asked for was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nobody answered, or the answer was not the server's, or the server has no time: worth another try.
    #[error("{words}")]
    Unanswered {
        /// At which step and why.
        words: String,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// The server's certificate is not good: nothing was said to it.
    #[error("{0}")]
    Untrusted(String),
    /// The server answered that it will not do it.
    #[error("{words}")]
    Refused {
        /// The code that decides what to do; none when it is not one that this version knows.
        code: Option<Code>,
        /// What the server said.
        words: String,
        /// The sequence that it took last, when it said so.
        sequence: Option<u64>,
    },
    /// Something on this machine is in the way.
    #[error("{0}")]
    Local(String),
}

/// A problem document (RFC 9457) of the server, or an error of OAuth 2.0 (RFC 6749 §5.2).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
    code: Option<String>,
    sequence: Option<u64>,
    error: Option<String>,
    error_description: Option<String>,
}

impl Failure {
    /// Nobody answered.
    pub fn unanswered(words: impl Into<String>) -> Self {
        Self::Unanswered { words: words.into(), retry_after: None }
    }

    /// The code of a refusal.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused { code, .. } => *code,
            _ => None,
        }
    }

    /// From an answer that is no success.
    pub(crate) fn from_answer(
        asked: &str,
        status: u16,
        content_type: &str,
        retry_after: Option<Duration>,
        body: &[u8],
    ) -> Self {
        let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
        let code = problem.code.as_deref().and_then(|code| Code::ALL.iter().copied().find(|it| it.as_str() == code));
        let known = problem.code.is_some() || problem.error.is_some();
        let said =
            [problem.detail, problem.error_description, problem.title, problem.error].into_iter().flatten().next();
        let said = printable(&said.unwrap_or_default());
        let what = problem.code.as_deref().map(|code| format!(", {}", printable(code))).unwrap_or_default();
        let advice = code.and_then(advice).map(|advice| format!(" ({advice})")).unwrap_or_default();
        if status == 429 || status >= 500 {
            let words = format!("{asked}: the server has no time now (status {status}{what}) {said}");
            return Self::Unanswered { words: words.trim_end().to_owned(), retry_after };
        }
        if !known {
            return Self::Unanswered { words: rewritten(asked, status, content_type), retry_after };
        }
        Self::Refused {
            code,
            words: format!("{asked}: refused: {said}{advice} [status {status}{what}]"),
            sequence: problem.sequence,
        }
    }
}

/// An answer that the server does not give: something in between did.
pub(crate) fn rewritten(asked: &str, status: u16, content_type: &str) -> String {
    let kind = if content_type.is_empty() { "of no kind" } else { content_type };
    format!(
        "{asked}: the answer is not Vigie's (status {status}, content {}): something on the way rewrites answers, or the \
         address is not that of a Vigie server",
        printable(kind)
    )
}

fn advice(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::ClientUnknown => "check client id and secret against Configuration / Agents in the console",
        Code::ClientInactive => {
            "an administrator sets it active again under Administration / API access; the data is kept and sent then"
        }
        Code::AgentRevoked => "the equipment was given to a newer enrolment; remove the state folder to enrol anew",
        _ => return None,
    })
}

/// What someone else said, fit for a log line.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_becomes_words_and_a_code() {
        let body =
            br#"{"title":"This API client is set inactive in the console.","status":403,"code":"client-inactive"}"#;
        let failure = Failure::from_answer("signing in", 403, "application/problem+json", None, body);
        assert_eq!(failure.code(), Some(Code::ClientInactive));
        let words = failure.to_string();
        assert!(words.contains("set inactive") && words.contains("data is kept"), "{words}");
    }

    #[test]
    fn an_oauth_error_is_a_refusal() {
        let body = br#"{"error":"invalid_client","error_description":"no such client"}"#;
        let failure = Failure::from_answer("signing in", 401, "application/json", None, body);
        assert!(matches!(&failure, Failure::Refused { words, .. } if words.contains("no such client")), "{failure:?}");
    }

    #[test]
    fn a_page_of_a_middlebox_is_no_refusal() {
        let failure = Failure::from_answer("signing in", 403, "text/html", None, b"<html>Blocked\x1b[31m</html>");
        assert!(matches!(&failure, Failure::Unanswered { words, .. } if words.contains("text/html")), "{failure:?}");
    }

    #[test]
    fn a_busy_server_is_asked_again() {
        let wait = Some(Duration::from_secs(7));
        let failure =
            Failure::from_answer("synchronising", 503, "", wait, br#"{"code":"busy","title":"The server is busy."}"#);
        assert!(matches!(failure, Failure::Unanswered { retry_after, .. } if retry_after == wait));
    }
}
