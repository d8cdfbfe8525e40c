//! What others ask of a session. A list and a bell: a channel of the runtime would cost each idle link some kilobytes.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, oneshot};
use vigie_wire::link::message::{RefusalCode, ServiceUser, Standing};

/// Most that waits.
const MOST: usize = 16;

/// What is asked.
#[derive(Debug)]
pub(crate) enum Command {
    /// End the link.
    End(RefusalCode, &'static str),
    /// What the server signs in with was changed.
    SignIn,
    /// What people changed about conditions changed.
    AlertRules,
    /// The primary of its network ordered something.
    Order,
    /// The system's certificates are wanted anew.
    Certificates,
    /// Say what would become of signing in as this user.
    Try(ServiceUser, oneshot::Sender<Standing>),
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    waiting: Mutex<Vec<Command>>,
    bell: Notify,
}

impl Mailbox {
    /// Asks; false: too much waits already.
    pub(crate) fn put(&self, command: Command) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // The end of a link is always heard.
        if waiting.len() >= MOST && !matches!(command, Command::End(..)) {
            return false;
        }
        waiting.push(command);
        self.bell.notify_one();
        true
    }

    /// Waits until something is asked.
    pub(crate) async fn take(&self) -> Vec<Command> {
        loop {
            let taken = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            if !taken.is_empty() {
                return taken;
            }
            self.bell.notified().await;
        }
    }
}
