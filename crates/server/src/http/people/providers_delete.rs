//! `DELETE /api/v1/providers/{id}`: deletes a provider to which nothing belongs.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::{Action, ProviderId};
use vigie_people::hierarchy::manage;

use super::problems;
use crate::http::{AppState, Caller, Path, Problem, ProblemDocument};

/// Delete a provider
#[utoipa::path(
    delete,
    path = "/api/v1/providers/{id}",
    operation_id = "providers_delete",
    tag = "customers",
    params(("id" = ProviderId, Path, description = "The provider.")),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "`not-empty`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn providers_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ProviderId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require_all(Action::CustomersDelete)?;
    manage::delete_provider(&state.db, granted, caller.act(), id).await.map_err(problems::of_hierarchy)?;
    Ok(StatusCode::NO_CONTENT)
}
