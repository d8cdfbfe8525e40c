//! `GET /api/v1/resellers`: resellers by name.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::hierarchy::{self, Reseller, ResellerFilter};

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts::of(&[("name", Kind::Text)]);

/// Resellers
#[utoipa::path(
    get,
    path = "/api/v1/resellers",
    operation_id = "resellers_list",
    tag = "customers",
    params(ListQuery, ResellerFilter),
    responses((status = 200, description = "A page, by `name`.", body = ListAnswer<Reseller>)),
)]
pub(super) async fn resellers_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(filter): Query<ResellerFilter>,
) -> Result<Json<ListAnswer<Reseller>>, Problem> {
    let granted = caller.require(Action::CustomersSee)?;
    let asked = query.understand(&SORTS)?;
    let found = hierarchy::resellers(&state.db, granted, filter, asked.search.as_deref(), &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |it| it)))
}
