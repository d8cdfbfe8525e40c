//! What the server asks about the service user in one link, one after another: sign-ins, and orders of the primary. A
//! password takes memory and time to check and to hash.

use std::path::PathBuf;

use tokio::sync::mpsc;
use vigie_kernel::{Clock as _, SystemClock, SystemRng, Timestamp};
use vigie_wire::link::{
    message::{ServiceUser, Standing},
    order::{Order, OrderRefusal},
};

use super::{
    account::{ATTEMPTS, Account, Attempts, is_password, sign_in},
    folder::Folder,
    network::obey,
};

/// Most that wait for their turn; the server gives up on more.
const MOST_WAITING: usize = 8;

#[derive(Debug)]
enum Asked {
    SignIn(u64, ServiceUser),
    Order(Order),
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Answered {
    /// Of a sign-in.
    SignIn(u64, Standing),
    /// Of the order of that moment: why it was not obeyed, or none.
    Order(Timestamp, Option<OrderRefusal>),
}

/// Takes sign-ins and orders, and says what became of them.
#[derive(Debug)]
pub(crate) struct Desk {
    asked: mpsc::Sender<Asked>,
    answers: mpsc::Receiver<Answered>,
}

impl Desk {
    /// Works until it is dropped. `own` is this system's public key.
    pub(crate) fn open(folder: PathBuf, own: String) -> Self {
        let (asked, mut waiting) = mpsc::channel(MOST_WAITING);
        let (told, answers) = mpsc::channel(MOST_WAITING);
        tokio::spawn(async move {
            while let Some(asked) = waiting.recv().await {
                let (folder, own) = (Folder::at(&folder), own.clone());
                let Ok(answered) = tokio::task::spawn_blocking(move || answer(&folder, &own, asked)).await else {
                    continue;
                };
                if told.send(answered).await.is_err() {
                    return;
                }
            }
        });
        Self { asked, answers }
    }

    /// Somebody signs in.
    pub(crate) fn sign_in(&self, number: u64, user: ServiceUser) {
        self.ask(Asked::SignIn(number, user));
    }

    /// The primary orders something.
    pub(crate) fn order(&self, order: Order) {
        self.ask(Asked::Order(order));
    }

    fn ask(&self, asked: Asked) {
        if self.asked.try_send(asked).is_err() {
            log::warn!("the server asks too much of the service user at once: something is not answered");
        }
    }

    /// What became of one.
    pub(crate) async fn answered(&mut self) -> Option<Answered> {
        self.answers.recv().await
    }
}

fn answer(folder: &Folder, own: &str, asked: Asked) -> Answered {
    match asked {
        Asked::SignIn(number, user) => {
            let standing = stand(folder, &user);
            log::info!("the server signed in as the service user: {standing:?}");
            Answered::SignIn(number, standing)
        }
        Asked::Order(order) => {
            let refusal = obey(folder, &order, own, SystemClock.now(), &SystemRng).err();
            match refusal {
                None => log::info!("the service user {} is as the primary ordered", order.user.name),
                Some(code) => log::warn!("an order of the primary {} is refused: {code:?}", order.primary),
            }
            Answered::Order(order.at, refusal)
        }
    }
}

/// The account as it is now. Wrong passwords are counted whatever the sign-in is for: else a try would be a way to guess.
fn stand(folder: &Folder, user: &ServiceUser) -> Standing {
    let account = match Account::read(folder) {
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
