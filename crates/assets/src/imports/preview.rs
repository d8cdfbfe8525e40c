//! What a file turns out to be before anything is done with it: its columns, its first lines, what its columns mean; and
//! the pass through it that tells whether it can be read to its end.

use std::{ops::ControlFlow, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    Warning,
    columns::{Target, recognise_all},
    read::{Delimiter, Encoding, Format, Hints, Line, Table, Unreadable},
};

/// Lines that are shown.
const SHOWN: usize = 10;
/// Longest cell that is shown, characters.
const LONGEST: usize = 200;

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportColumn))]
pub struct Column {
    /// Its name: the header's cell.
    pub name: String,
    /// The field that it seems to be; null: it would be left out.
    pub field: Option<String>,
}

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportPreview))]
pub struct Preview {
    /// Which kind of file it is.
    pub format: Format,
    /// How its text is written; null: a workbook.
    pub encoding: Option<Encoding>,
    /// What separates its cells; null: a workbook.
    pub delimiter: Option<Delimiter>,
    /// The sheet that is read, of a workbook.
    pub sheet: Option<String>,
    /// All sheets of a workbook.
    pub sheets: Vec<String>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its first lines, at most ten.
    pub rows: Vec<Vec<String>>,
    /// What a person should know of it.
    pub warnings: Vec<Warning>,
}

fn open(path: &Path, hints: &Hints) -> Result<Table, Unreadable> {
    let file = std::fs::File::open(path).map_err(Unreadable::Io)?;
    Table::open(Box::new(file), hints)
}

impl Preview {
    /// Of a table that was opened.
    pub fn of(mut table: Table) -> Result<Self, Unreadable> {
        let (mut rows, mut calculated) = (Vec::new(), false);
        table.each(&mut |line| {
            calculated |= line.calculated;
            rows.push(line.cells.iter().map(|it| it.chars().take(LONGEST).collect()).collect());
            if rows.len() < SHOWN { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let targets = recognise_all(&table.columns);
        let warnings = warnings(&table, &targets, calculated);
        let columns = table.columns.iter().zip(&targets);
        Ok(Self {
            format: table.about.format,
            encoding: table.about.encoding,
            delimiter: table.about.delimiter,
            columns: columns
                .map(|(name, field)| Column { name: name.clone(), field: field.as_ref().map(ToString::to_string) })
                .collect(),
            sheet: table.about.sheet,
            sheets: table.about.sheets,
            rows,
            warnings,
        })
    }
}

fn warning(code: &str, names: Vec<String>) -> Warning {
    Warning { code: code.to_owned(), names }
}

/// What is to be said of a table whose columns become these.
fn warnings(table: &Table, targets: &[Option<Target>], calculated: bool) -> Vec<Warning> {
    let mut found = Vec::new();
    let left: Vec<String> =
        table.columns.iter().zip(targets).filter(|(_, to)| to.is_none()).map(|(name, _)| name.clone()).collect();
    if !left.is_empty() {
        found.push(warning("columns-left-out", left));
    }
    if !targets.iter().flatten().any(|it| *it == Target::Field("name")) {
        found.push(warning("no-name", Vec::new()));
    }
    if table.about.mixed {
        found.push(warning("mixed-encodings", Vec::new()));
    }
    if calculated {
        found.push(warning("calculated", Vec::new()));
    }
    if table.about.sheets.len() > 1 {
        found.push(warning("several-sheets", table.about.sheets.clone()));
    }
    found
}

/// Looks at the beginning of a file. Reads from the disk: call where blocking is allowed.
pub fn preview(path: &Path, hints: &Hints) -> Result<Preview, Unreadable> {
    Preview::of(open(path, hints)?)
}

/// Reads a file to its end: how many lines it has, and what is to be said of it. Reads from the disk: call where blocking
/// is allowed.
pub fn count(path: &Path, hints: &Hints, targets: &[Option<Target>]) -> Result<(u64, Vec<Warning>), Unreadable> {
    let mut table = open(path, hints)?;
    let (mut lines, mut calculated) = (0, false);
    table.each(&mut |line| {
        lines += 1;
        calculated |= line.calculated;
        ControlFlow::Continue(())
    })?;
    let warnings = warnings(&table, targets, calculated);
    Ok((lines, warnings))
}

/// Hands out the lines of a file, some at a time, until no more are wanted. Reads from the disk: call where blocking is
/// allowed.
pub fn read(
    path: &Path,
    hints: &Hints,
    at_once: usize,
    mut take: impl FnMut(Vec<Line>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let mut table = open(path, hints)?;
    let mut lines = Vec::with_capacity(at_once);
    let mut wanted = true;
    table.each(&mut |line| {
        lines.push(line);
        if lines.len() < at_once {
            return ControlFlow::Continue(());
        }
        let batch = std::mem::replace(&mut lines, Vec::with_capacity(at_once));
        let more = take(batch);
        wanted = more.is_continue();
        more
    })?;
    if wanted && !lines.is_empty() {
        let _ = take(lines);
    }
    Ok(())
}
