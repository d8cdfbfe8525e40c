//! What is kept of a link password, and the proof that both ends know it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use spake2::{Ed25519Group, Identity, Password, Spake2};
use vigie_kernel::Rng;
use vigie_wire::join::Bytes;

use crate::system::account::argon2;

/// The file in the system's folder while a link password is set.
pub(crate) const FILE: &str = "link-password.json";
const SALT: usize = 16;
const KEY: usize = 32;
/// Longest salt of another end that is used.
const LONGEST_SALT: usize = 64;

/// A link password as either end keeps it: Argon2id of it, from which it cannot be read. Whoever has this can join, so it
/// stays in the folder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkSecret {
    salt: Bytes,
    key: Bytes,
}

impl std::fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkSecret")
    }
}

impl LinkSecret {
    /// Of a new password.
    pub(crate) fn make(password: &str, rng: &dyn Rng) -> Result<Self, String> {
        let mut salt = [0; SALT];
        rng.fill(&mut salt);
        Self::of(password, &salt)
    }

    /// Of a password that the other end salted so. Takes time and memory.
    pub(crate) fn of(password: &str, salt: &[u8]) -> Result<Self, String> {
        if !(SALT..=LONGEST_SALT).contains(&salt.len()) {
            return Err("the salt of the link password has no fitting length".to_owned());
        }
        let mut key = vec![0; KEY];
        argon2()?.hash_password_into(password.as_bytes(), salt, &mut key).map_err(|error| error.to_string())?;
        Ok(Self { salt: Bytes(salt.to_vec()), key: Bytes(key) })
    }

    pub(crate) const fn salt(&self) -> &Bytes {
        &self.salt
    }

    fn password(&self) -> Password {
        Password::new(&self.key.0)
    }
}

/// An end that has said its share of the key.
pub(crate) struct Exchange(Spake2<Ed25519Group>);

/// A key that only an end that knows the password has.
pub(crate) struct Shared(Vec<u8>);

const JOINER: &[u8] = b"vigie joiner";
const PRIMARY: &[u8] = b"vigie primary";

impl Exchange {
    /// Begins; what is to be said.
    pub(crate) fn begin(secret: &LinkSecret, is_primary: bool) -> (Self, Bytes) {
        let (joiner, primary) = (Identity::new(JOINER), Identity::new(PRIMARY));
        let begin = if is_primary { Spake2::start_b } else { Spake2::start_a };
        let (state, share) = begin(&secret.password(), &joiner, &primary);
        (Self(state), Bytes(share))
    }

    /// Takes the other end's share. None: it is not one.
    pub(crate) fn end(self, share: &Bytes) -> Option<Shared> {
        self.0.finish(&share.0).ok().map(Shared)
    }
}

impl Shared {
    fn mac(&self, of_primary: bool, session: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(if of_primary { PRIMARY } else { JOINER });
        mac.update(session);
        Some(mac)
    }

    /// The proof of one end, in one TLS session.
    pub(crate) fn proof(&self, of_primary: bool, session: &[u8]) -> Bytes {
        Bytes(self.mac(of_primary, session).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default())
    }

    /// Whether a proof of one end is good. Takes the same time for every bad one.
    pub(crate) fn is_proof(&self, proof: &Bytes, of_primary: bool, session: &[u8]) -> bool {
        self.mac(of_primary, session).is_some_and(|mac| mac.verify_slice(&proof.0).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use vigie_kernel::random::SequenceRng;

    use super::*;

    /// Both ends: whether each takes the other's proof.
    fn meet(primary: &LinkSecret, joiner: &LinkSecret, sessions: [&[u8]; 2]) -> [bool; 2] {
        let (at_primary, of_primary) = Exchange::begin(primary, true);
        let (at_joiner, of_joiner) = Exchange::begin(joiner, false);
        let at_primary = at_primary.end(&of_joiner).unwrap();
        let at_joiner = at_joiner.end(&of_primary).unwrap();
        let (said, answered) = (at_joiner.proof(false, sessions[1]), at_primary.proof(true, sessions[0]));
        assert!(!at_primary.is_proof(&answered, false, sessions[0]), "nobody's proof is the other's");
        [at_primary.is_proof(&said, false, sessions[0]), at_joiner.is_proof(&answered, true, sessions[1])]
    }

    #[test]
    fn both_ends_prove_the_same_password_in_the_same_session() {
        let primary = LinkSecret::make("a good long password", &SequenceRng::new(1)).unwrap();
        let same = LinkSecret::of("a good long password", &primary.salt().0).unwrap();
        let other = LinkSecret::of("another long password", &primary.salt().0).unwrap();
        assert_eq!(meet(&primary, &same, [b"one", b"one"]), [true, true]);
        assert_eq!(meet(&primary, &other, [b"one", b"one"]), [false, false]);
        assert_eq!(meet(&primary, &same, [b"one", b"two"]), [false, false], "somebody stands between");
        assert!(LinkSecret::of("a good long password", b"short").is_err());
        assert!(!format!("{primary:?}{}", serde_json::to_string(&primary).unwrap()).contains("good"));
    }

    #[test]
    fn what_is_no_share_is_refused() {
        let secret = LinkSecret::make("a good long password", &SequenceRng::new(1)).unwrap();
        for share in [vec![], vec![b'A'; 33], vec![0; 33], vec![b'B'; 200]] {
            assert!(Exchange::begin(&secret, true).0.end(&Bytes(share)).is_none());
        }
    }
}
