//! `PUT /api/v1/association-rules`: what is to be associated by itself.

use axum::extract::State;
use vigie_assets::association::{AssociationRules, AssociationRulesFields, put};
use vigie_kernel::Action;

use super::problem;
use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// Change the association rules
///
/// They are for machines that come from now on; run them to have those looked at that wait already.
#[utoipa::path(
    put,
    path = "/api/v1/association-rules",
    operation_id = "association_rules_change",
    tag = "pending",
    request_body = AssociationRulesFields,
    responses(
        (status = 200, description = "As they are now.", body = AssociationRules),
        (status = 412, description = "`revision-stale`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn association_rules_change(
    State(state): State<AppState>,
    caller: Caller,
    Json(fields): Json<AssociationRulesFields>,
) -> Result<Json<AssociationRules>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    Ok(Json(put(&state.db, granted, caller.act(), fields).await.map_err(problem)?))
}
