//! The server itself, as far as several nodes must know of it: which nodes there are, and what they ask each other.

pub mod log_access;
pub mod log_questions;
pub mod nodes;
