//! `GET /api/v1/equipment/{id}/history`: show an equipment's history.

use axum::extract::State;
use vigie_assets::history::{Change, changes};
use vigie_kernel::{Action, EquipmentId};

use crate::http::{AppState, Caller, Json, ListAnswer, ListQuery, Path, Problem, Query, Sorts};

/// Show an equipment's history
///
/// Newest first: what was added, removed and changed between two inventories.
#[utoipa::path(
    get,
    path = "/api/v1/equipment/{id}/history",
    operation_id = "equipment_history",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment."), ListQuery),
    responses(
        (status = 200, description = "A page.", body = ListAnswer<Change>),
    ),
)]
pub(super) async fn equipment_history(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
    Query(asked): Query<ListQuery>,
) -> Result<Json<ListAnswer<Change>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let asked = asked.understand(&Sorts::newest_first())?;
    let found = changes(&state.db, &granted, id, &asked.page).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(ListAnswer::page(&asked, found, |item| item)))
}
