//! How often something stands in a log: a file that is followed, or a unit's part of systemd's journal.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use regex_lite::Regex;
use serde::{Deserialize, Serialize};
use vigie_kernel::{Clock as _, SystemClock, Timestamp};

use super::{Means, PATIENCE};
use crate::alerts::state::{Is, Seen};

/// Most that is read of a file in one look, bytes.
const PIECE: u64 = 1 << 20;
/// What is further behind is passed over, bytes.
const BEHIND: u64 = 8 << 20;
/// Most lines of the journal in one look, and most bytes of them.
const LINES: &str = "--lines=5000";
const JOURNAL: usize = 1 << 20;
/// A file that was not written for so long is not where the log is written.
const STALE: Duration = Duration::from_hours(24);
/// What was written while nobody looked for less than this counts.
const SHORT: Duration = Duration::from_mins(10);
/// How many looks with matches are known at most: as many as there can be in a day.
const LOOKS: usize = 17_280;

/// What is looked for, and where.
#[derive(Debug, Clone)]
pub(crate) struct What {
    pub(crate) file: Option<PathBuf>,
    pub(crate) journal: Option<String>,
    pub(crate) pattern: Regex,
    pub(crate) within: Duration,
    pub(crate) every: Duration,
}

impl What {
    fn target(&self) -> String {
        let file = self.file.as_ref().map(|path| path.display().to_string());
        format!("{} {}", file.unwrap_or_default(), self.journal.as_deref().unwrap_or_default())
    }
}

/// What was read already. It outlives the process, so that nothing counts twice or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memory {
    /// Of which log this is.
    of: String,
    /// When the last look was.
    pub(crate) at: Timestamp,
    file: Option<Place>,
    cursor: Option<String>,
    /// When, and how often.
    pub(crate) matches: VecDeque<(Timestamp, u32)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    inode: u64,
    offset: u64,
}

impl Memory {
    /// For a look that counts what stands there already: to try a condition.
    pub(crate) fn of_the_past() -> Self {
        Self { file: Some(Place { inode: 0, offset: 0 }), ..Self::default() }
    }

    fn count(&mut self, new: u32, now: Timestamp, within: Duration) -> u32 {
        if new > 0 {
            self.matches.push_back((now, new));
        }
        // A clock that was set back leaves times behind that have not come yet.
        let (from, to) = (now.minus(within), now);
        self.matches.retain(|(at, _)| (from..=to).contains(at));
        while self.matches.len() > LOOKS {
            self.matches.pop_front();
        }
        self.matches.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }
}

pub(super) async fn look(what: What, memory: Option<Memory>, means: &Means) -> (Seen, Memory) {
    let mut memory = memory.unwrap_or_default();
    let now = SystemClock.now();
    let of = what.target();
    if memory.of != of {
        // Another log: what stands there already is not new.
        let file = memory.file.filter(|place| place.inode == 0);
        memory = Memory { of, file, ..Memory::default() };
    }
    let is_try = memory.file.as_ref().is_some_and(|place| place.inode == 0);
    // What was written while nobody looked for long has no time: it must not count as if it were now.
    let missed = (2 * what.every).max(what.within).max(SHORT);
    if !is_try && now.since(memory.at) > missed {
        (memory.file, memory.cursor) = (None, None);
    }
    memory.at = now;
    let path = what.file.clone().filter(|path| what.journal.is_none() || is_written(path, now));
    let read = match (path, &what.journal) {
        (Some(path), _) => {
            let (place, pattern) = (memory.file.take(), what.pattern.clone());
            let read = means.read(move || {
                let words = |error: io::Error| format!("{}: {error}", path.display());
                follow(&path, place, &pattern).map_err(words)
            });
            read.await.map(|(place, count)| {
                memory.file = place;
                count
            })
        }
        (None, Some(unit)) => {
            let read = journal(unit, memory.cursor.take(), &what.pattern, is_try, means).await;
            read.map(|(cursor, count)| {
                memory.cursor = cursor;
                count
            })
        }
        (None, None) => Ok(0),
    };
    let fault = read.as_ref().err().cloned();
    let count = memory.count(read.unwrap_or(0), now, what.within);
    let minutes = what.within.as_secs().div_ceil(60);
    let mut seen = Seen::one(Is::Measured(count.into()), format!("{count} within {minutes} min"));
    seen.fault = fault;
    (seen, memory)
}

fn is_written(path: &Path, now: Timestamp) -> bool {
    // A file of the future was written, too.
    path.metadata().and_then(|it| it.modified()).is_ok_and(|at| {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |it| it.as_millis());
        now.since(Timestamp::from_millis(i64::try_from(since).unwrap_or(i64::MAX))) < STALE
    })
}

/// Reads on from where it was; from the end where nothing was read yet. A file that is not there has nothing.
fn follow(path: &Path, place: Option<Place>, pattern: &Regex) -> io::Result<(Option<Place>, u32)> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // What is there next time is new from its beginning.
            return Ok((Some(Place { inode: u64::MAX, offset: 0 }), 0));
        }
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not a file"));
    }
    let (inode, length) = (inode(&metadata), metadata.len());
    let mut count = 0;
    let from = match place {
        None => length,
        Some(place) if place.inode == 0 => length.saturating_sub(PIECE),
        Some(place) if place.inode == inode && place.offset <= length => place.offset,
        Some(place) if place.inode == inode => 0,
        // Rotated: its end is in the file that was put aside.
        Some(place) => {
            let mut aside = path.as_os_str().to_owned();
            aside.push(".1");
            if let Ok(mut aside) = File::open(&aside)
                && aside.metadata().is_ok_and(|it| self::inode(&it) == place.inode)
            {
                count = read_on(&mut aside, place.offset, pattern)?.1;
            }
            0
        }
    };
    let from = if length - from.min(length) > BEHIND { length - PIECE } else { from };
    let (offset, more) = read_on(&mut file, from, pattern)?;
    Ok((Some(Place { inode, offset }), count + more))
}

/// Counts lines from there, whole ones only; how far it came.
fn read_on(file: &mut File, from: u64, pattern: &Regex) -> io::Result<(u64, u32)> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(PIECE).read_to_end(&mut bytes)?;
    let whole = match memchr::memrchr(b'\n', &bytes) {
        Some(end) => end + 1,
        // A line that never ends is none.
        None if bytes.len() as u64 == PIECE => bytes.len(),
        None => 0,
    };
    Ok((from + whole as u64, matches(&bytes[..whole], pattern)))
}

fn matches(bytes: &[u8], pattern: &Regex) -> u32 {
    let text = String::from_utf8_lossy(bytes);
    let count = text.lines().filter(|line| pattern.is_match(line)).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(unix)]
fn inode(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

/// Files have no number here; one that was replaced is told by its length.
#[cfg(not(unix))]
const fn inode(_: &std::fs::Metadata) -> u64 {
    1
}

/// The messages of a unit since the cursor; without one, nothing but where the end is.
async fn journal(
    unit: &str,
    cursor: Option<String>,
    pattern: &Regex,
    is_try: bool,
    means: &Means,
) -> Result<(Option<String>, u32), String> {
    let unit = format!("--unit={unit}");
    let mut argv = vec!["journalctl", "--quiet", "--no-pager", "--output=cat", "--show-cursor", &unit];
    let after = cursor.as_ref().map(|cursor| format!("--after-cursor={cursor}"));
    argv.push(if after.is_some() || is_try { LINES } else { "--lines=0" });
    argv.extend(after.as_deref());
    let said = means.run(&argv, JOURNAL, PATIENCE).await?;
    if said.code != Some(0) {
        return Err(format!("journalctl: {}", said.how()));
    }
    let text = said.text();
    let next = text.lines().rev().find_map(|line| line.strip_prefix("-- cursor: ")).map(str::to_owned);
    // Without any message there is no end; where there was too much, it begins again at the end.
    let next = next.or(cursor.filter(|_| said.out.len() < JOURNAL));
    Ok((next, matches(&said.out, pattern)))
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _};

    use super::*;

    fn add(path: &Path, text: &str) {
        fs::OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_followed_over_its_rotation_and_truncation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.log");
        let pattern = Regex::new("Failed").unwrap();
        let mut place = None;
        let mut count = || {
            let (next, count) = follow(&path, place.take(), &pattern).unwrap();
            place = next;
            count
        };
        assert_eq!(count(), 0, "it is not there yet");
        add(&path, "Failed 1\nwell\n");
        assert_eq!(count(), 1, "what is new is read from its beginning");
        add(&path, "Failed 2\nFai");
        assert_eq!(count(), 1);
        add(&path, "led 3\n");
        assert_eq!(count(), 1, "a line counts when it is whole");
        add(&path, "Failed 4\n");
        fs::rename(&path, folder.path().join("auth.log.1")).unwrap();
        add(&path, "Failed 5\n");
        assert_eq!(count(), 2, "with what was written before it was put aside");
        fs::write(&path, "").unwrap();
        assert_eq!(count(), 0);
        add(&path, "Failed 6\n");
        assert_eq!(count(), 1);
        assert_eq!(follow(&path, None, &pattern).unwrap().1, 0, "at first from the end");
        add(&path, &"x".repeat(2 << 20));
        assert_eq!((count(), count(), count()), (0, 0, 0));
        add(&path, "\nFailed 7\n");
        assert_eq!(count(), 1);
        add(&path, &format!("{}\nFailed 8\n", "y".repeat(9 << 20)));
        assert_eq!(count(), 1, "what is far behind is passed over");
        assert!(follow(folder.path(), None, &pattern).is_err());
    }

    #[tokio::test]
    async fn another_log_is_read_from_its_end_and_a_restart_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let means = Means::default();
        let what = |path: &Path| What {
            file: Some(path.to_owned()),
            journal: None,
            pattern: Regex::new("Failed").unwrap(),
            within: Duration::from_mins(10),
            every: Duration::from_mins(1),
        };
        add(&one, "Failed\n");
        add(&two, "Failed\nFailed\n");
        let (seen, memory) = look(what(&one), None, &means).await;
        assert_eq!(seen.findings[0].is, Is::Measured(0.0));
        add(&one, "Failed\n");
        let kept = serde_json::to_string(&memory).unwrap();
        let (seen, memory) = look(what(&one), serde_json::from_str(&kept).unwrap(), &means).await;
        assert_eq!(seen.findings[0].is, Is::Measured(1.0));
        let (seen, _) = look(what(&two), Some(memory), &means).await;
        assert_eq!(seen.findings[0].is, Is::Measured(0.0), "of another one, nothing is known");
        let (seen, _) = look(what(&two), Some(Memory::of_the_past()), &means).await;
        assert_eq!(seen.findings[0].is, Is::Measured(2.0), "to try it");
    }

    #[test]
    fn what_is_long_ago_counts_no_more() {
        let (mut memory, within) = (Memory::default(), Duration::from_mins(10));
        let at = |minutes: u64| Timestamp::from_millis(1_700_000_000_000).plus(Duration::from_mins(minutes));
        assert_eq!(memory.count(2, at(0), within), 2);
        assert_eq!(memory.count(3, at(9), within), 5);
        assert_eq!(memory.count(0, at(11), within), 3);
        assert_eq!(memory.count(0, at(20), within), 0);
        memory.count(1, at(50), within);
        assert_eq!(memory.count(0, at(40), within), 0, "the clock was set back");
    }
}
