//! Text with separators: which encoding, which separator, and its lines.

use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, BufReader, Read, Seek as _, SeekFrom},
    rc::Rc,
};

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{
    About, Delimiter, Encoding, Fault, Format, Hints, Input, LONGEST_LINE, Line, MOST_COLUMNS, Take, Unreadable,
    bounded::{Leash, Length, fill},
};

/// What is looked at to find the separator, bytes.
const SAMPLE: usize = 64 << 10;
/// What is read ahead, bytes.
const AHEAD: usize = 16 << 10;

/// A text, ready to be read.
pub(super) struct Text {
    input: Box<dyn Input>,
    encoding: Encoding,
    delimiter: Delimiter,
    /// Bytes before the text: the mark of its encoding.
    mark: u64,
    /// Whether the first line only names the separator, as Excel writes it: `sep=;`.
    names_separator: bool,
}

impl Text {
    pub(super) fn open(mut input: Box<dyn Input>, hints: &Hints) -> Result<(About, Vec<String>, Self), Unreadable> {
        let mut sample = vec![0; SAMPLE];
        let read = fill(&mut input, &mut sample).map_err(Unreadable::Io)?;
        sample.truncate(read);
        let (marked, mark) = marked(&sample);
        let (encoding, mixed) = match hints.encoding.or(marked) {
            Some(encoding) => (encoding, false),
            None => guess(&mut input)?,
        };
        if !is_text(&sample, encoding) {
            return Err(Unreadable::NotATable);
        }
        let mut text = Self { input, encoding, delimiter: Delimiter::Comma, mark: mark as u64, names_separator: false };
        let sample = text.sample()?;
        let named = separator_line(&sample);
        text.names_separator = named.is_some();
        let below = if named.is_some() { sample.split_once('\n').map_or("", |(_, below)| below) } else { &sample };
        text.delimiter = hints.delimiter.or(named.flatten()).unwrap_or_else(|| separator(below));
        let header = text.header()?;
        let about = About {
            format: Format::Csv,
            encoding: Some(encoding),
            delimiter: Some(text.delimiter),
            sheet: None,
            sheets: Vec::new(),
            mixed,
        };
        Ok((about, header, text))
    }

    /// The beginning of the text, decoded.
    fn sample(&mut self) -> Result<String, Unreadable> {
        let mut sample = vec![0; SAMPLE];
        let read = fill(&mut self.decoded()?, &mut sample).map_err(Unreadable::Io)?;
        Ok(String::from_utf8_lossy(&sample[..read]).into_owned())
    }

    /// From the beginning; UTF-16 becomes UTF-8, the others stay as they are: their separators are ASCII.
    fn decoded(&mut self) -> Result<Box<dyn Read + '_>, Unreadable> {
        self.input.seek(SeekFrom::Start(self.mark)).map_err(Unreadable::Io)?;
        Ok(match self.encoding {
            Encoding::Utf8 | Encoding::Windows1252 => Box::new(&mut self.input),
            Encoding::Utf16Le => Box::new(Decoded::new(&mut self.input, UTF_16LE.new_decoder_without_bom_handling())),
            Encoding::Utf16Be => Box::new(Decoded::new(&mut self.input, UTF_16BE.new_decoder_without_bom_handling())),
        })
    }

    fn header(&mut self) -> Result<Vec<String>, Unreadable> {
        let mut header = None;
        self.records(&mut |record, number, encoding| {
            if record.len() > MOST_COLUMNS && record.iter().skip(MOST_COLUMNS).any(|it| !it.is_empty()) {
                return Err(Unreadable::Columns);
            }
            let line = line(record, number, encoding);
            // What ends with separators has no columns there.
            let used = line.cells.iter().rposition(|it| !it.is_empty()).map_or(0, |last| last + 1);
            header = (used > 0).then(|| line.cells.into_iter().take(used).collect());
            Ok(header.is_some())
        })?;
        header.ok_or(Unreadable::Empty)
    }

    pub(super) fn each(&mut self, take: Take<'_>) -> Result<(), Unreadable> {
        let mut below = false;
        self.records(&mut |record, number, encoding| {
            if !below {
                below = record.iter().any(|cell| !cell.trim_ascii().is_empty());
                return Ok(false);
            }
            Ok(take(line(record, number, encoding))?.is_break())
        })
    }

    /// Every record with the number of its first line, until one is enough.
    fn records(
        &mut self,
        enough: &mut dyn FnMut(&ByteRecord, u64, Encoding) -> Result<bool, Unreadable>,
    ) -> Result<(), Unreadable> {
        let (encoding, delimiter, names_separator) = (self.encoding, self.delimiter, self.names_separator);
        let length = Length::new(LONGEST_LINE + AHEAD);
        let begins = Begins::default();
        let leash = Leash::new(Counted::new(self.decoded()?, begins.clone()), length.clone());
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter.byte())
            .buffer_capacity(AHEAD)
            .from_reader(leash);
        let mut record = ByteRecord::new();
        let mut first = names_separator;
        loop {
            let begin = reader.position().byte();
            let read = reader.read_byte_record(&mut record);
            let number = begins.line(begin);
            match read {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(_) if length.is_used_up() => return Err(Unreadable::LongLine(number)),
                Err(error) => return Err(Unreadable::Io(io::Error::other(error))),
            }
            if record.as_slice().len() > LONGEST_LINE {
                return Err(Unreadable::LongLine(number));
            }
            length.renew(LONGEST_LINE + AHEAD);
            if !std::mem::take(&mut first) && enough(&record, number, encoding)? {
                return Ok(());
            }
        }
    }
}

fn line(record: &ByteRecord, number: u64, encoding: Encoding) -> Line {
    let mut fault = None;
    let cells = record.iter().map(|cell| {
        if encoding == Encoding::Windows1252 {
            return WINDOWS_1252.decode_without_bom_handling(cell).0.trim().to_owned();
        }
        let text = String::from_utf8_lossy(cell);
        // The character stands for what could not be read, here or in UTF-16.
        if text.contains('\u{FFFD}') {
            fault = Some(Fault::Encoding);
        }
        text.trim().to_owned()
    });
    let cells = cells.collect();
    Line { number, cells, fault, calculated: false }
}

/// The encoding that a text says of itself, and how many bytes that takes.
fn marked(start: &[u8]) -> (Option<Encoding>, usize) {
    if start.starts_with(b"\xEF\xBB\xBF") {
        (Some(Encoding::Utf8), 3)
    } else if start.starts_with(b"\xFF\xFE") {
        (Some(Encoding::Utf16Le), 2)
    } else if start.starts_with(b"\xFE\xFF") {
        (Some(Encoding::Utf16Be), 2)
    } else {
        (None, 0)
    }
}

/// Without a mark: UTF-8 where any line is that and more than ASCII, or all lines are; else Windows-1252. Says whether
/// there are lines of both kinds.
fn guess(input: &mut Box<dyn Input>) -> Result<(Encoding, bool), Unreadable> {
    input.seek(SeekFrom::Start(0)).map_err(Unreadable::Io)?;
    let mut reader = BufReader::with_capacity(SAMPLE, input);
    let (mut utf8, mut other) = (false, false);
    let mut piece = Vec::with_capacity(LONGEST_LINE);
    loop {
        piece.clear();
        let mut line = io::Read::take(&mut reader, LONGEST_LINE as u64);
        if io::BufRead::read_until(&mut line, b'\n', &mut piece).map_err(Unreadable::Io)? == 0 {
            break;
        }
        match std::str::from_utf8(&piece) {
            Ok(text) => utf8 |= !text.is_ascii(),
            // A line without end was cut, perhaps within a letter.
            Err(error) if piece.len() == LONGEST_LINE && error.error_len().is_none() => {}
            Err(_) => other = true,
        }
    }
    Ok(if utf8 || !other { (Encoding::Utf8, other) } else { (Encoding::Windows1252, false) })
}

/// Control characters are in no text.
fn is_text(sample: &[u8], encoding: Encoding) -> bool {
    let control = |it: &u8| matches!(it, 0..=8 | 14..=25 | 27..=31);
    match encoding {
        Encoding::Utf16Le | Encoding::Utf16Be => true,
        Encoding::Utf8 | Encoding::Windows1252 => !sample.iter().any(control),
    }
}

/// Whether the first line only names the separator; the inner none: one that is not known here.
#[expect(clippy::option_option, reason = "a line that names another separator is still no header")]
fn separator_line(sample: &str) -> Option<Option<Delimiter>> {
    let first = sample.lines().next()?.trim_matches('"');
    let named = first.strip_prefix("sep=").or_else(|| first.strip_prefix("SEP="))?;
    let byte = (named.len() == 1).then(|| named.as_bytes()[0])?;
    Some(Delimiter::ALL.into_iter().find(|it| it.byte() == byte))
}

/// The separator that cuts the first lines most alike, and into most cells.
fn separator(sample: &str) -> Delimiter {
    const LOOKED_AT: usize = 20;
    let score = |delimiter: Delimiter| {
        let mut reader = ReaderBuilder::new();
        reader.has_headers(false).flexible(true).delimiter(delimiter.byte());
        let widths: Vec<usize> = reader
            .from_reader(sample.as_bytes())
            .byte_records()
            .take(LOOKED_AT)
            .map_while(Result::ok)
            .map(|it| it.len())
            .collect();
        let header = widths.first().copied().unwrap_or(0);
        if header < 2 {
            return (0, 0);
        }
        (widths.iter().filter(|it| **it == header).count(), header)
    };
    let mut best = (Delimiter::Comma, (0, 0));
    for delimiter in Delimiter::ALL {
        let found = score(delimiter);
        if found > best.1 {
            best = (delimiter, found);
        }
    }
    best.0
}

/// Where lines begin that are not empty, and their numbers: what was read ahead and is not yet a record. Records say where
/// they begin, but not how many empty lines they passed.
#[derive(Clone, Default)]
struct Begins(Rc<RefCell<VecDeque<(u64, u64)>>>);

impl Begins {
    /// The number of the first line at or behind a byte. Lines before it are forgotten.
    fn line(&self, byte: u64) -> u64 {
        let mut known = self.0.borrow_mut();
        while known.front().is_some_and(|(begin, _)| *begin < byte) {
            known.pop_front();
        }
        known.front().map_or(1, |(_, line)| *line)
    }
}

/// Tells [`Begins`] what passes.
struct Counted<R> {
    inner: R,
    begins: Begins,
    byte: u64,
    line: u64,
    /// Whether nothing of the line was met yet.
    fresh: bool,
    /// Whether the last byte was a carriage return.
    returned: bool,
}

impl<R> Counted<R> {
    fn new(inner: R, begins: Begins) -> Self {
        Self { inner, begins, byte: 0, line: 1, fresh: true, returned: false }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let mut begins = self.begins.0.borrow_mut();
        for byte in &buffer[..read] {
            match byte {
                // Both together end one line.
                b'\n' if self.returned => {}
                b'\n' | b'\r' => (self.line, self.fresh) = (self.line + 1, true),
                _ if std::mem::take(&mut self.fresh) => begins.push_back((self.byte, self.line)),
                _ => {}
            }
            self.returned = *byte == b'\r';
            self.byte += 1;
        }
        Ok(read)
    }
}

/// UTF-16 as UTF-8; what cannot be read becomes U+FFFD.
struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    raw: Box<[u8; 4096]>,
    /// The part of `raw` that is not decoded.
    waiting: std::ops::Range<usize>,
    ended: bool,
    done: bool,
}

impl<R> Decoded<R> {
    fn new(inner: R, decoder: Decoder) -> Self {
        Self { inner, decoder, raw: Box::new([0; 4096]), waiting: 0..0, ended: false, done: false }
    }
}

/// Room that the decoder asks for; less is taken for the end. Nobody here reads with so little but at the end of a sample.
const ROOM: usize = 4;

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.done && buffer.len() >= ROOM {
            if self.waiting.is_empty() && !self.ended {
                let read = self.inner.read(&mut *self.raw)?;
                self.waiting = 0..read;
                self.ended = read == 0;
            }
            let raw = &self.raw[self.waiting.clone()];
            let (result, read, written, _) = self.decoder.decode_to_utf8(raw, buffer, self.ended);
            self.waiting.start += read;
            self.done = self.ended && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}
