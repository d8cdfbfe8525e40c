//! The data directory: only the server's user may look into it, and one server at a time works with it.

use std::{
    collections::HashMap,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

/// Another process works with the data directory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("another vigie process works with the data directory {0}")]
pub struct HeldByAnother(String);

/// The data directory, held for this process.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    // The lock ends with the file, also when the process is killed.
    _lock: File,
}

impl DataDir {
    /// Makes the directory where it is not there yet (mode 0700) and holds it.
    pub fn hold(path: &Path) -> anyhow::Result<Self> {
        make_private_dir(path).with_context(|| format!("cannot make the data directory {}", path.display()))?;
        let lock_path = path.join("lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(&lock_path).with_context(|| format!("cannot open {}", lock_path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(HeldByAnother(path.display().to_string()).into()),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", lock_path.display()))
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes a directory that only its owner may use, and those above it as needed.
pub(crate) fn make_private_dir(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes a file whole or not at all. `mode` are its permissions.
pub(crate) fn write_file(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&beside)?;
    // A file left over from an interrupted run keeps its old permissions otherwise.
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}

/// The bytes of a file; none when there is no such file.
pub(crate) fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a file is known by: when it changes, so does this.
type Known = (PathBuf, u64, SystemTime);

/// The digest of a file, computed once while the file stays as it is.
pub(crate) fn digest(path: &Path, size: u64, modified: SystemTime) -> io::Result<String> {
    static DIGESTS: Mutex<Option<HashMap<Known, String>>> = Mutex::new(None);
    let known = (path.to_owned(), size, modified);
    let lock = || DIGESTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(digest) = lock().as_ref().and_then(|it| it.get(&known).cloned()) {
        return Ok(digest);
    }
    let mut hasher = Sha256::new();
    let (mut file, mut piece) = (File::open(path)?, vec![0; 64 << 10]);
    loop {
        match io::Read::read(&mut file, &mut piece)? {
            0 => break,
            read => hasher.update(&piece[..read]),
        }
    }
    let digest = hex::encode(hasher.finalize());
    let mut digests = lock();
    let digests = digests.get_or_insert_default();
    if digests.len() >= 64 {
        digests.clear();
    }
    digests.insert(known, digest.clone());
    Ok(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_directory_is_private_and_held_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let held = DataDir::hold(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        let refused = DataDir::hold(&path).unwrap_err().to_string();
        assert!(refused.contains("another vigie process"), "{refused}");
        drop(held);
        DataDir::hold(&path).unwrap();
    }

    #[test]
    fn a_file_is_replaced_whole_with_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert_eq!(read_if_there(&path).unwrap(), None);
        write_file(&path, b"one", 0o600).unwrap();
        write_file(&path, b"two", 0o600).unwrap();
        assert_eq!(read_if_there(&path).unwrap().unwrap(), b"two");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
