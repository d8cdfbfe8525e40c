//! `GET /api/v1/imports/{id}/kept`: list what undoing an import left as it is.

use axum::extract::State;
use vigie_assets::imports::undo::{Kept, kept};
use vigie_kernel::{Action, ImportId};

use super::import_refusals::SORTS;
use crate::http::{AppState, Caller, Json, ListAnswer, ListQuery, Path, Problem, Query};

/// List what undoing an import left as it is
#[utoipa::path(
    get,
    path = "/api/v1/imports/{id}/kept",
    operation_id = "import_kept",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import."), ListQuery),
    responses(
        (status = 200, description = "One page, by line.", body = ListAnswer<Kept>),
    ),
)]
pub(super) async fn import_kept(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ImportId>,
    Query(query): Query<ListQuery>,
) -> Result<Json<ListAnswer<Kept>>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let asked = query.understand(&SORTS)?;
    let found = kept(&state.db, &granted, caller.user.id, id, &asked.page).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(ListAnswer::page(&asked, found, |it| it)))
}
