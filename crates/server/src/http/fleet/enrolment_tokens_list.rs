//! `GET /api/v1/enrolment-tokens`: enrolment tokens, newest first.

use axum::extract::State;
use vigie_fleet::tokens::{self, EnrolmentToken, Filter};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts { id: Kind::Uuid, by: &[("created_at", Kind::Number)], descending: true };

/// Enrolment tokens
///
/// Without their secrets. Who sees assigned customers only sees the tokens for these, and those that they made themselves.
#[utoipa::path(
    get,
    path = "/api/v1/enrolment-tokens",
    operation_id = "enrolment_tokens_list",
    tag = "systems",
    params(ListQuery, Filter),
    responses((status = 200, description = "A page, newest first.", body = ListAnswer<EnrolmentToken>)),
)]
pub(super) async fn enrolment_tokens_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(filter): Query<Filter>,
) -> Result<Json<ListAnswer<EnrolmentToken>>, Problem> {
    let granted = caller.require(Action::CustomersAdd)?;
    let asked = query.understand(&SORTS)?;
    let found = tokens::list(&state.db, granted, &caller.act(), filter, &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |item| item)))
}
