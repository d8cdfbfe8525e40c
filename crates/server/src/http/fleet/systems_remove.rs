//! `DELETE /api/v1/systems/{id}`: removes a system.

use axum::{extract::State, http::StatusCode};
use vigie_fleet::systems;
use vigie_kernel::{Action, SystemId};

use crate::{
    events::Topic,
    http::{AppState, Caller, Path, Problem},
    workers::links::{self, Word},
};

/// Remove a system
///
/// Its link ends at once, and it is refused until it is enrolled again.
#[utoipa::path(
    delete,
    path = "/api/v1/systems/{id}",
    operation_id = "systems_remove",
    tag = "systems",
    params(("id" = SystemId, Path, description = "The system.")),
    responses((status = 204, description = "Removed.")),
)]
pub(super) async fn systems_remove(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<SystemId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::CustomersDelete)?;
    systems::remove(&state.db, granted, caller.act(), id).await?.ok_or_else(Problem::not_found)?;
    links::say(&state, Word::End, &[id]).await;
    state.events.changed(&[Topic::Systems]);
    Ok(StatusCode::NO_CONTENT)
}
