//! `GET /api/v1/rollouts`: list roll-outs.

use axum::extract::State;
use vigie_assets::rollouts::{Rollout, list};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts { id: Kind::Uuid, by: &[("created_at", Kind::Number)], descending: true };

/// List roll-outs
///
/// Newest first; at most one of them is not over.
#[utoipa::path(
    get,
    path = "/api/v1/rollouts",
    operation_id = "rollouts_list",
    tag = "agent-updates",
    params(ListQuery),
    responses((status = 200, description = "A page.", body = ListAnswer<Rollout>)),
)]
pub(super) async fn rollouts_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
) -> Result<Json<ListAnswer<Rollout>>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    let asked = asked.understand(&SORTS)?;
    let found = list(&state.db, granted, &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |it| it)))
}
