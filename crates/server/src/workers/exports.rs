//! Exports: one task reads the list page by page, a blocking thread writes the file; memory is a few pages however long
//! the list is. A file appears under its name only when it is whole.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use rust_xlsxwriter::{Format as Style, Workbook, Worksheet};
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::task::TaskTracker;
use vigie_assets::exports::{
    self, Export, Format,
    rows::{Reader, cell},
};
use vigie_kernel::ExportId;

use crate::{events::Topic, http::AppState};

/// Exports that are written at once: reading lists must not keep people waiting.
const AT_ONCE: usize = 2;
/// Pages that wait to be written.
const WAITING: usize = 2;
/// Rows of a worksheet, the header included (ECMA-376).
const SHEET_ROWS: u32 = 1_048_576;
/// Longest text of a spreadsheet's cell, characters.
const CELL: usize = 32_767;
/// How often files past their time are looked for.
const SWEEP_EVERY: std::time::Duration = std::time::Duration::from_mins(10);

/// What makes exports. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Exports {
    folder: Arc<Path>,
    permits: Arc<Semaphore>,
}

impl Exports {
    /// With files under `data_dir/exports`.
    pub fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("exports").into(), permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Where an export's file is.
    pub fn file(&self, id: ExportId) -> PathBuf {
        self.folder.join(id.to_string())
    }
}

/// Starts writing an export.
pub fn write(state: &AppState, export: Export, reader: Reader) {
    let state = state.clone();
    tokio::spawn(async move {
        let id = export.id;
        let stopping = state.stopping.clone();
        let Some((rows, result)) = stopping.run_until_cancelled(make(&state, &export, reader)).await else {
            return;
        };
        let failed = result.as_ref().err().map(|error| {
            tracing::error!(export = %id, error = format!("{error:#}"), "an export failed");
            "The file could not be written; the server's log says more.".to_owned()
        });
        let bytes = result.unwrap_or_default();
        let outcome = failed.map_or(Ok(bytes), Err);
        match exports::finish(&state.db, id, rows, outcome, state.clock.now()).await {
            Ok(true) => {}
            // Nobody wants it any more.
            Ok(false) => drop(std::fs::remove_file(state.exports.file(id))),
            Err(error) => tracing::error!(%error, "an export's end could not be stored"),
        }
        state.events.changed(&[Topic::Exports]);
    });
}

async fn make(state: &AppState, export: &Export, mut reader: Reader) -> (i64, anyhow::Result<i64>) {
    let mut rows = 0;
    let result = async {
        let _permit = state.exports.permits.acquire().await?;
        let total = reader.total().await?;
        let total = (!total.at_least).then(|| i64::try_from(total.count).unwrap_or(i64::MAX));
        let (pages, queue) = mpsc::channel(WAITING);
        let target = Target::new(&state.exports, export)?;
        let columns = reader.columns();
        let writing = tokio::task::spawn_blocking(move || target.write(columns, queue));
        while let Some(page) = reader.next().await? {
            rows += i64::try_from(page.len()).unwrap_or(0);
            if pages.send(page).await.is_err() {
                // The writer ended early: its own error says why.
                break;
            }
            if !exports::progress(&state.db, export.id, rows, total).await? {
                anyhow::bail!("the export was deleted");
            }
            state.events.changed(&[Topic::Exports]);
        }
        drop(pages);
        writing.await?
    }
    .await;
    (rows, result)
}

struct Target {
    format: Format,
    partial: PathBuf,
    whole: PathBuf,
    folder: Arc<Path>,
}

impl Target {
    fn new(exports: &Exports, export: &Export) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&exports.folder).context("the folder of exports cannot be made")?;
        let whole = exports.file(export.id);
        let partial = whole.with_extension("partial");
        Ok(Self { format: export.format, partial, whole, folder: exports.folder.clone() })
    }

    fn write(self, columns: &'static [&'static str], pages: mpsc::Receiver<Vec<Value>>) -> anyhow::Result<i64> {
        let written = match self.format {
            Format::Csv => csv(&self.partial, columns, pages),
            Format::Json => json(&self.partial, pages),
            Format::Xlsx => xlsx(&self.partial, &self.folder, columns, pages),
        };
        if let Err(error) = written {
            let _ = std::fs::remove_file(&self.partial);
            return Err(error);
        }
        std::fs::rename(&self.partial, &self.whole)?;
        Ok(i64::try_from(std::fs::metadata(&self.whole)?.len()).unwrap_or(i64::MAX))
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A text that a spreadsheet would take for a formula gets an apostrophe in front: agents' words are hostile.
pub(crate) fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

fn csv(path: &Path, columns: &[&str], mut pages: mpsc::Receiver<Vec<Value>>) -> anyhow::Result<()> {
    let mut file = csv::Writer::from_writer(BufWriter::new(File::create(path)?));
    file.write_record(columns)?;
    while let Some(page) = pages.blocking_recv() {
        for row in &page {
            file.write_record(columns.iter().map(|column| match cell(row, column) {
                Value::Number(number) => number.to_string(),
                other => harmless(text(other)),
            }))?;
        }
    }
    file.flush()?;
    Ok(())
}

fn json(path: &Path, mut pages: mpsc::Receiver<Vec<Value>>) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut first = true;
    file.write_all(b"[")?;
    while let Some(page) = pages.blocking_recv() {
        for row in &page {
            file.write_all(if first { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut file, row)?;
            first = false;
        }
    }
    file.write_all(b"\n]\n")?;
    file.flush()?;
    Ok(())
}

fn xlsx(path: &Path, folder: &Path, columns: &[&str], mut pages: mpsc::Receiver<Vec<Value>>) -> anyhow::Result<()> {
    let mut book = Workbook::new();
    book.set_tempdir(folder)?;
    let bold = Style::new().set_bold();
    let mut sheet = new_sheet(&mut book, columns, &bold)?;
    let mut at = 1;
    while let Some(page) = pages.blocking_recv() {
        for row in &page {
            if at == SHEET_ROWS {
                sheet = new_sheet(&mut book, columns, &bold)?;
                at = 1;
            }
            for (column, name) in (0_u16..).zip(columns) {
                match cell(row, name) {
                    Value::Null => {}
                    Value::Number(number) => {
                        sheet.write_number(at, column, number.as_f64().unwrap_or_default())?;
                    }
                    Value::Bool(yes) => {
                        sheet.write_boolean(at, column, *yes)?;
                    }
                    other => {
                        // Written as text, never as a formula.
                        let text: String = text(other).chars().take(CELL).collect();
                        sheet.write_string(at, column, text)?;
                    }
                }
            }
            at += 1;
        }
    }
    book.save(path)?;
    Ok(())
}

fn new_sheet<'a>(book: &'a mut Workbook, columns: &[&str], bold: &Style) -> anyhow::Result<&'a mut Worksheet> {
    let sheet = book.add_worksheet_with_constant_memory()?;
    for (column, name) in (0_u16..).zip(columns) {
        sheet.set_column_width(column, 18)?;
        sheet.write_string_with_format(0, column, *name, bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(sheet)
}

/// Starts sweeping: at once what a stopped server left, then what is past its time.
pub fn start(state: &AppState, tasks: &TaskTracker) {
    let state = state.clone();
    tasks.spawn(async move {
        let stopping = state.stopping.clone();
        let _ = stopping.run_until_cancelled(sweep(state)).await;
    });
}

async fn sweep(state: AppState) {
    if let Err(error) = exports::interrupt_all(&state.db, state.clock.now()).await {
        tracing::error!(%error, "interrupted exports could not be marked");
    }
    loop {
        match exports::expire(&state.db, state.clock.now()).await {
            Ok(ids) => {
                for id in ids {
                    let _ = std::fs::remove_file(state.exports.file(id));
                }
            }
            Err(error) => tracing::error!(%error, "old exports could not be taken away"),
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}
