//! The programs as they are shipped, with real agents, killed and traced. `cargo xtask test` builds and installs what is
//! needed; nothing is skipped.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

mod agents;
mod backup;
mod certificates;
mod durability;
mod moving;
mod networks;
mod server;
mod systems;
mod updates;
