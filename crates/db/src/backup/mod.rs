//! Copying a database out, whole and at one moment, while others write to it, and putting a copy back. Only what the two
//! engines do differently is here; what surrounds it (the archive, keys, files) is the business of `server`.

mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::migrations;

pub use postgres::{Restore as PostgresRestore, Snapshot as PostgresSnapshot};
pub use sqlite::{Copier as SqliteCopier, Interrupt, check as check_sqlite};

/// A copy could not be made or put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database said no.
    #[error("the database: {0}")]
    Database(String),
    /// There is no database of ours to copy.
    #[error("there is no database of a Vigie server at {0}")]
    NoDatabase(String),
    /// Where the copy is to be put, there is something already.
    #[error("the database holds the data of a server already")]
    NotEmpty,
    /// Servers work with the database.
    #[error("a server works with this database: {0}; stop it first")]
    InUse(String),
    /// The copy has a schema that this version does not know.
    #[error(
        "the backup has a newer schema ({0}) than this version of Vigie knows; restore it with the version that made it, or a newer one"
    )]
    Newer(String),
    /// The copy is not what it says.
    #[error("the backup's database does not fit: {0}")]
    Unfit(String),
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<sea_orm::SqlxError> for BackupError {
    fn from(error: sea_orm::SqlxError) -> Self {
        Self::Database(error.to_string())
    }
}

/// A table of a PostgreSQL copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Name.
    pub name: String,
    /// Its columns, in the order of the copied rows.
    pub columns: Vec<String>,
}

/// How far a column's numbers had been given out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// The column's table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The last number.
    pub last: i64,
    /// Whether that one was given out.
    pub given: bool,
}

/// The names of the migrations that this version knows, in their order.
pub fn known_migrations() -> Vec<String> {
    migrations::names()
}

/// Whether a database with these migrations, in their order, can be brought up to date by this version.
pub fn can_read(applied: &[String]) -> Result<(), BackupError> {
    let known = known_migrations();
    if let Some(newer) = applied.iter().find(|name| !known.contains(name)) {
        return Err(BackupError::Newer(newer.clone()));
    }
    if applied.is_empty() || !known.starts_with(applied) {
        return Err(BackupError::Unfit("its list of migrations is none of this product's".to_owned()));
    }
    Ok(())
}
