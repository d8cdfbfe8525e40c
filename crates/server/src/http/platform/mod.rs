//! The server itself: what it is, whether it is well, its certificate, what agents need to find it, live changes, and
//! the console's files.

mod about;
pub(crate) mod acme_answers;
mod acme_change;
mod acme_end;
mod agent_configuration;
mod agent_secret;
mod backup_create;
mod backup_delete;
mod backup_file;
mod backup_list;
mod certificate;
mod certificate_download;
mod certificate_renew;
mod certificate_replace;
mod client_logs;
pub(super) mod console;
pub(crate) mod distribution;
mod document;
mod events;
mod health;
mod install;
mod logs_access;
pub(crate) mod logs_list;
mod platform_get;
mod trusted_add;
mod trusted_list;
mod trusted_remove;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::AppState;

/// The operations for people.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(about::about))
        .routes(routes!(agent_configuration::agent_configuration))
        .routes(routes!(
            agent_configuration::agent_configuration_announce,
            agent_configuration::agent_configuration_withdraw
        ))
        .routes(routes!(agent_configuration::agent_configuration_promote))
        .routes(routes!(agent_secret::agent_secret))
        .routes(routes!(agent_secret::next_secret))
        .routes(routes!(certificate::certificate, certificate_replace::certificate_replace))
        .routes(routes!(certificate_renew::certificate_renew))
        .routes(routes!(certificate_download::certificate_download))
        .routes(routes!(acme_change::acme_change, acme_end::acme_end))
        .routes(routes!(trusted_list::trusted_list, trusted_add::trusted_add))
        .routes(routes!(trusted_remove::trusted_remove))
        .routes(routes!(distribution::distribution))
        .routes(routes!(events::events))
        .routes(routes!(platform_get::platform_get))
        .routes(routes!(backup_list::backup_list, backup_create::backup_create))
        .routes(routes!(backup_delete::backup_delete))
        .routes(routes!(backup_file::backup_file))
        .routes(routes!(logs_access::logs_access_get, logs_access::logs_access))
        .routes(routes!(logs_list::logs_list))
        .routes(routes!(client_logs::client_logs))
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
