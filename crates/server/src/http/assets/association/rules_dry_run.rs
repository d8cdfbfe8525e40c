//! `POST /api/v1/association-rules/dry-run`: what the rules would do.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_assets::association::{Looked, MOST_EXCEPTIONS, RulesGiven, dry_run};
use vigie_kernel::{Action, InventoryId};

use crate::http::{AppState, Caller, Json, Problem};

/// What to look at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AssociationDryRun {
    /// With these rules; absent: with those in force.
    #[serde(default)]
    rules: Option<RulesGiven>,
    /// Machines after this one: `next` of the answer before.
    #[serde(default)]
    after: Option<InventoryId>,
}

/// Try the association rules
///
/// Says what would become of the pending machines that an equipment fits or nearly fits, and why; changes nothing. Up to 200
/// machines are looked at: go on after `next`.
#[utoipa::path(
    post,
    path = "/api/v1/association-rules/dry-run",
    operation_id = "association_rules_dry_run",
    tag = "pending",
    request_body = AssociationDryRun,
    responses((status = 200, description = "What would become of them.", body = Looked)),
)]
pub(super) async fn association_rules_dry_run(
    State(state): State<AppState>,
    caller: Caller,
    Json(asked): Json<AssociationDryRun>,
) -> Result<Json<Looked>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    if asked.rules.as_ref().is_some_and(|it| it.customers.len() > MOST_EXCEPTIONS) {
        return Err(Problem::invalid("rules.customers", "are at most 1,000"));
    }
    Ok(Json(dry_run(&state.db, granted, asked.rules.as_ref(), asked.after).await?))
}
