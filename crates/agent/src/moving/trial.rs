//! The test of an announced portal: the steps of `vigie-agent check`, and a whole synchronisation. What it acknowledges is kept
//! in a folder of its own, so that nothing of what the portal in use acknowledged is lost. It ends in bounded time.

use vigie_kernel::{Clock, Rng};

use crate::{
    config::Connection,
    portal::{Failure, Portal, Step, walk},
    sync::{Delivered, StateDir, Taken, When, synchronise},
};

/// Goes all steps; the one that failed, and why, otherwise.
pub(super) fn test(
    dir: &StateDir,
    connection: &Connection,
    tag: Option<&str>,
    clock: &dyn Clock,
    rng: &dyn Rng,
    taken: &Taken,
    again: &dyn Fn() -> Taken,
) -> Result<Delivered, (Step, String)> {
    for finding in walk(connection) {
        finding.outcome.map_err(|why| (finding.step, why))?;
    }
    let at = |step: Step| move |failure: Failure| (step, failure.to_string());
    let mut portal = Portal::on_trial(connection).map_err(at(Step::Configuration))?;
    portal.about().map_err(at(Step::Answer))?;
    portal.sign_in().map_err(|failure| {
        // Only Vigie refuses a sign-in with a code of Vigie's.
        let step = if matches!(failure, Failure::Refused { .. }) { Step::SignIn } else { Step::Answer };
        (step, failure.to_string())
    })?;
    let folder = dir.trial().map_err(at(Step::Configuration))?;
    let (server, now) = (&connection.server, When::Now);
    synchronise(&folder, &mut portal, server, tag, clock, rng, now, taken, again).map_err(at(Step::Synchronisation))
}
