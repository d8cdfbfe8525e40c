//! Reading tables that people bring: text with separators (RFC 4180 and what passes for it), and workbooks (ECMA-376). A
//! table is read from its beginning each time, line by line: memory does not grow with the file. What is read is hostile:
//! lines, columns, cells and what a workbook unpacks to are bounded.
//!
//! This folder stands on libraries alone, so that it can be fuzzed by itself.

mod bounded;
mod cells;
mod text;
mod workbook;
mod xml;

use std::{
    io::{Read, Seek, SeekFrom},
    ops::ControlFlow,
};

use serde::{Deserialize, Serialize};

/// Largest file, bytes.
pub const LARGEST: u64 = 64 << 20;
/// Most columns.
pub const MOST_COLUMNS: usize = 200;
/// Most lines below the header.
pub const MOST_LINES: u64 = 200_000;
/// Longest line, bytes of text.
pub const LONGEST_LINE: usize = 64 << 10;
/// Most text of all lines together, bytes.
pub const MOST_TEXT: u64 = 128 << 20;

/// Which kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportFormat))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Text with separators.
    Csv,
    /// Office Open XML workbook.
    Xlsx,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportEncoding))]
pub enum Encoding {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16, the low byte first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, the high byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// What Windows writes in western Europe and the Americas.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// What separates the cells of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportDelimiter))]
#[serde(rename_all = "lowercase")]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tabulator.
    Tab,
    /// `|`
    Pipe,
}

impl Delimiter {
    /// In the order in which they are taken where several fit alike.
    const ALL: [Self; 4] = [Self::Tab, Self::Semicolon, Self::Comma, Self::Pipe];

    const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

/// What is known of a file beforehand; what is not said is found out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// How the text is written.
    pub encoding: Option<Encoding>,
    /// What separates its cells.
    pub delimiter: Option<Delimiter>,
    /// Which sheet of a workbook, by its name.
    pub sheet: Option<String>,
}

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Which kind.
    pub format: Format,
    /// How the text is written; none: a workbook.
    pub encoding: Option<Encoding>,
    /// What separates its cells; none: a workbook.
    pub delimiter: Option<Delimiter>,
    /// The sheet that is read, of a workbook.
    pub sheet: Option<String>,
    /// All sheets of a workbook.
    pub sheets: Vec<String>,
    /// Whether lines of a text are in another encoding than the others.
    pub mixed: bool,
}

/// A line below the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1; of a workbook the row's.
    pub number: u64,
    /// Its cells, no more than the header has.
    pub cells: Vec<String>,
    /// Why it cannot be taken as it is.
    pub fault: Option<Fault>,
    /// Whether a cell's value was calculated by the spreadsheet.
    pub calculated: bool,
}

/// Why a line cannot be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It has bytes that are no text in the file's encoding.
    Encoding,
    /// It has more cells than the header.
    Cells,
    /// A cell holds an error, such as `#N/A`.
    CellError {
        /// The cell's column, from 0.
        column: usize,
        /// The error as it is written.
        error: String,
    },
    /// A cell holds a formula that was never calculated.
    NotCalculated {
        /// The cell's column, from 0.
        column: usize,
    },
}

/// A file that cannot be read as a table.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Nothing is in it.
    #[error("The file is empty.")]
    Empty,
    /// It is something else.
    #[error("The file is neither text with separators (CSV) nor an Excel workbook (XLSX).")]
    NotATable,
    /// A workbook of the format before XLSX, or one with a password.
    #[error(
        "The workbook is in Excel's old format (XLS), or has a password: save it as XLSX without a password, or as CSV."
    )]
    OldWorkbook,
    /// It is not whole.
    #[error("The workbook is damaged, or is none: {0}.")]
    Damaged(String),
    /// There is no such sheet.
    #[error("The workbook has no sheet of this name.")]
    SheetUnknown,
    /// Too wide.
    #[error("The header has more than {MOST_COLUMNS} columns.")]
    Columns,
    /// Too long.
    #[error("The file has more than {MOST_LINES} lines: import it in parts.")]
    Lines,
    /// A line without an end.
    #[error("Line {0} is longer than 64 KiB. A quotation mark may be missing in it.")]
    LongLine(u64),
    /// Too much altogether.
    #[error("The lines hold more than 128 MiB of text: import them in parts.")]
    Text,
    /// A bomb, or nearly.
    #[error("The workbook unpacks to more than is read.")]
    Unpacked,
    /// It cannot be read from the disk.
    #[error("The file could not be read.")]
    Io(#[source] std::io::Error),
}

impl Unreadable {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotATable => "not-a-table",
            Self::OldWorkbook => "old-workbook",
            Self::Damaged(_) => "damaged",
            Self::SheetUnknown => "sheet-unknown",
            Self::Columns => "columns-too-many",
            Self::Lines => "lines-too-many",
            Self::LongLine(_) => "line-too-long",
            Self::Text => "text-too-much",
            Self::Unpacked => "unpacked-too-much",
            Self::Io(_) => "io",
        }
    }
}

/// Bytes that can be read again from their beginning.
pub trait Input: Read + Seek + Send {}

impl<T: Read + Seek + Send> Input for T {}

/// A table of which the header was read.
pub struct Table {
    /// What the file is.
    pub about: About,
    /// The header's cells: each has a name of its own.
    pub columns: Vec<String>,
    source: Source,
}

enum Source {
    Text(text::Text),
    Workbook(Box<workbook::Workbook>),
}

impl Table {
    /// Finds out what a file is and reads its header: the first line that is not empty.
    pub fn open(mut input: Box<dyn Input>, hints: &Hints) -> Result<Self, Unreadable> {
        let mut start = [0; 8];
        let read = bounded::fill(&mut input, &mut start).map_err(Unreadable::Io)?;
        input.seek(SeekFrom::Start(0)).map_err(Unreadable::Io)?;
        let start = &start[..read];
        let (about, header, source) = if start.is_empty() {
            return Err(Unreadable::Empty);
        } else if start.starts_with(b"PK\x03\x04") {
            let (about, header, workbook) = workbook::Workbook::open(input, hints)?;
            (about, header, Source::Workbook(Box::new(workbook)))
        } else if start.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
            return Err(Unreadable::OldWorkbook);
        } else {
            let (about, header, text) = text::Text::open(input, hints)?;
            (about, header, Source::Text(text))
        };
        Ok(Self { about, columns: named(header), source })
    }

    /// Hands out the lines below the header that are not empty, until there are none or enough were taken.
    pub fn each(&mut self, take: &mut dyn FnMut(Line) -> ControlFlow<()>) -> Result<(), Unreadable> {
        let (width, mut lines, mut text) = (self.columns.len(), 0, 0);
        let mut bounded = |mut line: Line| -> Result<ControlFlow<()>, Unreadable> {
            if line.cells.iter().all(String::is_empty) && line.fault.is_none() {
                return Ok(ControlFlow::Continue(()));
            }
            lines += 1;
            let bytes: usize = line.cells.iter().map(String::len).sum();
            text += bytes as u64;
            if bytes > LONGEST_LINE {
                return Err(Unreadable::LongLine(line.number));
            } else if lines > MOST_LINES {
                return Err(Unreadable::Lines);
            } else if text > MOST_TEXT {
                return Err(Unreadable::Text);
            }
            if line.cells.iter().skip(width).any(|it| !it.is_empty()) && line.fault.is_none() {
                line.fault = Some(Fault::Cells);
            }
            line.cells.resize(width, String::new());
            Ok(take(line))
        };
        match &mut self.source {
            Source::Text(text) => text.each(&mut bounded),
            Source::Workbook(workbook) => workbook.each(&mut bounded),
        }
    }
}

/// What takes the lines of a source, the empty ones too.
type Take<'a> = &'a mut dyn FnMut(Line) -> Result<ControlFlow<()>, Unreadable>;

/// Columns are told apart by their names: one without is called after its place, a second one of a name gets a number.
fn named(header: Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for (at, cell) in header.into_iter().enumerate() {
        let words = cell.split_whitespace().collect::<Vec<_>>().join(" ");
        let plain: String = words.chars().filter(|it| !it.is_control()).take(100).collect();
        let plain = if plain.is_empty() { format!("Column {}", at + 1) } else { plain };
        let mut name = plain.clone();
        let mut again = 2;
        while names.contains(&name) {
            name = format!("{plain} ({again})");
            again += 1;
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests;
