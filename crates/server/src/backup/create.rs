//! Making a backup, while a server works with the directory or not. First the database at one moment, then the files:
//! what a row refers to was stored before the row, and is there unless the row is gone since.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use vigie_db::{
    Options,
    backup::{PostgresSnapshot, SqliteCopier, Table},
};
use vigie_kernel::Timestamp;

use super::{
    BackupEngine, Counting, DATABASE, FILES, FORMAT, Failure, Manifest, Passing, Progress, SQLITE_ENTRY,
    archive::{self, Totals},
    is_left_out, need_space,
};
use crate::config::Config;

/// Rows of a table that one entry holds, bytes; a single row may be longer.
const PIECE: usize = 4 << 20;
/// Space that is wanted beside what is known, bytes.
const SLACK: u64 = 16 << 20;
/// Deepest folder of the data directory that is looked into.
const DEPTH: usize = 12;

/// A backup that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// Size of the file, bytes.
    pub bytes: u64,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// How much it holds.
    pub totals: Totals,
    /// The migrations of the database.
    pub migrations: Vec<String>,
}

/// Makes a backup at `to`, which appears, or is replaced, when it is whole and durable. Call where blocking is allowed.
pub fn create(
    config: &Config,
    to: &Path,
    now: Timestamp,
    progress: &Progress,
    handle: &Handle,
) -> Result<Made, Failure> {
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let name = to.file_name().ok_or_else(|| io::Error::other("is no name for a file")).map_err(Failure::file(to))?;
    let beside = |what: &str| Passing(folder.join(format!(".{}.{what}", name.to_string_lossy())));
    let (part, copy, lines) = (beside("part"), beside("database"), beside("contents"));
    let target = open(&part.0)?;
    let out = Digesting { inner: BufWriter::with_capacity(256 << 10, target), digest: Sha256::new(), bytes: 0 };
    let scratch = open(&lines.0)?;
    let (out, totals, migrations) = match &config.database {
        Options::Sqlite(path) => {
            let (applied, copied) = copy_sqlite(path, &copy, &folder, progress)?;
            let manifest = manifest(config, now, applied.clone());
            let mut writer = begin(out, scratch, &manifest, &part)?;
            add_file(&mut writer, SQLITE_ENTRY, &copied, progress)?;
            drop(copy);
            add_files(&mut writer, &config.data_dir, progress)?;
            let (out, totals) = writer.finish().map_err(Failure::file(&part.0))?;
            (out, totals, applied)
        }
        Options::Postgres(url) => {
            let mut snapshot = handle.block_on(PostgresSnapshot::begin(url))?;
            let contents = handle.block_on(snapshot.contents())?;
            progress.begin(contents.bytes);
            let mut manifest = manifest(config, now, contents.migrations.clone());
            (manifest.tables, manifest.sequences) = (contents.tables, contents.sequences);
            let mut writer = begin(out, scratch, &manifest, &part)?;
            for table in &manifest.tables {
                add_table(&mut writer, &mut snapshot, table, progress, handle)?;
            }
            handle.block_on(snapshot.end())?;
            add_files(&mut writer, &config.data_dir, progress)?;
            let (out, totals) = writer.finish().map_err(Failure::file(&part.0))?;
            (out, totals, contents.migrations)
        }
    };
    let (bytes, sha256) = (out.bytes, hex::encode(out.digest.finalize()));
    let settle = || {
        let file = out.inner.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&part.0, to)?;
        File::open(&folder)?.sync_all()
    };
    settle().map_err(Failure::file(to))?;
    Ok(Made { bytes, sha256, totals, migrations })
}

/// Only its owner may read it, whatever was there before.
fn open(path: &Path) -> Result<File, Failure> {
    let _ = fs::remove_file(path);
    let opened = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path);
    opened.map_err(Failure::file(path))
}

fn manifest(config: &Config, now: Timestamp, migrations: Vec<String>) -> Manifest {
    Manifest {
        product: "vigie".to_owned(),
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: now,
        engine: BackupEngine::of(&config.database),
        migrations,
        tables: Vec::new(),
        sequences: Vec::new(),
    }
}

type Writer = archive::Writer<Digesting>;

fn begin(out: Digesting, scratch: File, manifest: &Manifest, part: &Passing) -> Result<Writer, Failure> {
    let text = serde_json::to_vec_pretty(manifest).map_err(io::Error::other);
    text.and_then(|text| archive::Writer::new(out, scratch, &text)).map_err(Failure::file(&part.0))
}

/// Copies the database beside the backup: SQLite gives a moment of it as a file only.
fn copy_sqlite(
    path: &Path,
    copy: &Passing,
    folder: &Path,
    progress: &Progress,
) -> Result<(Vec<String>, PathBuf), Failure> {
    let copier = SqliteCopier::open(path)?;
    let applied = copier.migrations()?;
    let size = copier.bytes()?;
    need_space(folder, size.saturating_add(SLACK))?;
    // It is written once as it is and read once.
    progress.begin(size.saturating_mul(2));
    let file = open(&copy.0)?;
    let interrupt = copier.interrupt();
    let ended = std::thread::scope(|scope| {
        let (done, waiting) = std::sync::mpsc::channel();
        scope.spawn(move || {
            let _ = done.send(copier.copy(&copy.0));
        });
        loop {
            match waiting.recv_timeout(Duration::from_millis(100)) {
                Ok(ended) => return ended.map_err(Failure::from),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return Err(Failure::Stopped),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                    progress.set(file.metadata().map_or(0, |it| it.len()));
                    if progress.check().is_err() {
                        interrupt.interrupt();
                    }
                }
            }
        }
    });
    progress.check()?;
    ended?;
    Ok((applied, copy.0.clone()))
}

/// A table's rows, in entries that hold whole rows.
fn add_table(
    writer: &mut Writer,
    snapshot: &mut PostgresSnapshot,
    table: &Table,
    progress: &Progress,
    handle: &Handle,
) -> Result<(), Failure> {
    let mut rows = handle.block_on(snapshot.rows(table))?;
    let mut piece = Vec::new();
    let mut number = 0_u64;
    let mut put = |piece: &[u8]| {
        let path = format!("{DATABASE}{}/{number:08}", table.name);
        number += 1;
        progress.check()?;
        progress.add(piece.len() as u64);
        writer.add(&path, 0o600, piece.len() as u64, piece).map_err(Failure::file(Path::new(&path)))
    };
    while let Some(more) = handle.block_on(rows.next()) {
        piece.extend_from_slice(&more?);
        // A line's end within a value is written as `\n`.
        if piece.len() >= PIECE
            && let Some(end) = piece.iter().rposition(|byte| *byte == b'\n')
        {
            let rest = piece.split_off(end + 1);
            put(&piece)?;
            piece = rest;
        }
    }
    if piece.is_empty() { Ok(()) } else { put(&piece) }
}

/// Every file of the data directory that belongs into a backup.
fn add_files(writer: &mut Writer, data_dir: &Path, progress: &Progress) -> Result<(), Failure> {
    let mut folders = vec![(PathBuf::new(), 0)];
    while let Some((relative, depth)) = folders.pop() {
        let folder = data_dir.join(&relative);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Failure::file(&folder)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(Failure::file(&folder))?;
            let path = relative.join(entry.file_name());
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                return Err(Failure::file(&data_dir.join(&path))(io::Error::other("its name is not UTF-8")));
            };
            // The store of files writes beside, under a name with a `#`.
            if (depth == 0 && is_left_out(&name)) || name.starts_with('.') || name.contains('#') {
                continue;
            }
            // What a link leads to: keys and certificates may be kept elsewhere.
            match fs::metadata(entry.path()) {
                Ok(found) if found.is_dir() && depth < DEPTH => folders.push((path, depth + 1)),
                Ok(found) if found.is_file() => {
                    let text = path.to_str().unwrap_or_default();
                    add_file(writer, &format!("{FILES}{text}"), &entry.path(), progress)?;
                }
                // A row that is gone took its file along; sockets are no files.
                _ => {}
            }
        }
    }
    Ok(())
}

fn add_file(writer: &mut Writer, path: &str, file: &Path, progress: &Progress) -> Result<(), Failure> {
    progress.check()?;
    let opened = match File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.starts_with(FILES) => return Ok(()),
        Err(error) => return Err(Failure::file(file)(error)),
    };
    let found = opened.metadata().map_err(Failure::file(file))?;
    let mode = found.permissions().mode() & 0o777;
    let added = writer.add(path, mode, found.len(), Counting { inner: opened, progress });
    progress.check()?;
    added.map_err(Failure::file(file))
}

/// Digests and counts what is written.
struct Digesting {
    inner: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
}

impl Write for Digesting {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(buffer)?;
        self.digest.update(buffer.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
