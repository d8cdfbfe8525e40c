//! `GET /api/v1/rollouts/{id}`: a roll-out.

use axum::extract::State;
use vigie_assets::rollouts::{Rollout, one};
use vigie_kernel::{Action, RolloutId};

use crate::http::{AppState, Caller, Json, Path, Problem};

/// A roll-out
#[utoipa::path(
    get,
    path = "/api/v1/rollouts/{id}",
    operation_id = "rollouts_get",
    tag = "agent-updates",
    params(("id" = RolloutId, Path, description = "The roll-out.")),
    responses((status = 200, description = "How it stands.", body = Rollout)),
)]
pub(super) async fn rollouts_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<RolloutId>,
) -> Result<Json<Rollout>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    Ok(Json(one(&state.db, granted, id).await?.ok_or_else(Problem::not_found)?))
}
