//! How an application server joins a network: it connects to the primary's agent by TLS, both prove that they know the link
//! password, and the joiner says what it wants. The proof is SPAKE2: whoever listens, or takes one end's place,
//! learns nothing that a guess could be checked against without asking again.
//!
//! Each message is length, four bytes, big endian, and JSON; at most 4 KiB. What follows [`FromPrimary::Granted`] is a
//! certificate, what follows [`FromPrimary::Open`] is a connection to the server.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};

/// Version of these messages.
pub const FORMAT: u32 = 1;
/// Where a primary listens when nothing else is said.
pub const PORT: u16 = 7444;
/// The name of this protocol in TLS (RFC 7301).
pub const PROTOCOL: &[u8] = b"vigie-join.1";
/// Label of what both ends derive from the TLS session (RFC 8446 §7.5): by it the proofs are of this session only.
pub const EXPORTER: &[u8] = b"EXPORTER-vigie-join";
/// Fewest and most characters of a link password.
pub const PASSWORD: std::ops::RangeInclusive<usize> = 12..=128;
/// Longest certificate file that is handed on, bytes.
pub const LONGEST_CA: usize = 64 << 10;
/// Longest address of a server, characters.
pub const LONGEST_ADDRESS: usize = 300;

/// Bytes, in base64.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// What the primary's agent says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FromPrimary {
    /// First of all.
    Hello {
        /// See [`FORMAT`].
        format: u32,
        /// What the password is hashed with.
        salt: Bytes,
        /// Its share of the key.
        share: Bytes,
    },
    /// The joiner knows the password; this proves that the primary does.
    Welcome {
        /// Of the key.
        proof: Bytes,
    },
    /// With this the joiner enrols. The certificate follows.
    Granted {
        /// Address of the server, `https://…`.
        server: String,
        /// For one system, for a few minutes.
        token: String,
        /// How long the file with the CAs to trust is that follows, bytes; 0: those of the operating system.
        ca: u32,
    },
    /// What follows is a connection to the server.
    Open,
    /// Nothing follows.
    Refused {
        /// Stable code.
        code: JoinRefusal,
        /// Why, for people.
        words: String,
    },
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

/// What the joiner says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FromJoiner {
    /// The answer to the hello.
    Proof {
        /// Its share of the key.
        share: Bytes,
        /// Of the key.
        proof: Bytes,
    },
    /// It wants to become a system of the network.
    Join,
    /// It wants a connection to the server.
    Relay,
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

/// Why a primary refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinRefusal {
    /// The link password is another one.
    WrongPassword,
    /// Too many wrong ones came from there: not for some minutes.
    Locked,
    /// Too many want something at once.
    Busy,
    /// The primary's agent has no link to the server, or cannot connect to it.
    NoServer,
    /// The server does not let it in.
    NotAllowed,
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

/// Why a server gives a system no token for its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRefusal {
    /// It is not the primary of its network.
    NotPrimary,
    /// It got too many within an hour.
    TooMany,
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

impl TokenRefusal {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotPrimary => "the system whose address was named is not the primary of its network",
            Self::TooMany => "too many systems joined within an hour; try again later",
            Self::Unknown => "the server refused, for a reason that this version does not know",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages_are_small_json_and_what_a_later_version_says_is_unknown() {
        let hello = FromPrimary::Hello { format: FORMAT, salt: Bytes(vec![1, 2]), share: Bytes(vec![3]) };
        let json = serde_json::to_string(&hello).unwrap();
        assert_eq!(json, r#"{"kind":"hello","format":1,"salt":"AQI=","share":"Aw=="}"#);
        assert_eq!(serde_json::from_str::<FromPrimary>(&json).unwrap(), hello);
        assert_eq!(serde_json::from_str::<FromJoiner>(r#"{"kind":"sing"}"#).unwrap(), FromJoiner::Unknown);
        let refused = r#"{"kind":"refused","code":"moon","words":""}"#;
        let unknown = FromPrimary::Refused { code: JoinRefusal::Unknown, words: String::new() };
        assert_eq!(serde_json::from_str::<FromPrimary>(refused).unwrap(), unknown);
        assert!(serde_json::from_str::<FromJoiner>(r#"{"kind":"proof","share":"?","proof":""}"#).is_err());
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,80}") {
            for bytes in [&bytes[..], text.as_bytes(), format!(r#"{{"kind":"proof","share":"{text}","proof":""}}"#).as_bytes()] {
                if let Ok(message) = serde_json::from_slice::<FromJoiner>(bytes) {
                    let again = serde_json::to_vec(&message).unwrap();
                    prop_assert_eq!(serde_json::from_slice::<FromJoiner>(&again).unwrap(), message);
                }
                let _ = serde_json::from_slice::<FromPrimary>(bytes);
            }
        }
    }
}
