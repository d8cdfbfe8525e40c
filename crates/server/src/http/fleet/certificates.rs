//! `GET /api/v1/systems/{id}/certificates` and `POST …/certificates/renewal`: what the server issued to a system.

use axum::{extract::State, http::StatusCode};
use vigie_fleet::certificates::{self, SystemCertificates};
use vigie_kernel::{Action, SystemId};

use crate::{
    http::{AppState, Caller, Json, Path, Problem},
    workers::links::{self, Word},
};

/// A system's certificates
///
/// Those that the server issued to it, how the system says that it stands with each, and the authority that whoever connects to
/// the system is to trust.
#[utoipa::path(
    get,
    path = "/api/v1/systems/{id}/certificates",
    operation_id = "system_certificates",
    tag = "systems",
    params(("id" = SystemId, Path, description = "The system.")),
    responses((status = 200, description = "As it is.", body = SystemCertificates)),
)]
pub(super) async fn system_certificates(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<SystemId>,
) -> Result<Json<SystemCertificates>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    let found = certificates::of_system(&state.db, granted, id).await?;
    found.map(Json).ok_or_else(Problem::not_found)
}

/// Renew a system's certificates
///
/// All of them, at once: a system that has no link hears it when it comes. Those that it has stay good until they end.
#[utoipa::path(
    post,
    path = "/api/v1/systems/{id}/certificates/renewal",
    operation_id = "system_certificates_renew",
    tag = "systems",
    params(("id" = SystemId, Path, description = "The system.")),
    responses((status = 204, description = "Wanted.")),
)]
pub(super) async fn system_certificates_renew(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<SystemId>,
) -> Result<StatusCode, Problem> {
    let granted = caller.require_all(Action::CustomersEdit)?;
    if !certificates::want_anew(&state.db, granted, caller.act(), id).await? {
        return Err(Problem::not_found());
    }
    links::say(&state, Word::Certificates, &[id]).await;
    Ok(StatusCode::NO_CONTENT)
}
