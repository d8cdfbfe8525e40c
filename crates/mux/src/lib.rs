//! Streams in one WebSocket, for either end of a system's link: bytes in binary messages ([`bytes`]), and in them streams
//! with flow control of their own (yamux). One task moves all of a link; whoever opens or takes a stream has a handle.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod bytes;
mod head;
mod streams;
#[cfg(test)]
mod tests;

pub use head::{read_head, write_head};
pub use streams::{Closed, Incoming, Limits, Moving, Opener, PIECE, Stream, start};
pub use tokio_tungstenite;
