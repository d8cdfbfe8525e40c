//! `GET /api/v1/equipment/{id}/synchronisations`: show an equipment's synchronisations.

use axum::extract::State;
use vigie_assets::history::{SynchronisationItem, synchronisations};
use vigie_kernel::{Action, EquipmentId};

use crate::http::{AppState, Caller, Json, ListAnswer, ListQuery, Path, Problem, Query, Sorts};

/// Show an equipment's synchronisations
///
/// Newest first, of the present agent.
#[utoipa::path(
    get,
    path = "/api/v1/equipment/{id}/synchronisations",
    operation_id = "equipment_synchronisations",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment."), ListQuery),
    responses(
        (status = 200, description = "A page.", body = ListAnswer<SynchronisationItem>),
    ),
)]
pub(super) async fn equipment_synchronisations(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
    Query(asked): Query<ListQuery>,
) -> Result<Json<ListAnswer<SynchronisationItem>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let asked = asked.understand(&Sorts::newest_first())?;
    let found = synchronisations(&state.db, &granted, id, &asked.page).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(ListAnswer::page(&asked, found, |item| item)))
}
