//! The tree that collectors read: the machine's own, or a small one made by a test.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::files;

/// Longest file that tells one value, bytes.
const MAX_VALUE: u64 = 64 << 10;
/// Most entries of a folder that are looked at.
const MAX_ENTRIES: usize = 50_000;

/// Where `/` is.
#[derive(Debug, Clone)]
pub struct Root(PathBuf);

impl Root {
    /// The machine's own tree.
    pub fn real() -> Self {
        Self(PathBuf::from("/"))
    }

    /// A tree somewhere else.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Whether this is the machine's own tree: only then what the kernel tells directly belongs to it.
    pub fn is_real(&self) -> bool {
        self.0 == Path::new("/")
    }

    /// Where an absolute path is.
    pub fn path(&self, absolute: &str) -> PathBuf {
        self.0.join(absolute.trim_start_matches('/'))
    }

    /// A file's bytes, at most `limit` of them; a longer file is an error.
    pub fn read(&self, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        files::read_bounded(&self.path(path), limit)
    }

    /// A file's text, at most `limit` bytes; bytes that are not UTF-8 are replaced.
    pub fn text(&self, path: &str, limit: u64) -> io::Result<String> {
        self.read(path, limit).map(into_text)
    }

    /// A file's text, at most `limit` bytes; none when there is no such file. One that is there and cannot be read is an
    /// error that names it.
    pub fn text_if_there(&self, path: &str, limit: u64) -> Result<Option<String>, String> {
        match self.text(path, limit) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{path}: {error}")),
        }
    }

    /// A short file's text without the white space around it; none when there is no such file, or nothing in it.
    pub fn value(&self, path: &str) -> Option<String> {
        let text = self.text(path, MAX_VALUE).ok()?;
        // Some files of the kernel are padded with zeros.
        let value = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// A short file's number.
    pub fn number(&self, path: &str) -> Option<u64> {
        self.value(path)?.parse().ok()
    }

    /// Names in a folder, sorted; nothing when there is no such folder.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path(folder))
            .into_iter()
            .flatten()
            .take(MAX_ENTRIES)
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort_unstable();
        names
    }

    /// Whether there is such a file or folder.
    pub fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// The last part of where a link points to: how the kernel says to which driver or subsystem a device belongs.
    pub fn link_name(&self, path: &str) -> Option<String> {
        fs::read_link(self.path(path)).ok()?.file_name()?.to_str().map(str::to_owned)
    }
}

fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
