//! Deciding what travels, sending it so that nothing is lost, and keeping what must survive a restart.

pub(crate) mod keys;
mod pauses;
mod state;
mod synchroniser;

pub use pauses::Pauses;
pub use state::{Acknowledged, Outbox, OutboxHead, State, StateDir};
pub(crate) use synchroniser::enrolment;
pub use synchroniser::{Delivered, Taken, When, synchronise};
