//! `GET /api/v1/certificate/download`: a certificate as a file, for a browser's or a system's list.

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, header};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use vigie_kernel::Action;

use crate::{
    http::{AppState, Caller, Problem, Query},
    tls::pem,
};

/// The form of the file.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum CertificateFormat {
    /// Text (RFC 7468).
    #[default]
    Pem,
    /// Binary.
    Der,
}

/// Which certificate.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum CertificateWhich {
    /// The server's.
    #[default]
    Server,
    /// The one above it, which browsers are to trust: the server's own authority where that issued it, else the next of the chain.
    Issuer,
    /// The server's own authority.
    Authority,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The form of the file.
    #[serde(default)]
    #[param(inline)]
    format: CertificateFormat,
    /// Which certificate.
    #[serde(default)]
    #[param(inline)]
    which: CertificateWhich,
}

/// Download a certificate
#[utoipa::path(
    get,
    path = "/api/v1/certificate/download",
    operation_id = "certificate_download",
    tag = "platform",
    params(Asked),
    responses(
        (status = 200, description = "The file: PEM or DER.", content(
            (Vec<u8> = "application/x-pem-file"),
            (Vec<u8> = "application/pkix-cert"),
        )),
        (status = 404, description = "`not-found`: the chain has no certificate above the server's.",
            body = crate::http::ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn certificate_download(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    caller.require(Action::PreferencesManage)?;
    let mut chain = state.identity.chain().into_iter().map(|it| it.der);
    let (der, name) = match asked.which {
        CertificateWhich::Server => (chain.next(), "vigie"),
        CertificateWhich::Issuer => (chain.nth(1), "vigie-issuer"),
        CertificateWhich::Authority => (Some(state.identity.ca_der()), "vigie-ca"),
    };
    let der = der.ok_or_else(Problem::not_found)?;
    let (body, kind, extension) = match asked.format {
        CertificateFormat::Pem => (pem(&der).into_bytes(), "application/x-pem-file", "pem"),
        CertificateFormat::Der => (der.to_vec(), "application/pkix-cert", "cer"),
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = format!("attachment; filename=\"{name}.{extension}\"");
    headers.insert(header::CONTENT_DISPOSITION, disposition.parse().map_err(Problem::internal)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
