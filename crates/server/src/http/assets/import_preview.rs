//! `GET /api/v1/imports/{id}/preview`: look at the beginning of an import's file.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_assets::imports::{
    self,
    preview::{Preview, preview},
    read::{Delimiter, Encoding, Hints},
};
use vigie_kernel::{Action, ImportId};

use super::import_create::no_table;
use crate::http::{AppState, Caller, Json, Path, Problem, ProblemDocument, Query};

/// How the file is to be read.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// How the text is written.
    encoding: Option<Encoding>,
    /// What separates its cells.
    delimiter: Option<Delimiter>,
    /// Which sheet of a workbook.
    sheet: Option<String>,
}

/// Look at the beginning of an import's file
///
/// Its columns, what they seem to be, and its first lines.
#[utoipa::path(
    get,
    path = "/api/v1/imports/{id}/preview",
    operation_id = "import_preview",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import."), Asked),
    responses(
        (status = 200, description = "Its beginning.", body = Preview),
        (status = 409, description = "`import-file-gone`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn import_preview(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ImportId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Preview>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let (db, user) = (&state.db, caller.user.id);
    let first = imports::first_preview(db, &granted, user, id).await?.ok_or_else(Problem::not_found)?;
    let hints = Hints { encoding: asked.encoding, delimiter: asked.delimiter, sheet: asked.sheet };
    if hints == Hints::default() {
        return Ok(Json(first));
    }
    let path = state.imports.file(id);
    let read = tokio::task::spawn_blocking(move || preview(&path, &hints)).await.map_err(Problem::internal)?;
    Ok(Json(read.map_err(no_table)?))
}
