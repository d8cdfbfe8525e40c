//! The tables of this context.

pub(crate) mod agent_configuration;
pub(crate) mod api_client;
pub(crate) mod api_token;
pub(crate) mod customer;
pub(crate) mod customer_tag;
pub(crate) mod log_access;
pub(crate) mod log_question;
pub(crate) mod node;
pub(crate) mod notification;
pub(crate) mod openid_identity;
pub(crate) mod passkey;
pub(crate) mod password_history;
pub(crate) mod provider;
pub(crate) mod recovery_code;
pub(crate) mod reseller;
pub(crate) mod saved_view;
pub(crate) mod session;
pub(crate) mod setting;
pub(crate) mod sign_in_failure;
pub(crate) mod sign_in_step;
pub(crate) mod trusted_certificate;
pub(crate) mod user;
pub(crate) mod user_avatar;
pub(crate) mod user_grant;
pub(crate) mod user_label;
pub(crate) mod user_totp;
