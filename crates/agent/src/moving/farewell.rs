//! The last word to a portal that was left: it shows then who has moved. As best it can: the portal may be gone.

use vigie_kernel::Rng;
use vigie_wire::{
    portal::{Moved, moved_text},
    sync::sign,
};

use super::kept::Portals;
use crate::{
    config::Settings,
    portal::{Failure, Portal},
    sync::StateDir,
};

/// Says it where that is still to be done. A portal that answers anything, or is told often enough, is left alone.
pub(super) fn say(dir: &StateDir, portals: &mut Portals, settings: &Settings, rng: &dyn Rng) -> Result<(), Failure> {
    let revision = portals.current.as_ref().map_or(0, |it| it.revision);
    let Some(former) = portals.former.as_mut().filter(|it| it.farewells > 0) else { return Ok(()) };
    let told = Portals::way_to_former(former, settings).and_then(|way| {
        let agent_id = former.agent_id.ok_or_else(|| Failure::Local("this agent was nobody there".to_owned()))?;
        let body = serde_json::to_vec(&Moved { revision, moved_at: former.left_at });
        let body = body.map_err(|error| Failure::Local(error.to_string()))?;
        let signature = sign(&dir.key(rng)?, &moved_text(agent_id, &body));
        Portal::on_trial(&way)?.say_moved(agent_id, &body, &signature)
    });
    former.farewells = match told {
        Ok(()) => {
            log::info!("told the former portal of the move");
            0
        }
        Err(Failure::Unanswered { words, .. } | Failure::Untrusted(words)) => {
            log::debug!("the former portal was not told of the move: {words}");
            former.farewells - 1
        }
        Err(failure) => {
            log::info!("the former portal takes no note of the move: {failure}");
            0
        }
    };
    portals.save(dir)
}
