//! `POST /api/v1/audit/verification`: whether the trail is as it was written.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_db::audit::{self, Verdict};
use vigie_kernel::{Action, AuditId, Code, Timestamp};

use crate::http::{AppState, Caller, Json, Problem};

/// Whether the trail is as it was written.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditVerdict {
    /// Whether it is.
    sound: bool,
    /// How many entries were read, where it is.
    entries: Option<u64>,
    /// The last hash, hexadecimal. Kept elsewhere it shows later that nothing was taken from the end.
    head: Option<String>,
    /// What is wrong.
    fault: Option<AuditFault>,
    /// The first entry that does not fit.
    entry: Option<AuditId>,
    /// When it says it was.
    at: Option<Timestamp>,
}

/// What is wrong with the trail.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AuditFault {
    /// An entry was changed, or one before it is missing.
    Changed,
    /// Entries are missing at the beginning.
    BeginningMissing,
    /// Entries are missing at the end.
    EndMissing,
}

/// Verify the trail
///
/// Reads all of it; one at a time.
#[utoipa::path(
    post,
    path = "/api/v1/audit/verification",
    operation_id = "audit_verify",
    tag = "audit",
    responses((status = 200, description = "What was found.", body = AuditVerdict)),
)]
pub(super) async fn audit_verify(State(state): State<AppState>, caller: Caller) -> Result<Json<AuditVerdict>, Problem> {
    caller.require(Action::PreferencesManage)?;
    let _turn = state.verifying.try_lock().map_err(|_| Problem::new(Code::Busy))?;
    let mut answer = AuditVerdict { sound: false, entries: None, head: None, fault: None, entry: None, at: None };
    match audit::verify(&state.db).await? {
        Verdict::Sound { rows, head } => {
            answer.sound = true;
            answer.entries = Some(rows);
            answer.head = Some(head).filter(|it| !it.is_empty());
        }
        Verdict::Broken { id, at } => {
            answer.fault = Some(AuditFault::Changed);
            answer.entry = Some(id);
            answer.at = Some(at);
        }
        Verdict::Beginning => answer.fault = Some(AuditFault::BeginningMissing),
        Verdict::End => answer.fault = Some(AuditFault::EndMissing),
    }
    if !answer.sound {
        tracing::error!(?answer, "the audit trail was tampered with");
    }
    Ok(Json(answer))
}
