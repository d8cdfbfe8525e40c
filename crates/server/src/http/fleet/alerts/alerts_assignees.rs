//! `GET /api/v1/alerts/assignees`: who may look after alerts.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vigie_kernel::Action;
use vigie_people::users::assignable::{self, Assignable};

use crate::http::{AppState, Caller, Json, Problem, Query};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Search {
    /// Whose names contain these words.
    #[param(max_length = 200)]
    q: Option<String>,
}

/// Some people, at most 50.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Assignees {
    /// By name.
    items: Vec<Assignable>,
}

/// Who may look after alerts
///
/// People whose role handles alerts, at most 50. Who does not see every customer is told of those who see one of the same.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/assignees",
    operation_id = "alerts_assignees",
    tag = "alerts",
    params(Search),
    responses((status = 200, description = "Some people.", body = Assignees)),
)]
pub(super) async fn alerts_assignees(
    State(state): State<AppState>,
    caller: Caller,
    Query(search): Query<Search>,
) -> Result<Json<Assignees>, Problem> {
    let granted = caller.require(Action::AlertsHandle)?;
    if search.q.as_ref().is_some_and(|it| it.chars().count() > 200 || it.contains('\0')) {
        return Err(Problem::invalid("q", "must be text of at most 200 characters"));
    }
    Ok(Json(Assignees { items: assignable::list(&state.db, granted, search.q.as_deref()).await? }))
}
