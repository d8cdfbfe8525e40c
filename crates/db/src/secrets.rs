//! Secrets that must be shown or used again (an API client's secret, a vendor's token) are sealed before they are
//! stored: XChaCha20-Poly1305 under a key that is not in the database. What a value is for is bound to it, so that a
//! sealed value moved to another column does not open.

use std::{fmt, sync::Arc};

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use vigie_kernel::Rng;

/// Length of a sealing key, bytes.
pub const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 24;

/// A sealed value does not open: another key, another purpose, or it was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open with this server's key")]
pub struct OpenSealError;

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Secrets {
    cipher: Arc<XChaCha20Poly1305>,
    /// What other keys are derived from.
    derivation: Arc<Hmac<Sha256>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// With this key.
    ///
    /// # Panics
    ///
    /// Never: HMAC takes keys of any length.
    pub fn new(key: &[u8; KEY_LEN]) -> Self {
        Self {
            cipher: Arc::new(XChaCha20Poly1305::new(&(*key).into())),
            derivation: Arc::new(Hmac::new_from_slice(key).expect("HMAC takes keys of any length")),
        }
    }

    /// A key for one purpose other than sealing, such as `audit-trail`: the same at every start (HMAC as a key derivation
    /// function, NIST SP 800-108).
    pub fn derive(&self, purpose: &str) -> [u8; KEY_LEN] {
        let mut mac = (*self.derivation).clone();
        mac.update(b"vigie derived key\0");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Seals `plain` for one purpose, such as `api-client`: a random nonce, then the ciphertext with its tag.
    ///
    /// # Panics
    ///
    /// When `plain` is longer than the cipher's 256 GiB.
    pub fn seal(&self, rng: &dyn Rng, purpose: &str, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill(&mut nonce);
        let payload = Payload { msg: plain, aad: purpose.as_bytes() };
        let sealed =
            self.cipher.encrypt(&XNonce::from(nonce), payload).expect("a secret is far below the cipher's limit");
        [&nonce[..], &sealed].concat()
    }

    /// Opens what was sealed for this purpose.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, OpenSealError> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(OpenSealError)?;
        let payload = Payload { msg: ciphertext, aad: purpose.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| OpenSealError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigie_kernel::random::SequenceRng;

    #[test]
    fn a_sealed_value_opens_for_its_purpose_only() {
        let rng = SequenceRng::new(1);
        let secrets = Secrets::new(&[1; KEY_LEN]);
        let sealed = secrets.seal(&rng, "api-client", b"word");
        assert_eq!(secrets.open("api-client", &sealed).unwrap(), b"word");
        assert_eq!(secrets.open("vendor", &sealed), Err(OpenSealError));
        assert_eq!(Secrets::new(&[2; KEY_LEN]).open("api-client", &sealed), Err(OpenSealError));
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(secrets.open("api-client", &changed), Err(OpenSealError));
        assert_eq!(secrets.open("api-client", b"short"), Err(OpenSealError));
        assert_ne!(secrets.seal(&rng, "api-client", b"word"), sealed, "a nonce is used once");
    }
}
