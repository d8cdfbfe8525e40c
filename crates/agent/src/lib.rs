//! The Vigie Inventory Agent as a library: [`collect`] takes the machine's inventory, [`portal`] talks to the server,
//! [`sync`] decides what travels and keeps what must survive a restart, [`moving`] goes to another portal, [`service`] is the loop of the installed
//! service; [`system`] keeps the link of a machine that a server manages, of a kind that a [`profile`] describes, and tells what the
//! profile has looked at for alerts. The
//! program `vigie-agent` is a thin layer of commands over these.
//!
//! What depends on the operating system stands in `collect::linux`, in `windows` and behind `cfg(unix)`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod alerts;
pub mod check;
pub mod cli;
pub mod collect;
pub mod config;
pub mod files;
pub mod logging;
mod memory;
pub mod moving;
mod places;
pub mod portal;
pub mod profile;
mod program;
mod resolver;
pub mod service;
pub mod sync;
pub mod system;
mod toml_fault;
pub mod update;
#[cfg(any(windows, test))]
mod windows;

/// This agent's version. Builds of another one, for trying an update, say which.
pub const VERSION: &str = match option_env!("VIGIE_AGENT_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};
