//! `DELETE /api/v1/trusted-certificates/{id}`: the server's own connections trust one no longer.

use axum::{extract::State, http::StatusCode};
use vigie_kernel::{Action, TrustedCertificateId};
use vigie_people::certificates::trusted;

use crate::{
    events::Topic,
    http::{AppState, Caller, Path, Problem},
};

/// Trust a certificate no longer
#[utoipa::path(
    delete,
    path = "/api/v1/trusted-certificates/{id}",
    operation_id = "trusted_certificates_remove",
    tag = "platform",
    params(("id" = TrustedCertificateId, Path)),
    responses((status = 204, description = "Removed.")),
)]
pub(super) async fn trusted_remove(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TrustedCertificateId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    if !trusted::remove(&state.db, granted, caller.act(), id).await? {
        return Err(Problem::not_found());
    }
    state.events.changed(&[Topic::Certificates]);
    Ok(StatusCode::NO_CONTENT)
}
