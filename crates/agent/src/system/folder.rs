//! The folder of a system: its key, who it is on the server, what its owner decided. Every file is replaced whole.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use vigie_kernel::{Rng, SystemId, Timestamp};
use vigie_wire::link::message::ServiceUser;

use crate::{files, sync::keys};

/// Where it is when nothing else is said.
pub const DEFAULT: &str = "/var/lib/vigie-agent/system";
/// Longest file that is read, bytes.
const MAX_FILE: u64 = 1 << 20;

/// Who the system is.
pub(crate) const IDENTITY: &str = "system.json";
/// An enrolment that was not answered yet.
pub(crate) const PENDING: &str = "enrolment.json";
/// What the server was last told of the system.
pub(crate) const ABOUT: &str = "about.json";
/// How the link is: for showing it.
pub(crate) const STATUS: &str = "status.json";
/// Notes that the server has not stored yet.
pub(crate) const SPOOL: &str = "spool.log";
/// The last profile without errors.
pub(crate) const PROFILE: &str = "profile.toml";
const KEY: &str = "system.key";

/// Who the system is on which server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Address of the server.
    pub server: String,
    /// The id that it gave.
    pub system_id: SystemId,
    /// When.
    pub enrolled_at: Timestamp,
}

/// What an enrolment sends again if its answer was lost: the service user's password must be the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The service user that was made for it.
    pub service_user: ServiceUser,
}

/// How the link is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Since when it is open; none: it is not.
    pub connected_since: Option<Timestamp>,
    /// When it last failed, and why.
    pub last_failure: Option<(Timestamp, String)>,
}

/// The folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: Option<File>,
}

impl Folder {
    /// The folder, to look at and to write the owner's decisions; another process may work with it.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), _lock: None }
    }

    /// The folder, for the one process that keeps the link. Makes it when needed.
    pub fn hold(path: &Path) -> Result<Self, String> {
        let words = |error: io::Error| format!("state folder {}: {error}", path.display());
        files::create_private_folder(path).map_err(words)?;
        let lock = files::private(OpenOptions::new().create(true).truncate(false).write(true))
            .open(path.join("lock"))
            .map_err(words)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => {
                Err(format!("state folder {}: another vigie-agent works with it", path.display()))
            }
            Err(TryLockError::Error(error)) => Err(words(error)),
        }
    }

    /// Whether some process keeps the link.
    pub fn is_held(&self) -> bool {
        let lock = OpenOptions::new().write(true).open(self.path.join("lock"));
        lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// A file of it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads a file as text; none: it is not there.
    pub fn text(&self, name: &str) -> io::Result<Option<String>> {
        match files::read_bounded(&self.file(name), MAX_FILE) {
            Ok(content) => Ok(Some(String::from_utf8_lossy(&content).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads what [`Self::write`] wrote; none: it is not there.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, String> {
        let words = |error: &dyn std::fmt::Display| format!("{}: {error}", self.file(name).display());
        let Some(text) = self.text(name).map_err(|error| words(&error))? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|error| words(&error))
    }

    /// Makes a file durable.
    pub fn write(&self, name: &str, value: &impl Serialize) -> Result<(), String> {
        let content = serde_json::to_vec_pretty(value).map_err(|error| error.to_string())?;
        self.write_bytes(name, &content)
    }

    /// Makes a file durable.
    pub fn write_bytes(&self, name: &str, content: &[u8]) -> Result<(), String> {
        let path = self.file(name);
        files::create_private_folder(&self.path)
            .and_then(|()| files::write_atomic(&path, content))
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Removes a file; one that is not there is as good.
    pub fn remove(&self, name: &str) -> Result<(), String> {
        files::remove(&self.file(name)).map_err(|error| format!("{}: {error}", self.file(name).display()))
    }

    /// The system's key, made at the first call.
    pub fn key(&self, rng: &dyn Rng) -> Result<SigningKey, String> {
        keys::read_or_make(&self.file(KEY), rng).map_err(|error| error.to_string())
    }

    /// Another key: the server does not take the one before any more.
    pub fn another_key(&self, rng: &dyn Rng) -> Result<SigningKey, String> {
        self.remove(KEY)?;
        self.key(rng)
    }
}

/// Tells one content of a file from the next without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(SystemTime, u64, u64);

impl Stamp {
    /// None: the file is not there.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let number = 0;
        Some(Self(metadata.modified().ok()?, metadata.len(), number))
    }
}
