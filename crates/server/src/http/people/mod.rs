//! Signing in, one's own profile, and what an administrator manages: customers, API clients, preferences, the trail.

mod api_clients_change;
mod api_clients_create;
mod api_clients_list;
mod audit_list;
mod customers_create;
mod customers_list;
mod me_change;
mod me_get;
mod notifications_list;
mod notifications_read;
mod password_change;
mod preferences_change;
mod preferences_get;
mod providers_list;
mod resellers_list;
mod session_begin;
mod session_end;
mod session_get;
mod sessions_end;
mod sessions_list;
mod tokens_create;
mod tokens_delete;
mod tokens_list;
mod views;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::AppState;
pub(super) use views::Items;

/// The operations of this context.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(session_begin::session_begin, session_get::session_get, session_end::session_end))
        .routes(routes!(me_get::me_get, me_change::me_change))
        .routes(routes!(password_change::password_change))
        .routes(routes!(sessions_list::sessions_list))
        .routes(routes!(sessions_end::sessions_end))
        .routes(routes!(tokens_list::tokens_list, tokens_create::tokens_create))
        .routes(routes!(tokens_delete::tokens_delete))
        .routes(routes!(customers_list::customers_list, customers_create::customers_create))
        .routes(routes!(resellers_list::resellers_list))
        .routes(routes!(providers_list::providers_list))
        .routes(routes!(api_clients_list::api_clients_list, api_clients_create::api_clients_create))
        .routes(routes!(api_clients_change::api_clients_change))
        .routes(routes!(preferences_get::preferences_get, preferences_change::preferences_change))
        .routes(routes!(notifications_list::notifications_list))
        .routes(routes!(notifications_read::notifications_read))
        .routes(routes!(audit_list::audit_list))
}
