//! SQLite: a copy through a connection of its own. In WAL mode a reader sees one moment and keeps no writer waiting; only
//! the write-ahead log is not shortened until it is done.

use std::{fmt, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use super::{BackupError, can_read};

/// A database file that is to be copied.
pub struct Copier(Connection);

impl fmt::Debug for Copier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Copier")
    }
}

/// Ends a copy that is being made.
pub struct Interrupt(rusqlite::InterruptHandle);

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interrupt")
    }
}

impl Interrupt {
    /// The copy fails at once.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl Copier {
    /// Opens a file that is there.
    pub fn open(path: &Path) -> Result<Self, BackupError> {
        if !path.is_file() {
            return Err(BackupError::NoDatabase(path.display().to_string()));
        }
        // Not read-only: a write-ahead log that a killed server left is only read by who may write.
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.pragma_update(None, "cache_size", -8192)?;
        connection.pragma_update(None, "temp_store", "FILE")?;
        Ok(Self(connection))
    }

    /// The migrations that were applied, in their order.
    pub fn migrations(&self) -> Result<Vec<String>, BackupError> {
        let mut asked = self
            .0
            .prepare("SELECT version FROM seaql_migrations ORDER BY version")
            .map_err(|_| BackupError::NoDatabase(self.0.path().unwrap_or_default().to_owned()))?;
        let names = asked.query_map([], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// How large the copy becomes at most, bytes.
    pub fn bytes(&self) -> Result<u64, BackupError> {
        let pages: i64 = self.0.pragma_query_value(None, "page_count", |row| row.get(0))?;
        let size: i64 = self.0.pragma_query_value(None, "page_size", |row| row.get(0))?;
        Ok(u64::try_from(pages.saturating_mul(size)).unwrap_or(0))
    }

    /// What ends [`Copier::copy`] from another thread.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt(self.0.get_interrupt_handle())
    }

    /// Writes the copy, without its free pages, to a file that is empty or not there. It is not made durable.
    pub fn copy(&self, to: &Path) -> Result<(), BackupError> {
        let to = to.to_str().ok_or_else(|| BackupError::Database(format!("{}: not UTF-8", to.display())))?;
        self.0.execute("VACUUM INTO ?1", [to])?;
        Ok(())
    }
}

/// Looks a copy through: sound, of ours, and of a schema that can be read. Answers its migrations.
pub fn check(path: &Path) -> Result<Vec<String>, BackupError> {
    let unfit = |error: rusqlite::Error| BackupError::Unfit(error.to_string());
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(unfit)?;
    let said: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0)).map_err(unfit)?;
    if said != "ok" {
        return Err(BackupError::Unfit(said));
    }
    let mut asked = connection.prepare("SELECT version FROM seaql_migrations ORDER BY version").map_err(unfit)?;
    let applied: Vec<String> = asked.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(unfit)?;
    can_read(&applied)?;
    Ok(applied)
}
