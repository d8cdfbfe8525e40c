//! `POST /api/v1/client-logs`: a console tells its errors.

use std::{collections::HashMap, sync::Mutex};

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::{Code, Timestamp, UserId};

use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// Most errors in one request.
const MOST: usize = 20;
/// Most errors of one person in a minute.
const MOST_A_MINUTE: usize = 60;
/// People who are counted at once; beyond it nobody's errors are taken.
const PEOPLE: usize = 1000;

/// Errors of a console.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientLogs {
    /// The errors, at most 20.
    #[schema(min_items = 1, max_items = 20)]
    entries: Vec<ClientError>,
}

/// An error of a console.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientError {
    /// What happened.
    kind: ClientErrorKind,
    /// The words; cut at 1,000 characters.
    message: String,
    /// Where in the code; cut at 4,000 characters.
    #[serde(default)]
    stack: String,
    /// On which page, without what was searched for; cut at 200 characters.
    #[serde(default)]
    page: String,
}

/// How a console noticed an error.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ClientErrorKind {
    /// Nobody caught it.
    Error,
    /// A promise that nobody waited for.
    Rejection,
    /// A page that could not be shown.
    Render,
}

impl ClientErrorKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Rejection => "rejection",
            Self::Render => "render",
        }
    }
}

/// How many errors came from whom in the present minute.
static TOLD: Mutex<Option<(i64, HashMap<UserId, usize>)>> = Mutex::new(None);

fn may_tell(user: UserId, errors: usize, now: Timestamp) -> bool {
    let mut told = TOLD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let minute = now.seconds() / 60;
    let (at, people) = told.get_or_insert_with(|| (minute, HashMap::new()));
    if *at != minute {
        *at = minute;
        people.clear();
    }
    if people.len() >= PEOPLE && !people.contains_key(&user) {
        return false;
    }
    let count = people.entry(user).or_default();
    *count += errors;
    *count <= MOST_A_MINUTE
}

/// One line that others' lines cannot be faked in: the log escapes the rest.
fn cut(text: &str, longest: usize) -> String {
    text.chars().take(longest).map(|it| if it.is_control() && it != '\n' { ' ' } else { it }).collect()
}

/// Tell a console's errors
///
/// They go to the server's log, part `browser`. Nothing is kept where the preference `client_logging` is off.
#[utoipa::path(
    post,
    path = "/api/v1/client-logs",
    operation_id = "client_logs",
    tag = "platform",
    request_body = ClientLogs,
    responses(
        (status = 204, description = "Taken, or not wanted."),
        (status = 429, description = "`too-many-requests`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn client_logs(
    State(state): State<AppState>,
    caller: Caller,
    Json(logs): Json<ClientLogs>,
) -> Result<StatusCode, Problem> {
    if logs.entries.is_empty() || logs.entries.len() > MOST {
        return Err(Problem::invalid("entries", format!("must be 1 to {MOST}")));
    }
    if !state.preferences.get(caller.now()).await?.client_logging {
        return Ok(StatusCode::NO_CONTENT);
    }
    if !may_tell(caller.user.id, logs.entries.len(), caller.now()) {
        return Err(Problem::new(Code::TooManyRequests).retry_after(60));
    }
    for entry in logs.entries {
        tracing::error!(
            target: "vigie::browser",
            kind = entry.kind.as_str(),
            user = caller.user.login,
            page = cut(&entry.page, 200),
            stack = cut(&entry.stack, 4000),
            "{}",
            cut(&entry.message, 1000),
        );
    }
    Ok(StatusCode::NO_CONTENT)
}
