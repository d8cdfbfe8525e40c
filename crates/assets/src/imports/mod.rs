//! Imports of equipment: a file that a person brings ([`read`]), whose columns become fields ([`columns`], [`values`]) of
//! equipment that is found or made line by line ([`run`]), and the way back as a whole ([`undo`]). Here are the table and
//! an import's life; files are kept, and the work is done, by the server's worker.
//!
//! A dry run goes the same way and writes nothing but its report. What is done is counted in the same transaction: an
//! import that was interrupted goes on behind the last line that counts.

mod batch;
pub mod columns;
mod life;
pub mod preview;
#[allow(missing_docs, reason = "its items are named like what they are")]
pub mod read;
pub mod refusals;
pub mod run;
#[cfg(test)]
mod tests;
pub mod undo;
pub mod values;

use std::{collections::BTreeMap, time::Duration};

use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use vigie_kernel::{CustomerId, ImportId, Timestamp};

use self::{
    columns::MappingError,
    read::{Delimiter, Encoding, Format, Hints, Unreadable},
    values::Dates,
};
use crate::entity::import::Model;

pub use self::life::{
    Job, NewImport, Plan, begin, begin_undo, counted, create, delete, done, expire, fail, first_preview, get,
    keeps_file, list, next, take_from, working_nodes,
};

/// For how long a file is kept that was not imported yet.
pub const FILE_KEPT: Duration = Duration::from_hours(7 * 24);
/// For how long what an import did is kept, and can be undone.
pub const KEPT: Duration = Duration::from_hours(90 * 24);
/// Most files that a user keeps for imports that were not made yet.
pub const MOST_FILES: u64 = 20;

/// By what a line finds the equipment that it changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportMatch))]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// By the id, the asset number or the serial number: the first of them that the line has and that is known.
    #[default]
    Auto,
    /// By the id alone.
    Id,
    /// By the asset number alone.
    AssetNumber,
    /// By the serial number alone, and the manufacturer where the line names one.
    Serial,
    /// By nothing: each line makes an equipment.
    None,
}

/// How a file is to be read, and what becomes of its columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportOptions))]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Names of columns and the fields that they become: `id`, `customer`, a field of the equipment, or `custom:` and a
    /// name. Columns that are not named are left out. Absent: as the headers are recognised.
    pub mapping: Option<BTreeMap<String, Option<String>>>,
    /// Whose the equipment of lines is that name no customer. Absent: the default customer's.
    pub customer_id: Option<CustomerId>,
    /// By what a line finds the equipment that it changes.
    #[serde(rename = "match")]
    pub by: Match,
    /// In which order days, months and years stand.
    pub dates: Dates,
    /// How the text is written. Absent: it is found out.
    pub encoding: Option<Encoding>,
    /// What separates its cells. Absent: it is found out.
    pub delimiter: Option<Delimiter>,
    /// Which sheet of a workbook. Absent: the first that is visible.
    pub sheet: Option<String>,
}

impl Options {
    /// What they say of the file.
    pub fn hints(&self) -> Hints {
        Hints { encoding: self.encoding, delimiter: self.delimiter, sheet: self.sheet.clone() }
    }
}

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportState))]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The file is there; nothing was asked for.
    Draft,
    /// It will begin.
    Waiting,
    /// It goes on.
    Running,
    /// It came to its end.
    Done,
    /// It ended early.
    Failed,
    /// It is being undone.
    Undoing,
    /// It was undone.
    Undone,
}

impl State {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    fn from_code(code: &str) -> Self {
        let all = [Self::Draft, Self::Waiting, Self::Running, Self::Done, Self::Undoing, Self::Undone];
        all.into_iter().find(|it| it.as_str() == code).unwrap_or(Self::Failed)
    }
}

/// Something about the file that a person should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportWarning))]
pub struct Warning {
    /// `columns-left-out`, `mixed-encodings`, `calculated`, `several-sheets` or `no-name`.
    pub code: String,
    /// What it is about: columns, sheets.
    pub names: Vec<String>,
}

/// Why an import ended early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportFailure))]
pub struct Failure {
    /// A stable code.
    pub code: String,
    /// For people.
    pub detail: String,
}

impl Failure {
    /// From its parts.
    pub fn new(code: &str, detail: impl std::fmt::Display) -> Self {
        Self { code: code.to_owned(), detail: detail.to_string() }
    }
}

impl From<Unreadable> for Failure {
    fn from(error: Unreadable) -> Self {
        Self::new(error.code(), error)
    }
}

impl From<MappingError> for Failure {
    fn from(error: MappingError) -> Self {
        Self::new("mapping", error)
    }
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Import {
    /// Id.
    pub id: ImportId,
    /// The file's name.
    pub file_name: String,
    /// Which kind of file it is.
    pub format: Format,
    /// The file's size.
    pub bytes: i64,
    /// The file's columns.
    pub columns: Vec<String>,
    /// How it is read, and what becomes of its columns.
    pub options: Options,
    /// Whether nothing is changed.
    pub dry_run: bool,
    /// Where it stands.
    pub state: State,
    /// How far it is, hundredths; of undoing, when it is undone.
    pub percent: u8,
    /// Lines below the header; absent until they are counted.
    pub lines_total: Option<i64>,
    /// Lines that were read.
    pub lines_read: i64,
    /// Lines that made an equipment, or would.
    pub created: i64,
    /// Lines that changed one, or would.
    pub changed: i64,
    /// Lines that say what is known.
    pub unchanged: i64,
    /// Lines that were not taken.
    pub refused: i64,
    /// What a person should know of the file.
    pub warnings: Vec<Warning>,
    /// Why it ended early.
    pub error: Option<Failure>,
    /// Whether it can be undone.
    pub can_undo: bool,
    /// Equipments that undoing brought back to what they were, or deleted where the import had made them.
    pub undone: i64,
    /// Equipments of which undoing left something as it is, because someone changed it since.
    pub kept: i64,
    /// When the file came.
    pub created_at: Timestamp,
    /// Whose import it is.
    pub created_by: String,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

fn json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|error| crate::pack::damaged(what, error))
}

fn view(row: Model) -> Result<Import, DbErr> {
    let state = State::from_code(&row.state);
    let touched = row.created + row.changed;
    let (done, all) = match state {
        State::Undoing | State::Undone => (row.undone + row.kept, Some(touched)),
        _ => (row.lines_read, row.lines_total),
    };
    let ended = matches!(state, State::Done | State::Undone);
    let share = all.filter(|all| *all > 0).map_or(0, |all| (done * 100 / all).clamp(0, 99));
    Ok(Import {
        id: row.id,
        file_name: row.file_name,
        format: if row.format == "xlsx" { Format::Xlsx } else { Format::Csv },
        bytes: row.bytes,
        columns: json("columns", &row.columns)?,
        options: json("options", &row.options)?,
        dry_run: row.dry_run,
        state,
        percent: if ended { 100 } else { u8::try_from(share).unwrap_or(0) },
        lines_total: row.lines_total,
        lines_read: row.lines_read,
        created: row.created,
        changed: row.changed,
        unchanged: row.unchanged,
        refused: row.refused,
        warnings: json("warnings", &row.warnings)?,
        error: row.error.as_deref().map(|it| json("error", it)).transpose()?,
        can_undo: matches!(state, State::Done | State::Failed | State::Running) && !row.dry_run && touched > 0,
        undone: row.undone,
        kept: row.kept,
        created_at: row.created_at,
        created_by: row.actor_name,
        finished_at: row.finished_at,
        undone_at: row.undone_at,
    })
}

/// A change of an import was refused.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no such import, or it is another's.
    #[error("not found")]
    NotFound,
    /// It goes on.
    #[error("the import goes on")]
    Running,
    /// It was made already.
    #[error("the import was made")]
    Made,
    /// It changed nothing, or is being undone or was.
    #[error("nothing to undo")]
    NothingToUndo,
    /// The user keeps too many files.
    #[error("too many files")]
    TooMany,
    /// The customer is not known.
    #[error("no such customer")]
    Customer,
    /// The mapping does not fit.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}
