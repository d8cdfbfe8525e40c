//! How a link is opened. A system enrols once with a token, by an ordinary request that makes the public half of its key
//! known; from then on the request that opens a link is signed with that key. Whoever is not known is refused before any
//! connection is upgraded. The server proves itself by its certificate.

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use vigie_kernel::{SystemId, Timestamp};

use super::message::{About, ServiceUser};
use crate::sync::{sign, verify};

/// Header with the system's id.
pub const SYSTEM_HEADER: &str = "vigie-system";
/// Header with the moment of the request, as text.
pub const TIME_HEADER: &str = "vigie-time";
/// Header with the signature over [`opening_text`], base64.
pub const SIGNATURE_HEADER: &str = "vigie-signature";
/// The subprotocol of the WebSocket (RFC 6455 §1.9).
pub const SUBPROTOCOL: &str = "vigie-link.1";
/// Longest time between the moment that a request names and the server's, either way, seconds.
pub const SKEW_SECONDS: i64 = 600;

/// A system makes itself known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SystemEnrolment))]
pub struct Enrolment {
    /// Version of these messages, see [`super::FORMAT`].
    pub format: u32,
    /// The enrolment token.
    pub token: String,
    /// Ed25519 public key, 32 bytes in base64.
    pub public_key: String,
    /// Signature over [`enrolment_text`] by that key, base64: proof that the agent holds the private half.
    pub proof: String,
    /// What the system is.
    pub about: About,
    /// The service user that the agent made and enabled; none where its owner sets it up by hand.
    pub service_user: Option<ServiceUser>,
}

/// The answer to an enrolment. Enrolling the same key again answers the same, as long as the token is good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SystemEnrolled))]
pub struct Enrolled {
    /// The id that the system goes by from now on.
    pub system_id: SystemId,
}

/// What the proof of an enrolment signs.
pub fn enrolment_text(public_key: &str, token: &str) -> Vec<u8> {
    format!("vigie link enrolment\n{public_key}\n{token}").into_bytes()
}

/// What the signature of an opening request signs.
pub fn opening_text(system: SystemId, at: Timestamp) -> Vec<u8> {
    format!("vigie link\n{system}\n{at}").into_bytes()
}

/// Signs the request that opens a link, base64.
pub fn sign_opening(key: &SigningKey, system: SystemId, at: Timestamp) -> String {
    sign(key, &opening_text(system, at))
}

/// The request that opens a link is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpeningError {
    /// The moment is too far from now: the system's clock, or a request that someone kept.
    #[error("the clock of the system differs by more than {SKEW_SECONDS} seconds")]
    Clock,
    /// It was not signed by that system.
    #[error("the signature is not the system's")]
    Signature,
}

/// Checks the request that opens a link.
pub fn check_opening(
    key: &VerifyingKey,
    system: SystemId,
    at: Timestamp,
    signature: &str,
    now: Timestamp,
) -> Result<(), OpeningError> {
    // The signature first: only the system itself is told about its clock.
    if !verify(key, &opening_text(system, at), signature) {
        return Err(OpeningError::Signature);
    }
    if (now.seconds() - at.seconds()).abs() > SKEW_SECONDS { Err(OpeningError::Clock) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::{public_key, read_public_key};

    #[test]
    fn a_signature_opens_one_systems_link_for_a_while() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let public = read_public_key(&public_key(&key)).unwrap();
        let system: SystemId = "sy_0190163d8694739bb06f4a0f4d3f5d1e".parse().unwrap();
        let other: SystemId = "sy_0190163d8694739bb06f4a0f4d3f5d1f".parse().unwrap();
        let at = Timestamp::from_millis(1_790_000_000_000);
        let signature = sign_opening(&key, system, at);
        let check = |system, at, now| check_opening(&public, system, at, &signature, now);
        assert_eq!(check(system, at, at), Ok(()));
        assert_eq!(check(other, at, at), Err(OpeningError::Signature));
        assert_eq!(check(system, Timestamp::from_millis(1_790_000_001_000), at), Err(OpeningError::Signature));
        for skew in [-601_000, 601_000] {
            assert_eq!(check(system, at, Timestamp::from_millis(at.millis() + skew)), Err(OpeningError::Clock));
        }
        let user = ServiceUser { name: "vigie".into(), password: "secret".into() };
        assert!(!format!("{user:?}").contains("secret"));
    }
}
