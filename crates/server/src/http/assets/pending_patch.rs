//! `PATCH /api/v1/pending-equipment/{id}`: ignore a pending one, or lift it.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_assets::pending;
use vigie_kernel::{Action, InventoryId};

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

/// Which state.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum PendingState {
    /// In the queue.
    Pending,
    /// Out of it.
    Ignored,
}

/// What changes.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct StateChange {
    /// The state.
    state: PendingState,
}

/// Ignore a pending one, or lift it
///
/// An ignored one stays out of the queue however often its agent calls.
#[utoipa::path(
    patch,
    path = "/api/v1/pending-equipment/{id}",
    operation_id = "pending_equipment_patch",
    tag = "pending",
    params(("id" = InventoryId, Path, description = "The pending equipment.")),
    request_body = StateChange,
    responses(
        (status = 204, description = "Done."),
        (status = 409, description = "`pending-already-associated`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn pending_patch(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InventoryId>,
    Json(change): Json<StateChange>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let ignored = matches!(change.state, PendingState::Ignored);
    pending::set_ignored(&state.db, granted, caller.act(), id, ignored).await.map_err(problem)?;
    state.events.changed(&[Topic::Pending]);
    Ok(StatusCode::NO_CONTENT)
}
