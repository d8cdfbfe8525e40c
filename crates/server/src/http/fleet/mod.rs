//! Customers' systems: enrolment tokens, the systems, their service user; and what systems themselves call.

mod alerts;
mod certificates;
mod dashboard;
mod enrolment_tokens_create;
mod enrolment_tokens_list;
mod enrolment_tokens_revoke;
mod link_enrol;
mod link_open;
mod service_user_get;
mod service_user_set;
mod systems_change;
mod systems_get;
mod systems_list;
mod systems_remove;
mod systems_values;
mod test_connection;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::AppState;

/// The operations of people.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(enrolment_tokens_list::enrolment_tokens_list, enrolment_tokens_create::enrolment_tokens_create))
        .routes(routes!(enrolment_tokens_revoke::enrolment_tokens_revoke))
        .routes(routes!(systems_list::systems_list))
        .routes(routes!(systems_values::systems_values))
        .routes(routes!(systems_get::systems_get, systems_change::systems_change, systems_remove::systems_remove))
        .routes(routes!(certificates::system_certificates))
        .routes(routes!(certificates::system_certificates_renew))
        .routes(routes!(service_user_get::service_user_get, service_user_set::service_user_set))
        .routes(routes!(test_connection::test_connection))
        .routes(routes!(dashboard::dashboard))
        .merge(alerts::router())
}

/// The operations of systems.
pub fn for_agents() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(link_enrol::link_enrol)).routes(routes!(link_open::link_open))
}
