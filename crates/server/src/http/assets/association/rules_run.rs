//! `POST /api/v1/association-rules/run`: let the rules look at what waits.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_assets::association::{Looked, run};
use vigie_kernel::{Action, InventoryId};

use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Problem},
};

/// Where to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AssociationRun {
    /// Machines after this one: `next` of the answer before.
    #[serde(default)]
    after: Option<InventoryId>,
}

/// Run the association rules
///
/// Lets the rules in force look at the machines that wait already. Up to 200 are looked at: go on after `next`.
#[utoipa::path(
    post,
    path = "/api/v1/association-rules/run",
    operation_id = "association_rules_run",
    tag = "pending",
    request_body = AssociationRun,
    responses((status = 200, description = "How many were associated; `items` is empty.", body = Looked)),
)]
pub(super) async fn association_rules_run(
    State(state): State<AppState>,
    caller: Caller,
    Json(asked): Json<AssociationRun>,
) -> Result<Json<Looked>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    let looked = run(&state.db, granted, caller.act(), asked.after).await.map_err(super::super::problem)?;
    if looked.associated > 0 {
        state.events.changed(&[Topic::Equipment, Topic::Pending]);
    }
    Ok(Json(looked))
}
