//! `/api/v1/platform/logs/access`: the log opens once the password was typed again.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_kernel::{Action, Code, Granted, Timestamp};
use vigie_people::{platform::log_access, sessions::Session, sign_in::SignInError};

use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// The caller's password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LogsPassword {
    /// The present one.
    #[schema(max_length = 1000, format = Password)]
    password: String,
}

/// Until when the log is open.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LogsAccess {
    /// Until when; null: it is not.
    until: Option<Timestamp>,
}

/// Whoever reads logs is a person at a console: a token has no password to type.
pub(super) fn in_person(caller: &Caller) -> Result<(Granted, &Session), Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    let session = caller.session();
    let session = session.ok_or_else(|| Problem::new(Code::NotAllowed).detail("A token does not open the log."))?;
    Ok((granted, session))
}

/// Whether the server's log is open
#[utoipa::path(
    get,
    path = "/api/v1/platform/logs/access",
    operation_id = "logs_access_get",
    tag = "platform",
    responses((status = 200, description = "Until when it is.", body = LogsAccess)),
)]
pub(super) async fn logs_access_get(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<LogsAccess>, Problem> {
    let (granted, session) = in_person(&caller)?;
    Ok(Json(LogsAccess { until: log_access::until(&state.db, &granted, session.id, caller.now()).await? }))
}

/// Open the server's log
///
/// For this session and 15 minutes. A wrong password counts like a failed sign-in. API tokens cannot read logs.
#[utoipa::path(
    post,
    path = "/api/v1/platform/logs/access",
    operation_id = "logs_access",
    tag = "platform",
    request_body = LogsPassword,
    responses(
        (status = 200, description = "Open.", body = LogsAccess),
        (status = 422, description = "`password-wrong`, also while sign-in is locked.",
            body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn logs_access(
    State(state): State<AppState>,
    caller: Caller,
    Json(said): Json<LogsPassword>,
) -> Result<Json<LogsAccess>, Problem> {
    let (granted, session) = in_person(&caller)?;
    let wrong =
        || Problem::new(Code::PasswordWrong).field("password", "wrong", "is not right, or locked for some minutes");
    if said.password.len() > 4000 {
        return Err(wrong());
    }
    let opened = log_access::open(&state.db, &state.hasher, granted, caller.act(), session, said.password).await;
    match opened {
        Ok(until) => Ok(Json(LogsAccess { until: Some(until) })),
        Err(SignInError::Busy(_)) => Err(Problem::new(Code::Busy)),
        Err(SignInError::Db(error)) => Err(error.into()),
        Err(_) => Err(wrong()),
    }
}
