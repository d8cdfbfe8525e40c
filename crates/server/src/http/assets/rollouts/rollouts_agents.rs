//! `GET /api/v1/rollouts/{id}/agents`: what became of the agents of a roll-out.

use axum::extract::State;
use vigie_assets::rollouts::{AgentFilter, RolloutAgent, agents};
use vigie_kernel::{Action, RolloutId};

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Path, Problem, Query, Sorts};

const SORTS: Sorts = Sorts { id: Kind::Uuid, by: &[("offered_at", Kind::Number)], descending: true };

/// What became of the agents of a roll-out
#[utoipa::path(
    get,
    path = "/api/v1/rollouts/{id}/agents",
    operation_id = "rollouts_agents",
    tag = "agent-updates",
    params(("id" = RolloutId, Path, description = "The roll-out."), ListQuery, AgentFilter),
    responses((status = 200, description = "A page of those that were offered the version.", body = ListAnswer<RolloutAgent>)),
)]
pub(super) async fn rollouts_agents(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<RolloutId>,
    Query(asked): Query<ListQuery>,
    Query(filter): Query<AgentFilter>,
) -> Result<Json<ListAnswer<RolloutAgent>>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    let asked = asked.understand(&SORTS)?;
    let found = agents(&state.db, granted, id, &filter, &asked.page).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(ListAnswer::page(&asked, found, |it| it)))
}
