//! `GET /api/v1/imports/{id}/refused-lines`: list the lines that an import did not take.

use axum::extract::State;
use vigie_assets::imports::refusals::{self, Refusal};
use vigie_kernel::{Action, ImportId};

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Path, Problem, Query, Sorts};

/// Lines of a file.
pub(super) const SORTS: Sorts = Sorts { id: Kind::Number, by: &[("line", Kind::Number)], descending: false };

/// List the lines that an import did not take
///
/// Or that a dry run would not.
#[utoipa::path(
    get,
    path = "/api/v1/imports/{id}/refused-lines",
    operation_id = "import_refusals",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import."), ListQuery),
    responses(
        (status = 200, description = "One page, by line.", body = ListAnswer<Refusal>),
    ),
)]
pub(super) async fn import_refusals(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ImportId>,
    Query(query): Query<ListQuery>,
) -> Result<Json<ListAnswer<Refusal>>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let asked = query.understand(&SORTS)?;
    let found = refusals::list(&state.db, &granted, caller.user.id, id, &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found.ok_or_else(Problem::not_found)?, |it| it)))
}
