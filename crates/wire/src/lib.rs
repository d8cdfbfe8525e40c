//! What travels between agents and the server: the inventory document ([`inventory`]), how two of them differ
//! ([`diff`]) and what then travels ([`delta`]), the synchronisation that carries it ([`sync`]) and what it may bring back ([`update`],
//! [`portal`]), the link between a system and the server
//! ([`link`]), and the formats of other makers' agents (`foreign`, behind a feature because only the server reads them). Pure: bytes in, values out; no socket and no storage.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod clean;
mod content;
pub mod delta;
pub mod diff;
#[cfg(feature = "foreign")]
pub mod foreign;
pub mod inventory;
pub mod join;
pub mod link;
pub mod matching;
pub mod portal;
pub mod sections;
pub mod sync;
pub mod update;
pub mod version;

pub use clean::{Clean, Remark};
pub use diff::SectionChange;
pub use sections::{Section, Sections};
