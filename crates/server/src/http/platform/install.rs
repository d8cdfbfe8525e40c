//! `/install/…`: what a new machine downloads before it knows anything. Public; none of it is secret.

use axum::{
    body::Body,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, header};
use tokio_util::io::ReaderStream;

use super::distribution::{folder, offered};
use crate::http::{AppState, Path, Problem};

/// The script that installs an agent; empty where this server was built without it.
const SCRIPT: &str = include_str!(concat!(env!("OUT_DIR"), "/install.sh"));

/// What agents trust: the certificate authority's certificate
///
/// Where agents share the operators' listener and that presents a certificate of another authority, that one's root (as far as
/// this server knows it) follows.
#[utoipa::path(
    get,
    path = "/install/ca.pem",
    operation_id = "install_ca",
    tag = "install",
    security(()),
    responses((status = 200, description = "PEM.", body = String, content_type = "application/x-pem-file")),
)]
pub(super) async fn ca(State(state): State<AppState>) -> ([(header::HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "application/x-pem-file")], state.agents_trust())
}

/// The script that installs an agent on Linux
#[utoipa::path(
    get,
    path = "/install/agent.sh",
    operation_id = "install_script",
    tag = "install",
    security(()),
    responses(
        (status = 200, description = "A POSIX shell script.", body = String, content_type = "text/x-shellscript"),
        (status = 404, description = "`not-found`: this server was built without it.",
            body = crate::http::ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn script() -> Result<([(header::HeaderName, &'static str); 1], &'static str), Problem> {
    if SCRIPT.is_empty() {
        return Err(Problem::not_found().detail("This server was built without the installation script."));
    }
    Ok(([(header::CONTENT_TYPE, "text/x-shellscript; charset=utf-8")], SCRIPT))
}

/// A package of the agent
#[utoipa::path(
    get,
    path = "/install/{file}",
    operation_id = "install_file",
    tag = "install",
    security(()),
    params(("file" = String, Path, description = "A name that `GET /api/v1/distribution` lists.")),
    responses((status = 200, description = "The file.", body = Vec<u8>, content_type = "application/octet-stream")),
)]
pub(super) async fn file(State(state): State<AppState>, Path(name): Path<String>) -> Result<Response, Problem> {
    // A name without a slash stays in its folder.
    offered(&name).ok_or_else(Problem::not_found)?;
    let file = match tokio::fs::File::open(folder(&state).join(&name)).await {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Problem::not_found()),
        Err(error) => return Err(error.into()),
    };
    let found = file.metadata().await?;
    if !found.is_file() {
        return Err(Problem::not_found());
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, found.len().into());
    // Packages are compressed: once more costs and gains nothing.
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    Ok((headers, Body::from_stream(ReaderStream::with_capacity(file, 64 << 10))).into_response())
}
