//! `POST /api/v1/imports/{id}/start`: begin an import whose file is there.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_assets::imports::{self, Import, Options, preview::preview};
use vigie_kernel::{Action, ImportId};

use super::{import_create::no_table, import_problem};
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
    workers::imports::work,
};

/// How it is made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportStart)]
pub(super) struct Request {
    /// Whether nothing is to be changed: the report says what the import would do.
    #[serde(default)]
    dry_run: bool,
    /// How the file is read, and what becomes of its columns.
    #[serde(default)]
    options: Options,
}

/// Begin an import whose file is there
///
/// One of which there is only a preview or a dry run; the report of an earlier dry run goes.
#[utoipa::path(
    post,
    path = "/api/v1/imports/{id}/start",
    operation_id = "import_start",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    request_body = Request,
    responses(
        (status = 202, description = "It begins.", body = Import),
        (status = 409, description = "`import-running`, `import-made`, `import-file-gone`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn import_start(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ImportId>,
    Json(request): Json<Request>,
) -> Result<(StatusCode, Json<Import>), Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let (db, user) = (&state.db, caller.user.id);
    let there = imports::get(db, &granted, user, id).await?.ok_or_else(Problem::not_found)?;
    let hints = request.options.hints();
    // Read in another way the file may have other columns; that only the node can say that holds it.
    let columns = if hints == there.options.hints() {
        there.columns
    } else {
        let path = state.imports.file(id);
        let read = tokio::task::spawn_blocking(move || preview(&path, &hints)).await.map_err(Problem::internal)?;
        read.map_err(no_table)?.columns.into_iter().map(|it| it.name).collect()
    };
    let plan = imports::Plan { columns, options: request.options, dry_run: request.dry_run };
    let begun = imports::begin(db, granted, caller.act(), user, id, plan).await.map_err(import_problem)?;
    state.events.changed(&[Topic::Imports]);
    work(&state);
    Ok((StatusCode::ACCEPTED, Json(begun)))
}
