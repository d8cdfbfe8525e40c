//! `PATCH /api/v1/systems/{id}`: gives a system its place in its customer's network.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_fleet::{
    network::{self, PlaceError},
    systems::{self, System, SystemPlace},
};
use vigie_kernel::{Action, Code, SystemId};

use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

/// Changes of a system; absent members stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SystemChanges {
    /// What it is in its customer's network. Who becomes the primary takes the place from who was.
    place: Option<SystemPlace>,
}

fn problem(error: PlaceError) -> Problem {
    match error {
        PlaceError::NotFound => Problem::not_found(),
        PlaceError::OnlyPrimary => Problem::new(Code::PrimaryNeeded),
        PlaceError::Db(error) => error.into(),
    }
}

/// Change a system
#[utoipa::path(
    patch,
    path = "/api/v1/systems/{id}",
    operation_id = "systems_change",
    tag = "systems",
    params(("id" = SystemId, Path, description = "The system.")),
    request_body = SystemChanges,
    responses(
        (status = 200, description = "As it is now.", body = System),
        (status = 409, description = "`primary-needed`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn systems_change(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<SystemId>,
    Json(changes): Json<SystemChanges>,
) -> Result<Json<System>, Problem> {
    let granted = caller.require_all(Action::CustomersEdit)?;
    if let Some(place) = changes.place {
        network::set_place(&state.db, granted, caller.act(), id, place).await.map_err(problem)?;
        state.events.changed(&[Topic::Systems]);
    }
    let found = systems::get(&state.db, granted, id, state.clock.now()).await?;
    found.map(Json).ok_or_else(Problem::not_found)
}
