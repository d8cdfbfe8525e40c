//! How a stream that the server opens begins: one message that says what it is for, one that answers; then the bytes of
//! whatever it carries. Messages are framed as those of the link ([`super::frame`]).

use serde::{Deserialize, Serialize};

/// Longest target of a tunnel, characters: a host name's (RFC 1035 §2.3.4).
pub const LONGEST_HOST: usize = 253;
/// Longest time from a stream's opening to its answer, seconds; the target's own connection is part of it.
pub const ANSWER_SECONDS: u64 = 15;

/// What a stream is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Wanted {
    /// A TCP connection to where the system can reach.
    Tunnel {
        /// An address, or a name that the system resolves.
        host: String,
        /// Port.
        port: u16,
    },
    /// Of a later version: refused as [`RefusalCode::Unknown`].
    #[serde(other)]
    Unknown,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Answer {
    /// The bytes that follow are the target's.
    Open,
    /// The stream ends here.
    Refused {
        /// Stable code.
        code: RefusalCode,
        /// Why, for people.
        words: String,
    },
}

/// Why a stream is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = TunnelRefusalCode))]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The owner has not switched remote access on.
    RemoteAccessOff,
    /// The target is beside the system, and the owner has not switched co-located servers on.
    CoLocatedServersOff,
    /// The target has no such name or address.
    NameUnknown,
    /// The target refused, or nothing listens there.
    ConnectionRefused,
    /// The target did not answer in time.
    TimedOut,
    /// The target cannot be reached from the system.
    NotReachable,
    /// The agent carries as many streams as it may.
    TooMany,
    /// The agent does not know what was wanted.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_version_says_is_known_as_unknown() {
        let wanted: Wanted = serde_json::from_str(r#"{"kind":"files","path":"/"}"#).unwrap();
        assert_eq!(wanted, Wanted::Unknown);
        let answer: Answer = serde_json::from_str(r#"{"kind":"refused","code":"moon","words":""}"#).unwrap();
        assert_eq!(answer, Answer::Refused { code: RefusalCode::Unknown, words: String::new() });
        let tunnel = Wanted::Tunnel { host: "127.0.0.1".into(), port: 22 };
        assert_eq!(serde_json::to_string(&tunnel).unwrap(), r#"{"kind":"tunnel","host":"127.0.0.1","port":22}"#);
    }
}
