//! The server's end of the systems' links: one session for each ([`session`]), who is present on this node and how to open a
//! stream to them ([`Links`]), tunnels ([`Links::tunnel`]). What the server knows of systems is behind a port ([`Systems`]); here is no database.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod mailbox;
mod present;
pub mod session;
#[cfg(test)]
mod tests;
mod tunnel;

use std::fmt;

use futures_util::future::BoxFuture;
use vigie_kernel::{SystemId, Timestamp};
use vigie_wire::{
    join::TokenRefusal,
    link::{
        alert::AlertRule,
        certificate::{CertificateRefusal, Issued, Wanted},
        message::{About, Note, RefusalCode, ServiceUser, Standing},
        order::{Order, OrderRefusal, Report},
    },
};

pub use present::{Links, NotHere, TryError};
pub use tunnel::TunnelError;

/// A link of a system: the newest one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Which system.
    pub system: SystemId,
    /// Grows with each link of the system, on whichever node.
    pub epoch: u64,
    /// The last note of its spool that is durable, 0 where there is none.
    pub stored: u64,
}

/// Why something is not done.
#[derive(Debug)]
pub enum Refusal {
    /// The link ends with these words.
    Ended(RefusalCode, &'static str),
    /// The database did not answer: the link ends, the system comes back.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(code, words) => write!(f, "{code:?}: {words}"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

/// What the server knows of systems.
pub trait Systems: fmt::Debug + Send + Sync {
    /// A system greets by a new link, which from now on is the one that counts.
    fn greeted(&self, system: SystemId, about: About, spool: u64) -> BoxFuture<'_, Result<Opened, Refusal>>;
    /// By whom the server manages the system; none: nobody entered that.
    fn service_user(&self, system: SystemId) -> BoxFuture<'_, Result<Option<ServiceUser>, Refusal>>;
    /// What people changed about the conditions that the system looks at.
    fn alert_rules(&self, system: SystemId) -> BoxFuture<'_, Result<Vec<AlertRule>, Refusal>>;
    /// A system orders something as the primary of its network. Answers why that is refused, if it is.
    fn synchronise(&self, link: Opened, order: Order) -> BoxFuture<'_, Result<Option<OrderRefusal>, Refusal>>;
    /// A system asks for an enrolment token for one that joins its network.
    fn token(&self, link: Opened) -> BoxFuture<'_, Result<Result<String, TokenRefusal>, Refusal>>;
    /// A system asks for a certificate, for itself or a device.
    fn certificate(
        &self,
        link: Opened,
        wanted: Wanted,
    ) -> BoxFuture<'_, Result<Result<Issued, CertificateRefusal>, Refusal>>;
    /// Since when the system's certificates are wanted anew; none: those that it has are good.
    fn certificates_anew(&self, system: SystemId) -> BoxFuture<'_, Result<Option<Timestamp>, Refusal>>;
    /// How far its network is with the order of that moment.
    fn report(&self, system: SystemId, at: Timestamp) -> BoxFuture<'_, Result<Report, Refusal>>;
    /// The order of its primary that a system is still to hear.
    fn order(&self, system: SystemId) -> BoxFuture<'_, Result<Option<Order>, Refusal>>;
    /// What became of the order of that moment.
    fn ordered(&self, link: Opened, at: Timestamp, refusal: Option<OrderRefusal>)
    -> BoxFuture<'_, Result<(), Refusal>>;
    /// What became of signing in as that user.
    fn stands(&self, link: Opened, standing: Standing) -> BoxFuture<'_, Result<(), Refusal>>;
    /// Makes notes durable, in their order. Of a link that counts no longer they are refused.
    fn store(&self, link: Opened, notes: Vec<Note>) -> BoxFuture<'_, Result<(), Refusal>>;
    /// So many notes were let go of by the system before the next one.
    fn lost(&self, link: Opened, notes: u64) -> BoxFuture<'_, Result<(), Refusal>>;
    /// The system opened a link and then said nothing, or what this server does not understand; `other`: it speaks this
    /// other version of the link.
    fn failed(&self, system: SystemId, other: Option<u32>) -> BoxFuture<'_, ()>;
    /// The link is over. `why` is for people.
    fn left(&self, link: Opened, why: String) -> BoxFuture<'_, ()>;
}
