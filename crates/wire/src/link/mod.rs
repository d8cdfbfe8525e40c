//! The link: what a system's agent and the server say to each other in the one connection that the agent opens and keeps.
//! How it is opened ([`opening`]), how messages are cut out of a stream of bytes ([`frame`]), what they say ([`message`]),
//! how other streams begin ([`stream`]), what a primary orders for its network ([`order`]), which certificates the server
//! issues ([`certificate`]), and the two ends as machines without sockets or clocks: bytes and time in, bytes and events out
//! ([`agent`], [`server`]).
//!
//! A note is what must not be lost: the agent numbers it, keeps it until the server has stored it, and says it again after
//! every reconnection, so that the server stores each once and in order.

pub mod agent;
pub mod alert;
pub mod application;
pub mod certificate;
pub mod frame;
pub mod message;
#[cfg(test)]
mod model;
pub mod opening;
pub mod order;
pub mod server;
pub mod stream;

use std::time::Duration;

/// Version of these messages. Additions do not change it.
pub const FORMAT: u32 = 1;
/// Where a system opens its link.
pub const PATH: &str = "/api/v1/link";
/// Where a system enrols.
pub const ENROLMENT_PATH: &str = "/api/v1/link/enrolment";
/// From one heartbeat to the next, where the server says nothing else.
pub const HEARTBEAT: Duration = Duration::from_secs(10);
/// Longest silence: after it the other end is taken for gone. Two heartbeats may be lost, and it is noticed within 30 s.
pub const SILENCE: Duration = Duration::from_secs(25);
/// Longest time from the opening to the greeting.
pub const GREETING: Duration = Duration::from_secs(10);
/// Most notes under way before the first of them is acknowledged.
pub const WINDOW: usize = 64;

/// Why an end gives the link up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing was heard for [`SILENCE`], or no greeting within [`GREETING`].
    #[error("nothing was heard for too long")]
    Silent,
    /// What came is no message.
    #[error(transparent)]
    Frame(#[from] frame::FrameError),
    /// What came has no place here.
    #[error("unexpected: {0}")]
    Unexpected(&'static str),
    /// The server has stored more of this spool than was ever said: the spool is an old copy. See [`agent::Spool::begun_anew`].
    #[error("the server knows more of this spool than it holds")]
    Behind,
    /// The other end speaks another version.
    #[error("the other end speaks version {theirs} of the link, this one {FORMAT}")]
    Version {
        /// Theirs.
        theirs: u32,
    },
    /// The server does not want this link.
    #[error("refused: {words}")]
    Refused {
        /// Stable code.
        code: message::RefusalCode,
        /// Why, for people.
        words: String,
    },
}
