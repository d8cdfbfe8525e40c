//! `GET /api/v1/software/machines`: which machines have a title.

use axum::extract::State;
use vigie_assets::software::query::{Machine, MachineFilter, machines};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

/// How machines can be sorted.
pub(super) const SORTS: Sorts = Sorts { id: Kind::Number, by: &[("name", Kind::Text)], descending: false };

/// Which machines have a title
///
/// All, or with `version` or `version_below` those that have such a version, compared by the rules of where it is
/// known from (dpkg, rpm, …). By name.
#[utoipa::path(
    get,
    path = "/api/v1/software/machines",
    operation_id = "software_machines",
    tag = "software",
    params(ListQuery, MachineFilter),
    responses(
        (status = 200, description = "A page.", body = ListAnswer<Machine>),
    ),
)]
pub(super) async fn software_machines(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
    Query(filter): Query<MachineFilter>,
) -> Result<Json<ListAnswer<Machine>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let asked = asked.understand(&SORTS)?;
    if filter.name.trim().is_empty() {
        return Err(Problem::invalid("name", "names the title"));
    }
    let found = machines(&state.db, &granted, &filter, &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |item| item)))
}
