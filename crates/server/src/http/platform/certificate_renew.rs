//! `POST /api/v1/certificate/renewal`: a new certificate of the server's own authority.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::certificates;

use super::certificate::{Certificate, change_problem, changed};
use crate::http::{AppState, Caller, Json, Problem};

/// Renew the certificate
///
/// The server's own authority issues a new one for 3 years. It is in use at once, on every node, without a restart; connections go on.
/// A certificate that was put in its place is given up.
#[utoipa::path(
    post,
    path = "/api/v1/certificate/renewal",
    operation_id = "certificate_renew",
    tag = "platform",
    responses(
        (status = 200, description = "The certificate in use now.", body = Certificate),
        (status = 409, description = "`certificate-automatic`: it is got automatically.",
            body = crate::http::ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn certificate_renew(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<Certificate>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    certificates::renew_own(&state.db, granted, caller.act()).await.map_err(change_problem)?;
    changed(&state).await
}
