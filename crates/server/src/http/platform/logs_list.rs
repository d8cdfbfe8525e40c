//! `GET /api/v1/platform/logs`: read and search the server's log.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_kernel::{Code, NodeId};
use vigie_people::platform::{log_access, nodes};

use super::logs_access::in_person;
use crate::{
    http::{AppState, Caller, Json, Problem, ProblemDocument, Query},
    logs::{LogError, LogPage, LogQuery},
    workers::platform,
};

/// Whose log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfNode {
    /// Of this node; of the one that answers where nothing is said.
    node: Option<NodeId>,
}

/// Read the server's log
///
/// Newest first. Only for a session whose owner opened it, see `POST /api/v1/platform/logs/access`.
#[utoipa::path(
    get,
    path = "/api/v1/platform/logs",
    operation_id = "logs_list",
    tag = "platform",
    params(OfNode, LogQuery),
    responses(
        (status = 200, description = "A page.", body = LogPage),
        (status = 403, description = "`password-again`, `not-allowed`.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: there is no such node.",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "`node-silent`, `busy`.",
            body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn logs_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(of): Query<OfNode>,
    Query(query): Query<LogQuery>,
) -> Result<Json<LogPage>, Problem> {
    let (granted, session) = in_person(&caller)?;
    if log_access::until(&state.db, &granted, session.id, caller.now()).await?.is_none() {
        return Err(Problem::new(Code::PasswordAgain));
    }
    if query.limit.is_some_and(|it| !(1..=200).contains(&it)) {
        return Err(Problem::invalid("limit", "must be 1 to 200"));
    }
    if query.q.as_ref().is_some_and(|it| it.chars().count() > 200) {
        return Err(Problem::invalid("q", "must not be longer than 200 characters"));
    }
    let read = match of.node {
        Some(id) if id != state.node.id => {
            let node = nodes::get(&state.db, granted, id, caller.now()).await?.ok_or_else(Problem::not_found)?;
            let silent = || Problem::new(Code::NodeSilent);
            if matches!(node.state, nodes::Health::Stopped | nodes::Health::Lost) {
                return Err(silent());
            }
            platform::ask(&state, granted, caller.act(), id, &query).await?.ok_or_else(silent)?
        }
        _ => state.logs.page(query).await,
    };
    match read {
        Ok(page) => Ok(Json(page)),
        Err(LogError::Cursor) => Err(Problem::new(Code::CursorInvalid)),
        Err(LogError::Io(error)) => Err(error.into()),
    }
}
