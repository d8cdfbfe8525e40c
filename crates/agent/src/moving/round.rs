//! What happens at a synchronisation: with the portal in use first, and then with the one that it announced.

use vigie_kernel::{Clock, Rng};

use super::{farewell, kept::Portals, trial::test};
use crate::{
    config::Settings,
    portal::{Failure, Portal, Step},
    sync::{Delivered, StateDir, Taken, When, synchronise},
};

/// Synchronises once with the portal in use, hears what it announces, and tests that when its time has come: by hand
/// ([`When::Now`]) in any case. Where the test works, this agent has moved, and the answer is that of the new portal.
pub fn round(
    settings: &Settings,
    clock: &dyn Clock,
    rng: &dyn Rng,
    when: When,
    taken: &Taken,
    again: &dyn Fn() -> Taken,
) -> Result<Delivered, Failure> {
    let dir = StateDir::open(&settings.state_dir)?;
    let mut portals = Portals::open(&dir, settings)?;
    // A move that was cut off between its two steps.
    if portals.next.is_none() {
        dir.forget_trial()?;
    }
    let (tag, connection) = (settings.tag.as_deref(), portals.connection(settings)?);
    let result = Portal::new(&connection)
        .and_then(|mut portal| synchronise(&dir, &mut portal, &connection.server, tag, clock, rng, when, taken, again));
    let before = portals.clone();
    match &result {
        Ok(Delivered::Done { .. }) => portals.answered(),
        Ok(Delivered::NotDue) | Err(Failure::Local(_)) => {}
        Err(_) => portals.failed(clock.now()),
    }
    let state = dir.load()?;
    // What another server had said says nothing of this one's wishes.
    if state.server == connection.server && portals.current == before.current {
        portals.hear(state.next_portal.as_ref(), &connection, clock.now());
    }
    if portals != before {
        if portals.next.as_ref().map(|it| &it.portal) != before.next.as_ref().map(|it| &it.portal) {
            dir.forget_trial()?;
        }
        portals.save(&dir)?;
    }
    let result = match follow(&dir, &mut portals, settings, clock, rng, when, result.is_err(), taken, again)? {
        Some(moved) => Ok(moved),
        None => result,
    };
    farewell::say(&dir, &mut portals, settings, rng)?;
    result
}

/// Tests the announced portal when its time has come, and moves there when it works.
#[expect(clippy::too_many_arguments, reason = "each is one thing that the programs own")]
fn follow(
    dir: &StateDir,
    portals: &mut Portals,
    settings: &Settings,
    clock: &dyn Clock,
    rng: &dyn Rng,
    when: When,
    urgent: bool,
    taken: &Taken,
    again: &dyn Fn() -> Taken,
) -> Result<Option<Delivered>, Failure> {
    let Some(next) = portals.next.clone().filter(|it| when == When::Now || it.is_due(clock.now(), urgent)) else {
        return remember(dir, portals).map(|()| None);
    };
    let way = portals.way_to_next(&next, settings);
    let way = way.map_err(|failure| (Step::Configuration, failure.to_string()));
    let tested = way.and_then(|way| test(dir, &way, settings.tag.as_deref(), clock, rng, taken, again));
    match tested {
        Ok(delivered) => {
            let (here, used) = (dir.load()?, portals.connection(settings)?);
            portals.switch(here.agent_id.filter(|_| here.server == used.server), clock.now());
            // From here on the new one is used, whatever happens.
            portals.save(dir)?;
            dir.adopt_trial()?;
            log::info!("moved to the portal {}: it works; the former one is kept for a while", next.portal.url);
            Ok(Some(delivered))
        }
        Err((step, words)) => {
            if let Some(next) = &mut portals.next {
                next.failed(step, &words, clock.now(), rng);
            }
            portals.save(dir)?;
            remember(dir, portals).map(|()| None)
        }
    }
}

/// Keeps what the next message is to say of the announced portal.
fn remember(dir: &StateDir, portals: &Portals) -> Result<(), Failure> {
    let mut state = dir.load()?;
    let report = portals.report();
    if state.portal_report == report {
        return Ok(());
    }
    state.portal_report = report;
    dir.save(&state)
}
