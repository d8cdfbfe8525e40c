//! `GET /api/v1/api-clients`: API clients by client id.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::api_clients::{self, ApiClient};

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts::of(&[("client_id", Kind::Text)]);

/// API clients
#[utoipa::path(
    get,
    path = "/api/v1/api-clients",
    operation_id = "api_clients_list",
    tag = "api-clients",
    params(ListQuery),
    responses((status = 200, description = "A page, by `client_id`.", body = ListAnswer<ApiClient>)),
)]
pub(super) async fn api_clients_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<ListAnswer<ApiClient>>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    let asked = query.understand(&SORTS)?;
    let found = api_clients::list(&state.db, granted, asked.search.as_deref(), &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |it| it)))
}
