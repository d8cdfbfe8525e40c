//! The server as its callers see it: in this process through its router, and as the program that people start.

#![allow(clippy::unwrap_used)]

mod acme;
mod audit;
mod certificate;
mod certificate_live;
mod document;
mod nodes;
mod people;
mod process;
mod roles;
mod sessions;
mod strangers;
