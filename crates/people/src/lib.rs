//! People: who may sign in and how (users, passwords, sessions, API tokens), the hierarchy of providers, resellers and
//! customers, API clients, preferences, certificates, notifications, and reading the audit trail. Every change is committed with its
//! audit row. Nothing here knows HTTP.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod access;
pub mod agent_configuration;
pub mod api_clients;
pub mod api_tokens;
pub mod audit;
pub mod certificates;
use vigie_db::digest;
mod entity;
pub mod factors;
pub mod first_start;
pub mod hierarchy;
mod lockout;
mod markup;
pub mod notifications;
pub mod openid;
pub mod passwords;
pub mod platform;
pub mod preferences;
pub mod sessions;
pub mod settings;
pub mod sign_in;
mod steps;
pub mod syslog;
#[cfg(test)]
mod tests;
pub mod text;
pub mod users;
pub mod views;
