//! The HTTP API and the console. One operation is one file: `http/<context>/<operation>.rs`.

pub mod agents;
pub mod assets;
pub(crate) mod authority;
mod bulk;
pub mod caller;
pub mod extract;
pub mod fleet;
mod layers;
pub mod list;
pub mod oauth;
mod openapi;
mod origin;
pub mod people;
pub mod platform;
pub mod problem;
pub(crate) mod state;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::Method,
    middleware,
    response::{IntoResponse as _, Response},
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use utoipa_axum::router::OpenApiRouter;
use vigie_kernel::Code;

pub(crate) use authority::Authority;
pub use caller::{Caller, EnrollingCaller, NewcomerCaller};
pub use extract::{ClientAddress, Json, Path, Query};
pub use list::{Asked, Kind, ListAnswer, ListQuery, Sorts};
pub(crate) use platform::distribution::folder as distribution_folder;
pub use problem::{Problem, ProblemDocument};
pub use state::{AppState, Listening, Parts};

/// Largest body of an operation that does not say otherwise, bytes.
pub const BODY_LIMIT: usize = 1 << 20;

/// What a listener offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    /// Console, API and agents.
    All,
    /// Console and API.
    Operators,
    /// What agents need and nothing else.
    Agents,
}

fn operators() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .merge(people::router())
        .merge(platform::router())
        .merge(assets::router())
        .merge(fleet::router())
}

fn for_agents() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().merge(agents::router()).merge(oauth::router()).merge(fleet::for_agents())
}

/// On every listener.
fn everywhere() -> OpenApiRouter<AppState> {
    platform::public_router()
}

/// The API's document.
pub fn document() -> utoipa::openapi::OpenApi {
    openapi::complete(operators().merge(for_agents()).merge(everywhere()).into_openapi())
}

/// The same as text, as it is served and checked in.
pub fn document_text() -> Result<String, serde_json::Error> {
    document().to_pretty_json()
}

/// Everything that one listener answers.
pub fn router(state: AppState, plane: Plane) -> Router {
    let api = match plane {
        Plane::All => operators().merge(for_agents()),
        Plane::Operators => operators(),
        Plane::Agents => for_agents(),
    };
    let (mut router, _) = api.merge(everywhere()).split_for_parts();
    router = match plane {
        Plane::Agents => router.fallback(unknown),
        Plane::All | Plane::Operators => router.fallback(platform::console::page),
    };
    router
        .method_not_allowed_fallback(wrong_method)
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(state.clone(), origin::own_site_only))
        .layer(middleware::from_fn_with_state(state.clone(), layers::observe))
        .with_state(state)
}

async fn unknown() -> Response {
    Problem::not_found().into_response()
}

async fn wrong_method(method: Method) -> Response {
    Problem::new(Code::MethodNotAllowed).detail(format!("{method} is not known here.")).into_response()
}
