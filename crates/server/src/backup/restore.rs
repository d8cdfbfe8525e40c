//! Putting a backup back. Everything is checked before anything is touched, prepared beside what is there, and then put
//! in place by renaming; the database of PostgreSQL is replaced in one transaction. A server does not start on a
//! directory where that was not finished.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, BufReader, Read},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use vigie_db::{
    Database, DbErr, Options,
    backup::{self, PostgresRestore, check_sqlite},
};
use vigie_kernel::{Act, Actor, AuditEntry, Timestamp};

use super::{
    ASIDE, BackupEngine, Counting, DATABASE, FILES, Failure, Manifest, NOTE, Passing, Progress, SQLITE_ENTRY,
    SQLITE_FILE, STAGE, UNFINISHED, Verified,
    archive::{self, ArchiveError, Totals, Visitor},
    is_database, is_left_out, need_space,
};
use crate::{
    config::Config,
    files::{DataDir, HeldByAnother, make_private_dir, read_if_there, write_file},
};

/// Space that is wanted beside what the backup holds, bytes.
const SLACK: u64 = 16 << 20;

/// A server that was put back.
#[derive(Debug, Clone)]
pub struct Restored {
    /// What the backup is of.
    pub manifest: Manifest,
    /// How much it held.
    pub totals: Totals,
    /// Where what was there before is now.
    pub aside: Option<PathBuf>,
    /// Whether the files belong to root and a server that runs as someone else could not read them.
    pub of_root: bool,
}

/// What the restored server writes to its audit trail when it first starts.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    at: Timestamp,
    file: String,
    created_at: Timestamp,
    version: String,
}

/// Whether a restore into this directory was begun and not finished.
pub fn unfinished(data_dir: &Path) -> bool {
    data_dir.join(UNFINISHED).exists()
}

/// Reads a backup from its beginning to its end and checks it whole: sizes, digests, paths, and whether this version
/// can restore it.
pub fn verify(from: &Path, progress: &Progress) -> Result<Verified, Failure> {
    let scratch = scratch(&std::env::temp_dir())?;
    let mut look = Look { manifest: None };
    let totals = pass(from, scratch, &mut look, progress)?;
    let manifest = look.manifest.ok_or(ArchiveError::NotABackup)?;
    Ok(Verified { manifest, totals })
}

/// Puts a backup into the data directory and the database of a configuration. A server that is there already is only
/// replaced when that is said. Call where blocking is allowed.
pub fn restore(
    config: &Config,
    from: &Path,
    replace: bool,
    now: Timestamp,
    progress: &Progress,
    handle: &Handle,
) -> Result<Restored, Failure> {
    let Verified { manifest, totals } = verify(from, progress)?;
    let here = BackupEngine::of(&config.database);
    if manifest.engine != here {
        let hint = match here {
            BackupEngine::Sqlite => "; name the database with --database",
            BackupEngine::PostgreSql => "",
        };
        return Err(Failure::WrongEngine { backup: manifest.engine, here, hint });
    }
    let dir = &config.data_dir;
    let made = !dir.exists();
    let refused = || -> Result<(), Failure> {
        if !replace && holds(dir).map_err(Failure::file(dir))? {
            return Err(Failure::Holds(dir.display().to_string()));
        }
        Ok(())
    };
    // Before the directory is touched, and again when nobody else can.
    refused()?;
    let held = DataDir::hold(dir).map_err(|error| match error.downcast::<HeldByAnother>() {
        Ok(held) => Failure::Held(held.to_string()),
        Err(error) => Failure::file(dir)(io::Error::other(format!("{error:#}"))),
    })?;
    refused()?;
    let owner = Owner::of(dir, made);
    need_space(dir, totals.bytes.saturating_add(SLACK))?;
    let stage = Stage::new(dir)?;
    let mut target = Target {
        stage: stage.0.clone(),
        manifest: &manifest,
        handle,
        database: match &config.database {
            Options::Sqlite(_) => None,
            Options::Postgres(url) => {
                Some(handle.block_on(PostgresRestore::begin(url, &manifest.migrations, replace, now))?)
            }
        },
    };
    let again = pass(from, scratch(dir)?, &mut target, progress)?;
    let database = target.database.take();
    if again != totals {
        return Err(ArchiveError::Damaged("it was changed meanwhile".to_owned()).into());
    }
    if database.is_none() && check_sqlite(&stage.0.join(SQLITE_FILE))? != manifest.migrations {
        return Err(
            ArchiveError::Damaged(format!("{SQLITE_ENTRY} has another schema than {}", archive::MANIFEST)).into()
        );
    }
    let note = Note {
        at: now,
        file: from.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        created_at: manifest.created_at,
        version: manifest.version.clone(),
    };
    let settle = || -> io::Result<()> {
        write_file(&stage.0.join(NOTE), &serde_json::to_vec(&note)?, 0o600)?;
        settle(&stage.0, &owner)?;
        owner.give(&dir.join("lock"))?;
        // From here on the directory is of no use until all is done.
        write_file(&dir.join(UNFINISHED), b"", 0o600)
    };
    settle().map_err(Failure::file(&stage.0))?;
    if let Some(database) = database
        && let Err(error) = handle.block_on(database.finish(&manifest.sequences))
    {
        let _ = fs::remove_file(dir.join(UNFINISHED));
        return Err(error.into());
    }
    let aside = put_in_place(dir, &stage.0, now, &owner).map_err(Failure::file(dir))?;
    drop(stage);
    drop(held);
    Ok(Restored { of_root: owner.is_root(), manifest, totals, aside })
}

/// The restored server's first act: its audit trail says that it was restored, and from what; whoever was signed in
/// at the time of the backup is not any more, and the nodes of that time are forgotten.
pub async fn tell_of_restore(db: &Database, data_dir: &Path, act: Act) -> anyhow::Result<()> {
    let path = data_dir.join(NOTE);
    let Some(text) = read_if_there(&path)? else { return Ok(()) };
    let note: Note = serde_json::from_slice(&text)?;
    db.write(move |tx| {
        Box::pin(async move {
            vigie_people::sessions::end_all(tx).await?;
            vigie_people::platform::nodes::forget_all(tx).await?;
            let detail = serde_json::json!({
                "restored_at": note.at,
                "file": note.file,
                "created_at": note.created_at,
                "version": note.version,
            });
            let actor = Actor::command_line();
            let entry = AuditEntry::new(act.at, &actor, "backup.restore", "backup").object(&note.file, &note.file);
            vigie_db::audit::append(tx, &*act.rng, entry.detail(detail));
            Ok::<_, DbErr>(())
        })
    })
    .await
    .map_err(|error: DbErr| anyhow::Error::from(error))?;
    fs::remove_file(&path)?;
    Ok(())
}

/// Reads the archive once.
fn pass<V: Visitor<Error = Failure>>(
    from: &Path,
    scratch: File,
    visitor: &mut V,
    progress: &Progress,
) -> Result<Totals, Failure> {
    let file = File::open(from).map_err(Failure::file(from))?;
    let found = file.metadata().map_err(Failure::file(from))?;
    if !found.is_file() {
        return Err(ArchiveError::NotABackup.into());
    }
    progress.begin(found.len());
    let read = archive::read(BufReader::with_capacity(256 << 10, Counting { inner: file, progress }), scratch, visitor);
    progress.check()?;
    read
}

/// A file for the passing list of entries, which nobody else sees.
fn scratch(folder: &Path) -> Result<File, Failure> {
    let path = Passing(folder.join(format!(".vigie-{}.contents", std::process::id())));
    let _ = fs::remove_file(&path.0);
    let opened = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path.0);
    opened.map_err(Failure::file(&path.0))
}

/// Whether there is more in a directory than what a restore leaves in its place.
fn holds(dir: &Path) -> io::Result<bool> {
    if unfinished(dir) {
        return Ok(true);
    }
    Ok(!to_set_aside(dir)?.is_empty())
}

/// What belongs to the server that is there.
fn to_set_aside(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        // Exports and imports belong to the rows that are replaced; a database is left out of backups as a file only.
        if !is_left_out(&name) || is_database(&name) || matches!(name.as_str(), "exports" | "imports" | NOTE) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Looks at the manifest only; the archive checks the rest.
struct Look {
    manifest: Option<Manifest>,
}

impl Visitor for Look {
    type Error = Failure;

    fn manifest(&mut self, text: &[u8]) -> Result<(), Failure> {
        let manifest = Manifest::read(text)?;
        backup::can_read(&manifest.migrations)?;
        self.manifest = Some(manifest);
        Ok(())
    }

    fn entry(&mut self, path: &str, _: u32, _: u64, _: &mut dyn Read) -> Result<(), Failure> {
        let manifest = self.manifest.as_ref().ok_or(ArchiveError::NotABackup)?;
        place(path, manifest).map(drop)
    }
}

/// Where an entry goes.
enum Place<'a> {
    File(&'a str),
    Database,
    Rows(&'a vigie_db::backup::Table),
}

fn place<'a>(path: &'a str, manifest: &'a Manifest) -> Result<Place<'a>, Failure> {
    let place = if let Some(file) = path.strip_prefix(FILES) {
        let top = file.split('/').next().unwrap_or_default();
        (!is_left_out(top) && top != STAGE).then_some(Place::File(file))
    } else if manifest.engine == BackupEngine::Sqlite {
        (path == SQLITE_ENTRY).then_some(Place::Database)
    } else {
        let table = path.strip_prefix(DATABASE).and_then(|it| it.split_once('/'));
        table.and_then(|(name, _)| manifest.tables.iter().find(|it| it.name == name)).map(Place::Rows)
    };
    Ok(place.ok_or_else(|| ArchiveError::UnsafePath(path.to_owned()))?)
}

/// Writes files beside those that are there, and rows into the transaction.
struct Target<'a> {
    stage: PathBuf,
    manifest: &'a Manifest,
    database: Option<PostgresRestore>,
    handle: &'a Handle,
}

impl Visitor for Target<'_> {
    type Error = Failure;

    fn manifest(&mut self, text: &[u8]) -> Result<(), Failure> {
        if Manifest::read(text)? != *self.manifest {
            return Err(ArchiveError::Damaged("it was changed meanwhile".to_owned()).into());
        }
        Ok(())
    }

    fn entry(&mut self, path: &str, mode: u32, _: u64, content: &mut dyn Read) -> Result<(), Failure> {
        match place(path, self.manifest)? {
            Place::File(file) => write(&self.stage.join(file), mode, content),
            Place::Database => write(&self.stage.join(SQLITE_FILE), 0o600, content),
            Place::Rows(table) => {
                let database = self.database.as_mut().ok_or(ArchiveError::NotABackup)?;
                let mut filling = self.handle.block_on(database.fill(table))?;
                let mut piece = vec![0; 256 << 10];
                loop {
                    match content.read(&mut piece) {
                        Ok(0) => break,
                        Ok(count) => {
                            self.handle.block_on(filling.piece(piece.get(..count).unwrap_or_default()))?;
                        }
                        Err(error) => {
                            self.handle.block_on(filling.give_up());
                            return Err(ArchiveError::Io(error).into());
                        }
                    }
                }
                self.handle.block_on(filling.done())?;
                Ok(())
            }
        }
    }
}

/// A new file; one that is there already is an entry that came twice.
fn write(path: &Path, mode: u32, content: &mut dyn Read) -> Result<(), Failure> {
    let mut write = || {
        make_private_dir(path.parent().unwrap_or(path))?;
        // Readable for others where it was, writable for nobody else.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        io::copy(content, &mut file)?;
        file.set_permissions(Permissions::from_mode((mode & 0o755) | 0o600))?;
        file.sync_all()
    };
    write().map_err(Failure::file(path))
}

/// The folder in which a restore is prepared; what is left in it goes with it.
struct Stage(PathBuf);

impl Stage {
    fn new(dir: &Path) -> Result<Self, Failure> {
        let path = dir.join(STAGE);
        let make = || {
            match fs::remove_dir_all(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            DirBuilder::new().mode(0o700).create(&path)
        };
        make().map_err(Failure::file(&path))?;
        Ok(Self(path))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whose the files are to be: the data directory's owner, where root restores for them.
struct Owner {
    uid: u32,
    gid: u32,
    give: bool,
    of_root: bool,
}

impl Owner {
    fn of(dir: &Path, made: bool) -> Self {
        let root = nix_is_root();
        let found = fs::metadata(dir).map(|it| (it.uid(), it.gid())).unwrap_or_default();
        let give = root && !made && found.0 != 0;
        Self { uid: found.0, gid: found.1, give, of_root: root && !give }
    }

    fn is_root(&self) -> bool {
        self.of_root
    }

    fn give(&self, path: &Path) -> io::Result<()> {
        if self.give { std::os::unix::fs::lchown(path, Some(self.uid), Some(self.gid)) } else { Ok(()) }
    }
}

fn nix_is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0)
}

/// Owners, and every folder durable; the files are already.
fn settle(folder: &Path, owner: &Owner) -> io::Result<()> {
    owner.give(folder)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            settle(&entry.path(), owner)?;
        } else {
            owner.give(&entry.path())?;
        }
    }
    File::open(folder)?.sync_all()
}

/// What is there goes aside, what was prepared takes its place. Answers where the former is now.
fn put_in_place(dir: &Path, stage: &Path, now: Timestamp, owner: &Owner) -> io::Result<Option<PathBuf>> {
    let old = to_set_aside(dir)?;
    let aside = dir.join(format!("{ASIDE}{}", now.seconds()));
    if !old.is_empty() {
        make_private_dir(&aside)?;
        owner.give(&aside)?;
        for name in &old {
            fs::rename(dir.join(name), aside.join(name))?;
        }
        File::open(&aside)?.sync_all()?;
    }
    for entry in fs::read_dir(stage)? {
        let entry = entry?;
        fs::rename(entry.path(), dir.join(entry.file_name()))?;
    }
    File::open(dir)?.sync_all()?;
    fs::remove_file(dir.join(UNFINISHED))?;
    File::open(dir)?.sync_all()?;
    Ok((!old.is_empty()).then_some(aside))
}
