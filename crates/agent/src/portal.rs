//! Talking to the server (the *portal*): signing in, enrolling, synchronising; and saying in words why it did not work.

mod client;
mod diagnose;
mod failure;
mod tls;

pub use client::Portal;
pub use diagnose::{Finding, Step, walk};
pub use failure::Failure;
