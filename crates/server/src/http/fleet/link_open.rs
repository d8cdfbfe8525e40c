//! `GET /api/v1/link`: a system opens its link, by a request that becomes a WebSocket (RFC 6455 §4.2). Whoever is not a
//! known system is refused before anything is upgraded.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use vigie_fleet::{Connectivity, links};
use vigie_kernel::{Code, SystemId, Timestamp};
use vigie_link::session::{Surroundings, hold};
use vigie_mux::{
    bytes::config,
    tokio_tungstenite::{
        WebSocketStream,
        tungstenite::{handshake::derive_accept_key, protocol::Role},
    },
};
use vigie_wire::link::opening::{
    OpeningError, SIGNATURE_HEADER, SUBPROTOCOL, SYSTEM_HEADER, TIME_HEADER, check_opening,
};

use crate::{
    http::{AppState, Problem, ProblemDocument},
    join::{KnownSystems, knocked},
};

/// Open a system's link
///
/// Becomes a WebSocket, when the headers `vigie-system`, `vigie-time` and `vigie-signature` are those of an enrolled system.
#[utoipa::path(
    get,
    path = "/api/v1/link",
    operation_id = "link_open",
    tag = "links",
    security(()),
    responses(
        (status = 101, description = "A WebSocket of the subprotocol `vigie-link.1`."),
        (status = 401, description = "`system-unknown`, `signature-invalid`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "`system-removed`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`clock-skew`, `link-version`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 426, description = "`upgrade-required`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "`busy`: the server stops.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn link_open(State(state): State<AppState>, mut request: Request) -> Result<Response, Problem> {
    let system = check_opener(&state, request.headers()).await?;
    let accept = check_handshake(request.headers())?;
    if state.stopping.is_cancelled() {
        return Err(Problem::new(Code::Busy).retry_after(5));
    }
    let upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or_else(upgrade_required)?;
    let around = Surroundings {
        systems: Arc::new(KnownSystems(state.clone())),
        links: state.links.clone(),
        clock: state.clock.clone(),
        stopping: state.stopping.clone(),
    };
    state.link_sessions.spawn(async move {
        match upgrade.await {
            Ok(upgraded) => {
                let socket =
                    WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config())).await;
                // Boxed: what a link needs lives on the heap once, not in every future around it.
                Box::pin(hold(around, system, socket)).await;
            }
            Err(error) => tracing::debug!(%system, %error, "a link was not upgraded"),
        }
    });
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
        (header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL)),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

fn upgrade_required() -> Problem {
    Problem::new(Code::UpgradeRequired).detail("Open a WebSocket over HTTP/1.1.")
}

/// Whether a header's list of words has a word.
fn has(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|it| it.to_str().ok());
    values.flat_map(|it| it.split(',')).any(|it| it.trim().eq_ignore_ascii_case(word))
}

/// Checks what makes a request a WebSocket's; answers what accepts it.
fn check_handshake(headers: &HeaderMap) -> Result<HeaderValue, Problem> {
    let key = headers.get(header::SEC_WEBSOCKET_KEY);
    let is_websocket = has(headers, header::CONNECTION, "upgrade")
        && has(headers, header::UPGRADE, "websocket")
        && has(headers, header::SEC_WEBSOCKET_VERSION, "13");
    let key = key.filter(|_| is_websocket).ok_or_else(upgrade_required)?;
    if !has(headers, header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err(Problem::new(Code::LinkVersion).detail(format!("This server speaks {SUBPROTOCOL}.")));
    }
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(Problem::internal)
}

/// Whose link it is.
async fn check_opener(state: &AppState, headers: &HeaderMap) -> Result<SystemId, Problem> {
    let said = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    let unknown = || Problem::new(Code::SystemUnknown);
    let system: SystemId = said(SYSTEM_HEADER).and_then(|it| it.parse().ok()).ok_or_else(unknown)?;
    let at: Option<Timestamp> = said(TIME_HEADER).and_then(|it| it.parse().ok());
    let (Some(at), Some(signature)) = (at, said(SIGNATURE_HEADER)) else {
        return Err(Problem::new(Code::SignatureInvalid));
    };
    let opener = links::opener(&state.db, system).await?.ok_or_else(unknown)?;
    let (as_what, problem) = match check_opening(&opener.key, system, at, signature, state.clock.now()) {
        Ok(()) if opener.removed => return Err(Problem::new(Code::SystemRemoved)),
        Ok(()) => return Ok(system),
        Err(OpeningError::Signature) => (Connectivity::InvalidSystem, Problem::new(Code::SignatureInvalid)),
        Err(error @ OpeningError::Clock) => {
            (Connectivity::ConnectionFailed, Problem::new(Code::ClockSkew).detail(error))
        }
    };
    knocked(state, system, as_what).await;
    Err(problem)
}
