//! Talking to the server (the *portal*): signing in, enrolling, synchronising; and saying in words why it did not work.

mod client;
mod diagnose;
mod failure;
pub(crate) mod tls;

pub use client::Portal;
pub(crate) use client::retry_after;
pub use diagnose::{Finding, Step, walk};
pub(crate) use diagnose::{proxy_request, through_proxy, unconnected};
pub use failure::Failure;
pub(crate) use failure::{printable, rewritten};
