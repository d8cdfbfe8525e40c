//! `GET /api/v1/trusted-certificates`: what the server's own connections trust beside the operating system's.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, Timestamp, TrustedCertificateId};
use vigie_people::certificates::trusted::{self, Kind, Trusted};

use super::certificate::CertificateWarning;
use crate::http::{AppState, Caller, Json, Problem, people::Items};

/// A trusted certificate.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TrustedCertificate {
    /// Id.
    id: TrustedCertificateId,
    /// What it is for, as the certificate says.
    kind: Kind,
    /// Whose it is.
    subject: String,
    /// Who issued it.
    issuer: String,
    /// From when on.
    not_before: Timestamp,
    /// Until when.
    not_after: Timestamp,
    /// Whole days until then; negative when it has passed.
    days_left: i64,
    /// What people should know; null: nothing.
    warning: Option<CertificateWarning>,
    /// SHA-256 of its DER form, hexadecimal.
    sha256: String,
    /// When it was added.
    added_at: Timestamp,
}

impl TrustedCertificate {
    pub(super) fn at(now: Timestamp, it: Trusted) -> Self {
        let days_left = (it.not_after.millis() - now.millis()).div_euclid(86_400_000);
        Self {
            id: it.id,
            kind: it.kind,
            subject: it.subject,
            issuer: it.issuer,
            not_before: it.not_before,
            not_after: it.not_after,
            days_left,
            warning: CertificateWarning::of(days_left),
            sha256: hex::encode(it.sha256),
            added_at: it.added_at,
        }
    }
}

/// Trusted certificates
///
/// The server's own connections to others trust the operating system's authorities and these.
#[utoipa::path(
    get,
    path = "/api/v1/trusted-certificates",
    operation_id = "trusted_certificates_list",
    tag = "platform",
    responses((status = 200, description = "At most 200, by name.", body = Items<TrustedCertificate>)),
)]
pub(super) async fn trusted_list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<Items<TrustedCertificate>>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    let now = caller.now();
    let listed = trusted::list(&state.db, granted).await?;
    Ok(Json(Items { items: listed.into_iter().map(|it| TrustedCertificate::at(now, it)).collect() }))
}
