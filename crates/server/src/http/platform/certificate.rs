//! `GET /api/v1/certificate`: the server's certificate.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, Timestamp};

use crate::http::{AppState, Caller, Json, Problem};

/// The server's certificate.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Certificate {
    /// Whose it is.
    subject: String,
    /// Who issued it.
    issuer: String,
    /// Names and addresses that it is for.
    names: Vec<String>,
    /// From when on.
    not_before: Timestamp,
    /// Until when.
    not_after: Timestamp,
    /// Whole days until then; it is issued again 90 days before.
    days_left: i64,
    /// SHA-256 of its DER form, hexadecimal.
    sha256: String,
    /// Who issued it: what clients trust.
    ca: Authority,
}

/// The server's certificate authority.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Authority {
    /// Until when.
    not_after: Timestamp,
    /// SHA-256 of its DER form, hexadecimal.
    sha256: String,
}

/// The server's certificate
#[utoipa::path(
    get,
    path = "/api/v1/certificate",
    operation_id = "certificate_get",
    tag = "platform",
    responses((status = 200, description = "The certificate in use.", body = Certificate)),
)]
pub(super) async fn certificate(State(state): State<AppState>, caller: Caller) -> Result<Json<Certificate>, Problem> {
    caller.require(Action::PreferencesManage)?;
    let (server, ca) = (state.identity.server(), state.identity.ca());
    Ok(Json(Certificate {
        days_left: server.days_left(caller.now()),
        subject: server.subject,
        issuer: server.issuer,
        names: server.names,
        not_before: server.not_before,
        not_after: server.not_after,
        sha256: server.sha256,
        ca: Authority { not_after: ca.not_after, sha256: ca.sha256 },
    }))
}
