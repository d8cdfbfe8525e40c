//! The loop of the installed service: collect at the start and every hour from then on, synchronise when that is due.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use vigie_kernel::{AgentId, Clock as _, SystemClock, SystemRng};

use crate::{
    VERSION,
    collect::{self, Options},
    config::Settings,
    moving::{Portals, round},
    portal::Failure,
    sync::{Delivered, Pauses, StateDir, Taken, When},
    update::{Ended, Shelf},
};

/// From one collection to the next.
const PERIOD: Duration = Duration::from_hours(1);
/// The longest time by which an agent puts its call off.
const LONGEST_DELAY: Duration = Duration::from_mins(10);
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_mins(30);

/// Runs until the process is told to end, or another version is to run.
pub fn run(settings: &Settings) -> Result<Ended, Failure> {
    log::info!(
        "Vigie Inventory Agent {} for {}, state in {}",
        VERSION,
        Portals::of(settings).connection(settings)?.server,
        settings.state_dir.display()
    );
    // What is wrong from the beginning is better seen at once than in an hour.
    drop(StateDir::open(&settings.state_dir)?);
    let started = Instant::now();
    let mut not_before = started;
    for hour in 1u32.. {
        let next = started + PERIOD * hour;
        if let Some(ended) = cycle(settings, next, &mut not_before) {
            return Ok(ended);
        }
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    Err(Failure::Local("the service ran longer than it can count".to_owned()))
}

/// Systemd stops a service with SIGTERM. Everything that must survive is written in one step, so it can end anywhere.
#[cfg(unix)]
pub(crate) fn end_on_signal() -> Result<(), Failure> {
    use nix::sys::signal::{SigSet, Signal};
    let failed = |error: nix::Error| Failure::Local(format!("signals: {error}"));
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGTERM);
    signals.add(Signal::SIGINT);
    // Every thread made after this inherits it, so that only the one below hears them.
    signals.thread_block().map_err(failed)?;
    thread::Builder::new()
        .name("signals".to_owned())
        .stack_size(64 << 10)
        .spawn(move || {
            if let Ok(signal) = signals.wait() {
                log::info!("ending on {signal}");
                crate::update::end_child();
                std::process::exit(0);
            }
        })
        .map(drop)
        .map_err(|error| Failure::Local(format!("signals: {error}")))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same shape as on unix")]
pub(crate) fn end_on_signal() -> Result<(), Failure> {
    Ok(())
}

/// Takes the inventory; what could not be taken is logged.
pub(crate) fn take(state_dir: &Path) -> Taken {
    let began = Instant::now();
    let mut collection = collect::collect(&Options { cache: Some(state_dir.to_owned()) });
    collection.update = Shelf::of(state_dir).standing().report;
    for problem in &collection.problems {
        log::warn!("not taken: {problem}");
    }
    let packages = collection.sections.software.as_ref().map_or(0, Vec::len);
    let sections = collection.sections.present().len();
    log::info!("collected {sections} sections, {packages} programs, in {} ms", began.elapsed().as_millis());
    Taken::new(collection, SystemClock.now())
}

/// One hour: everything it needs of memory is gone when it ends.
fn cycle(settings: &Settings, next: Instant, not_before: &mut Instant) -> Option<Ended> {
    let shelf = Shelf::of(&settings.state_dir);
    let mut taken = take(&settings.state_dir);
    let state = StateDir::peek(&settings.state_dir).ok().flatten().unwrap_or_default();
    let standing = shelf.standing();
    // Whoever rolls a version out waits for this; the update came at a moment of this agent's own.
    let waited_for = standing.untold() || standing.trial.as_ref().is_some_and(|trial| trial.kept.version == VERSION);
    let portals = Portals::of(settings);
    let same = portals.connection(settings).is_ok_and(|connection| connection.server == state.server);
    if same && !waited_for && !taken.due(&state, StateDir::waits(&settings.state_dir), SystemClock.now()) {
        log::info!("nothing changed");
        if portals.has_work(SystemClock.now())
            && let Err(failure) = attempt(settings, &taken, When::Due)
        {
            log::warn!("{failure}");
        }
    } else {
        if let (false, Some(agent_id), Some(_)) = (waited_for, state.agent_id, state.last_synchronisation) {
            let delay = own_delay(agent_id);
            log::info!("synchronising in {} s", delay.as_secs());
            thread::sleep(delay);
        }
        deliver(settings, &taken, waited_for, next, not_before);
    }
    let ended = shelf.update(settings);
    let standing = shelf.standing();
    if ended.is_none() && standing.untold() {
        taken.collection.update = standing.report;
        deliver(settings, &taken, true, next, not_before);
    }
    ended
}

/// Synchronises, trying again until the next collection.
fn deliver(settings: &Settings, taken: &Taken, in_any_case: bool, next: Instant, not_before: &mut Instant) {
    let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE);
    loop {
        if *not_before >= next {
            return;
        }
        thread::sleep(not_before.saturating_duration_since(Instant::now()));
        let failure = match attempt(settings, taken, if in_any_case { When::Now } else { When::Due }) {
            Ok(()) => return,
            Err(failure) => failure,
        };
        let (words, retry_after) = match failure {
            Failure::Unanswered { words, retry_after } => (words, retry_after),
            Failure::Untrusted(words) => (words, None),
            Failure::Refused { .. } | Failure::Local(_) => {
                log::error!("{failure}");
                return;
            }
        };
        let pause = pauses.next(retry_after, &SystemRng);
        log::warn!("{words}; the next try is in {} s or with the next collection", pause.as_secs());
        *not_before = Instant::now() + if retry_after.is_some() { pause } else { Duration::ZERO };
        // The next collection is newer than what this one could still send.
        if Instant::now() + pause >= next {
            return;
        }
        thread::sleep(pause);
    }
}

fn attempt(settings: &Settings, taken: &Taken, when: When) -> Result<(), Failure> {
    let again = || take(&settings.state_dir);
    let delivered = round(settings, &SystemClock, &SystemRng, when, taken, &again)?;
    match delivered {
        Delivered::NotDue => {}
        Delivered::Done { outcome, inventory_id, bytes, update } => {
            log::info!("synchronised: {outcome:?}, {bytes} bytes, {inventory_id}");
            Shelf::of(&settings.state_dir).answered(update);
        }
    }
    Ok(())
}

/// The time by which this agent puts its calls off: its own, and the same at every call.
fn own_delay(agent_id: AgentId) -> Duration {
    // The end of an id is random.
    let random = agent_id.0.as_u128() & u128::from(u64::MAX);
    let seconds = random % u128::from(LONGEST_DELAY.as_secs());
    Duration::from_secs(1 + u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use vigie_kernel::{Timestamp, random::SequenceRng};

    use super::*;

    #[test]
    fn agents_put_their_calls_off_by_times_of_their_own() {
        let rng = SequenceRng::new(1);
        let mut delays: Vec<u64> = (0..1000)
            .map(|_| own_delay(AgentId::new(Timestamp::from_millis(1_800_000_000_000), &rng)).as_secs())
            .collect();
        assert!(delays.iter().all(|delay| (1..=600).contains(delay)));
        delays.sort_unstable();
        delays.dedup();
        assert!(delays.len() > 400, "{} different delays", delays.len());
    }
}
