//! The server's identity: by which certificate it proves who it is. Either the one that its own authority issued
//! ([`own`]), or one that an administrator put there or an ACME server issued, which is in the database and the same on
//! every node. What is running uses another one at once.

pub mod details;
mod identity;
mod names;
mod own;
#[cfg(test)]
mod tests;
pub mod upload;

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

pub use details::Details;
pub(crate) use identity::pem;
pub use identity::{ACME_ALPN, Identity, Link, Other, Presents};
pub use names::{covers, host_addresses, host_name, is_dns_name, wanted_names};
pub use own::{RENEW_BEFORE_DAYS, details_in};

/// The cryptography in use.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
