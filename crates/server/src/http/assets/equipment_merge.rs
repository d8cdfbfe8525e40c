//! `POST /api/v1/equipment/{id}/merge`: merge another equipment into this one.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_assets::equipment::{Equipment, life::merge};
use vigie_kernel::{Action, EquipmentId};

use super::problem;
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem, ProblemDocument},
};

/// What is merged.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Merge {
    /// The equipment that comes into this one, and is deleted.
    other_id: EquipmentId,
}

/// Merge another equipment into this one
///
/// Its history comes here, its agent too when this one has none; empty fields are filled. It can be undone.
#[utoipa::path(
    post,
    path = "/api/v1/equipment/{id}/merge",
    operation_id = "equipment_merge",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    request_body = Merge,
    responses(
        (status = 200, description = "The merged equipment.", body = Equipment),
        (status = 409, description = "`merge-impossible`, `equipment-deleted`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn equipment_merge(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
    Json(wanted): Json<Merge>,
) -> Result<Json<Equipment>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let staleness = super::staleness(&state).await?;
    let act = caller.act();
    let merged = merge(&state.db, granted, act, id, wanted.other_id, staleness).await.map_err(problem)?;
    state.events.changed(&[Topic::Equipment]);
    Ok(Json(merged))
}
