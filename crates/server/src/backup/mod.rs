//! Backup and restore of the server itself, whole: one file that holds the database at one moment, the keys, the
//! certificates and every other file of the data directory that makes the server the same again.
//!
//! Left out are what is made anew (exports, the agents' packages that a package of this program brings), logs, and other
//! backups. The file is as secret as the data directory: it holds the key that opens what the database seals.

pub mod archive;
mod create;
mod kept;
mod restore;
#[cfg(test)]
mod tests;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use serde::{Deserialize, Serialize};
use vigie_db::{
    Options,
    backup::{BackupError, Sequence, Table},
};
use vigie_kernel::Timestamp;

use archive::{ArchiveError, Totals};
pub use create::{Made, create};
pub use kept::{FileName, Kept, KeptBackups};
pub use restore::{Restored, restore, tell_of_restore, unfinished, verify};

/// The version of the format. A later one is refused.
const FORMAT: u32 = 1;
/// Where an archive keeps the files of the data directory, and the database.
const FILES: &str = "files/";
const DATABASE: &str = "database/";
/// The database's entry, and its name in the data directory, on SQLite.
const SQLITE_ENTRY: &str = "database/vigie.db";
const SQLITE_FILE: &str = "vigie.db";
/// The folder of the backups that the server made by itself or was asked for in the console.
pub(crate) const FOLDER: &str = "backups";
/// Where a restore is prepared, in the data directory.
const STAGE: &str = ".restore";
/// There while a restore is being put in place: a server does not start on half of one.
const UNFINISHED: &str = "restore-unfinished";
/// What was restored, until the restored server has written it to its audit trail.
const NOTE: &str = "restored.json";
/// What was in the data directory before.
const ASIDE: &str = "before-restore-";

/// In the data directory, not in a backup: what belongs to a running process, is made anew, or is a backup itself.
fn is_left_out(name: &str) -> bool {
    matches!(name, "lock" | "admin.sock" | "distribution" | "exports" | "imports" | "lost+found" | "logs" | "node.id")
        || [FOLDER, UNFINISHED, NOTE].contains(&name)
        || name.starts_with('.')
        || name.starts_with(ASIDE)
        || is_database(name)
        || name.ends_with(".tar.zst")
}

fn is_database(name: &str) -> bool {
    name.strip_prefix(SQLITE_FILE).is_some_and(|rest| matches!(rest, "" | "-wal" | "-shm" | "-journal"))
}

/// The engine of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BackupEngine {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    PostgreSql,
}

impl BackupEngine {
    /// Of a configuration.
    pub const fn of(options: &Options) -> Self {
        match options {
            Options::Sqlite(_) => Self::Sqlite,
            Options::Postgres(_) => Self::PostgreSql,
        }
    }
}

impl fmt::Display for BackupEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::PostgreSql => "PostgreSQL",
        })
    }
}

/// What a backup is of. The first entry of its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `vigie`.
    pub product: String,
    /// The version of the file's format.
    pub format: u32,
    /// The version of the server's program.
    pub version: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// The database's engine.
    pub engine: BackupEngine,
    /// The database's migrations, in their order.
    pub migrations: Vec<String>,
    /// The database's tables. PostgreSQL only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    /// How far the database's numbers had been given out. PostgreSQL only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sequences: Vec<Sequence>,
}

impl Manifest {
    /// Reads one, also of a later version, as far as it is known here.
    fn read(text: &[u8]) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        struct Head {
            product: String,
            format: u32,
            version: String,
        }
        let head: Head = serde_json::from_slice(text).map_err(|_| ArchiveError::NotABackup)?;
        if head.product != "vigie" {
            return Err(ArchiveError::NotABackup.into());
        }
        if head.format > FORMAT {
            return Err(Failure::NewerFormat { format: head.format, version: head.version });
        }
        let manifest = serde_json::from_slice(text);
        Ok(manifest.map_err(|error| ArchiveError::Damaged(format!("{}: {error}", archive::MANIFEST)))?)
    }
}

/// A backup could not be made, read or put back.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The file of the backup.
    #[error("the backup cannot be used: {0}")]
    Archive(ArchiveError),
    /// The database.
    #[error(transparent)]
    Database(#[from] BackupError),
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// What went wrong.
        error: io::Error,
    },
    /// Not enough space.
    #[error("not enough space in {folder}: {needed} MiB are needed, {free} MiB are free")]
    NoSpace {
        /// Where.
        folder: String,
        /// What is needed, MiB.
        needed: u64,
        /// What there is, MiB.
        free: u64,
    },
    /// A format of later.
    #[error(
        "the backup has format {format} and was made by version {version} of Vigie; restore it with that version or a newer one"
    )]
    NewerFormat {
        /// Its format.
        format: u32,
        /// Who made it.
        version: String,
    },
    /// The other engine.
    #[error("the backup is of a server on {backup}, this one is configured for {here}{hint}")]
    WrongEngine {
        /// Of the backup.
        backup: BackupEngine,
        /// Here.
        here: BackupEngine,
        /// What to say on the command line.
        hint: &'static str,
    },
    /// There is a server already.
    #[error(
        "{0} holds a server already; --replace puts the backup in its place and keeps what is there in a folder beside it"
    )]
    Holds(String),
    /// A server runs.
    #[error("{0}; stop the server first")]
    Held(String),
    /// Nobody wants it any more.
    #[error("it was stopped")]
    Stopped,
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        Self::Archive(error)
    }
}

impl Failure {
    /// Of a file. A full disk is told as such by the system.
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |error| Self::File { path, error }
    }
}

/// How far it is, and whether it is still wanted. Cheap to clone; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    done: AtomicU64,
    total: AtomicU64,
    stopped: AtomicBool,
}

impl Progress {
    /// Bytes that were worked through, and about how many there are; 0: not known yet.
    pub fn bytes(&self) -> (u64, u64) {
        (self.0.done.load(Ordering::Relaxed), self.0.total.load(Ordering::Relaxed))
    }

    /// It ends soon, with [`Failure::Stopped`].
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }

    fn begin(&self, total: u64) {
        self.0.total.store(total, Ordering::Relaxed);
        self.0.done.store(0, Ordering::Relaxed);
    }

    fn set(&self, done: u64) {
        self.0.done.store(done, Ordering::Relaxed);
    }

    fn add(&self, bytes: u64) {
        self.0.done.fetch_add(bytes, Ordering::Relaxed);
    }

    fn check(&self) -> Result<(), Failure> {
        if self.0.stopped.load(Ordering::Relaxed) { Err(Failure::Stopped) } else { Ok(()) }
    }
}

/// Counts what is read, and ends where nobody wants it any more.
struct Counting<'a, R> {
    inner: R,
    progress: &'a Progress,
}

impl<R: io::Read> io::Read for Counting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.progress.check().map_err(io::Error::other)?;
        let count = self.inner.read(buffer)?;
        self.progress.add(count as u64);
        Ok(count)
    }
}

/// Fails where a folder has not so many bytes free.
fn need_space(folder: &Path, needed: u64) -> Result<(), Failure> {
    const MIB: u64 = 1 << 20;
    // Where the system does not say, writing will.
    let Ok(found) = nix::sys::statvfs::statvfs(folder) else { return Ok(()) };
    let free = found.blocks_available().saturating_mul(found.fragment_size());
    if free < needed {
        let folder = folder.display().to_string();
        return Err(Failure::NoSpace { folder, needed: needed.div_ceil(MIB), free: free / MIB });
    }
    Ok(())
}

/// A file that is removed unless it is kept.
#[derive(Debug)]
struct Passing(PathBuf);

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What [`verify`] found.
#[derive(Debug, Clone)]
pub struct Verified {
    /// What the backup is of.
    pub manifest: Manifest,
    /// How much it holds.
    pub totals: Totals,
}
