//! Messages and streams in one WebSocket, for either end of a system's link: messages ([`Messages`]) go first, and beside
//! them streams with flow control of their own (yamux). One task moves all of a link; whoever opens or takes a stream has a
//! handle.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod bytes;
mod head;
mod messages;
mod socket;
mod stops;
mod stream;
mod streams;
#[cfg(test)]
mod tests;

pub use head::{read_head, write_head};
pub use messages::Messages;
pub use socket::prompt;
pub use stream::Stream;
pub use streams::{Ends, Incoming, Limits, Moving, OpenError, Opener, PIECE, start};
pub use tokio_tungstenite;
