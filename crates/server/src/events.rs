//! Tells open consoles that something changed, so that they ask again. Only the topic travels: what changed is read with
//! the reader's own rights.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, watch};
use utoipa::ToSchema;

/// What a page may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// The pending queue.
    Pending,
    /// Equipment.
    Equipment,
    /// The software catalogue.
    Software,
    /// The bell.
    Notifications,
    /// Exports.
    Exports,
}

impl Topic {
    /// Every topic.
    pub const ALL: &'static [Self] =
        &[Self::Pending, Self::Equipment, Self::Software, Self::Notifications, Self::Exports];
}

/// Changes that a slow listener may be behind; after that it hears that everything changed.
const BACKLOG: usize = 256;

/// Where changes are told and heard. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Events {
    changes: broadcast::Sender<Arc<[Topic]>>,
    stopped: Arc<watch::Sender<bool>>,
}

impl Default for Events {
    fn default() -> Self {
        Self { changes: broadcast::channel(BACKLOG).0, stopped: Arc::new(watch::channel(false).0) }
    }
}

impl Events {
    /// Tells that these changed. Costs next to nothing when nobody listens.
    pub fn changed(&self, topics: &[Topic]) {
        if self.changes.receiver_count() > 0 {
            // Nobody listening any more is no failure.
            let _ = self.changes.send(topics.into());
        }
    }

    /// Listens from now on.
    pub fn listen(&self) -> Listener {
        Listener { changes: self.changes.subscribe(), stopped: self.stopped.subscribe() }
    }

    /// Ends all listening: the server stops.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }
}

/// See [`Events::listen`].
#[derive(Debug)]
pub struct Listener {
    changes: broadcast::Receiver<Arc<[Topic]>>,
    stopped: watch::Receiver<bool>,
}

impl Listener {
    /// The next changes; none: the server stops.
    pub async fn next(&mut self) -> Option<Vec<Topic>> {
        let Self { changes, stopped } = self;
        tokio::select! {
            biased;
            _ = stopped.wait_for(|it| *it) => None,
            change = changes.recv() => match change {
                Ok(topics) => Some(topics.to_vec()),
                Err(broadcast::error::RecvError::Lagged(_)) => Some(Topic::ALL.to_vec()),
                Err(broadcast::error::RecvError::Closed) => None,
            },
        }
    }
}
