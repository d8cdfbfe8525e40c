//! Sign-ins of one link, one after another: a password takes memory and time to check.

use std::path::PathBuf;

use tokio::sync::mpsc;
use vigie_kernel::{Clock as _, SystemClock};
use vigie_wire::link::message::{ServiceUser, Standing};

use super::{
    account::{ATTEMPTS, Account, Attempts, is_password, sign_in},
    folder::Folder,
};

/// Most that wait for their turn; the server gives up on more.
const MOST_WAITING: usize = 8;

/// Takes sign-ins, and says what became of them.
#[derive(Debug)]
pub(crate) struct Desk {
    asked: mpsc::Sender<(u64, ServiceUser)>,
    answers: mpsc::Receiver<(u64, Standing)>,
}

impl Desk {
    /// Works until it is dropped.
    pub(crate) fn open(folder: PathBuf) -> Self {
        let (asked, mut waiting) = mpsc::channel(MOST_WAITING);
        let (told, answers) = mpsc::channel(MOST_WAITING);
        tokio::spawn(async move {
            while let Some((number, user)) = waiting.recv().await {
                let folder = folder.clone();
                let Ok(standing) = tokio::task::spawn_blocking(move || answer(&folder, &user)).await else { continue };
                log::info!("the server signed in as the service user: {standing:?}");
                if told.send((number, standing)).await.is_err() {
                    return;
                }
            }
        });
        Self { asked, answers }
    }

    /// Somebody signs in.
    pub(crate) fn ask(&self, number: u64, user: ServiceUser) {
        if self.asked.try_send((number, user)).is_err() {
            log::warn!("a sign-in is not answered: too many at once");
        }
    }

    /// What became of one.
    pub(crate) async fn answered(&mut self) -> Option<(u64, Standing)> {
        self.answers.recv().await
    }
}

/// The account as it is now. Wrong passwords are counted whatever the sign-in is for: else a try would be a way to guess.
fn answer(folder: &std::path::Path, user: &ServiceUser) -> Standing {
    let folder = Folder::at(folder);
    let account = match Account::read(&folder) {
        Ok(account) => account,
        Err(words) => {
            log::error!("{words}: nobody signs in as the service user");
            return Standing::DisabledByAdministrator;
        }
    };
    let before: Attempts = folder.read(ATTEMPTS).ok().flatten().unwrap_or_default();
    let mut attempts = before;
    // The sessions of this link replace each other: beside this one there is none.
    let standing = sign_in(account.as_ref(), &mut attempts, user, SystemClock.now(), 0, is_password);
    if attempts != before
        && let Err(words) = folder.write(ATTEMPTS, &attempts)
    {
        log::error!("{words}: wrong passwords cannot be counted, so that none is taken");
        return Standing::TemporarilyLocked;
    }
    standing
}
