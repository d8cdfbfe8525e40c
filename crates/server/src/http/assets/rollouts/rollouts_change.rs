//! `PATCH /api/v1/rollouts/{id}`: widen, pause, go on with or end a roll-out.

use axum::extract::State;
use vigie_assets::rollouts::{Changes, Rollout, change, one};
use vigie_kernel::{Action, RolloutId};

use super::{changed, problem};
use crate::http::{AppState, Caller, Json, Path, Problem};

/// Widen, pause, go on with or end a roll-out
///
/// An agent that has fetched the version already runs it all the same. Going on with one that stopped by itself forgives what
/// failed until then.
#[utoipa::path(
    patch,
    path = "/api/v1/rollouts/{id}",
    operation_id = "rollouts_change",
    tag = "agent-updates",
    params(("id" = RolloutId, Path, description = "The roll-out.")),
    request_body = Changes,
    responses(
        (status = 200, description = "As it is now.", body = Rollout),
        (status = 409, description = "`rollout-ended`.", body = crate::http::ProblemDocument,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn rollouts_change(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<RolloutId>,
    Json(changes): Json<Changes>,
) -> Result<Json<Rollout>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    change(&state.db, granted, caller.act(), id, changes).await.map_err(problem)?;
    changed(&state);
    Ok(Json(one(&state.db, granted, id).await?.ok_or_else(Problem::not_found)?))
}
