//! `DELETE /api/v1/certificate/acme`: the certificate is no longer got automatically.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::Action;
use vigie_people::certificates::acme;

use super::certificate::changed;
use crate::http::{AppState, Caller, Problem};

/// Get the certificate automatically no more
///
/// The one in use stays until it is renewed or replaced.
#[utoipa::path(
    delete,
    path = "/api/v1/certificate/acme",
    operation_id = "certificate_acme_end",
    tag = "platform",
    responses((status = 204, description = "It is off.")),
)]
pub(super) async fn acme_end(State(state): State<AppState>, caller: Caller) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    if acme::end(&state.db, granted, caller.act()).await? {
        changed(&state).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
