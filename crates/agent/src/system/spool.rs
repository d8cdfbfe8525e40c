//! The spool on the disk: a file to which each note is added and made durable before it counts as taken down. Its first
//! line is the spool as it was, each line after it what happened since; it is written anew when it has grown.

use std::{
    fs::{File, OpenOptions},
    io::{self, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use vigie_kernel::{Rng, Timestamp};
use vigie_wire::link::{
    agent::{MOST_KEPT, Spool},
    message::NoteBody,
};

use crate::files;

/// Longest file that is read, bytes. What fits into the spool is far less.
const MAX_FILE: u64 = 256 << 20;
/// How much is added before the file is written anew, beyond twice what it began with.
const SPARE: u64 = 64 << 10;

/// The spool, and the file that keeps it.
#[derive(Debug)]
pub(crate) struct DiskSpool {
    path: PathBuf,
    file: File,
    /// Of the first line, bytes.
    base: u64,
    length: u64,
    spool: Spool,
    /// Notes that were not stored had to go.
    is_lossy: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Note { at: Timestamp, body: Box<NoteBody> },
    Stored(u64),
}

impl DiskSpool {
    /// Opens it, making it when needed. A damaged one is put aside: the server then hears of another.
    pub(crate) fn open(path: &Path, rng: &dyn Rng) -> io::Result<Self> {
        let spool = match files::read_bounded(path, MAX_FILE) {
            Ok(content) => {
                if let Some(spool) = replay(&content) {
                    spool
                } else {
                    log::error!("{} is damaged and is put aside: its notes are lost", path.display());
                    files::replace(path, &path.with_extension("damaged"))?;
                    Spool::new(rng.next_u64())
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Spool::new(rng.next_u64()),
            Err(error) => return Err(error),
        };
        // Written anew at each start: what a crash tore off is gone from the file, too.
        let (file, length) = begin(path, &spool)?;
        let is_lossy = spool.kept().count() == MOST_KEPT;
        Ok(Self { path: path.to_owned(), file, base: length, length, spool, is_lossy })
    }

    /// The notes.
    pub(crate) const fn notes(&self) -> &Spool {
        &self.spool
    }

    /// For the link, which lets go of what is stored; tell it with [`Self::stored`].
    pub(crate) const fn notes_mut(&mut self) -> &mut Spool {
        &mut self.spool
    }

    /// Takes something down, durably.
    pub(crate) fn add(&mut self, at: Timestamp, body: NoteBody) -> io::Result<()> {
        let line = Line::Note { at, body: Box::new(body) };
        if let Err(error) = self.append(&line).and_then(|()| self.file.sync_data()) {
            // A half line would spoil what is written behind it.
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length = self.file.stream_position()?;
        self.is_lossy |= self.spool.kept().count() == MOST_KEPT;
        if let Line::Note { at, body } = line {
            self.spool.add(at, *body);
        }
        self.tidy()
    }

    /// The server stored everything up to this note. If a crash forgets it, the note is said once more.
    pub(crate) fn stored(&mut self, sequence: u64) -> io::Result<()> {
        self.spool.stored(sequence);
        self.append(&Line::Stored(sequence))?;
        self.length = self.file.stream_position()?;
        self.tidy()
    }

    /// Whether notes went that were not stored, once there is room for so many to be said again: a note that goes while
    /// the link says those behind it would end the link.
    pub(crate) fn has_lost(&mut self, room: usize) -> bool {
        let is_time = self.is_lossy && self.spool.kept().count() + room <= MOST_KEPT;
        self.is_lossy &= !is_time;
        is_time
    }

    /// Goes on with the same notes as another spool.
    pub(crate) fn begin_anew(&mut self, rng: &dyn Rng) -> io::Result<()> {
        self.replace(self.spool.clone().begun_anew(rng.next_u64()))
    }

    /// Lets go of everything and begins another spool.
    pub(crate) fn clear(&mut self, rng: &dyn Rng) -> io::Result<()> {
        self.replace(Spool::new(rng.next_u64()))
    }

    fn append(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.seek(io::SeekFrom::Start(self.length))?;
        self.file.write_all(&text)
    }

    fn tidy(&mut self) -> io::Result<()> {
        if self.length < 2 * self.base + SPARE { Ok(()) } else { self.replace(self.spool.clone()) }
    }

    fn replace(&mut self, spool: Spool) -> io::Result<()> {
        (self.file, self.length) = begin(&self.path, &spool)?;
        self.base = self.length;
        self.spool = spool;
        Ok(())
    }
}

fn begin(path: &Path, spool: &Spool) -> io::Result<(File, u64)> {
    let mut content = serde_json::to_vec(spool)?;
    content.push(b'\n');
    files::write_atomic(path, &content)?;
    let file = OpenOptions::new().write(true).open(path)?;
    Ok((file, content.len() as u64))
}

/// How many notes wait, for showing it; none: there is no spool.
pub(crate) fn waiting(path: &Path) -> io::Result<Option<usize>> {
    match files::read_bounded(path, MAX_FILE) {
        Ok(content) => Ok(replay(&content).map(|spool| spool.kept().count())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the file says; none when it is damaged elsewhere than at its end.
fn replay(content: &[u8]) -> Option<Spool> {
    // A line that a crash tore off was not taken down.
    let whole = &content[..=memchr::memrchr(b'\n', content)?];
    let mut lines = whole.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut spool: Spool = serde_json::from_slice(lines.next()?).ok()?;
    for line in lines {
        match serde_json::from_slice(line).ok()? {
            Line::Note { at, body } => drop(spool.add(at, *body)),
            Line::Stored(sequence) => drop(spool.stored(sequence)),
        }
    }
    Some(spool)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use vigie_kernel::random::SequenceRng;
    use vigie_wire::link::message::About;

    use super::*;

    fn note(name: &str) -> NoteBody {
        NoteBody::About(About { name: name.to_owned(), ..About::default() })
    }

    fn numbers(spool: &DiskSpool) -> Vec<u64> {
        spool.notes().kept().map(|note| note.sequence).collect()
    }

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn what_went_is_to_be_said_again_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spool.log");
        let mut full = Spool::new(7);
        for _ in 0..MOST_KEPT {
            full.add(NOW, note("a"));
        }
        drop(begin(&path, &full).unwrap());
        let mut spool = DiskSpool::open(&path, &SequenceRng::new(1)).unwrap();
        spool.add(NOW, note("b")).unwrap();
        assert!(!spool.has_lost(100), "it would push others out");
        spool.stored(101).unwrap();
        assert!(spool.has_lost(100));
        assert!(!spool.has_lost(100), "that was said");
    }

    #[test]
    fn what_was_taken_down_is_there_after_a_crash_and_numbers_are_never_used_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spool.log");
        let rng = SequenceRng::new(1);
        let mut spool = DiskSpool::open(&path, &rng).unwrap();
        for name in ["a", "b", "c"] {
            spool.add(NOW, note(name)).unwrap();
        }
        spool.stored(2).unwrap();
        let id = serde_json::to_value(spool.notes()).unwrap()["id"].clone();
        drop(spool);
        // Torn off in the middle of a line.
        let mut content = fs::read(&path).unwrap();
        content.extend_from_slice(b"{\"note\":{\"at\":\"2027-");
        fs::write(&path, content).unwrap();
        let mut spool = DiskSpool::open(&path, &rng).unwrap();
        assert_eq!(numbers(&spool), [3]);
        spool.stored(3).unwrap();
        drop(spool);
        let mut spool = DiskSpool::open(&path, &rng).unwrap();
        spool.add(NOW, note("d")).unwrap();
        assert_eq!(numbers(&spool), [4]);
        assert_eq!(serde_json::to_value(spool.notes()).unwrap()["id"], id, "the same spool");
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_written_anew_before_it_is_large() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spool.log");
        let mut spool = DiskSpool::open(&path, &SequenceRng::new(1)).unwrap();
        for number in 1..=600 {
            spool.add(NOW, note("x")).unwrap();
            spool.stored(number).unwrap();
        }
        assert!(fs::metadata(&path).unwrap().len() < 2 * SPARE);
        drop(spool);
        let mut spool = DiskSpool::open(&path, &SequenceRng::new(2)).unwrap();
        spool.add(NOW, note("y")).unwrap();
        assert_eq!(numbers(&spool), [601]);
        spool.begin_anew(&SequenceRng::new(3)).unwrap();
        assert_eq!(numbers(&spool), [1], "another spool numbers from 1");
    }

    #[test]
    fn a_damaged_file_is_put_aside_and_another_spool_begins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spool.log");
        fs::write(&path, "{\"id\":1,\"next\":4,\"kept\":[]}\nrubbish\n").unwrap();
        let spool = DiskSpool::open(&path, &SequenceRng::new(1)).unwrap();
        assert!(numbers(&spool).is_empty());
        assert!(path.with_extension("damaged").exists());
    }
}
