//! The file of a backup: tar (POSIX.1-1988 *ustar*) in zstd (RFC 8878, with its checksum). First comes `manifest.json`, what
//! the backup is of; then the entries; last `contents.jsonl`, one line for each entry with its size and SHA-256. A file
//! without its last entry is a file that was cut off. Written and read in one pass, in bounded memory.
//!
//! What is read is taken for hostile: plain files with plain relative paths, or it is refused.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Read, Seek as _, Write},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Name of the first entry.
pub const MANIFEST: &str = "manifest.json";
/// Name of the last entry.
pub const CONTENTS: &str = "contents.jsonl";
/// Largest manifest, bytes.
const MANIFEST_LIMIT: u64 = 1 << 20;
/// Longest line of the contents, bytes.
const LINE_LIMIT: u64 = 4 << 10;
/// Longest path, bytes: what a ustar header holds.
const PATH_LIMIT: usize = 255;
/// Deepest path, names.
const DEPTH_LIMIT: usize = 16;
/// Most entries.
const ENTRIES_LIMIT: u64 = 50_000_000;
/// Most bytes of all entries together: 64 TiB.
const BYTES_LIMIT: u64 = 1 << 46;
/// A window of 8 MiB: what unpacking may take of memory.
const WINDOW_LOG: u32 = 23;
/// Padding behind the last entry, bytes.
const PADDING_LIMIT: u64 = 64 << 10;
const LEVEL: i32 = 3;

/// Why a file is not taken for a backup.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read at all.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("it is not a backup of Vigie")]
    NotABackup,
    /// Its end is missing.
    #[error("it is cut off: the backup was not finished, or the file was not copied whole")]
    CutOff,
    /// It was changed or damaged.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// An entry's path is none that a backup has.
    #[error("it has an entry with the path {0:?}, which no backup has")]
    UnsafePath(String),
    /// An entry is a link, a device or the like.
    #[error("its entry {0:?} is not a plain file")]
    UnsafeKind(String),
    /// More than any backup holds.
    #[error("it holds more than any backup does")]
    TooLarge,
}

/// How much an archive holds, the first and the last entry left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Entries.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A line of the contents.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    path: String,
    size: u64,
    sha256: String,
}

/// Writes an archive.
pub struct Writer<W: Write> {
    tar: tar::Builder<zstd::Encoder<'static, W>>,
    contents: BufWriter<File>,
    totals: Totals,
}

impl<W: Write> Writer<W> {
    /// Begins with the manifest. `scratch` is an empty file for the contents until they are written.
    pub fn new(out: W, scratch: File, manifest: &[u8]) -> io::Result<Self> {
        let mut zstd = zstd::Encoder::new(out, LEVEL)?;
        zstd.include_checksum(true)?;
        let mut tar = tar::Builder::new(zstd);
        append(&mut tar, MANIFEST, 0o600, manifest.len() as u64, manifest)?;
        Ok(Self { tar, contents: BufWriter::new(scratch), totals: Totals::default() })
    }

    /// Adds an entry of exactly so many bytes.
    pub fn add(&mut self, path: &str, mode: u32, size: u64, content: impl Read) -> io::Result<()> {
        if !is_safe(path) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{path:?} is no path for a backup")));
        }
        let mut content = Hashing { inner: content.take(size), digest: Sha256::new(), bytes: 0, failed: None };
        append(&mut self.tar, path, mode, size, &mut content)?;
        if content.bytes != size {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{path} became shorter meanwhile")));
        }
        let line = Line { path: path.to_owned(), size, sha256: hex::encode(content.digest.finalize()) };
        serde_json::to_writer(&mut self.contents, &line)?;
        self.contents.write_all(b"\n")?;
        self.totals.entries += 1;
        self.totals.bytes += size;
        Ok(())
    }

    /// Ends with the contents.
    pub fn finish(mut self) -> io::Result<(W, Totals)> {
        let mut contents = self.contents.into_inner().map_err(io::IntoInnerError::into_error)?;
        let size = contents.stream_position()?;
        contents.rewind()?;
        append(&mut self.tar, CONTENTS, 0o600, size, BufReader::new(contents))?;
        Ok((self.tar.into_inner()?.finish()?, self.totals))
    }
}

fn append<W: Write>(tar: &mut tar::Builder<W>, path: &str, mode: u32, size: u64, content: impl Read) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_path(path)?;
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header.set_cksum();
    tar.append(&header, content)
}

/// Who is shown an archive's entries, one after the other.
pub trait Visitor {
    /// What may go wrong there.
    type Error: From<ArchiveError>;

    /// The manifest, before all else.
    fn manifest(&mut self, text: &[u8]) -> Result<(), Self::Error>;

    /// An entry: its path and permissions are checked already, its content is checked as it is read. What is not read here
    /// is read and checked all the same.
    fn entry(&mut self, path: &str, mode: u32, size: u64, content: &mut dyn Read) -> Result<(), Self::Error>;
}

/// Reads an archive from its beginning to its end. Only when this answers `Ok` was everything as it was written.
pub fn read<V: Visitor>(input: impl Read, scratch: File, visitor: &mut V) -> Result<Totals, V::Error> {
    let mut zstd = zstd::Decoder::new(input).map_err(ArchiveError::Io)?;
    zstd.window_log_max(WINDOW_LOG).map_err(ArchiveError::Io)?;
    let mut archive = tar::Archive::new(zstd);
    let totals = entries(&mut archive, scratch, visitor)?;
    // To the very end: only there the checksum is looked at.
    let rest = io::copy(&mut archive.into_inner().take(PADDING_LIMIT + 1), &mut io::sink());
    if rest.map_err(damage)? > PADDING_LIMIT {
        return Err(ArchiveError::Damaged("something follows its end".to_owned()).into());
    }
    Ok(totals)
}

fn entries<V: Visitor>(
    archive: &mut tar::Archive<impl Read>,
    scratch: File,
    visitor: &mut V,
) -> Result<Totals, V::Error> {
    let mut found = BufWriter::new(scratch);
    let mut totals = Totals::default();
    let mut seen_manifest = false;
    // Raw: no entry says how others are to be understood.
    let mut entries = archive.entries().map_err(ArchiveError::Io)?.raw(true);
    while let Some(entry) = entries.next() {
        let mut entry = entry.map_err(|error| if seen_manifest { damage(error) } else { not_ours(error) })?;
        let (path, size) = (path_of(&entry)?, entry.header().entry_size().map_err(damage)?);
        if !seen_manifest {
            if path != MANIFEST || size > MANIFEST_LIMIT {
                return Err(ArchiveError::NotABackup.into());
            }
            let mut text = Vec::new();
            entry.read_to_end(&mut text).map_err(damage)?;
            visitor.manifest(&text)?;
            seen_manifest = true;
            continue;
        }
        if path == CONTENTS {
            compare(found, &mut entry)?;
            return match entries.next() {
                None => Ok(totals),
                Some(_) => Err(ArchiveError::Damaged("something follows its end".to_owned()).into()),
            };
        }
        totals.entries += 1;
        totals.bytes = totals.bytes.checked_add(size).ok_or(ArchiveError::TooLarge)?;
        if totals.entries > ENTRIES_LIMIT || totals.bytes > BYTES_LIMIT {
            return Err(ArchiveError::TooLarge.into());
        }
        let mode = entry.header().mode().map_err(damage)? & 0o777;
        let mut content = Hashing { inner: entry, digest: Sha256::new(), bytes: 0, failed: None };
        let taken = visitor.entry(&path, mode, size, &mut content);
        if let Some(error) = content.failed.take() {
            return Err(damage(error).into());
        }
        taken?;
        io::copy(&mut content, &mut io::sink()).map_err(damage)?;
        if content.bytes != size {
            return Err(ArchiveError::CutOff.into());
        }
        let line = Line { path, size, sha256: hex::encode(content.digest.finalize()) };
        serde_json::to_writer(&mut found, &line).map_err(|error| ArchiveError::Io(error.into()))?;
        found.write_all(b"\n").map_err(ArchiveError::Io)?;
    }
    Err(if seen_manifest { ArchiveError::CutOff } else { ArchiveError::NotABackup }.into())
}

fn path_of(entry: &tar::Entry<'_, impl Read>) -> Result<String, ArchiveError> {
    let bytes = entry.header().path_bytes();
    let shown = || String::from_utf8_lossy(&bytes).chars().take(PATH_LIMIT).collect();
    let path =
        std::str::from_utf8(&bytes).ok().filter(|it| is_safe(it)).ok_or_else(|| ArchiveError::UnsafePath(shown()))?;
    if entry.header().entry_type() != tar::EntryType::Regular {
        return Err(ArchiveError::UnsafeKind(shown()));
    }
    Ok(path.to_owned())
}

/// Relative, with names that lead nowhere else.
fn is_safe(path: &str) -> bool {
    let names = path.split('/');
    path.len() <= PATH_LIMIT
        && !path.contains('\\')
        && !path.chars().any(char::is_control)
        && names.clone().count() <= DEPTH_LIMIT
        && names.into_iter().all(|name| !matches!(name, "" | "." | ".."))
}

/// What was found against what the last entry says was written.
fn compare(found: BufWriter<File>, told: &mut impl Read) -> Result<(), ArchiveError> {
    let mut found = found.into_inner().map_err(|error| ArchiveError::Io(error.into_error()))?;
    found.rewind()?;
    let (mut found, mut told) = (BufReader::new(found), BufReader::new(told));
    let mut line = String::new();
    loop {
        line.clear();
        found.read_line(&mut line)?;
        let mut said = Vec::new();
        told.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut said).map_err(damage)?;
        if line.as_bytes() != said {
            let name = serde_json::from_str::<Line>(&line).map_or_else(|_| CONTENTS.to_owned(), |it| it.path);
            return Err(ArchiveError::Damaged(format!("{name} is not what was written")));
        }
        if line.is_empty() {
            return Ok(());
        }
    }
}

fn not_ours(error: io::Error) -> ArchiveError {
    match damage(error) {
        ArchiveError::Damaged(_) => ArchiveError::NotABackup,
        other => other,
    }
}

/// What reading out of the compressed file failed with.
fn damage(error: io::Error) -> ArchiveError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ArchiveError::CutOff,
        // What zstd and tar find wrong; a disk that fails has a number.
        _ if error.raw_os_error().is_none() => ArchiveError::Damaged(error.to_string()),
        _ => ArchiveError::Io(error),
    }
}

/// Digests and counts what is read, and remembers what reading failed with.
struct Hashing<R> {
    inner: R,
    digest: Sha256,
    bytes: u64,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                self.digest.update(buffer.get(..count).unwrap_or_default());
                self.bytes += count as u64;
                Ok(count)
            }
            Err(error) => {
                let told = io::Error::new(error.kind(), error.to_string());
                self.failed = Some(error);
                Err(told)
            }
        }
    }
}

/// The manifest alone, from the archive's beginning.
pub fn first(input: impl Read) -> Result<Vec<u8>, ArchiveError> {
    let mut zstd = zstd::Decoder::new(input)?;
    zstd.window_log_max(WINDOW_LOG)?;
    let mut archive = tar::Archive::new(zstd);
    let mut entries = archive.entries()?.raw(true);
    let entry = entries.next().ok_or(ArchiveError::NotABackup)?.map_err(not_ours)?;
    if path_of(&entry)? != MANIFEST {
        return Err(ArchiveError::NotABackup);
    }
    let mut text = Vec::new();
    entry.take(MANIFEST_LIMIT).read_to_end(&mut text).map_err(damage)?;
    Ok(text)
}
