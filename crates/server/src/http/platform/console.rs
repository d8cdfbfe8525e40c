//! The console's files, inside the program. Where it was built without them, its page says how to build them.

use std::{
    borrow::Cow,
    collections::HashMap,
    io::Write as _,
    sync::{Mutex, PoisonError},
};

use axum::response::{Html, IntoResponse as _, Redirect, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use rust_embed::RustEmbed;

use crate::http::Problem;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../console/dist"]
#[allow_missing = true]
struct Files;

const WITHOUT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Vigie</title>\
    <body><h1>Vigie</h1><p>The server runs; its console was not built into it.</p>\
    <p>Build it, then the server again: <code>npm ci &amp;&amp; npm run build</code> in <code>console/</code>, \
    then <code>cargo build</code>. <code>cargo xtask run</code> does both.</p>\
    <p>The API is here all the same: <a href=\"/api/openapi.json\">/api/openapi.json</a>.</p></body></html>";

/// `/com` is another address of the console.
pub(super) async fn com(uri: Uri) -> Redirect {
    let rest = uri.path().trim_start_matches("/com").trim_start_matches('/');
    let query = uri.query().map(|it| format!("?{it}")).unwrap_or_default();
    Redirect::temporary(&format!("/{rest}{query}"))
}

/// Whatever no route knows: a file of the console, or its page, which finds its way by the address itself.
pub(in crate::http) async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return Problem::not_found().into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if !path.is_empty() && path != "index.html" && Files::get(path).is_some() {
        return file(path, &headers).await;
    }
    // Programs that ask for what does not exist are told so; browsers get the console.
    let wants_page = headers.get(header::ACCEPT).is_some_and(|it| it.to_str().is_ok_and(|it| it.contains("text/html")));
    let is_api =
        path == "api" || path.starts_with("api/") || path.starts_with("install/") || path.starts_with("assets/");
    if !path.is_empty() && path != "index.html" && (is_api || !wants_page) {
        return Problem::not_found().into_response();
    }
    if Files::get("index.html").is_none() {
        return Html(WITHOUT).into_response();
    }
    file("index.html", &headers).await
}

async fn file(path: &str, asked: &HeaderMap) -> Response {
    let Some(found) = Files::get(path) else { return Problem::not_found().into_response() };
    let mark = hex::encode(&found.metadata.sha256_hash()[..12]);
    let etag = format!("\"{mark}\"");
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let mut headers = HeaderMap::new();
    let mut put = |name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    // A file whose name holds a digest of its content never changes; everything else is asked for again.
    put(
        header::CACHE_CONTROL,
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" },
    );
    put(header::ETAG, &etag);
    put(header::VARY, "accept-encoding");
    let text = kind.type_() == "text" || matches!(kind.subtype().as_str(), "javascript" | "json" | "svg");
    put(header::CONTENT_TYPE, &if text { format!("{kind}; charset=utf-8") } else { kind.to_string() });
    if asked.get(header::IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    if text && takes_brotli(asked) && found.data.len() > 1024 {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        return (headers, compressed(mark, found.data).await).into_response();
    }
    (headers, Bytes::from(found.data.into_owned())).into_response()
}

fn takes_brotli(asked: &HeaderMap) -> bool {
    asked.get(header::ACCEPT_ENCODING).and_then(|it| it.to_str().ok()).is_some_and(|it| {
        it.split(',').any(|coding| {
            let (name, quality) = coding.split_once(";q=").unwrap_or((coding, "1"));
            name.trim() == "br" && quality.trim().parse::<f32>().is_ok_and(|it| it > 0.0)
        })
    })
}

/// Compressed once, and well; kept by the content's digest, of which there are as many as files.
async fn compressed(mark: String, data: Cow<'static, [u8]>) -> Bytes {
    static KEPT: Mutex<Option<HashMap<String, Bytes>>> = Mutex::new(None);
    let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = kept().as_ref().and_then(|it| it.get(&mark).cloned()) {
        return bytes;
    }
    let packed = tokio::task::spawn_blocking(move || {
        let mut writer = brotli::CompressorWriter::new(Vec::new(), 64 << 10, 9, 22);
        // Writing to memory does not fail.
        let _ = writer.write_all(&data);
        Bytes::from(writer.into_inner())
    })
    .await
    .unwrap_or_default();
    kept().get_or_insert_default().insert(mark, packed.clone());
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_is_sent_to_those_who_take_it() {
        let asked = |value: &'static str| {
            takes_brotli(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert!(asked("gzip, deflate, br, zstd"));
        assert!(asked("br;q=0.5"));
        assert!(!asked("gzip, br;q=0"));
        assert!(!takes_brotli(&HeaderMap::new()));
    }
}
