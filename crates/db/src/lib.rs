//! The way to the database, whichever engine it is. [`Database`] reads through a pool and writes through
//! [`Database::write`]: on SQLite one thread runs the queued closures, each in a savepoint, and commits them together
//! (one fsync for all, then all are answered); on PostgreSQL each closure is an ordinary transaction.
//! Migrations are one list for both engines.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod audit;
pub mod backup;
pub mod blobs;
pub mod customer_list;
pub mod digest;
mod migrations;
mod notify;
mod open;
pub mod owners;
pub mod paging;
pub mod search;
pub mod secrets;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;
mod tx;
mod violation;
mod writer;

pub use notify::Listener;
pub use open::{Database, Engine, OpenError, Options};
pub use sea_orm::{self, ConnectionTrait, DatabaseConnection, DbErr};
pub use tx::Tx;
pub use violation::{Violation, violation};
pub use writer::TxFuture;
