//! `PATCH /api/v1/api-clients/{id}`: an API client is switched off or on.

use axum::extract::State;
use vigie_kernel::{Action, ApiClientId};
use vigie_people::api_clients::{self, ApiClient, ApiClientChanges};

use super::api_clients_create::problem;
use crate::http::{AppState, Caller, Json, Path, Problem, ProblemDocument};

/// Change an API client
///
/// Inactive: agents that use it are refused with `client-inactive`, keep what they have and try again. Of the client
/// that the server made for its agents only the status can be changed.
#[utoipa::path(
    patch,
    path = "/api/v1/api-clients/{id}",
    operation_id = "api_clients_change",
    tag = "api-clients",
    params(("id" = ApiClientId, Path)),
    request_body = ApiClientChanges,
    responses(
        (status = 200, description = "Changed.", body = ApiClient),
        (status = 409, description = "`client-used-by-agents`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn api_clients_change(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApiClientId>,
    Json(changes): Json<ApiClientChanges>,
) -> Result<Json<ApiClient>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    let client = api_clients::change(&state.db, granted, caller.act(), id, changes).await.map_err(problem)?;
    Ok(Json(client))
}
