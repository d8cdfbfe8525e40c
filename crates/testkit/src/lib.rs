//! What tests, demonstrations and benchmarks stand on: a simulated fleet of agents ([`sim`]).

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod sim;
