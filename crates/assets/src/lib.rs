//! Assets: what agents bring ([`intake`]), what waits to be recognised ([`pending`]), what it is recognised by
//! ([`reconcile`]), what is associated by itself ([`association`]), the equipment ([`equipment`]), its software
//! ([`software`]), its past ([`history`]) and what is reported of all of it ([`reports`]).
//!
//! Services take a [`vigie_kernel::Granted`] and never answer with what lies outside its scope.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod agents;
pub mod association;
mod entity;
pub mod equipment;
pub mod exports;
mod figures;
pub mod history;
pub mod imports;
pub mod intake;
pub mod moves;
pub mod overview;
mod pack;
pub mod pending;
pub mod reconcile;
pub mod reports;
pub mod retention;
pub mod rollouts;
mod search;
pub mod software;
mod sql;
mod summary;
#[cfg(test)]
mod testing;
