//! `GET /api/v1/pending-equipment`: list pending equipment.

use axum::extract::State;
use vigie_assets::pending::list::{Filter, PendingItem, Sort, list};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

/// How the queue can be sorted: newest first where nothing is asked for.
pub(super) const SORTS: Sorts = Sorts {
    id: Kind::Uuid,
    by: &[("received_at", Kind::Number), ("name", Kind::Text), ("os", Kind::Text), ("source_address", Kind::Text)],
    descending: true,
};

/// List pending equipment
///
/// What agents brought and no equipment is associated with yet.
#[utoipa::path(
    get,
    path = "/api/v1/pending-equipment",
    operation_id = "pending_equipment_list",
    tag = "pending",
    params(ListQuery, Filter),
    responses(
        (status = 200, description = "A page.", body = ListAnswer<PendingItem>),
    ),
)]
pub(super) async fn pending_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
    Query(mut filter): Query<Filter>,
) -> Result<Json<ListAnswer<PendingItem>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let asked = asked.understand(&SORTS)?;
    filter.q.clone_from(&asked.search);
    let sort = Sort::from_name(asked.sort).unwrap_or(Sort::Received);
    let found = list(&state.db, &granted, &filter, sort, &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |item| item)))
}
