//! `POST /api/v1/trusted-certificates`: the server's own connections trust more.

use axum::{extract::State, http::StatusCode};
use base64::Engine as _;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, Code, Timestamp};
use vigie_people::certificates::trusted::{self, AddError, Kind, NewTrusted};

use super::{certificate::upload_problem, trusted_list::TrustedCertificate};
use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Problem, people::Items},
    tls::{
        Details,
        details::{self, is_authority, is_self_issued},
        upload::{self, LONGEST, UploadError},
    },
};

/// Certificates to trust: one of the two, at most 64 KiB and 20 certificates.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTrustedCertificates {
    /// PEM text of one or several.
    #[serde(default)]
    #[schema(max_length = 65_536)]
    pem: Option<String>,
    /// A file, base64: DER of one, or PEM of one or several.
    #[serde(default)]
    #[schema(max_length = 87_384)]
    content: Option<String>,
}

impl NewTrustedCertificates {
    fn bytes(self) -> Result<Vec<u8>, Problem> {
        match (self.pem, self.content) {
            (Some(pem), None) => Ok(pem.into_bytes()),
            (None, Some(content)) => {
                if content.len() > LONGEST.div_ceil(3) * 4 {
                    return Err(Problem::new(Code::TooLarge));
                }
                let decoded = base64::engine::general_purpose::STANDARD.decode(content);
                decoded.map_err(|_| Problem::invalid("content", "must be base64"))
            }
            _ => Err(Problem::invalid("pem", "give either pem or content")),
        }
    }
}

fn read(content: &[u8], now: Timestamp) -> Result<Vec<NewTrusted>, UploadError> {
    let damaged = |_| UploadError::Malformed("one of the certificates cannot be read".to_owned());
    let mut found = Vec::new();
    for der in upload::certificates(content)? {
        let parsed = details::parse(&der).map_err(damaged)?;
        let said = Details::of(&der).map_err(damaged)?;
        upload::in_date(&said, now)?;
        let kind = match (is_authority(&parsed), is_self_issued(&parsed)) {
            (true, true) => Kind::Root,
            (true, false) => Kind::Intermediate,
            (false, _) => Kind::System,
        };
        // A weak system's own certificate is trusted as it is; a weak authority would vouch for anything.
        if kind != Kind::System
            && let Some(why) = details::weakness(&parsed)
        {
            return Err(UploadError::Weak { subject: said.subject, why });
        }
        found.push(NewTrusted {
            kind,
            subject: said.subject,
            issuer: said.issuer,
            not_before: said.not_before,
            not_after: said.not_after,
            sha256: hex::decode(&said.sha256).unwrap_or_default(),
            der: der.to_vec(),
        });
    }
    Ok(found)
}

fn problem(error: AddError) -> Problem {
    match error {
        AddError::Known { .. } => Problem::new(Code::CertificateKnown).detail(error),
        AddError::TooMany => Problem::new(Code::CertificatesTooMany).detail(error),
        AddError::Db(error) => error.into(),
    }
}

/// Trust certificates
///
/// All of a request, or none. What one is for is what it says: `root` (an authority that issued itself) vouches for what it issued;
/// `intermediate` (an authority under another) completes chains that a server leaves incomplete; `system` (no authority) is trusted
/// itself and vouches for nothing else.
#[utoipa::path(
    post,
    path = "/api/v1/trusted-certificates",
    operation_id = "trusted_certificates_add",
    tag = "platform",
    request_body = NewTrustedCertificates,
    responses(
        (status = 201, description = "Those that were added.", body = Items<TrustedCertificate>),
        (status = 409, description = "`certificate-known`: one is trusted already. `certificates-too-many`: at most 200.",
            body = crate::http::ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn trusted_add(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewTrustedCertificates>,
) -> Result<(StatusCode, Json<Items<TrustedCertificate>>), Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    let now = caller.now();
    let new = read(&new.bytes()?, now).map_err(|error| upload_problem(&error))?;
    let added = trusted::add(&state.db, granted, caller.act(), new).await.map_err(problem)?;
    state.events.changed(&[Topic::Certificates]);
    let items = added.into_iter().map(|it| TrustedCertificate::at(now, it)).collect();
    Ok((StatusCode::CREATED, Json(Items { items })))
}
