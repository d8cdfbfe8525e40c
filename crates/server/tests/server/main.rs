//! The server as its callers see it: in this process through its router, and as the program that people start.

#![allow(clippy::unwrap_used)]

mod acme;
mod agent_configuration;
mod alerts;
mod association;
mod audit;
mod authenticator;
mod backup;
mod certificate;
mod certificate_live;
mod customers;
mod document;
mod factors;
mod imports;
mod links;
mod logging;
mod mail;
mod network;
mod nodes;
mod openid;
mod passkeys;
mod people;
mod platform;
mod process;
mod reports;
mod roles;
mod rollouts;
mod sessions;
mod strangers;
mod system_certificates;
mod traces;
