//! Writing the log's files: one for each day, `2026-01-31.0001.jsonl`, the next number when one grows large. Old ones go
//! by their age, and the oldest ones when all together grow large.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    sync::{
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;
use vigie_kernel::{Clock as _, SystemClock, Timestamp};

use super::Logs;
use crate::files::make_private_dir;

/// Longest line, bytes; a longer one is lost.
pub(super) const LONGEST: usize = 64 << 10;
/// When a file has so many bytes, the next one is begun.
const FILE: u64 = 32 << 20;
/// Most bytes of all files.
const TOTAL: u64 = 1 << 30;
/// How often old files are looked for where nothing is written.
const SWEEP_EVERY: Duration = Duration::from_hours(1);
/// What the names of files end with.
pub(super) const ENDING: &str = ".jsonl";

/// Hands lines to the thread that writes files.
#[derive(Debug, Clone)]
pub(crate) struct Lines(pub(crate) Logs);

impl Write for Lines {
    // `tracing` hands over whole lines.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.take(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The day in the names of files: `2026-01-31`.
pub(super) fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

pub(super) struct Files {
    folder: PathBuf,
    open: Option<Open>,
}

struct Open {
    day: String,
    bytes: u64,
    file: BufWriter<File>,
}

impl Files {
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self { folder, open: None }
    }

    /// Writes until nobody can send any more.
    pub(super) fn run(mut self, queue: &Receiver<Vec<u8>>, logs: &Logs) {
        self.sweep(SystemClock.now(), logs.days());
        loop {
            let next = queue.try_recv().or_else(|_| {
                // Nothing waits: what was written is for readers to see.
                if self.open.as_mut().is_some_and(|it| it.file.flush().is_err()) {
                    self.failed(logs);
                }
                queue.recv_timeout(SWEEP_EVERY)
            });
            let line = match next {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => {
                    self.sweep(SystemClock.now(), logs.days());
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if self.line(&line, SystemClock.now(), logs.days()).is_err() {
                self.failed(logs);
            }
        }
    }

    fn failed(&mut self, logs: &Logs) {
        self.open = None;
        logs.0.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn line(&mut self, line: &[u8], now: Timestamp, days: u32) -> io::Result<()> {
        let today = day(now);
        if self.open.as_ref().is_none_or(|it| it.day != today || it.bytes >= FILE) {
            if let Some(mut former) = self.open.take() {
                former.file.flush()?;
            }
            self.sweep(now, days);
            self.open = Some(self.next(today)?);
        }
        if let Some(open) = &mut self.open {
            open.file.write_all(line)?;
            open.bytes += line.len() as u64;
        }
        Ok(())
    }

    /// The day's last file where there is room in it, else its next.
    fn next(&self, day: String) -> io::Result<Open> {
        make_private_dir(&self.folder)?;
        let last = names(&self.folder)?.into_iter().rev().find(|it| it.starts_with(&day));
        let last = last.and_then(|it| it.get(11..)?.strip_suffix(ENDING)?.parse().ok()).unwrap_or(1_u32);
        for number in last.. {
            let path = self.folder.join(format!("{day}.{number:04}{ENDING}"));
            let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
            let bytes = file.metadata()?.len();
            if bytes < FILE {
                return Ok(Open { day, bytes, file: BufWriter::new(file) });
            }
        }
        Err(io::Error::other("no number is left"))
    }

    /// Takes away what is past its time or too much.
    pub(super) fn sweep(&self, now: Timestamp, days: u32) {
        let oldest = day(now.minus(Duration::from_hours(24 * u64::from(days))));
        let mut room = TOTAL;
        for name in names(&self.folder).unwrap_or_default().into_iter().rev() {
            let path = self.folder.join(&name);
            let bytes = fs::metadata(&path).map_or(0, |it| it.len());
            if name < oldest || bytes > room {
                room = 0;
                let _ = fs::remove_file(&path);
            } else {
                room -= bytes;
            }
        }
    }
}

/// The log's files, oldest first.
pub(super) fn names(folder: &std::path::Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if is_name(&name) {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// `2026-01-31.0001.jsonl`, and nothing that leads elsewhere.
pub(super) fn is_name(name: &str) -> bool {
    name.strip_suffix(ENDING).is_some_and(|it| {
        (15..=20).contains(&it.len())
            && it.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                10 => byte == b'.',
                _ => byte.is_ascii_digit(),
            })
    })
}
