//! The agent's state folder: its key, its id, what the server acknowledged last, and the one message under way. Every
//! file is replaced whole and made durable before the next step depends on it; all are readable by the service only.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use vigie_kernel::{AgentId, InventoryId, Rng, Timestamp};
use vigie_wire::{
    Section, Sections,
    portal::{NextPortal, PortalReport, PortalState},
    sections::SectionDigest,
    sync::{Answer, Outcome},
};

use super::keys;
use crate::{files, portal::Failure};

/// Longest state file, bytes.
const MAX_STATE: u64 = 1 << 20;
/// Longest inventory, bytes; the protocol's limit.
const MAX_INVENTORY: u64 = 32 << 20;

/// The last inventory sent: what edits build on, and for whoever wants to know what this machine told.
const INVENTORY: &str = "inventory.json";
/// The agent's key.
const KEY: &str = "agent.key";
/// The folder for a portal that is being tested.
const TRIAL: &str = "next";
/// What takes its place once the message under way is acknowledged.
const UNDER_WAY: &str = "inventory.next";

/// The folder, held by one process at a time.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    /// The agent's key: the same for every portal.
    key: PathBuf,
    _lock: File,
}

/// What the agent knows of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The server that all of this is about.
    pub server: String,
    /// The id that the server gave.
    pub agent_id: Option<AgentId>,
    /// The largest sequence used.
    pub sequence: u64,
    /// What the server holds.
    pub acknowledged: Option<Acknowledged>,
    /// When the server last acknowledged something.
    pub last_synchronisation: Option<Timestamp>,
    /// What was last tried and failed since then: when, and why.
    pub last_failure: Option<(Timestamp, String)>,
    /// The portal that the server announced in its last answer.
    pub next_portal: Option<NextPortal>,
    /// What is to be said of it.
    pub portal_report: Option<PortalReport>,
    /// What the server knows of that.
    pub portal_reported: Option<PortalReport>,
}

impl State {
    /// Whether a test of the announced portal ended in a way that the server does not know.
    pub(super) fn has_news(&self) -> bool {
        let of = |report: &PortalReport| (report.revision, report.state, report.step.clone());
        let failed = self.portal_report.as_ref().filter(|it| it.state == PortalState::Failed);
        failed.is_some_and(|it| self.portal_reported.as_ref().map(of) != Some(of(it)))
    }
}

/// An inventory that the server holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Its name as the base of a delta.
    pub state: String,
    /// The digest of each of its sections, hexadecimal.
    pub sections: BTreeMap<Section, String>,
    /// When it was taken.
    pub collected_at: Timestamp,
    /// Its id on the server.
    pub inventory_id: InventoryId,
    /// What the server did with the last message.
    pub outcome: Outcome,
}

/// A message on its way: written before it is sent, removed when it was answered, so that a lost answer is asked for
/// again with the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbox {
    /// What it is.
    pub head: OutboxHead,
    /// The packed synchronisation.
    pub body: Vec<u8>,
}

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxHead {
    /// For which server.
    pub server: String,
    /// Who sends it.
    pub agent_id: AgentId,
    /// Its sequence.
    pub sequence: u64,
    /// The state after it.
    pub state: String,
    /// When its inventory was taken.
    pub collected_at: Timestamp,
    /// The digests of all sections after it, hexadecimal.
    pub sections: BTreeMap<Section, String>,
    /// What it says of the announced portal.
    #[serde(default)]
    pub portal_report: Option<PortalReport>,
}

impl StateDir {
    /// Opens the folder, making it when needed, and waits until no other process works with it.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let local = |error: io::Error| Failure::Local(format!("state folder {}: {error}", path.display()));
        files::create_private_folder(path).map_err(local)?;
        let lock = files::private(OpenOptions::new().create(true).truncate(false).write(true))
            .open(path.join("lock"))
            .map_err(local)?;
        lock.lock().map_err(local)?;
        Ok(Self { path: path.to_owned(), key: path.join(KEY), _lock: lock })
    }

    /// The folder in it for what is said to a portal that is being tested, with the same key.
    pub(crate) fn trial(&self) -> Result<Self, Failure> {
        Ok(Self { key: self.key.clone(), ..Self::open(&self.path.join(TRIAL))? })
    }

    /// Takes over what the tested portal acknowledged. Ended in between, everything is sent to it once more.
    pub(crate) fn adopt_trial(&self) -> Result<(), Failure> {
        let trial = self.path.join(TRIAL);
        for file in [UNDER_WAY, "outbox"] {
            files::remove(&self.path.join(file)).map_err(|error| self.local(file, &error))?;
        }
        for file in [INVENTORY, "state.json"] {
            files::replace(&trial.join(file), &self.path.join(file)).map_err(|error| self.local(file, &error))?;
        }
        self.forget_trial()
    }

    /// Removes what was said to a portal that was tested.
    pub(crate) fn forget_trial(&self) -> Result<(), Failure> {
        match std::fs::remove_dir_all(self.path.join(TRIAL)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.local(TRIAL, &error)),
            _ => Ok(()),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the state without holding the folder: for showing it.
    pub fn peek(path: &Path) -> io::Result<Option<State>> {
        match files::read_bounded(&path.join("state.json"), MAX_STATE) {
            Ok(content) => Ok(Some(serde_json::from_slice(&content)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a message waits for its answer: for showing it.
    pub fn waits(path: &Path) -> bool {
        path.join("outbox").exists()
    }

    /// The agent's key if there is one: for checking.
    pub fn peek_key(path: &Path) -> Result<Option<SigningKey>, Failure> {
        keys::read(&path.join(KEY))
    }

    fn local(&self, what: &str, error: &dyn std::fmt::Display) -> Failure {
        Failure::Local(format!("{}: {error}", self.path.join(what).display()))
    }

    /// The agent's key, made at the first call.
    pub fn key(&self, rng: &dyn Rng) -> Result<SigningKey, Failure> {
        keys::read_or_make(&self.key, rng)
    }

    /// The state; a new one when there is none, or when it is damaged: the server then gets everything again.
    pub fn load(&self) -> Result<State, Failure> {
        match Self::peek(&self.path) {
            Ok(state) => Ok(state.unwrap_or_default()),
            Err(error)
                if error.kind() == io::ErrorKind::InvalidData || error.kind() == io::ErrorKind::UnexpectedEof =>
            {
                log::warn!("the state is damaged and begins anew: {error}");
                Ok(State::default())
            }
            Err(error) => Err(self.local("state.json", &error)),
        }
    }

    /// Makes the state durable.
    pub fn save(&self, state: &State) -> Result<(), Failure> {
        let content = serde_json::to_vec_pretty(state).map_err(|error| self.local("state.json", &error))?;
        files::write_atomic(&self.path.join("state.json"), &content).map_err(|error| self.local("state.json", &error))
    }

    /// The message under way; a damaged one is none.
    pub fn outbox(&self) -> Result<Option<Outbox>, Failure> {
        let content = match files::read_bounded(&self.path.join("outbox"), MAX_INVENTORY) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.local("outbox", &error)),
        };
        let parsed = memchr::memchr(b'\n', &content).and_then(|end| {
            let (head, rest) = content.split_at(end);
            Some(Outbox { head: serde_json::from_slice(head).ok()?, body: rest.get(1..)?.to_vec() })
        });
        if parsed.is_none() {
            log::warn!("the message under way is damaged and given up");
        }
        Ok(parsed)
    }

    /// Makes a message durable before it is sent, and beside it the inventory that the server will then hold; none when
    /// that is the last one sent.
    pub fn put(&self, outbox: &Outbox, inventory: Option<&Sections>) -> Result<(), Failure> {
        if let Some(inventory) = inventory {
            let write = serde_json::to_vec(inventory)
                .map_err(io::Error::other)
                .and_then(|content| files::write_atomic(&self.path.join(UNDER_WAY), &content));
            write.map_err(|error| self.local(UNDER_WAY, &error))?;
        }
        let mut content = serde_json::to_vec(&outbox.head).map_err(|error| self.local("outbox", &error))?;
        content.push(b'\n');
        content.extend_from_slice(&outbox.body);
        files::write_atomic(&self.path.join("outbox"), &content).map_err(|error| self.local("outbox", &error))
    }

    /// Gives up the message under way. Its sequence stays used.
    pub fn give_up(&self, outbox: &Outbox, state: &mut State) -> Result<(), Failure> {
        state.sequence = state.sequence.max(outbox.head.sequence);
        self.save(state)?;
        files::remove(&self.path.join(UNDER_WAY)).map_err(|error| self.local(UNDER_WAY, &error))?;
        self.clear()
    }

    fn clear(&self) -> Result<(), Failure> {
        files::remove(&self.path.join("outbox")).map_err(|error| self.local("outbox", &error))
    }

    /// Takes note that the server holds what the message said.
    pub fn acknowledge(
        &self,
        state: &mut State,
        outbox: &Outbox,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<(), Failure> {
        files::replace(&self.path.join(UNDER_WAY), &self.path.join(INVENTORY))
            .map_err(|error| self.local(INVENTORY, &error))?;
        state.sequence = state.sequence.max(outbox.head.sequence);
        state.acknowledged = Some(Acknowledged {
            state: outbox.head.state.clone(),
            sections: outbox.head.sections.clone(),
            collected_at: outbox.head.collected_at,
            inventory_id: answer.inventory_id,
            outcome: answer.outcome,
        });
        state.last_synchronisation = Some(now);
        state.last_failure = None;
        state.next_portal.clone_from(&answer.next_portal);
        state.portal_reported.clone_from(&outbox.head.portal_report);
        self.save(state)?;
        self.clear()
    }

    /// Of the last inventory sent, the sections that are as the server acknowledged them: what edits can build on. Where
    /// it is damaged, whole sections travel.
    pub(super) fn held(&self, acknowledged: &Acknowledged) -> Sections {
        let content = files::read_bounded(&self.path.join(INVENTORY), MAX_INVENTORY).ok();
        let mut held: Sections = content.and_then(|content| serde_json::from_slice(&content).ok()).unwrap_or_default();
        for section in held.present() {
            if held.digest(section).map(hex::encode).as_ref() != acknowledged.sections.get(&section) {
                held.remove(section);
            }
        }
        held
    }
}

/// Digests as the state keeps them.
pub(super) fn hexadecimal(digests: &BTreeMap<Section, SectionDigest>) -> BTreeMap<Section, String> {
    digests.iter().map(|(section, digest)| (*section, hex::encode(digest))).collect()
}

/// A digest that [`hexadecimal`] wrote.
pub(super) fn digest(text: &str) -> Option<SectionDigest> {
    hex::decode(text).ok()?.try_into().ok()
}
