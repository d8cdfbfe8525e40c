//! `GET /api/v1/providers`: providers by name.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::hierarchy::{self, Provider};

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts::of(&[("name", Kind::Text)]);

/// Providers
#[utoipa::path(
    get,
    path = "/api/v1/providers",
    operation_id = "providers_list",
    tag = "customers",
    params(ListQuery),
    responses((status = 200, description = "A page, by `name`.", body = ListAnswer<Provider>)),
)]
pub(super) async fn providers_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<ListAnswer<Provider>>, Problem> {
    let granted = caller.require(Action::CustomersSee)?;
    let asked = query.understand(&SORTS)?;
    let found = hierarchy::providers(&state.db, granted, asked.search.as_deref(), &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |it| it)))
}
