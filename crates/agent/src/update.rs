//! The agent's own update. A version that the server offers is fetched, checked against its releaser's signature and laid
//! beside the installed program; it runs on trial, watched by the one before it, until a synchronisation of its own was
//! answered. If it ends, hangs or stays silent, the one before it runs again. The installed program is never touched: it is
//! what everything falls back to, whatever becomes of the rest.
//!
//! [`fetch`] brings a version, `shelf` keeps which there are, [`launch`] decides which one runs.

mod fetch;
mod launch;
mod shelf;

use std::{thread, time::Duration};

use vigie_kernel::{Rng as _, SystemClock, SystemRng};
use vigie_wire::update::Offer;

use crate::{
    VERSION,
    config::Settings,
    moving::Portals,
    portal::{Failure, Portal},
    sync::StateDir,
};

pub use fetch::{Fetcher, Trouble, fetch};
pub use launch::{Ended, launch};
pub(crate) use launch::{end_child, hand_over};
pub use shelf::{Shelf, Standing};

/// The longest time over which downloads are spread, seconds.
const LONGEST_SPREAD: u32 = 3600;

/// Who may release versions of this agent: a minisign public key, given when it was built. Without one, and none in the
/// settings, it does not update itself.
pub const RELEASE_KEY: Option<&str> = option_env!("VIGIE_RELEASE_KEY");

/// What this agent runs on, as releases name it.
pub(crate) fn target() -> &'static str {
    vigie_wire::update::target_of(crate::collect::PLATFORM).unwrap_or_default()
}

impl Shelf {
    /// A synchronisation of this version was answered, with an offer or without. The disk may be full: then the next answer
    /// says it again.
    pub(crate) fn answered(&self, offer: Option<Offer>) {
        if let Err(error) = self.reported(VERSION).and_then(|_| self.offered(offer, VERSION)) {
            log::error!("what the server says of versions cannot be kept in {}: {error}", self.path().display());
        }
    }

    /// Fetches what is offered, at a moment of this agent's own. Answers whether another version is to run: the one that
    /// arrived, or the one that has shown that it works and may take its watcher's place.
    pub(crate) fn update(&self, settings: &Settings) -> Option<Ended> {
        let standing = self.standing();
        let Some(offer) = standing.offer else {
            // Where a process can be replaced, only a version on trial is watched.
            let stays = cfg!(unix) && launch::is_watched() && standing.trial.is_none();
            return stays.then_some(Ended::Restart);
        };
        let wait = Duration::from_secs(SystemRng.below(u64::from(offer.spread_seconds.min(LONGEST_SPREAD)).max(1)));
        log::info!("version {} is offered; fetching it in {} s", offer.version, wait.as_secs());
        thread::sleep(wait);
        match self.bring(settings, &offer) {
            Ok(()) => {
                log::info!("version {} is here and is what its releaser signed", offer.version);
                return Some(Ended::Restart);
            }
            Err(Trouble::Later(failure)) => {
                log::warn!("{failure}; version {} is tried again with the next collection", offer.version);
            }
            Err(Trouble::Over(end, words)) => {
                if let Err(error) = self.ended(&offer, end, &words) {
                    log::error!("that cannot be written down: {error}");
                }
            }
        }
        None
    }

    fn bring(&self, settings: &Settings, offer: &Offer) -> Result<(), Trouble> {
        let local = |error: std::io::Error| Trouble::Later(Failure::Local(error.to_string()));
        let state = StateDir::peek(&settings.state_dir).map_err(local)?.unwrap_or_default();
        let key = StateDir::peek_key(&settings.state_dir).map_err(Trouble::Later)?;
        let (Some(agent), Some(key)) = (state.agent_id, key) else {
            return Err(Trouble::Later(Failure::Local("this agent is not enrolled".to_owned())));
        };
        let mut portal = Portals::of(settings)
            .connection(settings)
            .and_then(|connection| Portal::new(&connection))
            .map_err(Trouble::Later)?;
        let releaser = settings.release_key.as_deref();
        fetch(self, offer, &mut Fetcher { portal: &mut portal, agent, key: &key, clock: &SystemClock, releaser })
    }
}
