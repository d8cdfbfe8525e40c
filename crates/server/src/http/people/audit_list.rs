//! `GET /api/v1/audit`: who did what.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::audit::{self, AuditFilter, AuditRow};

use crate::http::{AppState, Caller, Json, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts::newest_first();

/// The audit trail
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    operation_id = "audit_list",
    tag = "audit",
    params(ListQuery, AuditFilter),
    responses((status = 200, description = "A page, newest first.", body = ListAnswer<AuditRow>)),
)]
pub(super) async fn audit_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(filter): Query<AuditFilter>,
) -> Result<Json<ListAnswer<AuditRow>>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    let asked = query.understand(&SORTS)?;
    if !filter.is_storable() {
        return Err(Problem::invalid("object_id", "must be text"));
    }
    let found = audit::list(&state.db, granted, &filter, asked.search.as_deref(), &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |it| it)))
}
