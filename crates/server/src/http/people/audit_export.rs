//! `GET /api/v1/audit/export`: the trail as JSON lines.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse as _, Response},
};
use futures_util::{Stream, StreamExt as _};
use http::header;
use vigie_kernel::{Action, Granted};
use vigie_people::audit::{self, AuditFilter};

use crate::http::{AppState, Caller, Problem, Query};

/// Entries that are read at once.
const PIECE: u64 = 500;

/// The trail as JSON lines
///
/// One entry a line, oldest first, as in the list, each with its hash. Filters are those of the list.
#[utoipa::path(
    get,
    path = "/api/v1/audit/export",
    operation_id = "audit_export",
    tag = "audit",
    params(AuditFilter),
    responses((status = 200, description = "One JSON object a line.", body = String, content_type = "application/jsonl")),
)]
pub(super) async fn audit_export(
    State(state): State<AppState>,
    caller: Caller,
    Query(filter): Query<AuditFilter>,
) -> Result<Response, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    if !filter.is_storable() {
        return Err(Problem::invalid("object_id", "must be text"));
    }
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""),
    ];
    Ok((headers, Body::from_stream(lines(state, granted, filter))).into_response())
}

/// Ends early where the database fails: a line that is not there is better than one that is not whole.
fn lines(state: AppState, granted: Granted, filter: AuditFilter) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let pieces = futures_util::stream::unfold((state, filter, Some(0)), move |(state, filter, place)| async move {
        let rows = match audit::after(&state.db, granted, &filter, place?, PIECE).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::error!(%error, "an export of the audit trail was cut off");
                return None;
            }
        };
        let last = rows.last()?.0;
        let mut piece = Vec::with_capacity(rows.len() * 400);
        for (_, row) in &rows {
            // What was read from the database can be written as JSON.
            let _ = serde_json::to_writer(&mut piece, row);
            piece.push(b'\n');
        }
        let whole = rows.len() as u64 == PIECE;
        Some((Ok(piece.into()), (state, filter, whole.then_some(last))))
    });
    // What packs the answer asks once more after the end.
    pieces.fuse()
}
