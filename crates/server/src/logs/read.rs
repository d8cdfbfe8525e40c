//! Reading the log's files from their end to their beginning, a bounded piece at a time.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use vigie_kernel::Timestamp;

use super::{
    LogPart, Severity,
    write::{LONGEST, day, is_name, names},
};

/// Most bytes that one request reads.
const READ: u64 = 32 << 20;
/// Read at once, bytes.
const BLOCK: u64 = 256 << 10;
/// Most bytes of a page: it may travel from another node through the database.
const PAGE: usize = 1 << 20;

/// What is looked for. Absent members narrow nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// Of this part.
    pub part: Option<LogPart>,
    /// At least so severe.
    pub level: Option<Severity>,
    /// Not before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// Words that must all occur in a line, wherever; at most 200 characters.
    #[param(max_length = 200)]
    pub q: Option<String>,
    /// Where the page before ended.
    #[param(max_length = 200)]
    pub cursor: Option<String>,
    /// Most lines, 1 to 200; 100 where nothing is said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// How severe.
    pub level: Severity,
    /// Whose it is.
    pub part: LogPart,
    /// Where in the program it comes from.
    pub target: String,
    /// The words.
    pub message: String,
    /// The id of the request that it belongs to.
    pub request: Option<String>,
    /// More.
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
}

/// A page of the log, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogPage {
    /// The lines.
    pub items: Vec<LogLine>,
    /// Where to go on; null: nothing older is left. A page may be empty and yet not the last: a request reads so much of
    /// the files and no more.
    pub next_cursor: Option<String>,
    /// Down to which moment was looked; null: nothing was read.
    pub looked_until: Option<Timestamp>,
}

/// The query cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The cursor is none of ours.
    #[error("the cursor does not belong to this log")]
    Cursor,
    /// The files.
    #[error(transparent)]
    Io(#[from] io::Error),
}

#[derive(Debug, Serialize, Deserialize)]
struct Place {
    f: String,
    o: u64,
}

/// Reads a page. Call where blocking is allowed.
pub(super) fn page(folder: &Path, query: &LogQuery) -> Result<LogPage, LogError> {
    let wanted = Wanted::new(query);
    let begin = query.cursor.as_deref().filter(|it| !it.is_empty()).map(place).transpose()?;
    let mut page = LogPage::default();
    let (mut left, mut bytes) = (READ, 0);
    for name in names(folder)?.into_iter().rev() {
        let place = begin.as_ref();
        if place.is_some_and(|it| name > it.f) || wanted.to_day.as_ref().is_some_and(|it| name.get(..10) > Some(it)) {
            continue;
        }
        if wanted.from_day.as_ref().is_some_and(|it| name.get(..10) < Some(it)) {
            return Ok(page);
        }
        let mut file = match File::open(folder.join(&name)) {
            Ok(file) => file,
            // It was just its time.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        let length = file.metadata()?.len();
        let mut end = place.filter(|it| it.f == name).map_or(length, |it| it.o.min(length));
        while end > 0 {
            if left == 0 || page.items.len() >= wanted.limit || bytes >= PAGE {
                page.next_cursor = Some(cursor(&name, end));
                return Ok(page);
            }
            let (block, start) = block(&mut file, end)?;
            left = left.saturating_sub(block.len() as u64);
            end = start;
            let mut at = block.len();
            for raw in block.rsplit(|byte| *byte == b'\n') {
                let line_start = at - raw.len();
                at = line_start.saturating_sub(1);
                let Some(line) = parse(raw) else { continue };
                page.looked_until = Some(line.at);
                if wanted.takes(&line, raw) {
                    bytes += raw.len();
                    page.items.push(line);
                    if page.items.len() >= wanted.limit || bytes >= PAGE {
                        end = start + line_start as u64;
                        break;
                    }
                }
            }
        }
    }
    Ok(page)
}

/// Whole lines that end at `end`, and where they begin.
fn block(file: &mut File, end: u64) -> io::Result<(Vec<u8>, u64)> {
    let mut size = BLOCK;
    loop {
        let start = end.saturating_sub(size);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(end - start).read_to_end(&mut bytes)?;
        if start == 0 {
            return Ok((bytes, 0));
        }
        // The first line is cut off, unless the block begins with one: it is read with the next block.
        if let Some(cut) = bytes.iter().take(bytes.len().saturating_sub(1)).position(|byte| *byte == b'\n') {
            let rest = bytes.split_off(cut + 1);
            return Ok((rest, start + cut as u64 + 1));
        }
        if size > LONGEST as u64 * 8 {
            // No line is so long: whatever this is, it is passed over.
            return Ok((Vec::new(), start));
        }
        size *= 2;
    }
}

fn cursor(name: &str, offset: u64) -> String {
    let place = Place { f: name.to_owned(), o: offset };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&place).unwrap_or_default())
}

fn place(text: &str) -> Result<Place, LogError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| LogError::Cursor)?;
    let place: Place = serde_json::from_slice(&bytes).map_err(|_| LogError::Cursor)?;
    if is_name(&place.f) { Ok(place) } else { Err(LogError::Cursor) }
}

struct Wanted<'a> {
    query: &'a LogQuery,
    words: Vec<String>,
    limit: usize,
    from_day: Option<String>,
    to_day: Option<String>,
}

impl<'a> Wanted<'a> {
    fn new(query: &'a LogQuery) -> Self {
        let typed: String = query.q.as_deref().unwrap_or_default().chars().take(200).collect();
        Self {
            words: typed.to_lowercase().split_whitespace().map(str::to_owned).collect(),
            limit: query.limit.unwrap_or(100).clamp(1, 200) as usize,
            from_day: query.from.map(day),
            to_day: query.to.map(day),
            query,
        }
    }

    fn takes(&self, line: &LogLine, raw: &[u8]) -> bool {
        let query = self.query;
        let narrowed = query.part.is_none_or(|it| it == line.part)
            && query.level.is_none_or(|it| line.level >= it)
            && query.from.is_none_or(|it| line.at >= it)
            && query.to.is_none_or(|it| line.at < it);
        if !narrowed || self.words.is_empty() {
            return narrowed;
        }
        let text = String::from_utf8_lossy(raw).to_lowercase();
        self.words.iter().all(|word| text.contains(word))
    }
}

/// A line as `tracing-subscriber` writes it.
#[derive(Deserialize)]
struct Written {
    timestamp: Timestamp,
    level: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    message: String,
    span: Option<Span>,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

#[derive(Deserialize)]
struct Span {
    id: Option<String>,
}

fn parse(raw: &[u8]) -> Option<LogLine> {
    let mut written: Written = serde_json::from_slice(raw).ok()?;
    let level = match written.level.as_str() {
        "ERROR" => Severity::Error,
        "WARN" => Severity::Warning,
        "INFO" => Severity::Information,
        "DEBUG" => Severity::Debug,
        _ => Severity::Trace,
    };
    let own = written.fields.get("id").and_then(Value::as_str).map(str::to_owned);
    let request = written.span.and_then(|it| it.id).or(own);
    written.fields.remove("id");
    Some(LogLine {
        at: written.timestamp,
        level,
        part: LogPart::of(&written.target),
        target: written.target,
        message: written.message,
        request,
        fields: written.fields,
    })
}
