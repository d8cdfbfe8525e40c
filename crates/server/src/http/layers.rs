//! What surrounds every request: an id, a line in the log, counting, a time limit, headers that browsers obey, and an
//! answer even when the code panics.

use std::{any::Any, cell::RefCell, net::SocketAddr, time::Duration};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use tracing::Instrument as _;
use vigie_kernel::Code;

use super::{AppState, Problem, problem::REQUEST_ID};
use crate::metrics::Stopwatch;

/// The request's id, in the answer and in the log.
pub(super) const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longest that an answer may take to begin.
const PATIENCE: Duration = Duration::from_mins(1);
/// The same where the request's body is large or its size is not said: it may come over a slow line.
const PATIENCE_WITH_BODY: Duration = Duration::from_mins(10);
/// What is a large body, bytes.
const LARGE: u64 = 256 << 10;

tokio::task_local! {
    static ACTOR: RefCell<Option<String>>;
}

/// Tells the log line of this request who asks.
pub(crate) fn note_actor(name: &str) {
    let _ = ACTOR.try_with(|actor| *actor.borrow_mut() = Some(name.to_owned()));
}

/// Id, log line, metrics, time limit.
pub(crate) async fn observe(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = format!("{:016x}", state.rng.next_u64());
    let method = request.method().clone();
    // The route, not the address: an address may hold what is not for the log.
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "-".to_owned(), |it| it.as_str().to_owned());
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip().to_canonical());
    let span = tracing::info_span!("request", id);
    let trace = crate::otlp::request(&method, &route, &id);
    let watch = Stopwatch::start();
    let answer = async {
        let answer = tokio::time::timeout(patience(request.headers()), next.run(request)).await;
        let answer = answer.unwrap_or_else(|_| {
            tracing::error!(%method, route, "no answer in time");
            Problem::new(Code::Busy).into_response()
        });
        (answer, ACTOR.try_with(|actor| actor.borrow_mut().take()).ok().flatten())
    };
    let scoped = ACTOR.scope(RefCell::new(None), REQUEST_ID.scope(id.clone(), answer));
    let (mut answer, actor) = scoped.instrument(span).instrument(trace.clone()).await;
    let elapsed = watch.elapsed();
    let status = answer.status().as_u16();
    crate::otlp::answered(&trace, status);
    state.metrics.request(&method, &route, status, elapsed);
    // Whoever looks every few seconds whether the server lives fills no log, nor do the console's own files.
    let quiet = matches!(route.as_str(), "/healthz" | "/readyz") || (route == "-" && status < 400);
    if !quiet {
        tracing::info!(
            target: "vigie::access",
            id,
            %method,
            route,
            status,
            ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            actor = actor.as_deref().unwrap_or("-"),
            from = address.map(|it| it.to_string()).unwrap_or_default(),
        );
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(REQUEST_ID_HEADER, value);
    }
    harden(answer.headers_mut());
    answer
}

fn patience(headers: &HeaderMap) -> Duration {
    let said = headers.get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    let large = said.map_or(headers.contains_key(header::TRANSFER_ENCODING), |size| size > LARGE);
    if large { PATIENCE_WITH_BODY } else { PATIENCE }
}

/// Headers that browsers obey. The console's styles are files; what its scripts set on elements goes through the DOM, which
/// the policy does not restrict: nothing inline is allowed.
fn harden(headers: &mut HeaderMap) {
    const CONTENT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, CONTENT),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // What the API answers is of one caller and one moment.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The answer of a request whose code panicked.
#[expect(clippy::needless_pass_by_value, reason = "a panic is handed over so")]
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(format!("panic: {}", text.unwrap_or("?"))).into_response()
}
