//! `POST /api/v1/imports/equipment`: import equipment from a file.

use std::{os::unix::fs::OpenOptionsExt as _, path::Path};

use axum::{
    extract::{
        Multipart, State,
        multipart::{Field, MultipartError, MultipartRejection},
    },
    http::StatusCode,
};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::io::AsyncWriteExt as _;
use utoipa::{IntoParams, ToSchema};
use vigie_assets::imports::{
    self, Import, Match, NewImport, Options,
    preview::{Preview, preview},
    read::{Delimiter, Encoding, LARGEST, Unreadable},
    values::Dates,
};
use vigie_kernel::{Action, Code, ImportId};

use super::import_problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Problem, ProblemDocument, Query},
    workers::imports::work,
};

/// Longest value of the form but the file, bytes.
const LONGEST: usize = 256 << 10;

/// The form. Only the file must be there.
#[derive(ToSchema)]
#[schema(as = ImportForm)]
#[allow(dead_code, reason = "describes the form; it is read part by part")]
pub(super) struct Form {
    /// The file: CSV or XLSX, at most 64 MiB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Whether nothing is to be changed: the report says what the import would do.
    dry_run: Option<bool>,
    /// Whether the file is only kept and looked at: it is begun later.
    preview: Option<bool>,
    /// A JSON object of names of columns and the fields that they become: `{"Room": "location", "Colour": "custom:Colour"}`.
    /// Columns that are not named are left out. Absent: as the headers are recognised.
    mapping: Option<String>,
    /// Whose the equipment of lines is that name no customer.
    customer_id: Option<vigie_kernel::CustomerId>,
    /// By what a line finds the equipment that it changes.
    r#match: Option<Match>,
    /// In which order days, months and years stand.
    dates: Option<Dates>,
    /// How the text is written.
    encoding: Option<Encoding>,
    /// What separates its cells.
    delimiter: Option<Delimiter>,
    /// Which sheet of a workbook.
    sheet: Option<String>,
}

/// The same beside the form, for whoever forgets it there.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Whether nothing is to be changed; as in the form.
    #[serde(default)]
    dry_run: bool,
}

/// What came.
#[derive(Default)]
struct Came {
    file: Option<(String, u64)>,
    dry_run: bool,
    only_preview: bool,
    options: Options,
}

fn unreadable(error: &MultipartError) -> Problem {
    let too_large = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
    Problem::new(if too_large { Code::TooLarge } else { Code::RequestMalformed }).detail(error.body_text())
}

/// A file that cannot be read as a table: says why.
pub(super) fn no_table(error: Unreadable) -> Problem {
    match error {
        Unreadable::Io(error) if error.kind() == std::io::ErrorKind::NotFound => Problem::new(Code::ImportFileGone),
        Unreadable::Io(error) => Problem::internal(error),
        error => Problem::new(Code::ImportUnreadable).detail(&error).with("reason", error.code()),
    }
}

async fn text(part: &mut Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(|error| unreadable(&error))? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > LONGEST {
            return Err(Problem::new(Code::TooLarge));
        }
    }
    String::from_utf8(bytes).map_err(|_| Problem::new(Code::RequestMalformed))
}

fn word<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Problem> {
    serde_json::from_value(text.trim().into()).map_err(|_| Problem::invalid(name, "is none of the known values"))
}

fn yes(name: &str, text: &str) -> Result<bool, Problem> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" | "" => Ok(false),
        _ => Err(Problem::invalid(name, "must be true or false")),
    }
}

impl Came {
    /// Reads the form; the file goes to the disk piece by piece.
    async fn read(mut parts: Multipart, path: &Path) -> Result<Self, Problem> {
        let mut came = Self::default();
        while let Some(mut part) = parts.next_field().await.map_err(|error| unreadable(&error))? {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() || name == "file" {
                if came.file.is_some() {
                    return Err(Problem::invalid("file", "must be one file"));
                }
                let file_name = part.file_name().unwrap_or_default().to_owned();
                let bytes = save(&mut part, path).await?;
                came.file = Some((vigie_assets::equipment::attachments::plain_name(&file_name), bytes));
            } else {
                let text = text(&mut part).await?;
                came.set(&name, &text)?;
            }
        }
        Ok(came)
    }

    fn set(&mut self, name: &str, text: &str) -> Result<(), Problem> {
        let options = &mut self.options;
        match name {
            "dry_run" => self.dry_run = yes(name, text)?,
            "preview" => self.only_preview = yes(name, text)?,
            // An empty part is one that a form sends without a choice.
            _ if text.trim().is_empty() => {}
            "mapping" => {
                let mapping = serde_json::from_str(text);
                options.mapping = Some(mapping.map_err(|error| Problem::invalid(name, error))?);
            }
            "customer_id" => {
                let id = text.trim().parse();
                options.customer_id = Some(id.map_err(|error| Problem::invalid(name, error))?);
            }
            "match" => options.by = word(name, text)?,
            "dates" => options.dates = word(name, text)?,
            "encoding" => options.encoding = Some(word(name, text)?),
            "delimiter" => options.delimiter = Some(word(name, text)?),
            "sheet" => options.sheet = Some(text.to_owned()),
            // What is left out in silence could have said that nothing is to be changed.
            _ => return Err(Problem::invalid(name, "is not known")),
        }
        Ok(())
    }
}

/// Stores the file; answers its size.
async fn save(part: &mut Field<'_>, path: &Path) -> Result<u64, Problem> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = tokio::fs::OpenOptions::from(options).open(path).await?;
    let mut bytes = 0;
    while let Some(piece) = part.chunk().await.map_err(|error| unreadable(&error))? {
        bytes += piece.len() as u64;
        if bytes > LARGEST {
            return Err(Problem::new(Code::TooLarge).detail("The file is larger than 64 MiB: import it in parts."));
        }
        file.write_all(&piece).await?;
    }
    file.sync_all().await?;
    Ok(bytes)
}

/// Import equipment from a file
///
/// CSV or XLSX, as `multipart/form-data` in the part `file`. The work is done in the background; ask for the import again
/// to see how far it is. With `preview` nothing begins: `POST /api/v1/imports/{id}/start` does.
#[utoipa::path(
    post,
    path = "/api/v1/imports/equipment",
    operation_id = "import_create",
    tag = "imports",
    params(Asked),
    request_body(content = Form, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The file is there; nothing begins.", body = Import),
        (status = 202, description = "It begins.", body = Import),
        (status = 409, description = "`imports-too-many`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn import_create(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<Asked>,
    parts: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<Import>), Problem> {
    caller.require(Action::EquipmentEdit)?;
    let parts = parts.map_err(|_| Problem::new(Code::MediaTypeUnsupported))?;
    let id = ImportId::new(caller.now(), &*caller.rng);
    let partial = state.imports.partial(id)?;
    let made = take(&state, &caller, id, parts, &partial, asked.dry_run).await;
    let _ = tokio::fs::remove_file(&partial).await;
    let import = made?;
    state.events.changed(&[Topic::Imports]);
    if import.state == imports::State::Draft {
        return Ok((StatusCode::CREATED, Json(import)));
    }
    work(&state);
    Ok((StatusCode::ACCEPTED, Json(import)))
}

async fn take(
    state: &AppState,
    caller: &Caller,
    id: ImportId,
    parts: Multipart,
    partial: &Path,
    dry_run: bool,
) -> Result<Import, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let came = Came::read(parts, partial).await?;
    let (file_name, bytes) = came.file.ok_or_else(|| Problem::invalid("file", "is the part that is missing"))?;
    let (path, hints) = (partial.to_owned(), came.options.hints());
    let preview: Preview = tokio::task::spawn_blocking(move || preview(&path, &hints))
        .await
        .map_err(Problem::internal)?
        .map_err(no_table)?;
    let begin = (!came.only_preview).then_some(came.dry_run || dry_run);
    let new = NewImport {
        id,
        user: caller.user.id,
        node: state.node.id,
        file_name,
        bytes,
        preview,
        options: came.options,
        begin,
    };
    let _placing = state.imports.placing().await;
    let path = state.imports.file(id);
    tokio::fs::rename(partial, &path).await?;
    let made = imports::create(&state.db, granted, caller.act(), new).await;
    if made.is_err() {
        let _ = tokio::fs::remove_file(&path).await;
    }
    made.map_err(import_problem)
}
