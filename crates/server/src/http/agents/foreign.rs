//! Inventories of unmodified GLPI, FusionInventory and OCS agents, all at one address. Each client is answered in the
//! language it understands; whoever is none of them gets problem documents like everywhere else.

use axum::{
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use utoipa_axum::{router::OpenApiRouter, routes};
use vigie_assets::{agents::Client, intake};
use vigie_kernel::Code;
use vigie_people::api_clients::Authenticated;
use vigie_wire::foreign::{
    self, AGENT_ID_HEADER, Dialect, Headers, Message,
    reply::{self, Reply},
};

use super::body::{self, LARGEST};
use crate::http::{AppState, ClientAddress, Problem, caller, oauth};

/// How clients are asked to sign in. OCS agents compare the realm with the one they were given.
const CHALLENGE: &str = "Basic realm=\"Vigie\"";
/// Tells the problem's code beside an answer in an agent's own language.
const CODE_HEADER: HeaderName = HeaderName::from_static("vigie-problem");

/// The same intake under the addresses that agents are usually configured with.
pub(super) fn router() -> OpenApiRouter<AppState> {
    let aliases = ["/front/inventory.php", "/ocsinventory", "/Inventory"];
    let mut router = OpenApiRouter::default().routes(routes!(deliver, configuration));
    for alias in aliases {
        router = router.route(alias, axum::routing::post(deliver).get(configuration));
    }
    router
}

/// Deliver a foreign inventory
///
/// Takes the messages of unmodified GLPI Agent (JSON), FusionInventory and OCS Inventory agents (XML), plain, zlib or
/// gzip, as their own protocols say. Sign in with an API client's id and secret by HTTP Basic (realm `Vigie`) or with a
/// bearer token of it. Also at `/front/inventory.php`, `/Inventory` and `/ocsinventory`.
#[utoipa::path(
    post,
    path = "/inventory",
    operation_id = "foreign_inventory_deliver",
    tag = "agents",
    security(("agent_basic" = []), ("agent_token" = [])),
    request_body(content = String, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "Taken, durably; or the answer to a PROLOG or CONTACT.", content_type = "application/json", body = Object),
        (status = 202, description = "The agent is to say CONTACT.", content_type = "application/json", body = Object),
        (status = 501, description = "A query that is not served.", content_type = "application/json", body = Object),
    ),
)]
pub(super) async fn deliver(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let about = Headers { glpi_agent_id: text(AGENT_ID_HEADER), user_agent: text("user-agent") };
    let mut account = state.intake.budget.account();
    let mut seen = Seen { dialect: Dialect::of(None, &about), kind: "foreign", bytes: 0 };
    let result = take(&state, address.to_string(), &headers, &about, body, &mut account, &mut seen).await;
    match result {
        Ok((reply, word)) => {
            state.metrics.intake(seen.kind, word, seen.bytes);
            answer(reply)
        }
        Err(problem) => {
            state.metrics.intake(seen.kind, problem.code().as_str(), seen.bytes);
            // Agents that use Basic ask first without: that is no refusal worth a line.
            if problem.code() != Code::SignInRequired {
                tracing::warn!(agent = seen.kind, code = %problem.code(), %address, "a foreign inventory was refused");
            }
            refusal(&problem, &about, seen.dialect)
        }
    }
}

/// What is known of a delivery when it is refused.
struct Seen {
    dialect: Dialect,
    kind: &'static str,
    bytes: usize,
}

async fn take(
    state: &AppState,
    source_address: String,
    headers: &HeaderMap,
    about: &Headers<'_>,
    body: Body,
    account: &mut super::Account,
    seen: &mut Seen,
) -> Result<(Reply, &'static str), Problem> {
    let client = match sign_in(state, headers).await {
        Ok(client) => client,
        Err(problem) => {
            body::drain(body).await;
            return Err(problem);
        }
    };
    let now = state.clock.now();
    let open = state.preferences.get(now).await?.foreign_intake;
    let packed = body::read(body, LARGEST, account).await?;
    seen.bytes = packed.len();
    let document =
        foreign::inflate(&packed, LARGEST, &mut |bytes| account.take(bytes)).map_err(|refusal| unreadable(&refusal))?;
    seen.dialect = Dialect::of(Some(&document), about);
    let message = foreign::read(&document, about).map_err(|refusal| unreadable(&refusal))?;
    seen.dialect = message.dialect();
    match message {
        Message::Prolog(prolog) if !open => {
            Ok((reply::prolog_closed(&prolog, Code::IntakeClosed.title()), "foreign-intake-closed"))
        }
        _ if !open => Err(Problem::new(Code::IntakeClosed)),
        Message::Prolog(prolog) => Ok((reply::prolog(&prolog), "prolog")),
        Message::Contact(contact) => Ok((reply::contact(&contact), "contact")),
        Message::Other(other) => Ok((reply::unsupported(other.dialect, &other.query), "unsupported")),
        Message::Inventory(inventory) => {
            seen.kind = inventory.kind.as_str();
            let (dialect, device) = (inventory.dialect, inventory.device_id.clone());
            let client = Client { id: client.id, customer: client.customer };
            let receipt = state
                .intake
                .receiver
                .receive_foreign(client, *inventory, &document, source_address, now)
                .await
                .map_err(|refusal| match refusal {
                    intake::Refusal::Database(error) => error.into(),
                    other => Problem::internal(other),
                })?;
            super::told(state, &receipt);
            Ok((reply::inventory(dialect, &device), "stored"))
        }
    }
}

fn unreadable(refusal: &foreign::Refusal) -> Problem {
    match refusal {
        foreign::Refusal::Busy => body::busy(),
        other => Problem::new(other.code()).detail(other),
    }
}

/// Basic with the client's id and secret, or a bearer token. Decided from the headers alone: agents that use Basic send
/// every body first without, and what strangers send is never kept.
async fn sign_in(state: &AppState, headers: &HeaderMap) -> Result<Authenticated, Problem> {
    if caller::bearer(headers).is_some() {
        return oauth::bearer_client(state, headers).await.map_err(|problem| problem.challenge(CHALLENGE));
    }
    let Some((id, secret)) = basic(headers) else {
        return Err(Problem::new(Code::SignInRequired).challenge(CHALLENGE));
    };
    oauth::client(state, &id, &secret).await.map_err(|problem| problem.challenge(CHALLENGE))
}

/// Name and password of `Authorization: Basic …` (RFC 7617).
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, packed) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let text = String::from_utf8(BASE64.decode(packed.trim()).ok()?).ok()?;
    let (name, password) = text.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    Some((name.to_owned(), password.to_owned()))
}

fn answer(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, no-transform")),
    ];
    (status, headers, reply.body).into_response()
}

/// Known agents hear it in their own language, everyone else as a problem document.
fn refusal(problem: &Problem, about: &Headers<'_>, dialect: Dialect) -> Response {
    let agent = about.user_agent.unwrap_or_default().to_ascii_lowercase();
    let known =
        about.glpi_agent_id.is_some() || ["glpi", "fusioninventory", "ocs-ng"].iter().any(|it| agent.contains(it));
    let code = problem.code();
    let document = problem.clone().into_response();
    if !known {
        return document;
    }
    let mut response = answer(reply::error(dialect, code.status(), code.title()));
    for name in [header::WWW_AUTHENTICATE, header::RETRY_AFTER] {
        if let Some(value) = document.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response.headers_mut().insert(CODE_HEADER, HeaderValue::from_static(code.as_str()));
    response
}

/// Ask for a foreign agent's configuration
///
/// GLPI and FusionInventory agents ask here for tasks that are not served: nothing is configured.
#[utoipa::path(
    get,
    path = "/inventory",
    operation_id = "foreign_inventory_configuration",
    tag = "agents",
    security(()),
    responses((status = 200, description = "Nothing is configured.", content_type = "application/json", body = Object)),
)]
pub(super) async fn configuration(RawQuery(query): RawQuery) -> Response {
    let _ = query;
    answer(reply::configuration())
}
