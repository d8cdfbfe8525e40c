//! Customers' systems: how they enrol ([`tokens`], [`enrolment`]), what their links say of them ([`links`]), how they are
//! shown and removed ([`systems`]), what is wrong with them ([`alerts`]), by whom the server manages them ([`service_user`]), how a
//! network's primary sets that for all of it ([`synchronise`]), and which certificates are issued to them ([`certificates`]).

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod alerts;
pub mod certificates;
mod connectivity;
pub mod customer_state;
pub mod dashboard;
pub mod enrolment;
mod entity;
pub mod links;
pub mod network;
pub mod service_user;
pub mod synchronise;
pub mod systems;
#[cfg(test)]
mod tests;
pub mod tokens;

pub use connectivity::Connectivity;
pub use customer_state::Colour;
