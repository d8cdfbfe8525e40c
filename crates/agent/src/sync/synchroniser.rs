//! One synchronisation: from what was collected to what the server acknowledged.

use std::{collections::BTreeMap, time::Duration};

use ed25519_dalek::SigningKey;
use vigie_kernel::{AgentId, Clock, Code, InventoryId, Rng, Timestamp};
use vigie_wire::{
    Section, Sections,
    delta::{self, Edits},
    sections::{SectionDigest, state_of},
    sync::{
        AgentStatus, Answer, Enrolment, FORMAT, Identity, Outcome, Synchronisation, enrolment_text, pack, public_key,
        sign, synchronisation_text,
    },
    update::Offer,
};

use super::state::{Acknowledged, Outbox, OutboxHead, State, StateDir, digest, hexadecimal};
use crate::{
    collect::Collection,
    portal::{Failure, Portal},
};

/// How long an agent whose data does not change stays silent.
const LONGEST_SILENCE: Duration = Duration::from_hours(7 * 24);

/// Level of compression of a whole inventory: it is sent seldom, and is long. Higher ones cost ten times as much for
/// another twentieth.
const WHOLE_LEVEL: i32 = 12;

/// An inventory, and when it was taken.
#[derive(Debug)]
pub struct Taken {
    /// What was found.
    pub collection: Collection,
    /// When.
    pub at: Timestamp,
    digests: BTreeMap<Section, SectionDigest>,
}

impl Taken {
    /// An inventory taken at a moment.
    pub fn new(collection: Collection, at: Timestamp) -> Self {
        let digests = collection.sections.digests();
        Self { collection, at, digests }
    }

    /// The digests of all sections once the server has this inventory. A section that could not be taken stays as the
    /// server has it.
    fn digests_after(&self, base: Option<&Acknowledged>) -> BTreeMap<Section, SectionDigest> {
        let mut digests = self.digests.clone();
        for section in &self.collection.not_taken {
            let kept = base.and_then(|base| digest(base.sections.get(section)?));
            digests.extend(kept.map(|kept| (*section, kept)));
        }
        digests
    }

    /// Whether it is time to synchronise: something changed since the server's last acknowledgement, or that was long
    /// ago, or a message still waits for its answer, or a test of the announced portal ended in another way.
    pub fn due(&self, state: &State, waits: bool, now: Timestamp) -> bool {
        // A clock that was set back must not silence the agent for long.
        let recent = state.last_synchronisation.is_some_and(|last| last <= now && now.since(last) < LONGEST_SILENCE);
        let same = state.acknowledged.as_ref().is_some_and(|it| it.state == state_of(&self.digests_after(Some(it))));
        waits || !recent || !same || state.agent_id.is_none() || state.has_news()
    }
}

/// When to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Only if something changed, or the last synchronisation was long ago.
    Due,
    /// In any case.
    Now,
}

/// What became of a synchronisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// It was not due.
    NotDue,
    /// The server holds this machine's present state.
    Done {
        /// What the server did with the last message.
        outcome: Outcome,
        /// The inventory on the server.
        inventory_id: InventoryId,
        /// Length of the last message's body, bytes.
        bytes: usize,
        /// The version that the server offers.
        update: Option<Offer>,
    },
}

/// The parts that a synchronisation works with.
struct Work<'a> {
    dir: &'a StateDir,
    state: State,
    portal: &'a mut Portal,
    server: &'a str,
    tag: Option<&'a str>,
    clock: &'a dyn Clock,
    rng: &'a dyn Rng,
}

/// Synchronises once, without pauses and further tries: that is the caller's. What was being sent when it failed stays
/// in the state folder and is sent again, byte for byte, by the next call.
#[expect(clippy::too_many_arguments, reason = "each is one thing that the programs own")]
pub fn synchronise(
    dir: &StateDir,
    portal: &mut Portal,
    server: &str,
    tag: Option<&str>,
    clock: &dyn Clock,
    rng: &dyn Rng,
    when: When,
    taken: &Taken,
    collect_again: &dyn Fn() -> Taken,
) -> Result<Delivered, Failure> {
    let mut state = dir.load()?;
    if state.server != server {
        // Another server knows nothing of what this one acknowledged.
        if !state.server.is_empty() {
            log::info!("the server is another one than before: enrolling there");
        }
        state = State { server: server.to_owned(), sequence: state.sequence, ..State::default() };
    }
    let mut work = Work { dir, state, portal, server, tag, clock, rng };
    let result = work.run(when, taken, collect_again);
    if let Err(failure) = &result {
        work.state.last_failure = Some((clock.now(), failure.to_string()));
        dir.save(&work.state)?;
    }
    result
}

impl Work<'_> {
    fn run(&mut self, when: When, taken: &Taken, collect_again: &dyn Fn() -> Taken) -> Result<Delivered, Failure> {
        let mut delivered = self.resend(taken)?;
        if delivered.is_none() {
            if when == When::Due && !taken.due(&self.state, false, self.clock.now()) {
                return Ok(Delivered::NotDue);
            }
            delivered = Some(self.settle(taken, false)?);
        }
        let (mut answer, mut bytes) = delivered.ok_or_else(|| Failure::Local("nothing was sent".to_owned()))?;
        if answer.fresh_inventory {
            log::info!("a fresh inventory was asked for");
            (answer, bytes) = self.settle(&collect_again(), true)?;
        }
        Ok(Delivered::Done { outcome: answer.outcome, inventory_id: answer.inventory_id, bytes, update: answer.update })
    }

    /// Sends again what an earlier call could not finish. Answers when that was this very inventory.
    fn resend(&mut self, taken: &Taken) -> Result<Option<(Answer, usize)>, Failure> {
        let Some(outbox) = self.dir.outbox()? else { return Ok(None) };
        if outbox.head.server != self.server || self.state.agent_id != Some(outbox.head.agent_id) {
            self.dir.give_up(&outbox, &mut self.state)?;
            return Ok(None);
        }
        log::info!("sending again what was not answered");
        match self.transmit(&outbox) {
            Ok(answer) => {
                let this = outbox.head.collected_at == taken.at;
                // Wishes in the answer are heard with the message that follows, too.
                Ok((this || answer.fresh_inventory).then_some((answer, outbox.body.len())))
            }
            Err(failure) => {
                self.correct(&failure, &outbox)?;
                Ok(None)
            }
        }
    }

    /// Brings the server to the state of an inventory, correcting each kind of misunderstanding once.
    fn settle(&mut self, taken: &Taken, everything: bool) -> Result<(Answer, usize), Failure> {
        let mut corrected = Vec::new();
        loop {
            let agent_id = self.enrolled(taken)?;
            let base = self.state.acknowledged.clone().filter(|_| !everything);
            let (outbox, inventory) = self.prepare(taken, agent_id, base.as_ref())?;
            self.dir.put(&outbox, inventory.as_ref())?;
            drop(inventory);
            match self.transmit(&outbox) {
                Ok(answer) => return Ok((answer, outbox.body.len())),
                Err(failure) => {
                    let code = failure.code();
                    self.correct(&failure, &outbox)?;
                    if corrected.contains(&code) {
                        return Err(failure);
                    }
                    log::info!("{failure}; trying once more");
                    corrected.push(code);
                }
            }
        }
    }

    /// Draws the consequence of a refusal. An error when there is none but to fail: the message then waits, unless the
    /// server will never take it.
    fn correct(&mut self, failure: &Failure, outbox: &Outbox) -> Result<(), Failure> {
        match (failure, failure.code()) {
            (_, Some(Code::AgentUnknown)) => {
                self.state.agent_id = None;
                self.state.acknowledged = None;
            }
            (_, Some(Code::BaseUnknown)) => self.state.acknowledged = None,
            (Failure::Refused { sequence, .. }, Some(Code::SequenceOld)) => {
                self.state.sequence = self.state.sequence.max(sequence.unwrap_or(0));
            }
            // An administrator can change these; the data is kept until then.
            (_, Some(Code::ClientInactive | Code::ClientUnknown | Code::TokenInvalid | Code::AgentRevoked))
            | (Failure::Unanswered { .. } | Failure::Untrusted(_) | Failure::Local(_), _) => {
                return Err(failure.clone());
            }
            (Failure::Refused { .. }, _) => {
                // The same bytes would be refused for ever.
                self.dir.give_up(outbox, &mut self.state)?;
                return Err(failure.clone());
            }
        }
        self.dir.give_up(outbox, &mut self.state)
    }

    fn transmit(&mut self, outbox: &Outbox) -> Result<Answer, Failure> {
        let key = self.dir.key(self.rng)?;
        let agent_id = outbox.head.agent_id;
        let signature = sign(&key, &synchronisation_text(agent_id, &outbox.body));
        let answer = self.portal.synchronise(agent_id, &outbox.body, &signature, self.clock.now())?;
        self.dir.acknowledge(&mut self.state, outbox, &answer, self.clock.now())?;
        Ok(answer)
    }

    /// The agent's id on the server, enrolling when there is none yet.
    fn enrolled(&mut self, taken: &Taken) -> Result<AgentId, Failure> {
        if let Some(agent_id) = self.state.agent_id {
            return Ok(agent_id);
        }
        let key = self.dir.key(self.rng)?;
        let name = taken.collection.sections.system.as_ref().and_then(|system| system.name.clone());
        let enrolled = self.portal.enrol(&enrolment(&key, name, self.tag))?;
        self.state.agent_id = Some(enrolled.agent_id);
        self.dir.save(&self.state)?;
        log::info!("enrolled as {}", enrolled.agent_id);
        Ok(enrolled.agent_id)
    }

    /// The next message, and the inventory that the server holds after it unless it holds that already.
    fn prepare(
        &self,
        taken: &Taken,
        agent_id: AgentId,
        base: Option<&Acknowledged>,
    ) -> Result<(Outbox, Option<Sections>), Failure> {
        let now = self.clock.now();
        let after = taken.digests_after(base);
        let state = state_of(&after);
        let after = hexadecimal(&after);
        let found = &taken.collection.sections;
        let (mut inventory, mut edits) = (None, Edits::new());
        let sections = match base {
            None => {
                inventory = Some(found.clone());
                found.clone()
            }
            Some(base) => {
                let mut wanted: Vec<Section> = after
                    .iter()
                    .filter(|(section, digest)| base.sections.get(section) != Some(digest))
                    .map(|(section, _)| *section)
                    .collect();
                // It is never a change by itself, and never left out.
                wanted.push(Section::Runtime);
                let mut sections = found.clone().only(&wanted);
                if base.state != state {
                    let held = self.dir.held(base);
                    edits = delta::narrow(&mut sections, &held);
                    let mut whole = held.only(&taken.collection.not_taken);
                    whole.update(found.clone());
                    inventory = Some(whole);
                }
                sections
            }
        };
        let removed = base.map_or_else(Vec::new, |base| {
            base.sections.keys().copied().filter(|section| !after.contains_key(section)).collect()
        });
        let identity = found.system.as_ref().map(Identity::from).unwrap_or_default();
        let sequence = self.state.sequence.saturating_add(1).max(now.millis().max(0).unsigned_abs());
        let message = Synchronisation {
            format: FORMAT,
            sequence,
            sent_at: now,
            collected_at: taken.at,
            agent: AgentStatus { portal: self.state.portal_report.clone(), ..taken.collection.status() },
            identity,
            tag: self.tag.map(str::to_owned),
            state: state.clone(),
            base: base.map(|base| base.state.clone()),
            sections,
            edits,
            removed,
        };
        let body = match base {
            Some(_) => pack(&message),
            None => serde_json::to_vec(&message)
                .map_err(std::io::Error::other)
                .and_then(|json| zstd::bulk::compress(&json, WHOLE_LEVEL)),
        };
        let body = body.map_err(|error| Failure::Local(format!("packing: {error}")))?;
        let head = OutboxHead {
            server: self.server.to_owned(),
            agent_id,
            sequence,
            state,
            collected_at: taken.at,
            sections: after,
            portal_report: self.state.portal_report.clone(),
        };
        Ok((Outbox { head, body }, inventory))
    }
}

/// The enrolment of a key.
pub(crate) fn enrolment(key: &SigningKey, name: Option<String>, tag: Option<&str>) -> Enrolment {
    let public_key = public_key(key);
    Enrolment {
        format: FORMAT,
        proof: sign(key, &enrolment_text(&public_key)),
        public_key,
        name,
        agent_version: crate::VERSION.to_owned(),
        platform: Portal::platform().to_owned(),
        tag: tag.map(str::to_owned),
    }
}
