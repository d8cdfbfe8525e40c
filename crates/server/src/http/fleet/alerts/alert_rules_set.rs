//! `PUT /api/v1/customers/{id}/alert-rules`: changes what a customer's systems look at.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_fleet::alerts::rules::{self, RuleError};
use vigie_kernel::{Action, CustomerId};
use vigie_wire::link::alert::AlertRule;

use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Path, Problem},
    workers::links::{self, Word},
};

/// All that is changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomerAlertRules {
    /// For each condition at most one; a condition without one is as its profile says.
    rules: Vec<AlertRule>,
}

/// Change a customer's conditions
///
/// All of it, in place of what was changed before. Systems that are connected hear of it at once, others when they are.
#[utoipa::path(
    put,
    path = "/api/v1/customers/{id}/alert-rules",
    operation_id = "alert_rules_set",
    tag = "alerts",
    params(("id" = CustomerId, Path)),
    request_body = CustomerAlertRules,
    responses((status = 204, description = "Stored.")),
)]
pub(super) async fn alert_rules_set(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CustomerId>,
    Json(all): Json<CustomerAlertRules>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::AlertsHandle)?;
    let set = rules::set(&state.db, granted, caller.act(), id, all.rules).await;
    let systems = set.map_err(|error| match error {
        RuleError::NotFound => Problem::not_found(),
        RuleError::Invalid(words) => Problem::invalid("rules", words),
        RuleError::Db(error) => error.into(),
    })?;
    links::say(&state, Word::AlertRules, &systems).await;
    state.events.changed(&[Topic::Alerts]);
    Ok(StatusCode::NO_CONTENT)
}
