//! Who is present on this node.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::sync::CancellationToken;
use vigie_kernel::SystemId;
use vigie_mux::{Opener, Stream};

use crate::Opened;

/// The system has no link to this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system has no link to this node")]
pub struct NotHere;

#[derive(Debug)]
struct Present {
    epoch: u64,
    opener: Opener,
    replaced: CancellationToken,
}

/// The links of this node. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Links(Arc<Mutex<HashMap<SystemId, Present>>>);

impl Links {
    /// How many systems are present.
    pub fn count(&self) -> usize {
        self.map(|present| present.len())
    }

    /// Whether a system is.
    pub fn has(&self, system: SystemId) -> bool {
        self.map(|present| present.contains_key(&system))
    }

    /// Opens a stream to a system.
    pub async fn open(&self, system: SystemId) -> Result<Stream, NotHere> {
        let opener = self.map(|present| present.get(&system).map(|it| it.opener.clone())).ok_or(NotHere)?;
        opener.open().await.map_err(|_| NotHere)
    }

    /// Ends a system's link, which may not come back by itself where it was removed.
    pub fn end(&self, system: SystemId) {
        if let Some(it) = self.map(|present| present.remove(&system)) {
            it.replaced.cancel();
        }
    }

    /// A link counts from now on; one of before is told to end. Answers what tells this one.
    pub(crate) fn enter(&self, link: Opened, opener: Opener) -> CancellationToken {
        let replaced = CancellationToken::new();
        let it = Present { epoch: link.epoch, opener, replaced: replaced.clone() };
        self.map(|present| {
            // Two that greet at the same time may come here in the other order.
            if present.get(&link.system).is_some_and(|other| other.epoch > link.epoch) {
                it.replaced.cancel();
            } else if let Some(before) = present.insert(link.system, it) {
                before.replaced.cancel();
            }
        });
        replaced
    }

    pub(crate) fn leave(&self, link: Opened) {
        self.map(|present| {
            if present.get(&link.system).is_some_and(|it| it.epoch == link.epoch) {
                present.remove(&link.system);
            }
        });
    }

    fn map<T>(&self, work: impl FnOnce(&mut HashMap<SystemId, Present>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
