//! The server as its callers see it: in this process through its router, and as the program that people start.

#![allow(clippy::unwrap_used)]

mod authenticator;
mod certificate;
mod document;
mod factors;
mod nodes;
mod openid;
mod passkeys;
mod people;
mod process;
mod sessions;
mod strangers;
