//! What is said to systems' links, on whichever node they are. The database is changed before: a link that begins meanwhile
//! reads what is there.

use vigie_db::DbErr;
use vigie_fleet::systems;
use vigie_kernel::SystemId;

use crate::http::AppState;

/// Where nodes tell each other.
const CHANNEL: &str = "vigie_links";
/// Systems that one word is about: a payload of `NOTIFY` has less than 8,000 bytes.
const AT_ONCE: usize = 150;

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// The system was removed: its link ends.
    End,
    /// What the server signs in with was changed.
    SignIn,
    /// What people changed about conditions was changed.
    AlertRules,
    /// The primary of its network ordered something.
    Order,
    /// Its certificates are wanted anew.
    Certificates,
}

impl Word {
    const ALL: [Self; 5] = [Self::End, Self::SignIn, Self::AlertRules, Self::Order, Self::Certificates];

    const fn as_str(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::SignIn => "sign-in",
            Self::AlertRules => "alert-rules",
            Self::Order => "order",
            Self::Certificates => "certificates",
        }
    }
}

/// Says it to the links of these systems. What another node could not be told it finds out when it hears again.
pub(crate) async fn say(state: &AppState, word: Word, systems: &[SystemId]) {
    for system in systems {
        here(state, word, *system);
    }
    // Also of those that have a link here: it may be a dead one, and the living one on another node.
    for some in systems.chunks(AT_ONCE) {
        let ids: Vec<_> = some.iter().map(ToString::to_string).collect();
        let text = format!("{} {} {}", state.node.id, word.as_str(), ids.join(","));
        if let Err(error) = state.db.notify(CHANNEL, &text).await {
            tracing::warn!(%error, word = word.as_str(), "the other nodes could not be told what systems must hear");
            return;
        }
    }
}

fn here(state: &AppState, word: Word, system: SystemId) {
    match word {
        Word::End => state.links.end(system),
        Word::SignIn => state.links.sign_in(system),
        Word::AlertRules => state.links.alert_rules(system),
        Word::Order => state.links.order(system),
        Word::Certificates => state.links.certificates(system),
    }
}

/// Hears what other nodes say to links of this one. Ends at once where there are no others.
pub(super) async fn listen(state: AppState) -> Result<(), DbErr> {
    let Some(mut listener) = state.db.listen(CHANNEL).await? else { return Ok(()) };
    catch_up(&state).await?;
    let own = state.node.id.to_string();
    loop {
        let text = listener.next().await?;
        let mut parts = text.split(' ');
        let (Some(from), Some(word), Some(ids)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let Some(word) = Word::ALL.into_iter().find(|it| it.as_str() == word && from != own) else { continue };
        for system in ids.split(',').filter_map(|id| id.parse().ok()) {
            here(&state, word, system);
        }
    }
}

/// Whatever was said while this node heard nothing.
async fn catch_up(state: &AppState) -> Result<(), DbErr> {
    for some in state.links.systems().chunks(AT_ONCE) {
        let present = systems::present_of(state.db.reads(), some).await?;
        for system in some {
            if !present.contains(system) {
                here(state, Word::End, *system);
                continue;
            }
            for word in [Word::Order, Word::SignIn, Word::AlertRules, Word::Certificates] {
                here(state, word, *system);
            }
        }
    }
    Ok(())
}
