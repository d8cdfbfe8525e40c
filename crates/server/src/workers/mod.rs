//! What the server does by itself, in the background, until it stops.

pub mod assets;
pub(crate) mod certificate;
pub mod exports;
pub(crate) mod fleet;
mod housekeeping;
pub mod platform;
mod relay;
mod syslog;

pub use certificate::look_at_certificates;
use tokio_util::task::TaskTracker;

use crate::{http::AppState, notify};

/// Starts everything. It ends by itself once the server stops; wait for the tracker.
pub fn start(state: &AppState) -> TaskTracker {
    let tracker = TaskTracker::new();
    tracker.spawn(housekeeping::purge(state.clone()));
    tracker.spawn(certificate::follow(state.clone()));
    tracker.spawn(certificate::order(state.clone()));
    tracker.spawn(certificate::look_after(state.clone()));
    tracker.spawn(housekeeping::renew_statistics(state.clone()));
    let node = format!("{:016x}", state.rng.next_u64());
    tracker.spawn(relay::speak(state.clone(), node.clone()));
    tracker.spawn(relay::hear(state.clone(), node.clone()));
    tracker.spawn(syslog::send(state.clone(), node));
    tracker.spawn(fleet::look_after_lost_nodes(state.clone()));
    tracker.spawn(fleet::retain(state.clone()));
    tracker.spawn(fleet::sample_connected(state.clone()));
    tracker.spawn(notify::tell(state.clone()));
    tracker.spawn(notify::watch_for_gone(state.clone()));
    assets::start(state, &tracker);
    exports::start(state, &tracker);
    platform::start(state, &tracker);
    tracker
}
