//! `POST /api/v1/equipment/{id}/fresh-inventory`: ask for a fresh inventory.

use axum::{extract::State, http::StatusCode};
use vigie_assets::equipment::life::ask_fresh;
use vigie_kernel::{Action, EquipmentId};

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Path, Problem, ProblemDocument},
};

/// Ask for a fresh inventory
///
/// The agent hears it at its next call.
#[utoipa::path(
    post,
    path = "/api/v1/equipment/{id}/fresh-inventory",
    operation_id = "equipment_ask_fresh",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    responses(
        (status = 204, description = "Done."),
        (status = 409, description = "`equipment-has-no-agent`, `equipment-deleted`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn equipment_ask_fresh(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    ask_fresh(&state.db, granted, caller.act(), id).await.map_err(problem)?;
    state.events.changed(&[Topic::Equipment, Topic::Pending]);
    Ok(StatusCode::NO_CONTENT)
}
