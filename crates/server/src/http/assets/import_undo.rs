//! `POST /api/v1/imports/{id}/undo`: undo an import as a whole.

use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use vigie_assets::imports::{self, Import};
use vigie_kernel::{Action, ImportId};

use super::import_problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
    workers::imports::work,
};

/// How often it is looked whether it is undone, and how many times before the caller hears that it goes on.
const LOOK: (Duration, u32) = (Duration::from_millis(50), 100);

/// Undo an import as a whole
///
/// What it made is deleted, and what it changed goes back to what it was, as far as nobody changed it since: `undone` and
/// `kept` count both. One that goes on is stopped first. Undoing twice is no harm.
#[utoipa::path(
    post,
    path = "/api/v1/imports/{id}/undo",
    operation_id = "import_undo",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    responses(
        (status = 200, description = "It is undone.", body = Import),
        (status = 202, description = "It is being undone.", body = Import),
        (status = 409, description = "`nothing-to-undo`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn import_undo(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<(StatusCode, Json<Import>), Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let (db, user) = (&state.db, caller.user.id);
    let begun = imports::begin_undo(db, granted, caller.act(), user, id, state.node.id).await;
    let mut import = begun.map_err(import_problem)?;
    state.events.changed(&[Topic::Imports]);
    work(&state);
    for _ in 0..LOOK.1 {
        if import.state != imports::State::Undoing {
            break;
        }
        tokio::time::sleep(LOOK.0).await;
        import = imports::get(db, &granted, user, id).await?.ok_or_else(Problem::not_found)?;
    }
    let goes_on = import.state == imports::State::Undoing;
    Ok((if goes_on { StatusCode::ACCEPTED } else { StatusCode::OK }, Json(import)))
}
