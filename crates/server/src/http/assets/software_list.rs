//! `GET /api/v1/software`: list software titles.

use axum::extract::State;
use vigie_assets::software::query::{Title, TitleFilter, titles};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

/// How titles can be sorted.
pub(super) const SORTS: Sorts =
    Sorts { id: Kind::Number, by: &[("name", Kind::Text), ("machines", Kind::Number)], descending: false };

/// List software titles
///
/// Over all machines the caller may see, with the number of machines that have each.
#[utoipa::path(
    get,
    path = "/api/v1/software",
    operation_id = "software_list",
    tag = "software",
    params(ListQuery, TitleFilter),
    responses(
        (status = 200, description = "A page.", body = ListAnswer<Title>),
    ),
)]
pub(super) async fn software_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
    Query(mut filter): Query<TitleFilter>,
) -> Result<Json<ListAnswer<Title>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let asked = asked.understand(&SORTS)?;
    filter.q.clone_from(&asked.search);
    let found = titles(&state.db, &granted, &filter, asked.sort == "machines", &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |item| item)))
}
