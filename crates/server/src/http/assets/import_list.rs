//! `GET /api/v1/imports`: list imports.

use axum::extract::State;
use vigie_assets::imports::{self, Import};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts { id: Kind::Uuid, by: &[("created_at", Kind::Number)], descending: true };

/// List imports
///
/// Newest first: one's own; all, for who sees all customers. What was imported is kept for 90 days, what was not for 7.
#[utoipa::path(
    get,
    path = "/api/v1/imports",
    operation_id = "import_list",
    tag = "imports",
    params(ListQuery),
    responses(
        (status = 200, description = "One page.", body = ListAnswer<Import>),
    ),
)]
pub(super) async fn import_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<ListAnswer<Import>>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let asked = query.understand(&SORTS)?;
    let found = imports::list(&state.db, &granted, caller.user.id, &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |it| it)))
}
