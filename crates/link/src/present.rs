//! Who is present on this node.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;
use vigie_kernel::SystemId;
use vigie_mux::{OpenError, Opener, Stream};
use vigie_wire::link::message::{RefusalCode, ServiceUser, Standing};

use crate::{
    Opened,
    mailbox::{Command, Mailbox},
};

/// Longest that a system may think about a sign-in.
const PATIENCE: Duration = Duration::from_secs(15);

/// The system has no link to this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system has no link to this node")]
pub struct NotHere;

#[derive(Debug)]
struct Present {
    epoch: u64,
    opener: Opener,
    mailbox: Arc<Mailbox>,
}

/// A sign-in could not be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TryError {
    /// The system has no link to this node.
    #[error(transparent)]
    NotHere(#[from] NotHere),
    /// The system does not answer, or too much was asked of it.
    #[error("the system did not answer")]
    Silent,
}

/// The links of this node. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Links(Arc<Mutex<HashMap<SystemId, Present>>>);

impl Links {
    /// How many systems are present.
    pub fn count(&self) -> usize {
        self.map(|present| present.len())
    }

    /// Which.
    pub fn systems(&self) -> Vec<SystemId> {
        self.map(|present| present.keys().copied().collect())
    }

    /// Whether a system is.
    pub fn has(&self, system: SystemId) -> bool {
        self.map(|present| present.contains_key(&system))
    }

    /// Opens a stream to a system. Closed: it has no link to this node.
    pub async fn open(&self, system: SystemId) -> Result<Stream, OpenError> {
        let opener = self.map(|present| present.get(&system).map(|it| it.opener.clone()));
        opener.ok_or(OpenError::Closed)?.open().await
    }

    /// Ends a system's link; it is told that it was removed.
    pub fn end(&self, system: SystemId) {
        if let Some(it) = self.map(|present| present.remove(&system)) {
            it.mailbox.put(Command::End(RefusalCode::Removed, "the system was removed from the server"));
        }
    }

    /// What the server signs in with was changed: it signs in again.
    pub fn sign_in(&self, system: SystemId) {
        if let Some(mailbox) = self.mailbox(system) {
            mailbox.put(Command::SignIn);
        }
    }

    /// What people changed about conditions changed: the system is told.
    pub fn alert_rules(&self, system: SystemId) {
        if let Some(mailbox) = self.mailbox(system) {
            mailbox.put(Command::AlertRules);
        }
    }

    /// The primary of its network ordered something: the system is told.
    pub fn order(&self, system: SystemId) {
        if let Some(mailbox) = self.mailbox(system) {
            mailbox.put(Command::Order);
        }
    }

    /// The system's certificates are wanted anew: the system is told.
    pub fn certificates(&self, system: SystemId) {
        if let Some(mailbox) = self.mailbox(system) {
            mailbox.put(Command::Certificates);
        }
    }

    /// What would become of signing in as this user now.
    pub async fn try_sign_in(&self, system: SystemId, user: ServiceUser) -> Result<Standing, TryError> {
        let mailbox = self.mailbox(system).ok_or(NotHere)?;
        let (sender, answer) = oneshot::channel();
        if !mailbox.put(Command::Try(user, sender)) {
            return Err(TryError::Silent);
        }
        let answered = tokio::time::timeout(PATIENCE, answer).await;
        answered.map_err(|_| TryError::Silent)?.map_err(|_| NotHere.into())
    }

    fn mailbox(&self, system: SystemId) -> Option<Arc<Mailbox>> {
        self.map(|present| present.get(&system).map(|it| it.mailbox.clone()))
    }

    /// A link counts from now on; one of before is told to end.
    pub(crate) fn enter(&self, link: Opened, opener: Opener, mailbox: &Arc<Mailbox>) {
        const REPLACED: Command = Command::End(RefusalCode::Replaced, "the system opened another link");
        let it = Present { epoch: link.epoch, opener, mailbox: Arc::clone(mailbox) };
        self.map(|present| {
            // Two that greet at the same time may come here in the other order.
            if present.get(&link.system).is_some_and(|other| other.epoch > link.epoch) {
                it.mailbox.put(REPLACED);
            } else if let Some(before) = present.insert(link.system, it) {
                before.mailbox.put(REPLACED);
            }
        });
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
