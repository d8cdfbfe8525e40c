//! `GET /api/v1/pending-equipment/{id}/candidates`: which equipment a pending one may be.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_assets::pending::candidates::{Candidate, candidates};
use vigie_kernel::{Action, InventoryId};

use crate::http::{AppState, Caller, Json, ListAnswer, Path, Problem, Query};

/// What is searched.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Words that the equipment contains.
    #[param(max_length = 200)]
    q: Option<String>,
}

/// Which equipment a pending one may be
///
/// Equipment without an agent, likeliest first with the reasons; at most 50. `q` searches among them.
#[utoipa::path(
    get,
    path = "/api/v1/pending-equipment/{id}/candidates",
    operation_id = "pending_equipment_candidates",
    tag = "pending",
    params(("id" = InventoryId, Path, description = "The pending equipment."), Asked),
    responses(
        (status = 200, description = "The likeliest.", body = ListAnswer<Candidate>),
    ),
)]
pub(super) async fn pending_candidates(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InventoryId>,
    Query(asked): Query<Asked>,
) -> Result<Json<ListAnswer<Candidate>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let staleness = super::staleness(&state).await?;
    let found = candidates(&state.db, &granted, id, asked.q.as_deref(), staleness).await?;
    Ok(Json(ListAnswer::whole(found.ok_or_else(Problem::not_found)?)))
}
