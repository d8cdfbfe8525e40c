//! The part of intake that needs no write: cleaning, digests, packing of what seems to have changed.

use std::collections::HashSet;

use sea_orm::DbErr;
use vigie_db::Database;
use vigie_kernel::{AgentId, Timestamp};
use vigie_wire::{
    Section, Sections,
    clean::{Clean as _, Remarks},
    delta::{self, Edits, NotTheBase},
    sections::SectionDigest,
    sync::Identity,
};

use super::{CLOCK_TOLERANCE, Delivery, Extent, Sender};
use crate::{
    equipment::detail,
    pack,
    reconcile::Identifier,
    software::{edit::edited, list::List},
    sql,
    summary::{OsSummary, Summary, SystemSummary},
};

/// One section, ready to be stored.
pub(super) struct Ready {
    pub(super) section: Section,
    pub(super) digest: SectionDigest,
    /// Packed, unless the store was seen to hold this digest already.
    pub(super) body: Option<Vec<u8>>,
}

/// A delivery, ready to be stored.
pub(super) struct Prepared {
    pub(super) sender: Sender,
    pub(super) delivery: Delivery,
    /// Without [`Section::Software`].
    pub(super) sections: Vec<Ready>,
    pub(super) software: Option<Software>,
    pub(super) summary: Summary,
    /// Present when one of the sections that identify travelled.
    pub(super) identifiers: Option<Vec<Identifier>>,
    pub(super) remarks: String,
    pub(super) collected_at: Timestamp,
    pub(super) clock_skew_ms: Option<i64>,
}

/// Digests that are stored for any machine of an agent: a hint that saves packing what is there already. A delta brings
/// what has changed, so nothing of it is there.
pub(super) async fn known_digests(
    db: &Database,
    agent: AgentId,
    delivery: &Delivery,
) -> Result<HashSet<(String, Vec<u8>)>, DbErr> {
    if matches!(delivery.extent, Extent::Delta { .. }) {
        return Ok(HashSet::new());
    }
    let text = "SELECT s.section, s.digest FROM inventory i JOIN inventory_section s ON s.inventory_seq = i.seq \
                WHERE i.agent_id = $1";
    sql::rows(db.reads(), text, vec![agent.0.into()])
        .await?
        .iter()
        .map(|row| Ok((row.try_get("", "section")?, row.try_get("", "digest")?)))
        .collect()
}

/// A machine's software, ready to be stored.
pub(super) type Software = (SectionDigest, List);

/// Makes the lists whole of which only edits travelled, with what is stored; answers the software if it is one of them.
/// Where the stored lists are not what the edits build on, the delivery is left without a base, which [`super::apply`]
/// refuses: it may still be a resend, and is then answered.
pub(super) async fn complete(
    db: &Database,
    agent: AgentId,
    delivery: &mut Delivery,
) -> Result<Option<Software>, DbErr> {
    let Extent::Delta { base, edits, .. } = &mut delivery.extent else { return Ok(None) };
    if edits.is_empty() {
        return Ok(None);
    }
    let edits = std::mem::take(edits);
    // New items are told apart from stored ones by their keys, and those were cleaned.
    let mut remarks = Remarks(std::mem::take(&mut delivery.remarks));
    delivery.sections.clean(&mut remarks);
    delivery.remarks = remarks.0;
    let completed = match machine_at(db, agent, base).await? {
        // Its future is long, and most deliveries need none.
        Some(seq) => Box::pin(completed(db, seq, &mut delivery.sections, edits)).await?,
        None => Err(NotTheBase),
    };
    Ok(completed.unwrap_or_else(|NotTheBase| {
        base.clear();
        delivery.sections = Sections::default();
        None
    }))
}

async fn completed(
    db: &Database,
    seq: i64,
    sections: &mut Sections,
    mut edits: Edits,
) -> Result<Result<Option<Software>, NotTheBase>, DbErr> {
    let software = match edits.remove(&Section::Software) {
        Some(edit) => {
            let new = sections.software.take().unwrap_or_default();
            match edited(db.reads(), seq, new, &edit).await? {
                Some(software) => Some(software),
                None => return Ok(Err(NotTheBase)),
            }
        }
        None => None,
    };
    if edits.is_empty() {
        return Ok(Ok(software));
    }
    let lists: Vec<Section> = edits.keys().copied().collect();
    let held = detail::sections(db.reads(), seq, Some(&lists)).await?;
    Ok(delta::complete(sections, held, &edits).map(|()| software))
}

/// The agent's machine whose stored state has this name. Of an agent with clones several may have it: they hold the same.
async fn machine_at(db: &Database, agent: AgentId, state: &str) -> Result<Option<i64>, DbErr> {
    let text = "SELECT seq FROM inventory WHERE agent_id = $1 AND state_token = $2 AND state_token <> ''";
    let row = sql::row(db.reads(), text, vec![agent.0.into(), state.into()]).await?;
    row.map(|row| row.try_get("", "seq")).transpose()
}

/// What an equipment takes over of a delivery.
pub(crate) struct PreparedView<'a> {
    pub(crate) collected_at: Timestamp,
    pub(crate) agent_version: &'a str,
    pub(crate) system: Option<&'a SystemSummary>,
    pub(crate) os: Option<&'a OsSummary>,
    pub(crate) disk_nearly_full: Option<bool>,
    pub(crate) bios_date: Option<&'a str>,
    /// Whether its software is not what was stored.
    pub(crate) software_changed: bool,
}

impl Prepared {
    pub(super) fn view(&self, software_changed: bool) -> PreparedView<'_> {
        PreparedView {
            collected_at: self.collected_at,
            agent_version: &self.delivery.agent.version,
            system: self.summary.system.as_ref(),
            os: self.summary.os.as_ref(),
            disk_nearly_full: self.summary.disk_nearly_full,
            bios_date: self.summary.bios_date.as_deref(),
            software_changed,
        }
    }

    /// Whether nothing is to be compared with what is stored: the most frequent delivery of all.
    pub(super) fn brings_nothing(&self) -> bool {
        matches!(&self.delivery.extent, Extent::Delta { removed, .. } if removed.is_empty())
            && self.software.is_none()
            && self.sections.iter().all(|ready| ready.section == Section::Runtime)
    }

    /// `edited` is the software where only an edit of it travelled.
    pub(super) fn new(
        sender: Sender,
        mut delivery: Delivery,
        edited: Option<Software>,
        known: &HashSet<(String, Vec<u8>)>,
        now: Timestamp,
    ) -> Self {
        let mut remarks = Remarks(std::mem::take(&mut delivery.remarks));
        delivery.sections.clean(&mut remarks);
        clean_words(&mut delivery, &mut remarks);
        let summary = Summary::of(&delivery.sections);
        let sections = &mut delivery.sections;
        let identifiers = (sections.system.is_some() || sections.networks.is_some())
            .then(|| crate::reconcile::identifiers_of(sections));
        let digests = sections.digests();
        let software = sections.software.take().zip(digests.get(&Section::Software).copied());
        let ready = ready(sections, &digests, known);
        let (collected_at, clock_skew_ms) = times(&delivery, now);
        Self {
            software: software.map(|(list, digest)| (digest, List::of(&list))).or(edited),
            sections: ready,
            summary,
            identifiers,
            remarks: serde_json::to_string(&remarks.0).unwrap_or_default(),
            collected_at,
            clock_skew_ms,
            sender,
            delivery,
        }
    }
}

fn ready(
    sections: &Sections,
    digests: &std::collections::BTreeMap<Section, SectionDigest>,
    known: &HashSet<(String, Vec<u8>)>,
) -> Vec<Ready> {
    let mut ready = Vec::new();
    for section in sections.present() {
        let json = sections.to_json(section).unwrap_or_default();
        // What always changes has no digest; it is stored each time.
        let digest = digests.get(&section).copied().unwrap_or_else(|| {
            use sha2::Digest as _;
            sha2::Sha256::digest(&json).into()
        });
        let stored = known.contains(&(section.as_str().to_owned(), digest.to_vec()));
        ready.push(Ready { section, digest, body: (!stored).then(|| pack::pack(&json)) });
    }
    ready
}

fn clean_words(delivery: &mut Delivery, remarks: &mut Remarks) {
    delivery.tag.clean("tag", remarks);
    delivery.agent.version.clean("agent.version", remarks);
    delivery.agent.platform.clean("agent.platform", remarks);
    delivery.agent.status.clean("agent.status", remarks);
    delivery.agent.messages.truncate(20);
    if let Some(update) = &mut delivery.agent.update {
        update.version.clean("agent.update.version", remarks);
        update.words.clean("agent.update.words", remarks);
    }
    for message in &mut delivery.agent.messages {
        message.clean("agent.messages", remarks);
    }
    let Identity { name, serial, uuid, machine_id } = &mut delivery.identity;
    for field in [name, serial, uuid, machine_id] {
        field.clean("identity", remarks);
    }
    delivery.state.truncate(delivery.state.floor_char_boundary(128));
}

/// When the inventory was taken by the server's clock, and how wrong the agent's is. What an agent with a wrong clock
/// tells is put right by the difference seen at sending. Without that, only a message from the future proves anything:
/// one from the past may have waited for the network.
fn times(delivery: &Delivery, now: Timestamp) -> (Timestamp, Option<i64>) {
    let told = delivery.agents_clock.or(delivery.sent_at.filter(|sent| *sent > now));
    let skew = told.map_or(0, |clock| clock.millis().saturating_sub(now.millis()));
    let tolerance = i64::try_from(CLOCK_TOLERANCE.as_millis()).unwrap_or(i64::MAX);
    let wrong = skew.saturating_abs() > tolerance;
    let collected = delivery.collected_at.or(delivery.sent_at).unwrap_or(now);
    let at = Timestamp::from_millis(collected.millis().saturating_sub(skew)).min(now);
    (at, wrong.then_some(skew))
}
