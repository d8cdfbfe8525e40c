//! `GET /healthz` and `GET /readyz`: for whatever watches the server.

use std::time::Duration;

use axum::extract::State;
use vigie_kernel::Code;

use crate::http::{AppState, Problem, ProblemDocument};

/// Longest that the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether the process lives
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "healthz",
    tag = "platform",
    security(()),
    responses((status = 200, description = "It does.", body = String, content_type = "text/plain")),
)]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether requests can be served
///
/// The database answers; its schema was brought up to date before the server listened.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "readyz",
    tag = "platform",
    security(()),
    responses(
        (status = 200, description = "They can.", body = String, content_type = "text/plain"),
        (status = 503, description = "`busy`: not now.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn readyz(State(state): State<AppState>) -> Result<&'static str, Problem> {
    let not_now = || Problem::new(Code::Busy).detail("The database does not answer.");
    if state.stopping.is_cancelled() {
        return Err(Problem::new(Code::Busy).detail("The server is stopping."));
    }
    match tokio::time::timeout(PATIENCE, state.db.ping()).await {
        Ok(Ok(())) => Ok("ready\n"),
        Ok(Err(error)) => {
            tracing::error!(%error, "the database does not answer");
            Err(not_now())
        }
        Err(_) => Err(not_now()),
    }
}
