//! What a caller hears when something is refused or fails: a problem document (RFC 9457) with a stable code. Internal
//! text goes to the log only, beside the request's id, which the caller gets too.

use std::fmt::Display;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vigie_db::DbErr;
use vigie_kernel::Code;

/// `Content-Type` of a problem document.
pub const CONTENT_TYPE: &str = "application/problem+json";

tokio::task_local! {
    /// The id of the request at hand.
    pub(crate) static REQUEST_ID: String;
}

/// What is wrong with one member of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The member, with dots: `retention.history_days`.
    pub field: String,
    /// A stable code.
    pub code: String,
    /// One sentence for people.
    pub detail: String,
}

/// A problem document (RFC 9457). Decide by `code` alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// `urn:vigie:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// One sentence for people, the same for a code always.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The stable code.
    pub code: String,
    /// `urn:vigie:request:` and the request's id, which the server's log has too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// What is wrong with which member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Further members of some codes, such as `sequence`.
    #[serde(flatten)]
    #[schema(ignore)]
    pub more: Map<String, Value>,
}

/// A refusal or failure on its way to the caller.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    code: Code,
    detail: Option<String>,
    errors: Vec<FieldError>,
    more: Map<String, Value>,
    retry_after: Option<u32>,
    challenge: &'static str,
}

impl Problem {
    /// With the code's own words.
    pub fn new(code: Code) -> Self {
        Self(Box::new(Parts {
            code,
            detail: None,
            errors: Vec::new(),
            more: Map::new(),
            retry_after: None,
            challenge: "Bearer",
        }))
    }

    /// Nothing of that id, or not the caller's.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// One member of the request is not valid.
    pub fn invalid(field: &str, detail: impl Display) -> Self {
        Self::new(Code::ValueInvalid).field(field, "invalid", detail)
    }

    /// Something failed that the caller cannot help. `error` goes to the log, not to the caller.
    pub fn internal(error: impl Display) -> Self {
        tracing::error!(%error, "a request failed");
        Self::new(Code::Internal)
    }

    /// Says what happened this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Display) -> Self {
        self.0.detail = Some(detail.to_string());
        self
    }

    /// Names a member that is not valid.
    #[must_use]
    pub fn field(mut self, field: &str, code: &str, detail: impl Display) -> Self {
        self.0.errors.push(FieldError { field: field.to_owned(), code: code.to_owned(), detail: detail.to_string() });
        self
    }

    /// Adds a member to the document.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.0.more.insert(member.to_owned(), value.into());
        self
    }

    /// Says when to try again, seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// What a 401 asks for in `WWW-Authenticate`; `Bearer` where nothing else is said.
    #[must_use]
    pub fn challenge(mut self, challenge: &'static str) -> Self {
        self.0.challenge = challenge;
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The document.
    pub fn document(self) -> ProblemDocument {
        let code = self.0.code;
        ProblemDocument {
            kind: format!("urn:vigie:problem:{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            detail: self.0.detail,
            code: code.as_str().to_owned(),
            instance: REQUEST_ID.try_with(|id| format!("urn:vigie:request:{id}")).ok(),
            errors: self.0.errors,
            more: self.0.more,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (retry_after, challenge) = (self.0.retry_after, self.0.challenge);
        let mut response = (status, Json(self.document())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = retry_after.or((status == StatusCode::SERVICE_UNAVAILABLE).then_some(2)) {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<DbErr> for Problem {
    fn from(error: DbErr) -> Self {
        Self::internal(error)
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}
