//! The server itself: what it is, whether it is well, its certificate, what agents need to find it, live changes, and
//! the console's files.

mod about;
mod agent_configuration;
mod agent_secret;
mod certificate;
pub(super) mod console;
mod distribution;
mod document;
mod events;
mod health;
mod install;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::AppState;

/// The operations for people.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(about::about))
        .routes(routes!(agent_configuration::agent_configuration))
        .routes(routes!(agent_secret::agent_secret))
        .routes(routes!(certificate::certificate))
        .routes(routes!(distribution::distribution))
        .routes(routes!(events::events))
        .route("/api/openapi.json", axum::routing::get(document::document))
        .route("/com", axum::routing::get(console::com))
        .route("/com/{*rest}", axum::routing::get(console::com))
}

/// What every listener has, for everyone.
pub fn public_router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(install::ca))
        .routes(routes!(install::script))
        .routes(routes!(install::file))
}
