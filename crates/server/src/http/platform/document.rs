//! `GET /api/openapi.json`: the API's document.

use std::sync::OnceLock;

use axum::{http::header, response::IntoResponse};

use crate::http::{self, Problem};

/// The document, made once.
pub(super) async fn document() -> Result<impl IntoResponse, Problem> {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = if let Some(text) = TEXT.get() {
        text
    } else {
        let text = http::document_text().map_err(Problem::internal)?;
        TEXT.get_or_init(|| text)
    };
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], text.as_str()))
}
