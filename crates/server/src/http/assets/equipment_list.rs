//! `GET /api/v1/equipment`: list equipment.

use axum::extract::State;
use vigie_assets::equipment::{
    EquipmentItem,
    list::{Filter, Sort, list},
};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

/// How equipment can be sorted.
pub(super) const SORTS: Sorts = Sorts::of(&[
    ("name", Kind::Text),
    ("type", Kind::Text),
    ("status", Kind::Text),
    ("manufacturer", Kind::Text),
    ("model", Kind::Text),
    ("os", Kind::Text),
    ("last_inventory_at", Kind::Number),
]);

/// List equipment
///
/// Filtered, searched by words (`q`), sorted and paged. Deleted equipment is shown with `deleted=true` only.
#[utoipa::path(
    get,
    path = "/api/v1/equipment",
    operation_id = "equipment_list",
    tag = "equipment",
    params(ListQuery, Filter),
    responses(
        (status = 200, description = "A page.", body = ListAnswer<EquipmentItem>),
    ),
)]
pub(super) async fn equipment_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
    Query(mut filter): Query<Filter>,
) -> Result<Json<ListAnswer<EquipmentItem>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let asked = asked.understand(&SORTS)?;
    filter.q.clone_from(&asked.search);
    let sort = Sort::from_name(asked.sort).unwrap_or_default();
    let staleness = super::staleness(&state).await?;
    let found = list(&state.db, &granted, &filter, sort, &asked.page, staleness).await?;
    Ok(Json(ListAnswer::page(&asked, found, |item| item)))
}
