//! `DELETE /api/v1/enrolment-tokens/{id}`: revokes an enrolment token.

use axum::{extract::State, http::StatusCode};
use vigie_fleet::tokens;
use vigie_kernel::{Action, EnrolmentTokenId};

use crate::http::{AppState, Caller, Path, Problem};

/// Revoke an enrolment token
///
/// Nothing enrols with it any more. Systems that did stay.
#[utoipa::path(
    delete,
    path = "/api/v1/enrolment-tokens/{id}",
    operation_id = "enrolment_tokens_revoke",
    tag = "systems",
    params(("id" = EnrolmentTokenId, Path, description = "The token.")),
    responses((status = 204, description = "Revoked.")),
)]
pub(super) async fn enrolment_tokens_revoke(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EnrolmentTokenId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::CustomersAdd)?;
    if tokens::revoke(&state.db, granted, caller.act(), id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}
