//! What the server does by itself, in the background, until it stops.

pub mod assets;
pub(crate) mod certificate;
pub mod exports;
pub(crate) mod fleet;
mod housekeeping;
pub mod imports;
pub(crate) mod links;
pub mod platform;
mod relay;
mod reports;
mod rollouts;
mod syslog;

use std::time::Duration;

pub use certificate::look_at_certificates;
pub use reports::write_due_reports;
use tokio_util::task::TaskTracker;

use vigie_db::DbErr;

use crate::{http::AppState, notify};

const HEAR_AGAIN_AFTER: Duration = Duration::from_secs(5);

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
    let heard = node.clone();
    tracker.spawn(until_stopped(state, |state| hear(state, move |state| relay::listen(state, heard.clone()))));
    tracker.spawn(until_stopped(state, |state| hear(state, links::listen)));
    tracker.spawn(syslog::send(state.clone(), node));
    tracker.spawn(until_stopped(state, fleet::look_after_lost_nodes));
    tracker.spawn(until_stopped(state, fleet::retain));
    tracker.spawn(until_stopped(state, fleet::sample_connected));
    tracker.spawn(notify::tell(state.clone()));
    tracker.spawn(until_stopped(state, notify::watch_for_gone));
    tracker.spawn(until_stopped(state, rollouts::watch));
    assets::start(state, &tracker);
    tracker.spawn(until_stopped(state, reports::write));
    exports::start(state, &tracker);
    imports::start(state, &tracker);
    platform::start(state, &tracker);
    tracker
}

/// Listens to other nodes, again after a while when that fails; ends when the listening does.
async fn hear<F: Future<Output = Result<(), DbErr>>>(state: AppState, listen: impl Fn(AppState) -> F) {
    while let Err(error) = listen(state.clone()).await {
        tracing::warn!(%error, "the other nodes cannot be heard; it is tried again");
        tokio::time::sleep(HEAR_AGAIN_AFTER).await;
    }
}

/// For a worker that does nothing but transactions: it can be left at any await.
fn until_stopped<W, F>(state: &AppState, work: W) -> impl Future<Output = ()> + use<W, F>
where
    W: FnOnce(AppState) -> F,
    F: Future<Output = ()>,
{
    let (stopping, work) = (state.stopping.clone(), work(state.clone()));
    async move {
        let _ = stopping.run_until_cancelled(work).await;
    }
}
