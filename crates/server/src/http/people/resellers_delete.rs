//! `DELETE /api/v1/resellers/{id}`: deletes a reseller to which nothing belongs.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::{Action, ResellerId};
use vigie_people::hierarchy::manage;

use super::problems;
use crate::http::{AppState, Caller, Path, Problem, ProblemDocument};

/// Delete a reseller
#[utoipa::path(
    delete,
    path = "/api/v1/resellers/{id}",
    operation_id = "resellers_delete",
    tag = "customers",
    params(("id" = ResellerId, Path, description = "The reseller.")),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "`not-empty`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn resellers_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ResellerId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require_all(Action::CustomersDelete)?;
    manage::delete_reseller(&state.db, granted, caller.act(), id).await.map_err(problems::of_hierarchy)?;
    Ok(StatusCode::NO_CONTENT)
}
