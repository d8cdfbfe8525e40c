//! The Vigie server: one binary that holds the HTTP API, the console, the agents' API and the workers. It joins the
//! contexts (`people`, `assets`, `fleet`) and has no rules of its own.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod acme;
pub mod admin;
pub mod backup;
pub mod boot;
pub mod cli;
mod cli_backup;
pub mod config;
mod doctor;
pub mod events;
pub mod files;
pub mod http;
mod join;
mod limits;
mod logging;
pub mod logs;
pub mod mail;
pub mod metrics;
pub mod node;
mod notify;
pub mod openid;
mod otlp;
pub mod outgoing;
pub mod releases;
mod reports;
pub mod serve;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tls;
pub mod tunnel;
pub mod workers;
