//! `GET /api/v1/alerts`: problems seen on customers' systems.

use axum::extract::State;
use vigie_db::paging::Listed;
use vigie_fleet::alerts::{
    Alert,
    list::{self, Filter, Sort},
};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts {
    id: Kind::Uuid,
    by: &[
        ("last_at", Kind::Number),
        ("first_at", Kind::Number),
        ("severity", Kind::Number),
        ("type", Kind::Text),
        ("occurrences", Kind::Number),
    ],
    descending: true,
};

/// Alerts
///
/// Those that are not cleared, the newest first, where nothing else is asked for.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    operation_id = "alerts_list",
    tag = "alerts",
    params(ListQuery, Filter),
    responses((status = 200, description = "A page.", body = ListAnswer<Alert>)),
)]
pub(super) async fn alerts_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(mut filter): Query<Filter>,
) -> Result<Json<ListAnswer<Alert>>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    let asked = query.understand(&SORTS)?;
    filter.q.clone_from(&asked.search);
    let sort = match asked.sort {
        "first_at" => Sort::First,
        "severity" => Sort::Severity,
        "type" => Sort::Type,
        "occurrences" => Sort::Occurrences,
        _ => Sort::Last,
    };
    let found = list::list(&state.db, granted, &filter, sort, &asked.page, state.clock.now()).await?;
    let items = super::with_logins(&state, found.items).await?;
    let found = Listed { items, next: found.next, total: found.total };
    Ok(Json(ListAnswer::page(&asked, found, |item| item)))
}
