//! The backups that the server keeps itself, in `DIR/backups` of the node that made them: one is made at a time.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::Timestamp;

use super::{BackupEngine, FOLDER, Failure, Manifest, Progress, archive};
use crate::files::make_private_dir;

/// Most backups that are listed.
const MOST: usize = 1000;

/// What a backup of the server's own is called: when it was begun, and whether nobody asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileName {
    /// When it was begun, whole seconds since 1970.
    seconds: i64,
    /// Whether the server made it by itself.
    pub automatic: bool,
}

impl FileName {
    /// Of a backup that is begun now.
    pub const fn new(now: Timestamp, automatic: bool) -> Self {
        Self { seconds: now.seconds(), automatic }
    }

    /// When it was begun.
    pub const fn created_at(self) -> Timestamp {
        Timestamp::from_millis(self.seconds.saturating_mul(1000))
    }

    /// Reads an id; none where it is no backup's.
    pub fn of_id(id: &str) -> Option<Self> {
        let (time, automatic) = match id.strip_suffix("-automatic") {
            Some(time) => (time, true),
            None => (id, false),
        };
        let digits =
            |from: usize, to: usize| time.get(from..to).filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
        let (date, hour) = (digits(0, 8)?, digits(9, 15)?);
        if time.len() != 16 || time.get(8..9) != Some("T") || time.get(15..) != Some("Z") {
            return None;
        }
        let (year, month, day) = (date.get(..4)?, date.get(4..6)?, date.get(6..)?);
        let (hours, minutes, seconds) = (hour.get(..2)?, hour.get(2..4)?, hour.get(4..)?);
        let text = format!("{year}-{month}-{day}T{hours}:{minutes}:{seconds}Z");
        let seconds = text.parse::<Timestamp>().ok()?.seconds();
        Some(Self { seconds, automatic }).filter(|it| it.id() == id)
    }

    /// `20260131T083000Z`, or with `-automatic` at its end.
    pub fn id(self) -> String {
        let text: String = self.created_at().to_string().chars().filter(|it| !matches!(it, '-' | ':')).collect();
        format!("{text}{}", if self.automatic { "-automatic" } else { "" })
    }

    /// The file's name.
    pub fn file(self) -> String {
        format!("vigie-{}.tar.zst", self.id())
    }
}

/// A backup that is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Kept {
    /// Id.
    pub id: String,
    /// The file's name.
    pub file: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Whether the server made it by itself.
    pub automatic: bool,
    /// Size, bytes.
    pub bytes: u64,
    /// The version of the server that made it; null: its beginning cannot be read.
    pub version: Option<String>,
    /// The database's engine.
    pub engine: Option<BackupEngine>,
}

/// How the last one ended that was begun since the start.
#[derive(Debug, Clone, Default)]
pub struct Last {
    /// What went wrong; none: nothing.
    pub error: Option<String>,
}

#[derive(Debug, Default)]
struct Doing {
    running: Option<(FileName, Progress)>,
    last: Option<Last>,
}

/// The folder, and the one that is being made. Cheap to clone.
#[derive(Debug, Clone)]
pub struct KeptBackups {
    folder: Arc<Path>,
    doing: Arc<Mutex<Doing>>,
}

impl KeptBackups {
    /// In `data_dir/backups`.
    pub fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join(FOLDER).into(), doing: Arc::default() }
    }

    fn doing(&self) -> MutexGuard<'_, Doing> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that is being made.
    pub fn running(&self) -> Option<(FileName, Progress)> {
        self.doing().running.clone()
    }

    /// How the last one ended.
    pub fn last(&self) -> Option<Last> {
        self.doing().last.clone()
    }

    /// Begins one; none: another is being made.
    pub fn begin(&self, name: FileName) -> Result<Option<Progress>, Failure> {
        make_private_dir(&self.folder).map_err(Failure::file(&self.folder))?;
        let mut doing = self.doing();
        if doing.running.is_some() {
            return Ok(None);
        }
        let progress = Progress::default();
        doing.running = Some((name, progress.clone()));
        Ok(Some(progress))
    }

    /// Ends it.
    pub fn end(&self, error: Option<String>) {
        let mut doing = self.doing();
        doing.running = None;
        doing.last = Some(Last { error });
    }

    /// Where the file of a backup is, or will be.
    pub fn path(&self, name: FileName) -> PathBuf {
        self.folder.join(name.file())
    }

    /// The files that are there, newest first.
    pub fn names(&self) -> io::Result<Vec<FileName>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let id = name.to_str().and_then(|it| it.strip_prefix("vigie-")?.strip_suffix(".tar.zst"));
            names.extend(id.and_then(FileName::of_id));
        }
        names.sort_unstable_by(|one, other| other.cmp(one));
        names.truncate(MOST);
        Ok(names)
    }

    /// The same with what they are. Reads the beginning of each: call where blocking is allowed.
    pub fn list(&self) -> io::Result<Vec<Kept>> {
        let names = self.names()?;
        Ok(names.into_iter().filter_map(|name| self.look(name).ok().flatten()).collect())
    }

    /// One backup; none where there is no such file.
    pub fn look(&self, name: FileName) -> io::Result<Option<Kept>> {
        let file = match File::open(self.path(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let bytes = file.metadata()?.len();
        let manifest = archive::first(file).ok().and_then(|text| Manifest::read(&text).ok());
        Ok(Some(Kept {
            id: name.id(),
            file: name.file(),
            created_at: name.created_at(),
            automatic: name.automatic,
            bytes,
            version: manifest.as_ref().map(|it| it.version.clone()),
            engine: manifest.map(|it| it.engine),
        }))
    }

    /// Removes one. False: there is none of that name.
    pub fn delete(&self, name: FileName) -> io::Result<bool> {
        match fs::remove_file(self.path(name)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes what a server that was killed left half-made.
    pub fn sweep(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(".vigie-") {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}
