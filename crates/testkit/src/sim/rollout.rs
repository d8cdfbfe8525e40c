//! A roll-out as agents live through it: each synchronises in its own rhythm, hears of a version in an answer, waits a time
//! of its own, fetches the version, checks its releaser's signature and synchronises with it. Nothing is kept of what is
//! fetched but how far it came. What becomes of an agent's own files is the agent's tests' matter; here it is what many of
//! them ask of a server.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail, ensure};
use ed25519_dalek::SigningKey;
use minisign_verify::{PublicKey, Signature, StreamVerifier};
use reqwest::{Response, StatusCode, header};
use serde::Serialize;
use tokio::{sync::Notify, task::JoinSet};
use vigie_kernel::{AgentId, Rng as _, SystemRng};
use vigie_wire::{
    Section, Sections,
    sections::state_of,
    sync::{self, Answer, Synchronisation},
    update::{Offer, UPDATE_PATH, comment, fetch_text, public_key, target_of},
};

use super::{
    Fleet,
    client::{Target, as_f64, lock, percentiles},
    session::{Reply, Session, retry_after},
};

/// From one synchronisation of an agent to its next.
const PERIOD: Duration = Duration::from_hours(1);
/// The pause before a download that was lost goes on.
const LOST: Duration = Duration::from_mins(1);
/// The pause where the server says that it is busy, but not for how long.
const BUSY: Duration = Duration::from_mins(1);
/// The longest time over which downloads are spread, as the agent limits it.
const LONGEST_SPREAD: u32 = 3600;

/// What is played.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many agents.
    pub count: u64,
    /// Enrolments at once.
    pub concurrency: usize,
    /// Agents' times pass so many times as fast: what they wait and what they are told to wait. Their number a second grows
    /// with it.
    pub hurry: f64,
    /// The version that they have before, older than the one that is rolled out.
    pub version: String,
    /// Who may release versions, a minisign public key.
    pub releaser: String,
    /// Share of agents whose first connection is lost in the middle of the download; they go on from there.
    pub lost: f64,
    /// Share of agents that fall asleep as their first download begins: they hold its connection and read nothing of it until
    /// their next synchronisation is due.
    pub asleep: f64,
    /// Longest from the first offer until all have the version.
    pub patience: Duration,
}

/// How long synchronisations took.
#[derive(Debug, Default, Serialize)]
pub struct Times {
    /// How many.
    pub synchronisations: u64,
    /// Milliseconds.
    pub p50_ms: f64,
    /// Milliseconds.
    pub p95_ms: f64,
    /// Milliseconds.
    pub p99_ms: f64,
}

impl Times {
    fn of(mut micros: Vec<u64>) -> Self {
        micros.sort_unstable();
        let (p50_ms, p95_ms, p99_ms) = percentiles(&micros);
        Self { synchronisations: micros.len() as u64, p50_ms, p95_ms, p99_ms }
    }
}

/// What it came to.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Agents.
    pub agents: u64,
    /// How long it took to enrol them and to take their first synchronisation, seconds.
    pub enrolment_seconds: f64,
    /// Synchronisations before the first offer, without the first of each agent.
    pub before: Times,
    /// Synchronisations from the first offer on.
    pub during: Times,
    /// Agents that were offered the version.
    pub offered: u64,
    /// Agents that synchronised with it.
    pub reached: u64,
    /// Downloads that came to their end, each of them checked against the releaser's signature.
    pub downloads: u64,
    /// Bytes that were fetched.
    pub bytes: u64,
    /// Most downloads that were under way at once, those asleep with them.
    pub most_at_once: u64,
    /// Times that an agent was told to come again.
    pub busy: u64,
    /// Downloads that went on from a byte in the middle.
    pub gone_on: u64,
    /// Downloads that ended before they were whole, of themselves or by the server.
    pub cut: u64,
    /// Seconds from the first offer until the first agent, half of them, the last synchronised with it; null: it did not.
    pub first_after: Option<f64>,
    /// See there.
    pub median_after: Option<f64>,
    /// See there.
    pub last_after: Option<f64>,
    /// Seconds from an agent's own offer until it synchronised with the version: of half of them.
    pub own_median: f64,
    /// Of the last twentieth at least.
    pub own_p95: f64,
    /// What went wrong, by words.
    pub errors: BTreeMap<String, u64>,
    /// Answers of the server that it failed; that it is busy is none.
    pub faults: u64,
}

#[derive(Default)]
struct Tally {
    before: Vec<u64>,
    during: Vec<u64>,
    /// Microseconds from the first offer.
    reached: Vec<u64>,
    /// Microseconds from an agent's own.
    own: Vec<u64>,
    errors: BTreeMap<String, u64>,
}

#[derive(Default)]
struct Counts {
    offered: AtomicU64,
    downloads: AtomicU64,
    bytes: AtomicU64,
    under_way: AtomicU64,
    most_at_once: AtomicU64,
    busy: AtomicU64,
    gone_on: AtomicU64,
    cut: AtomicU64,
}

struct World {
    fleet: Fleet,
    plan: Plan,
    session: Session,
    releaser: PublicKey,
    /// When the first agent was offered the version.
    began: OnceLock<Instant>,
    counts: Counts,
    tally: Mutex<Tally>,
    /// Every agent has the version.
    all: Notify,
}

/// One agent: what it remembers between synchronisations.
struct Member {
    nth: u64,
    id: AgentId,
    key: SigningKey,
    sections: Sections,
    state: String,
    version: String,
}

/// What happens to an agent's first download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Whole,
    Lost,
    Asleep,
}

/// A download that is under way until this is dropped.
struct UnderWay<'a>(&'a Counts);

impl<'a> UnderWay<'a> {
    fn new(counts: &'a Counts) -> Self {
        let now = counts.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        counts.most_at_once.fetch_max(now, Ordering::Relaxed);
        Self(counts)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Enrols agents, says when all are, and lets them live until all have another version or patience ends.
pub async fn play(fleet: &Fleet, target: Target, plan: Plan, enrolled: impl FnOnce(&Report)) -> anyhow::Result<Report> {
    ensure!(plan.hurry >= 1.0, "agents cannot be slower than they are");
    let releaser = public_key(&plan.releaser).context("the releaser's key is no minisign public key")?;
    // Each request has a connection of its own, as those of separate machines.
    let session = Session::open(target, 0).await?;
    let world = Arc::new(World {
        fleet: fleet.clone(),
        plan,
        session,
        releaser,
        began: OnceLock::new(),
        counts: Counts::default(),
        tally: Mutex::default(),
        all: Notify::new(),
    });
    let start = Instant::now();
    let members = enrol_all(&world).await?;
    let seconds = start.elapsed().as_secs_f64();
    enrolled(&world.report(seconds));
    let mut lives = JoinSet::new();
    for member in members {
        let world = Arc::clone(&world);
        lives.spawn(async move { world.live(member).await });
    }
    let mut late = false;
    while !late {
        tokio::select! {
            () = world.all.notified() => break,
            () = tokio::time::sleep(Duration::from_secs(1)) => {
                late = world.began.get().is_some_and(|began| began.elapsed() > world.plan.patience);
            }
            Some(ended) = lives.join_next() => ended?,
        }
    }
    lives.shutdown().await;
    Ok(world.report(seconds))
}

/// Enrols all agents and takes their inventories, some at a time.
async fn enrol_all(world: &Arc<World>) -> anyhow::Result<Vec<Member>> {
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..world.plan.concurrency.max(1) {
        let (world, next) = (Arc::clone(world), Arc::clone(&next));
        workers.spawn(async move {
            let mut members = Vec::new();
            loop {
                let nth = next.fetch_add(1, Ordering::Relaxed);
                if nth >= world.plan.count {
                    return anyhow::Ok(members);
                }
                members.push(world.enrol(nth).await?);
            }
        });
    }
    let mut members = Vec::new();
    while let Some(ended) = workers.join_next().await {
        members.append(&mut ended??);
    }
    Ok(members)
}

impl World {
    async fn enrol(&self, nth: u64) -> anyhow::Result<Member> {
        let machine = self.fleet.machine(nth);
        let version = self.plan.version.clone();
        let id = self.session.enrol(&machine, None, &version).await?;
        // What they hold is another bench's matter: little of it keeps ten thousand of them small.
        let sections = machine.sections(1).only(&[Section::System, Section::OperatingSystem, Section::Runtime]);
        let state = state_of(&sections.digests());
        let member = Member { nth, id, key: machine.signing_key(), sections, state, version };
        self.synchronise(&member, true).await?;
        Ok(member)
    }

    /// Synchronises; answers what is offered.
    async fn synchronise(&self, member: &Member, whole: bool) -> anyhow::Result<Option<Offer>> {
        let machine = self.fleet.machine(member.nth);
        let now = self.session.now();
        let runtime = || Sections { runtime: member.sections.runtime.clone(), ..Sections::default() };
        let mut agent = machine.agent_status();
        agent.version.clone_from(&member.version);
        let message = Synchronisation {
            format: sync::FORMAT,
            sequence: self.session.next_sequence(),
            sent_at: now,
            collected_at: now,
            agent,
            identity: machine.identity(),
            state: member.state.clone(),
            base: (!whole).then(|| member.state.clone()),
            sections: if whole { member.sections.clone() } else { runtime() },
            ..Synchronisation::default()
        };
        let body = sync::pack(&message)?;
        let mut headers = header::HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(sync::CONTENT_TYPE));
        headers.insert(sync::AGENT_HEADER, member.id.to_string().parse()?);
        let signature = sync::sign(&member.key, &sync::synchronisation_text(member.id, &body));
        headers.insert(sync::SIGNATURE_HEADER, signature.parse()?);
        match self.session.post::<Answer>(sync::SYNCHRONISATION_PATH, &headers, body, |code| self.note(code)).await? {
            Reply::Taken(answer) => Ok(answer.update),
            Reply::Refused { code, .. } => Err(anyhow!("a synchronisation was refused: {code}")),
        }
    }

    /// An agent's synchronisations in its own rhythm; it ends when the program does.
    async fn live(&self, mut member: Member) {
        let mut next = Instant::now() + self.some_of(PERIOD);
        loop {
            tokio::time::sleep_until(next.into()).await;
            next += self.hurried(PERIOD);
            let offer = self.timed(&member).await;
            let Some(offer) = offer else { continue };
            let heard = Instant::now();
            self.began.get_or_init(|| heard);
            self.counts.offered.fetch_add(1, Ordering::Relaxed);
            let spread = Duration::from_secs(offer.spread_seconds.min(LONGEST_SPREAD).into());
            tokio::time::sleep(self.some_of(spread)).await;
            if let Err(error) = self.bring(&member, &offer).await {
                self.note(&format!("{error:#}"));
                continue;
            }
            // It runs at once, on trial, and its first word is what it is waited for.
            member.version = offer.version;
            self.timed(&member).await;
            self.has_reached(heard);
            next = next.max(Instant::now());
        }
    }

    /// Synchronises, and keeps how long that took.
    async fn timed(&self, member: &Member) -> Option<Offer> {
        let start = Instant::now();
        let began = self.began.get().is_some();
        match self.synchronise(member, false).await {
            Ok(offer) => {
                let mut tally = lock(&self.tally);
                if began { &mut tally.during } else { &mut tally.before }.push(micros(start.elapsed()));
                offer
            }
            Err(error) => {
                self.note(&format!("{error:#}"));
                None
            }
        }
    }

    fn has_reached(&self, heard: Instant) {
        let mut tally = lock(&self.tally);
        tally.own.push(micros(heard.elapsed()));
        tally.reached.push(self.began.get().map_or(0, |began| micros(began.elapsed())));
        if tally.reached.len() as u64 == self.plan.count {
            self.all.notify_one();
        }
    }

    /// Fetches a version and checks it; comes again when it is told to, and goes on where it was.
    async fn bring(&self, member: &Member, offer: &Offer) -> anyhow::Result<()> {
        let signature = Signature::decode(&offer.signature).context("the signature")?;
        let target = target_of(self.fleet.machine(member.nth).platform()).unwrap_or_default();
        let signed_as = signature.trusted_comment();
        ensure!(signed_as == comment(&offer.version, target), "signed as \"{signed_as}\"");
        let mut fate = self.fate();
        let mut checked = self.releaser.verify_stream(&signature).context("the releaser")?;
        let mut have = 0;
        while have < offer.size {
            let response = self.ask(member, offer, have).await?;
            match response.status() {
                StatusCode::PARTIAL_CONTENT => {
                    self.counts.gone_on.fetch_add(1, Ordering::Relaxed);
                }
                StatusCode::OK if have == 0 => {}
                StatusCode::OK => {
                    checked = self.releaser.verify_stream(&signature).context("the releaser")?;
                    have = 0;
                }
                StatusCode::SERVICE_UNAVAILABLE => {
                    self.counts.busy.fetch_add(1, Ordering::Relaxed);
                    let wanted = self.hurried(retry_after(&response).unwrap_or(BUSY));
                    // Not all of them at the same moment again. An agent waits for its next collection: these ask more of
                    // the server than agents do.
                    tokio::time::sleep(wanted + self.some_of(BUSY)).await;
                    continue;
                }
                status => bail!("a download was answered {status}"),
            }
            let of_this = std::mem::replace(&mut fate, Fate::Whole);
            have += self.read(response, offer.size - have, of_this, &mut checked).await;
            if have < offer.size {
                self.counts.cut.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(self.hurried(LOST)).await;
            }
        }
        checked.finalize().map_err(|_| anyhow!("what was fetched is not what its releaser signed"))?;
        self.counts.downloads.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Asks for a version from a byte on.
    async fn ask(&self, member: &Member, offer: &Offer, from: u64) -> anyhow::Result<Response> {
        let now = self.session.now();
        let mut headers = header::HeaderMap::new();
        headers.insert(sync::AGENT_HEADER, member.id.to_string().parse()?);
        headers.insert(sync::TIME_HEADER, now.to_string().parse()?);
        let signature = sync::sign(&member.key, &fetch_text(member.id, &offer.version, now));
        headers.insert(sync::SIGNATURE_HEADER, signature.parse()?);
        headers.insert(header::RANGE, format!("bytes={from}-").parse()?);
        self.session.get(&format!("{UPDATE_PATH}/{}", offer.version), &headers).await
    }

    /// Reads the rest of a download piece by piece, as far as it comes; answers how far.
    async fn read(&self, mut response: Response, left: u64, fate: Fate, checked: &mut StreamVerifier<'_>) -> u64 {
        let _under_way = UnderWay::new(&self.counts);
        if fate == Fate::Asleep {
            tokio::time::sleep(self.hurried(PERIOD)).await;
            return 0;
        }
        let enough = if fate == Fate::Lost { left / 2 } else { left };
        let mut read = 0;
        while read < enough {
            // That a connection ended is what the caller sees of the length.
            let Ok(Some(piece)) = response.chunk().await else { break };
            checked.update(&piece);
            read += piece.len() as u64;
        }
        self.counts.bytes.fetch_add(read, Ordering::Relaxed);
        read
    }

    fn fate(&self) -> Fate {
        let draw = as_f64(SystemRng.below(1 << 20)) / as_f64(1 << 20);
        match () {
            () if draw < self.plan.lost => Fate::Lost,
            () if draw < self.plan.lost + self.plan.asleep => Fate::Asleep,
            () => Fate::Whole,
        }
    }

    fn hurried(&self, time: Duration) -> Duration {
        time.div_f64(self.plan.hurry)
    }

    /// A random part of a time.
    fn some_of(&self, time: Duration) -> Duration {
        Duration::from_micros(SystemRng.below(micros(self.hurried(time))))
    }

    fn note(&self, words: &str) {
        *lock(&self.tally).errors.entry(words.to_owned()).or_default() += 1;
    }

    fn report(&self, enrolment_seconds: f64) -> Report {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut tally = lock(&self.tally);
        tally.reached.sort_unstable();
        tally.own.sort_unstable();
        let seconds = |micros: u64| as_f64(micros) / 1e6;
        // Of all agents, also of those that did not come so far.
        let after = |nth: u64| {
            let at = usize::try_from(nth).ok()?;
            tally.reached.get(at).copied().map(seconds)
        };
        let all = self.plan.count;
        let (own_median, own_p95, _) = percentiles(&tally.own);
        Report {
            agents: all,
            enrolment_seconds,
            first_after: after(0),
            median_after: after(all / 2),
            last_after: after(all.saturating_sub(1)),
            before: Times::of(tally.before.clone()),
            during: Times::of(tally.during.clone()),
            offered: count(&self.counts.offered),
            reached: tally.reached.len() as u64,
            downloads: count(&self.counts.downloads),
            bytes: count(&self.counts.bytes),
            most_at_once: count(&self.counts.most_at_once),
            busy: count(&self.counts.busy),
            gone_on: count(&self.counts.gone_on),
            cut: count(&self.counts.cut),
            own_median: own_median / 1e3,
            own_p95: own_p95 / 1e3,
            errors: tally.errors.clone(),
            faults: self.session.faults(),
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
