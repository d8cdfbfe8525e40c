//! What every other part of Vigie stands on: typed ids, moments in time, randomness, the table of roles, and the
//! codes of problems. No input or output happens here; the clock and the source of randomness are traits that the
//! programs hand down, so that everything above is testable without waiting and without chance.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod audit;
pub mod id;
pub mod policy;
pub mod problem;
pub mod random;
pub mod time;

pub use audit::{Act, Actor, ActorKind, AuditEntry};
pub use id::*;
pub use policy::{Action, Cell, Granted, Role, Scope};
pub use problem::Code;
pub use random::{Rng, SystemRng};
pub use time::{Clock, Day, SystemClock, Timestamp};
