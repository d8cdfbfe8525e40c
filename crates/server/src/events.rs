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
    /// Imports.
    Imports,
    /// The server's certificate and those it trusts.
    Certificates,
    /// The server itself: nodes, backups.
    Platform,
    /// Customers' systems and how they are connected.
    Systems,
    /// Their alerts, and who is notified of them.
    Alerts,
}

impl Topic {
    /// The name in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Equipment => "equipment",
            Self::Software => "software",
            Self::Notifications => "notifications",
            Self::Exports => "exports",
            Self::Imports => "imports",
            Self::Certificates => "certificates",
            Self::Platform => "platform",
            Self::Systems => "systems",
            Self::Alerts => "alerts",
        }
    }

    /// Every topic.
    pub const ALL: &'static [Self] = &[
        Self::Pending,
        Self::Equipment,
        Self::Software,
        Self::Notifications,
        Self::Exports,
        Self::Imports,
        Self::Certificates,
        Self::Platform,
        Self::Systems,
        Self::Alerts,
    ];
}

/// Changes that a slow listener may be behind; after that it hears that everything changed.
const BACKLOG: usize = 256;

#[derive(Debug, Clone)]
struct Change {
    topics: Arc<[Topic]>,
    /// Whether another node told it.
    elsewhere: bool,
}

/// Where changes are told and heard. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Events {
    changes: broadcast::Sender<Change>,
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
            let _ = self.changes.send(Change { topics: topics.into(), elsewhere: false });
        }
    }

    /// Tells what another node told.
    pub(crate) fn changed_elsewhere(&self, topics: Vec<Topic>) {
        let _ = self.changes.send(Change { topics: topics.into(), elsewhere: true });
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
    changes: broadcast::Receiver<Change>,
    stopped: watch::Receiver<bool>,
}

impl Listener {
    /// The next changes; none: the server stops.
    pub async fn next(&mut self) -> Option<Vec<Topic>> {
        self.next_change().await.map(|it| it.topics.to_vec())
    }

    /// The next changes that this node made itself; none: the server stops.
    pub(crate) async fn next_own(&mut self) -> Option<Vec<Topic>> {
        loop {
            let change = self.next_change().await?;
            if !change.elsewhere {
                return Some(change.topics.to_vec());
            }
        }
    }

    async fn next_change(&mut self) -> Option<Change> {
        let Self { changes, stopped } = self;
        tokio::select! {
            biased;
            _ = stopped.wait_for(|it| *it) => None,
            change = changes.recv() => match change {
                Ok(change) => Some(change),
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    Some(Change { topics: Topic::ALL.into(), elsewhere: false })
                }
                Err(broadcast::error::RecvError::Closed) => None,
            },
        }
    }
}
