//! What the server does by itself, in the background, until it stops.

pub mod assets;
mod housekeeping;

use tokio_util::task::TaskTracker;

use crate::http::AppState;

/// Starts everything. It ends by itself once the server stops; wait for the tracker.
pub fn start(state: &AppState) -> TaskTracker {
    let tracker = TaskTracker::new();
    tracker.spawn(housekeeping::purge(state.clone()));
    tracker.spawn(housekeeping::renew(state.clone()));
    assets::start(state, &tracker);
    tracker
}
