//! The log: standard error, which systemd's journal takes, and a file that is rotated by size. Secrets never reach it:
//! they are of a type that does not show itself.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Mutex,
};

use log::{LevelFilter, Log, Metadata, Record};
use vigie_kernel::{Clock as _, SystemClock};

use crate::files;

/// Size at which the file is put aside, bytes.
const MAX_SIZE: u64 = 2 << 20;
/// How many files are kept beside the present one.
const KEPT: usize = 4;

/// Starts the log. A folder that cannot be written to is told and left out: the journal still has everything.
pub fn start(folder: Option<&Path>, verbose: bool) {
    let file = folder.and_then(|folder| match Rotated::open(folder, MAX_SIZE) {
        Ok(file) => Some(file),
        Err(error) => {
            eprintln!("no log in {}: {error}", folder.display());
            None
        }
    });
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let logger = Logger { file: file.map(Mutex::new), journal };
    // A second start, in tests, keeps the first.
    if log::set_boxed_logger(Box::new(logger)).is_ok() {
        log::set_max_level(if verbose { LevelFilter::Debug } else { LevelFilter::Info });
    }
}

struct Logger {
    file: Option<Mutex<Rotated>>,
    journal: bool,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Libraries' own lines may hold headers.
        metadata.target().starts_with("vigie")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let words = record.args().to_string().replace(['\n', '\r'], " ");
        let level = record.level();
        if self.journal {
            // sd-daemon(3): the priority in brackets; the journal has the time.
            let priority = match level {
                log::Level::Error => 3,
                log::Level::Warn => 4,
                log::Level::Info => 6,
                log::Level::Debug | log::Level::Trace => 7,
            };
            eprintln!("<{priority}>{words}");
        } else {
            eprintln!("{level:<5} {words}");
        }
        if let Some(Ok(mut file)) = self.file.as_ref().map(Mutex::lock) {
            // A full disk must not end the agent; the journal still has the line.
            let _ = file.write(&format!("{} {level:<5} {words}\n", SystemClock.now()));
        }
    }

    fn flush(&self) {}
}

/// A file that begins anew when it is large, the former ones beside it as `agent.log.1` …
struct Rotated {
    path: PathBuf,
    file: File,
    size: u64,
    max_size: u64,
}

impl Rotated {
    fn open(folder: &Path, max_size: u64) -> io::Result<Self> {
        files::create_private_folder(folder)?;
        let path = folder.join("agent.log");
        let file = append(&path)?;
        let size = file.metadata()?.len();
        Ok(Self { path, file, size, max_size })
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        if self.size > 0 && self.size + line.len() as u64 > self.max_size {
            for number in (1..KEPT).rev() {
                // One that is not there yet has nothing to move.
                let _ = fs::rename(self.numbered(number), self.numbered(number + 1));
            }
            fs::rename(&self.path, self.numbered(1))?;
            self.file = append(&self.path)?;
            self.size = 0;
        }
        self.file.write_all(line.as_bytes())?;
        self.size += line.len() as u64;
        Ok(())
    }

    fn numbered(&self, number: usize) -> PathBuf {
        self.path.with_extension(format!("log.{number}"))
    }
}

fn append(path: &Path) -> io::Result<File> {
    files::private(OpenOptions::new().create(true).append(true)).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_rotated_and_only_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Rotated::open(folder.path(), 20).unwrap();
        for number in 0..10 {
            log.write(&format!("line number {number:03}\n")).unwrap();
        }
        let mut names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["agent.log", "agent.log.1", "agent.log.2", "agent.log.3", "agent.log.4"]);
        assert_eq!(fs::read_to_string(folder.path().join("agent.log")).unwrap(), "line number 009\n");
        assert_eq!(fs::read_to_string(folder.path().join("agent.log.4")).unwrap(), "line number 005\n");
    }
}
