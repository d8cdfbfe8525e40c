//! The server as its callers see it: in this process through its router, and as the program that people start.

#![allow(clippy::unwrap_used)]

mod backup;
mod certificate;
mod document;
mod logging;
mod nodes;
mod people;
mod platform;
mod process;
mod sessions;
mod strangers;
mod traces;
