//! `PUT /api/v1/certificate`: another certificate for the server.

use axum::extract::State;
use base64::Engine as _;
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use vigie_kernel::{Action, Code};
use vigie_people::certificates;

use super::certificate::{Certificate, change_problem, changed, upload_problem};
use crate::{
    http::{AppState, Caller, Json, Problem},
    tls::upload::{self, LONGEST, Upload},
};

/// How a file's password is stretched is for the file to say: up to a million rounds, or a gigabyte of memory.
static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);

/// A certificate with its key, at most 64 KiB.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "format", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum NewCertificate {
    /// A PKCS #12 file (`.p12`, `.pfx`).
    Pkcs12 {
        /// The file, base64.
        #[schema(max_length = 87_384)]
        content: String,
        /// Its password.
        #[serde(default)]
        #[schema(max_length = 1024, format = Password)]
        password: String,
    },
    /// PEM texts.
    Pem {
        /// The certificate and those between it and its root, in any order.
        #[schema(max_length = 65_536)]
        certificates: String,
        /// Its key: PKCS #8, PKCS #1 or SEC 1, not encrypted; absent: it is among the certificates.
        #[serde(default)]
        #[schema(max_length = 65_536)]
        key: String,
    },
}

impl NewCertificate {
    fn upload(self) -> Result<Upload, Problem> {
        Ok(match self {
            Self::Pem { certificates, key } => Upload::Pem { certificates, key },
            Self::Pkcs12 { content, password } => {
                if content.len() > LONGEST.div_ceil(3) * 4 {
                    return Err(Problem::new(Code::TooLarge));
                }
                let content = base64::engine::general_purpose::STANDARD.decode(content);
                let content = content.map_err(|_| Problem::invalid("content", "must be base64"))?;
                Upload::Pkcs12 { content, password }
            }
        })
    }
}

/// Replace the certificate
///
/// By one that another authority issued, with its key. It is in use at once, on every node, without a restart; connections go on. It
/// must be in date, for servers, not weak, and its key must fit. Where it is not for a host by which this server is called, the answer
/// says so (`uncovered_names`). Agents that share the listener and trust the server's own authority only refuse it (`agents`).
#[utoipa::path(
    put,
    path = "/api/v1/certificate",
    operation_id = "certificate_replace",
    tag = "platform",
    request_body = NewCertificate,
    responses(
        (status = 200, description = "The certificate in use now.", body = Certificate),
        (status = 409, description = "`certificate-automatic`: it is got automatically.",
            body = crate::http::ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn certificate_replace(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewCertificate>,
) -> Result<Json<Certificate>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    let upload = new.upload()?;
    let now = caller.now();
    let turn = ONE_AT_A_TIME.acquire().await.map_err(Problem::internal)?;
    let checking = tokio::task::spawn_blocking(move || {
        let checked = upload::check(&upload, now);
        drop(turn);
        checked
    });
    let checked = checking.await.map_err(Problem::internal)?;
    let checked = checked.map_err(|error| upload_problem(&error))?;
    let new = crate::acme::identity_of(&checked);
    let replaced = certificates::replace(&state.db, granted, &state.secrets, caller.act(), new).await;
    replaced.map_err(change_problem)?;
    changed(&state).await
}
