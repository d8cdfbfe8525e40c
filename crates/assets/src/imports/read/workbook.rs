//! Workbooks (ECMA-376): one sheet, row by row. Only the shared strings are held, in one piece and within a bound.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read, Seek as _, SeekFrom},
    ops::ControlFlow,
};

use zip::ZipArchive;

use super::{
    About, Fault, Format, Hints, Input, LONGEST_LINE, Line, MOST_COLUMNS, Take, Unreadable,
    cells::{date, is_builtin_date, is_date, number, place, unescape},
    xml::{Name, Part, Said, damaged},
};

/// Most parts of a workbook.
const MOST_PARTS: usize = 5_000;
/// What the parts that say how a workbook is made may unpack to, bytes.
const MOST_ABOUT: usize = 16 << 20;
/// What the shared strings may unpack to, bytes; their text is less.
const MOST_STRINGS: usize = 128 << 20;
/// What a sheet may unpack to, bytes.
const MOST_SHEET: usize = 1 << 30;
/// A row's number is below it, with room for those that have none.
const LAST_ROW: u64 = 1 << 40;
/// Most sheets, formats of numbers and formats of cells that are remembered.
const MOST_NAMED: usize = 65_536;

/// A workbook, ready to be read.
pub(super) struct Workbook {
    archive: ZipArchive<Box<dyn Input>>,
    /// Name of the part that holds the sheet.
    sheet: String,
    strings: Strings,
    /// Of each format of cells, whether it shows a date or a time.
    dates: Vec<bool>,
    since_1904: bool,
}

/// All shared strings in one piece.
#[derive(Default)]
struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    fn get(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let begin = if at == 0 { 0 } else { self.ends[at - 1] };
        self.text.get(begin as usize..end as usize)
    }
}

/// A sheet of the workbook.
struct Sheet {
    name: String,
    part: String,
    visible: bool,
}

impl Workbook {
    pub(super) fn open(mut input: Box<dyn Input>, hints: &Hints) -> Result<(About, Vec<String>, Self), Unreadable> {
        count_parts(&mut input)?;
        let mut archive = ZipArchive::new(input).map_err(damaged)?;
        let main = relations(&mut archive, "")?
            .into_values()
            .find(|it| it.kind.ends_with("/officeDocument"))
            .map_or_else(|| "xl/workbook.xml".to_owned(), |it| it.part);
        let related = relations(&mut archive, &main)?;
        let (sheets, since_1904) = sheets(&mut archive, &main, &related)?;
        let part_of = |kind: &str| related.values().find(|it| it.kind.ends_with(kind)).map(|it| it.part.clone());
        let strings = strings(&mut archive, part_of("/sharedStrings"))?;
        let dates = formats(&mut archive, part_of("/styles"))?;
        let names: Vec<String> = sheets.iter().map(|it| it.name.clone()).collect();
        let chosen = if let Some(name) = &hints.sheet {
            sheets.into_iter().find(|it| it.name == *name).ok_or(Unreadable::SheetUnknown)?
        } else {
            let visible = sheets.iter().position(|it| it.visible).unwrap_or(0);
            sheets.into_iter().nth(visible).ok_or_else(|| damaged("it has no sheet"))?
        };
        let mut workbook = Self { archive, sheet: chosen.part, strings, dates, since_1904 };
        let header = workbook.header()?;
        let about = About {
            format: Format::Xlsx,
            encoding: None,
            delimiter: None,
            sheet: Some(chosen.name),
            sheets: names,
            mixed: false,
        };
        Ok((about, header, workbook))
    }

    fn header(&mut self) -> Result<Vec<String>, Unreadable> {
        let mut header = Vec::new();
        self.rows(&mut |line| {
            if line.fault == Some(Fault::Cells) {
                return Err(Unreadable::Columns);
            }
            header = line.cells;
            Ok(ControlFlow::Break(()))
        })?;
        if header.is_empty() { Err(Unreadable::Empty) } else { Ok(header) }
    }

    pub(super) fn each(&mut self, take: Take<'_>) -> Result<(), Unreadable> {
        let mut below = false;
        self.rows(&mut |line| {
            if !std::mem::replace(&mut below, true) {
                return Ok(ControlFlow::Continue(()));
            }
            take(line)
        })
    }

    /// Every row that has a value.
    fn rows(&mut self, take: Take<'_>) -> Result<(), Unreadable> {
        let Self { archive, sheet, strings, dates, since_1904 } = self;
        let reading = Reading { strings, dates, since_1904: *since_1904 };
        let mut part = part(archive, sheet, MOST_SHEET)?.ok_or_else(|| damaged("the sheet is missing"))?;
        let mut number = 0;
        loop {
            match part.next()? {
                Said::Begin(Name::Row, [row, ..]) => {
                    // Rows count upwards, whatever is said of them.
                    let said = row.and_then(|it| it.parse().ok()).filter(|it| (number + 1..LAST_ROW).contains(it));
                    number = said.unwrap_or(number + 1);
                    let line = reading.row(&mut part, number)?;
                    let nothing = line.cells.iter().all(String::is_empty) && line.fault.is_none();
                    if !nothing && take(line)?.is_break() {
                        return Ok(());
                    }
                }
                Said::End(Name::SheetData) | Said::Over => return Ok(()),
                Said::Begin(..) | Said::End(_) | Said::Text(_) => {}
            }
        }
    }
}

/// What cells are read with.
struct Reading<'a> {
    strings: &'a Strings,
    dates: &'a [bool],
    since_1904: bool,
}

impl Reading<'_> {
    /// A row, which has begun, to its end.
    fn row<R: Read>(&self, part: &mut Part<R>, number: u64) -> Result<Line, Unreadable> {
        let mut line = Line { number, cells: Vec::new(), fault: None, calculated: false };
        let (mut column, mut bytes) = (0, 0);
        loop {
            match part.next()? {
                Said::Begin(Name::Cell, [reference, style, kind]) => {
                    if let Some((_, at)) = reference.as_deref().and_then(place) {
                        column = at;
                    }
                    let value = self.cell(part, style.as_deref(), kind.as_deref(), column, &mut line)?;
                    if !value.is_empty() && column >= MOST_COLUMNS {
                        line.fault = Some(Fault::Cells);
                    } else if !value.is_empty() {
                        bytes += value.len();
                        if bytes > LONGEST_LINE {
                            return Err(Unreadable::LongLine(number));
                        }
                        if line.cells.len() <= column {
                            line.cells.resize(column + 1, String::new());
                        }
                        line.cells[column] = value;
                    }
                    column += 1;
                }
                Said::End(Name::Row) => return Ok(line),
                Said::Over => return Err(damaged("a row has no end")),
                Said::Begin(..) | Said::End(_) | Said::Text(_) => {}
            }
        }
    }

    /// A cell, which has begun, to its end.
    fn cell<R: Read>(
        &self,
        part: &mut Part<R>,
        style: Option<&str>,
        kind: Option<&str>,
        column: usize,
        line: &mut Line,
    ) -> Result<String, Unreadable> {
        let (mut raw, mut formula, mut valued) = (String::new(), false, false);
        // Texts of a cell's own lie in `is/t`, all other values in `v`.
        let (mut within, mut spoken) = (false, 0_usize);
        loop {
            match part.next()? {
                Said::Begin(Name::Value, _) => (within, valued) = (true, true),
                Said::Begin(Name::Text, _) => within = spoken == 0,
                Said::Begin(Name::Phonetic, _) => spoken += 1,
                Said::Begin(Name::Formula, _) => formula = true,
                Said::End(Name::Value | Name::Text) => within = false,
                Said::End(Name::Phonetic) => spoken = spoken.saturating_sub(1),
                Said::Text(text) if within => {
                    raw.push_str(&text);
                    if raw.len() > LONGEST_LINE {
                        return Err(Unreadable::LongLine(line.number));
                    }
                }
                Said::End(Name::Cell) => break,
                Said::Over => return Err(damaged("a cell has no end")),
                Said::Begin(..) | Said::End(_) | Said::Text(_) => {}
            }
        }
        if formula {
            line.calculated = true;
            if !valued && line.fault.is_none() {
                line.fault = Some(Fault::NotCalculated { column });
            }
        }
        self.value(&raw, style, kind, column, line)
    }

    fn value(
        &self,
        raw: &str,
        style: Option<&str>,
        kind: Option<&str>,
        column: usize,
        line: &mut Line,
    ) -> Result<String, Unreadable> {
        Ok(match kind {
            Some("s") => {
                let at = raw.trim().parse().ok().filter(|_| !raw.is_empty());
                let text = at.map(|at: usize| self.strings.get(at).ok_or_else(|| damaged("a text is missing")));
                text.transpose()?.unwrap_or_default().trim().to_owned()
            }
            Some("b") => if matches!(raw.trim(), "1" | "true") { "TRUE" } else { "FALSE" }.to_owned(),
            Some("e") => {
                line.fault
                    .get_or_insert_with(|| Fault::CellError { column, error: raw.trim().chars().take(20).collect() });
                raw.trim().to_owned()
            }
            Some("n") | None => {
                let style: usize = style.and_then(|it| it.parse().ok()).unwrap_or(0);
                let shown = if self.dates.get(style) == Some(&true) { date(raw, self.since_1904) } else { None };
                shown.unwrap_or_else(|| number(raw))
            }
            Some(_) => unescape(raw.to_owned()).trim().to_owned(),
        })
    }
}

/// A workbook names its parts in a list at its end, which is read whole: there must not be too many.
fn count_parts(input: &mut Box<dyn Input>) -> Result<(), Unreadable> {
    let mut reader = BufReader::with_capacity(64 << 10, &mut *input);
    let (mut parts, mut tail) = (0, Vec::new());
    loop {
        let piece = reader.fill_buf().map_err(Unreadable::Io)?;
        if piece.is_empty() {
            break;
        }
        let length = piece.len();
        tail.extend_from_slice(piece);
        parts += memchr::memmem::find_iter(&tail, b"PK\x01\x02").count();
        // A mark may lie across two pieces.
        tail.drain(..tail.len().saturating_sub(3));
        reader.consume(length);
        if parts > MOST_PARTS {
            return Err(damaged("it has too many parts"));
        }
    }
    input.seek(SeekFrom::Start(0)).map_err(Unreadable::Io).map(drop)
}

/// A part by its name, whatever its case; none: there is no such part.
fn part<'a>(
    archive: &'a mut ZipArchive<Box<dyn Input>>,
    name: &str,
    most: usize,
) -> Result<Option<Part<impl Read + use<'a>>>, Unreadable> {
    let same = |it: &str| it.replace('\\', "/").trim_start_matches('/').eq_ignore_ascii_case(name);
    let found = archive.index_for_name(name).or_else(|| {
        (0..archive.len()).find(|at| archive.name_for_index(*at).is_some_and(|it| it.is_ok_and(|it| same(&it))))
    });
    let Some(found) = found else { return Ok(None) };
    Ok(Some(Part::new(archive.by_index(found).map_err(damaged)?, most)))
}

/// Another part that a part refers to.
struct Relation {
    kind: String,
    part: String,
}

/// What a part refers to, by the ids that it uses; of the workbook as a whole where no part is named.
fn relations(archive: &mut ZipArchive<Box<dyn Input>>, of: &str) -> Result<HashMap<String, Relation>, Unreadable> {
    let (folder, file) = of.rsplit_once('/').map_or(("", of), |(folder, file)| (folder, file));
    let join = |folder: &str, name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let name = join(folder, &format!("_rels/{file}.rels"));
    let mut found = HashMap::new();
    let Some(mut part) = part(archive, &name, MOST_ABOUT)? else { return Ok(found) };
    loop {
        match part.next()? {
            Said::Begin(Name::Relationship, [Some(id), Some(kind), Some(target)]) if found.len() < MOST_NAMED => {
                let part = match target.strip_prefix('/') {
                    Some(whole) => whole.to_owned(),
                    None => join(folder, target.trim_start_matches("./")),
                };
                found.insert(id, Relation { kind, part });
            }
            Said::Over => return Ok(found),
            _ => {}
        }
    }
}

/// The worksheets in their order, and whether days are counted since 1904.
fn sheets(
    archive: &mut ZipArchive<Box<dyn Input>>,
    main: &str,
    related: &HashMap<String, Relation>,
) -> Result<(Vec<Sheet>, bool), Unreadable> {
    let mut part = part(archive, main, MOST_ABOUT)?.ok_or_else(|| damaged("it is no workbook"))?;
    let (mut sheets, mut since_1904) = (Vec::new(), false);
    loop {
        match part.next()? {
            Said::Begin(Name::WorkbookProperties, [Some(said), ..]) => since_1904 = matches!(&*said, "1" | "true"),
            Said::Begin(Name::Sheet, [Some(name), Some(id), state]) if sheets.len() < 1000 => {
                if let Some(relation) = related.get(&id).filter(|it| it.kind.ends_with("/worksheet")) {
                    let (part, visible) = (relation.part.clone(), state.is_none_or(|it| it == "visible"));
                    sheets.push(Sheet { name: name.chars().take(100).collect(), part, visible });
                }
            }
            Said::Over => return Ok((sheets, since_1904)),
            _ => {}
        }
    }
}

fn strings(archive: &mut ZipArchive<Box<dyn Input>>, name: Option<String>) -> Result<Strings, Unreadable> {
    /// Most shared strings: a sheet of the longest allowed has fewer cells that are not alike.
    const MOST: usize = 8 << 20;
    let mut strings = Strings::default();
    let name = name.unwrap_or_else(|| "xl/sharedStrings.xml".to_owned());
    let Some(mut part) = part(archive, &name, MOST_STRINGS)? else { return Ok(strings) };
    let (mut one, mut within, mut spoken) = (String::new(), false, 0_usize);
    loop {
        match part.next()? {
            Said::Begin(Name::SharedString, _) => one.clear(),
            Said::Begin(Name::Text, _) => within = spoken == 0,
            Said::Begin(Name::Phonetic, _) => spoken += 1,
            Said::End(Name::Text) => within = false,
            Said::End(Name::Phonetic) => spoken = spoken.saturating_sub(1),
            Said::Text(text) if within => one.push_str(&text),
            Said::End(Name::SharedString) => {
                strings.text.push_str(&unescape(std::mem::take(&mut one)));
                strings.ends.push(u32::try_from(strings.text.len()).map_err(|_| Unreadable::Unpacked)?);
                if strings.ends.len() > MOST {
                    return Err(Unreadable::Unpacked);
                }
            }
            Said::Over => return Ok(strings),
            Said::Begin(..) | Said::End(_) | Said::Text(_) => {}
        }
    }
}

/// Of each format of cells, whether it shows a date or a time.
fn formats(archive: &mut ZipArchive<Box<dyn Input>>, name: Option<String>) -> Result<Vec<bool>, Unreadable> {
    let (mut own, mut formats, mut within) = (HashMap::new(), Vec::new(), false);
    let name = name.unwrap_or_else(|| "xl/styles.xml".to_owned());
    let Some(mut part) = part(archive, &name, MOST_ABOUT)? else { return Ok(formats) };
    loop {
        match part.next()? {
            Said::Begin(Name::NumberFormat, [Some(id), Some(code), _]) if own.len() < MOST_NAMED => {
                own.insert(id, is_date(&code));
            }
            Said::Begin(Name::CellFormats, _) => within = true,
            Said::End(Name::CellFormats) => within = false,
            Said::Begin(Name::CellFormat, [id, ..]) if within && formats.len() < MOST_NAMED => {
                let id = id.unwrap_or_default();
                let known = own.get(&id).copied();
                formats.push(known.unwrap_or_else(|| id.parse().is_ok_and(is_builtin_date)));
            }
            Said::Over => return Ok(formats),
            _ => {}
        }
    }
}
