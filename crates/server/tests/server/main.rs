//! The server as its callers see it: in this process through its router, and as the program that people start.

#![allow(clippy::unwrap_used)]

mod acme;
mod certificate;
mod certificate_live;
mod document;
mod nodes;
mod people;
mod process;
mod sessions;
mod strangers;
