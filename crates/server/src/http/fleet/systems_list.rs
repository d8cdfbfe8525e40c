//! `GET /api/v1/systems`: customers' systems.

use axum::extract::State;
use vigie_fleet::systems::{self, Filter, Sort, System};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts::of(&[
    ("name", Kind::Text),
    ("profile", Kind::Text),
    ("version", Kind::Text),
    ("connectivity", Kind::Text),
    ("connectivity_since", Kind::Number),
]);

/// Systems
#[utoipa::path(
    get,
    path = "/api/v1/systems",
    operation_id = "systems_list",
    tag = "systems",
    params(ListQuery, Filter),
    responses((status = 200, description = "A page.", body = ListAnswer<System>)),
)]
pub(super) async fn systems_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(mut filter): Query<Filter>,
) -> Result<Json<ListAnswer<System>>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    let asked = query.understand(&SORTS)?;
    filter.q.clone_from(&asked.search);
    let sort = match asked.sort {
        "profile" => Sort::Profile,
        "version" => Sort::Version,
        "connectivity" => Sort::Connectivity,
        "connectivity_since" => Sort::Since,
        _ => Sort::Name,
    };
    let found = systems::list(&state.db, granted, &filter, sort, &asked.page, state.clock.now()).await?;
    Ok(Json(ListAnswer::page(&asked, found, |item| item)))
}
