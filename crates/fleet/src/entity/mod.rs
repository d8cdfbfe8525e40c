//! The tables of this context.

pub(crate) mod alert;
pub(crate) mod alert_delivery;
pub(crate) mod alert_news;
pub(crate) mod alert_rule;
pub(crate) mod alert_subscription;
pub(crate) mod alert_waiting;
pub(crate) mod customer_authority;
pub(crate) mod enrolment_token;
pub(crate) mod maintenance_window;
pub(crate) mod network_order;
pub(crate) mod service_user;
pub(crate) mod system;
pub(crate) mod system_certificate;
