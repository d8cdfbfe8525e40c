//! Intake: an inventory arrives from an agent, is compared with what is stored, and only what differs is written. When
//! [`Intake::receive`] answers, it is durable.
//!
//! What costs much (cleaning, digests, packing) is done before the write, so that the one writer of SQLite only reads
//! and writes rows: [`prepare`] makes it ready, [`apply`] stores it.

mod apply;
mod foreign;
mod prepare;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use sea_orm::DbErr;
use vigie_db::Database;
use vigie_kernel::{AgentId, CustomerId, EquipmentId, InventoryId, Rng, Timestamp};
use vigie_wire::{
    Remark, Section, Sections,
    delta::Edits,
    sync::{AgentStatus, Identity, Outcome, Synchronisation},
};

pub(crate) use apply::{read_section, record_changes, remove_inventory};
pub(crate) use prepare::PreparedView;

use crate::{agents::AgentKind, software::Catalogue};

/// A difference between the agent's clock and the server's from which on the clock counts as wrong.
pub const CLOCK_TOLERANCE: std::time::Duration = std::time::Duration::from_mins(5);

/// Who delivers.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The agent.
    pub agent: AgentId,
    /// Its kind.
    pub kind: AgentKind,
    /// The customer it was enrolled for.
    pub customer: Option<CustomerId>,
    /// Where the request came from.
    pub source_address: String,
}

/// An inventory, whole or in part, in the one form that all kinds of agents are brought to.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Which machine it is of.
    pub identity: Identity,
    /// Grows from one delivery to the next.
    pub sequence: u64,
    /// SHA-256 of what was delivered: tells a resend from something new.
    pub body_digest: [u8; 32],
    /// Size of what was delivered, bytes.
    pub bytes: u64,
    /// What the agent's clock showed when this was sent; absent when it does not say.
    pub agents_clock: Option<Timestamp>,
    /// When it was sent first, by the agent's clock; absent when it does not say.
    pub sent_at: Option<Timestamp>,
    /// By the agent's clock; absent when it does not say.
    pub collected_at: Option<Timestamp>,
    /// How the agent is.
    pub agent: AgentStatus,
    /// Names the customer.
    pub tag: Option<String>,
    /// The agent's name for the machine's state after this; empty when it has none.
    pub state: String,
    /// How `sections` are meant.
    pub extent: Extent,
    /// The sections.
    pub sections: Sections,
    /// What could not be taken as it came.
    pub remarks: Vec<Remark>,
}

/// How the sections of a delivery are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// They are everything: what is absent is gone.
    Whole,
    /// They replace those of the base, or are edits of them; the base must be the stored state.
    Delta {
        /// The state that they build on.
        base: String,
        /// Lists of which only the new items are here.
        edits: Edits,
        /// Sections of the base that are gone.
        removed: Vec<Section>,
    },
    /// They replace what is stored, whatever it is (foreign agents' partial inventories).
    Partial,
}

impl Delivery {
    /// From a native agent's message. `body` is what the agent signed.
    pub fn native(message: Synchronisation, body: &[u8]) -> Self {
        use sha2::Digest as _;
        Self {
            identity: message.identity,
            sequence: message.sequence,
            body_digest: sha2::Sha256::digest(body).into(),
            bytes: body.len() as u64,
            agents_clock: None,
            sent_at: Some(message.sent_at),
            collected_at: Some(message.collected_at),
            agent: message.agent,
            tag: message.tag,
            state: message.state,
            extent: match message.base {
                None => Extent::Whole,
                Some(base) => Extent::Delta { base, edits: message.edits, removed: message.removed },
            },
            sections: message.sections,
            remarks: Vec::new(),
        }
    }
}

/// What was done with a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The inventory it went to.
    pub inventory_id: InventoryId,
    /// What was stored.
    pub outcome: Outcome,
    /// Whether someone asked for a fresh inventory.
    pub fresh_inventory: bool,
    /// Whether it was taken before and nothing was done now.
    pub repeated: bool,
    /// Whether it made a new pending equipment.
    pub new_pending: bool,
    /// Whether a second machine was met under one identity.
    pub clone_met: bool,
    /// The equipment it went to.
    pub equipment_id: Option<EquipmentId>,
}

/// A delivery was refused; nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A newer one was already taken.
    #[error("a newer synchronisation was already taken")]
    SequenceOld {
        /// The newest one's sequence.
        last: u64,
    },
    /// The stored state is not the base.
    #[error("the base is not the stored state")]
    BaseUnknown,
    /// The agent is gone: deleted meanwhile.
    #[error("the agent is not known")]
    AgentUnknown,
    /// The agent's key was revoked.
    #[error("the agent's key was revoked")]
    AgentRevoked,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Where inventories are taken in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Intake {
    db: Database,
    rng: Arc<dyn Rng>,
    catalogue: Catalogue,
}

impl Intake {
    /// Into a database.
    pub fn new(db: Database, rng: Arc<dyn Rng>) -> Self {
        Self { db, rng, catalogue: Catalogue::default() }
    }

    /// Takes a delivery.
    pub async fn receive(&self, sender: Sender, mut delivery: Delivery, now: Timestamp) -> Result<Receipt, Refusal> {
        let known = prepare::known_digests(&self.db, sender.agent, &delivery).await?;
        let edited = prepare::complete(&self.db, sender.agent, &mut delivery).await?;
        // Some milliseconds of computing: not worth a trip to another thread, and bounded by the size of a document.
        let prepared = Box::new(prepare::Prepared::new(sender, delivery, edited, &known, now));
        let (rng, mut versions) = (Arc::clone(&self.rng), self.catalogue.look());
        let change = self.db.write(move |tx| {
            Box::pin(async move {
                let receipt = Box::pin(apply::apply(tx, *prepared, &mut versions, now, rng)).await?;
                Ok::<_, Refusal>((receipt, versions))
            })
        });
        let (receipt, versions) = change.await?;
        self.catalogue.learn(versions);
        Ok(receipt)
    }
}
