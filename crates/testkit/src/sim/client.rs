//! The fleet over the network: enrols simulated machines and synchronises them as native agents do, and measures what
//! the server makes of it. What is sent can be made beforehand, so that the generator takes little of the machine that
//! the server is measured on.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context as _, anyhow};
use reqwest::header;
use serde::Serialize;
use vigie_kernel::{AgentId, Timestamp};
use vigie_wire::{
    delta::{self, Edits},
    sections::state_of,
    sync::{self, Answer, Outcome, Synchronisation},
};

use super::{
    AGENT_VERSION, Fleet, Machine,
    session::{ATTEMPTS, Reply, Session},
};

const NEVER: u32 = 0;

/// Where to and how.
#[derive(Debug, Clone)]
pub struct Target {
    /// Address of the server, `https://…`.
    pub server: String,
    /// Its CA, PEM.
    pub ca: Vec<u8>,
    /// The API client that the agents use.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
}

/// What is played.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Number of the first machine.
    pub first: u64,
    /// How many machines.
    pub count: u64,
    /// Rounds; the first sends everything.
    pub rounds: u32,
    /// Messages in flight.
    pub concurrency: usize,
    /// Whether everything of a round is made before its first message is sent.
    pub prepare: bool,
    /// Whether a machine in which nothing changed synchronises all the same.
    pub send_unchanged: bool,
    /// Whether later rounds send everything, too, instead of what changed.
    pub whole: bool,
    /// Whether each message opens a connection of its own, as separate machines do.
    pub fresh_connections: bool,
    /// Word that names the customer.
    pub tag: Option<String>,
    /// Process whose CPU time is read before and after each round.
    pub watch: Option<u32>,
}

/// What one round came to.
#[derive(Debug, Default, Clone, Serialize)]
pub struct RoundReport {
    /// Its number.
    pub round: u32,
    /// Messages that were to be delivered.
    pub sent: u64,
    /// Those acknowledged.
    pub accepted: u64,
    /// Acknowledged, by what was done with them.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Those given up, by problem code.
    pub refused: BTreeMap<String, u64>,
    /// Those sent more than once, by the reason why.
    pub resent: BTreeMap<String, u64>,
    /// Wall time, seconds.
    pub seconds: f64,
    /// Accepted a second.
    pub per_second: f64,
    /// Bytes of the bodies.
    pub bytes: u64,
    /// Latency, milliseconds.
    pub p50_ms: f64,
    /// Latency, milliseconds.
    pub p95_ms: f64,
    /// Latency, milliseconds.
    pub p99_ms: f64,
    /// CPU time of the watched process for each accepted message, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watched_cpu_ms_each: Option<f64>,
}

/// What a run came to.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Machines.
    pub agents: u64,
    /// Messages that were to be delivered.
    pub sent: u64,
    /// Those acknowledged.
    pub accepted: u64,
    /// Those given up, by problem code.
    pub refused: BTreeMap<String, u64>,
    /// Those sent more than once, by the reason why.
    pub resent: BTreeMap<String, u64>,
    /// Wall time of the rounds, seconds.
    pub seconds: f64,
    /// Accepted a second.
    pub per_second: f64,
    /// Bytes of the bodies.
    pub bytes: u64,
    /// Bytes of the bodies of round 1, unpacked, in the mean.
    pub inflated_mean: u64,
    /// Latency over all rounds, milliseconds.
    pub p50_ms: f64,
    /// Latency, milliseconds.
    pub p95_ms: f64,
    /// Latency, milliseconds.
    pub p99_ms: f64,
    /// How long enrolment took, seconds.
    pub enrolment_seconds: f64,
    /// Round by round.
    pub rounds: Vec<RoundReport>,
}

/// A message that is ready to be signed.
struct Prepared {
    body: Vec<u8>,
    inflated: u64,
}

#[derive(Default)]
struct Tally {
    report: RoundReport,
    micros: Vec<u64>,
    inflated: u64,
}

/// What is remembered of a machine between rounds.
struct Known {
    agent: Option<AgentId>,
    /// The round whose state the server holds.
    round: u32,
}

/// How a run goes on, told to whoever watches.
#[derive(Debug, Clone, Copy)]
pub enum Progress {
    /// So many of all machines are enrolled.
    Enrolled(u64, u64),
    /// So many of all messages of a round are made.
    Made(u32, u64, u64),
    /// So many of all messages of a round are answered.
    Answered(u32, u64, u64),
}

/// Plays a fleet against a server.
pub async fn play(
    fleet: &Fleet,
    target: Target,
    plan: Plan,
    progress: impl Fn(Progress) + Send + Sync + 'static,
) -> anyhow::Result<Report> {
    let session = Session::open(target, if plan.fresh_connections { 0 } else { plan.concurrency }).await?;
    let known = (0..plan.count).map(|_| Mutex::new(Known { agent: None, round: NEVER })).collect();
    let run = Arc::new(Run { fleet: fleet.clone(), session, plan, known, progress: Box::new(progress) });
    let start = Instant::now();
    enrol_all(&run).await?;
    let mut report =
        Report { agents: run.plan.count, enrolment_seconds: start.elapsed().as_secs_f64(), ..Report::default() };
    let mut micros = Vec::new();
    for round in 1..=run.plan.rounds {
        let mut tally = play_round(&run, round).await?;
        if round == 1 && tally.report.sent > 0 {
            report.inflated_mean = tally.inflated / tally.report.sent;
        }
        micros.append(&mut tally.micros);
        report.add(tally.report);
    }
    micros.sort_unstable();
    (report.p50_ms, report.p95_ms, report.p99_ms) = percentiles(&micros);
    Ok(report)
}

impl Report {
    fn add(&mut self, round: RoundReport) {
        self.sent += round.sent;
        self.accepted += round.accepted;
        self.bytes += round.bytes;
        self.seconds += round.seconds;
        for (code, count) in &round.refused {
            *self.refused.entry(code.clone()).or_default() += count;
        }
        for (code, count) in &round.resent {
            *self.resent.entry(code.clone()).or_default() += count;
        }
        self.per_second = rate(self.accepted, self.seconds);
        self.rounds.push(round);
    }
}

struct Run {
    fleet: Fleet,
    session: Session,
    plan: Plan,
    known: Vec<Mutex<Known>>,
    progress: Box<dyn Fn(Progress) + Send + Sync>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Run {
    fn known(&self, nth: u64) -> std::sync::MutexGuard<'_, Known> {
        lock(&self.known[usize::try_from(nth).unwrap_or(0)])
    }

    /// Makes the message of a machine; none when it has nothing to say.
    fn message(&self, nth: u64, round: u32, whole: bool) -> anyhow::Result<Option<Prepared>> {
        let machine = self.fleet.machine(self.plan.first + nth);
        let last = self.known(nth).round;
        let whole = whole || last == NEVER || (self.plan.whole && round > 1);
        if !whole && !self.plan.send_unchanged && (last + 1..=round).all(|step| !machine.changes_in(step)) {
            return Ok(None);
        }
        let mut sections = machine.sections(round);
        let digests = sections.digests();
        let state = state_of(&digests);
        let (mut base, mut removed, mut edits) = (None, Vec::new(), Edits::new());
        if !whole {
            let held = machine.sections(last);
            let before = held.digests();
            let mut wanted: Vec<_> = digests
                .iter()
                .filter(|(section, digest)| before.get(section) != Some(digest))
                .map(|(s, _)| *s)
                .collect();
            wanted.push(vigie_wire::Section::Runtime);
            removed = before.keys().filter(|section| !digests.contains_key(section)).copied().collect();
            sections = sections.only(&wanted);
            edits = delta::narrow(&mut sections, &held);
            base = Some(state_of(&before));
        }
        let now = self.session.now();
        let message = Synchronisation {
            format: sync::FORMAT,
            sequence: self.session.next_sequence(),
            sent_at: now,
            collected_at: self.collected_at(&machine, round, now),
            agent: machine.agent_status(),
            identity: machine.identity(),
            tag: self.plan.tag.clone(),
            state,
            base,
            sections,
            edits,
            removed,
        };
        let inflated = if round == 1 { serde_json::to_vec(&message)?.len() as u64 } else { 0 };
        Ok(Some(Prepared { body: sync::pack(&message)?, inflated }))
    }

    /// The fleet's virtual days, moved so that the last round is today.
    fn collected_at(&self, machine: &Machine<'_>, round: u32, now: Timestamp) -> Timestamp {
        let last = machine.collected_at(self.plan.rounds);
        now.minus(last.since(machine.collected_at(round)))
    }

    /// Signs and sends the message of a machine, and does what the answer calls for.
    async fn deliver(&self, nth: u64, round: u32, mut prepared: Prepared, tally: &Mutex<Tally>) -> anyhow::Result<()> {
        let machine = self.fleet.machine(self.plan.first + nth);
        let key = machine.signing_key();
        let start = Instant::now();
        let resent = |code: &str| *lock(tally).report.resent.entry(code.to_owned()).or_default() += 1;
        let mut bytes = 0;
        for attempt in 1.. {
            let agent = self.known(nth).agent.ok_or_else(|| anyhow!("{} is not enrolled", machine.name()))?;
            bytes += prepared.body.len() as u64;
            let mut headers = header::HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(sync::CONTENT_TYPE));
            headers.insert(sync::AGENT_HEADER, agent.to_string().parse()?);
            let signature = sync::sign(&key, &sync::synchronisation_text(agent, &prepared.body));
            headers.insert(sync::SIGNATURE_HEADER, signature.parse()?);
            let reply =
                self.session.post::<Answer>(sync::SYNCHRONISATION_PATH, &headers, prepared.body, resent).await?;
            match reply {
                Reply::Taken(answer) => {
                    self.known(nth).round = round;
                    let mut tally = lock(tally);
                    tally.report.bytes += bytes;
                    tally.report.accepted += 1;
                    *tally.report.outcomes.entry(outcome_name(answer.outcome)).or_default() += 1;
                    tally.micros.push(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
                    return Ok(());
                }
                Reply::Refused { code, sequence, .. } => {
                    if attempt >= ATTEMPTS {
                        self.give_up(nth, code, bytes, tally);
                        return Ok(());
                    }
                    match code.as_str() {
                        "sequence-old" => {
                            // Clones of one key overtake each other: say it again, later than the other.
                            self.session.sequence_is_at_least(sequence.unwrap_or(0) + 1);
                        }
                        "base-unknown" => self.known(nth).round = NEVER,
                        "agent-unknown" => {
                            let agent = self.session.enrol(&machine, self.plan.tag.as_deref(), AGENT_VERSION).await?;
                            *self.known(nth) = Known { agent: Some(agent), round: NEVER };
                        }
                        _ => {
                            self.give_up(nth, code, bytes, tally);
                            return Ok(());
                        }
                    }
                    resent(&code);
                    let Some(again) = self.message(nth, round, false)? else { return Ok(()) };
                    prepared = again;
                }
            }
        }
        Ok(())
    }

    fn give_up(&self, nth: u64, code: String, bytes: u64, tally: &Mutex<Tally>) {
        // What the server holds now is not known for sure: start over the next time.
        self.known(nth).round = NEVER;
        let mut tally = lock(tally);
        tally.report.bytes += bytes;
        *tally.report.refused.entry(code).or_default() += 1;
    }
}

const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Full => "full",
        Outcome::Delta => "delta",
        Outcome::Unchanged => "unchanged",
    }
}

/// Runs `job` for every machine, so many at a time.
async fn for_all<F, W>(run: &Arc<Run>, job: W) -> anyhow::Result<()>
where
    W: Fn(Arc<Run>, u64) -> F + Send + Sync + Clone + 'static,
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..run.plan.concurrency.max(1) {
        let (run, next, job) = (Arc::clone(run), Arc::clone(&next), job.clone());
        workers.spawn(async move {
            loop {
                let nth = next.fetch_add(1, Ordering::Relaxed);
                if nth >= run.plan.count {
                    return anyhow::Ok(());
                }
                job(Arc::clone(&run), nth).await?;
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    Ok(())
}

async fn enrol_all(run: &Arc<Run>) -> anyhow::Result<()> {
    let done = Arc::new(AtomicU64::new(0));
    for_all(run, move |run, nth| {
        let done = Arc::clone(&done);
        async move {
            let machine = run.fleet.machine(run.plan.first + nth);
            let agent = run.session.enrol(&machine, run.plan.tag.as_deref(), AGENT_VERSION).await?;
            run.known(nth).agent = Some(agent);
            (run.progress)(Progress::Enrolled(done.fetch_add(1, Ordering::Relaxed) + 1, run.plan.count));
            Ok(())
        }
    })
    .await
}

async fn play_round(run: &Arc<Run>, round: u32) -> anyhow::Result<Tally> {
    let mut prepared: Vec<Mutex<Option<Prepared>>> = Vec::new();
    if run.plan.prepare {
        prepared = tokio::task::block_in_place(|| prepare(run, round))?;
    }
    let prepared = Arc::new(prepared);
    let tally = Arc::new(Mutex::new(Tally::default()));
    let done = Arc::new(AtomicU64::new(0));
    let cpu = run.plan.watch.map(cpu_seconds).transpose()?;
    let start = Instant::now();
    let (in_job, ready) = (Arc::clone(&tally), Arc::clone(&prepared));
    for_all(run, move |run, nth| {
        let (tally, done, ready) = (Arc::clone(&in_job), Arc::clone(&done), Arc::clone(&ready));
        async move {
            let message = match ready.get(usize::try_from(nth).unwrap_or(0)) {
                Some(slot) => lock(slot).take(),
                None => run.message(nth, round, false)?,
            };
            if let Some(message) = message {
                {
                    let mut tally = lock(&tally);
                    tally.report.sent += 1;
                    tally.inflated += message.inflated;
                }
                run.deliver(nth, round, message, &tally).await?;
            }
            (run.progress)(Progress::Answered(round, done.fetch_add(1, Ordering::Relaxed) + 1, run.plan.count));
            Ok(())
        }
    })
    .await?;
    let seconds = start.elapsed().as_secs_f64();
    let mut tally = std::mem::take(&mut *lock(&tally));
    tally.micros.sort_unstable();
    let report = &mut tally.report;
    report.round = round;
    report.seconds = seconds;
    report.per_second = rate(report.accepted, seconds);
    (report.p50_ms, report.p95_ms, report.p99_ms) = percentiles(&tally.micros);
    if let (Some(before), Some(process)) = (cpu, run.plan.watch) {
        report.watched_cpu_ms_each = Some((cpu_seconds(process)? - before) * 1000.0 / as_f64(report.accepted.max(1)));
    }
    Ok(tally)
}

/// Makes every message of a round, on all cores.
fn prepare(run: &Arc<Run>, round: u32) -> anyhow::Result<Vec<Mutex<Option<Prepared>>>> {
    let slots: Vec<Mutex<Option<Prepared>>> = (0..run.plan.count).map(|_| Mutex::new(None)).collect();
    let next = AtomicU64::new(0);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let nth = next.fetch_add(1, Ordering::Relaxed);
                        let Some(slot) = slots.get(usize::try_from(nth).unwrap_or(usize::MAX)) else {
                            return anyhow::Ok(());
                        };
                        *lock(slot) = run.message(nth, round, false)?;
                        (run.progress)(Progress::Made(round, nth + 1, run.plan.count));
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().map_err(|_| anyhow!("a thread that makes messages failed"))??;
        }
        anyhow::Ok(())
    })?;
    Ok(slots)
}

/// CPU time that a process and its threads have used, seconds (Linux' `/proc/PID/stat`, in hundredths).
fn cpu_seconds(process: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))
        .with_context(|| format!("there is no process {process} to watch"))?;
    // The second field is the program's name in parentheses and may hold spaces.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(as_f64(ticks) / 100.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2⁵³")]
pub(super) const fn as_f64(number: u64) -> f64 {
    number as f64
}

fn rate(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { as_f64(count) / seconds } else { 0.0 }
}

/// The 50th, 95th and 99th percentile of sorted microseconds, in milliseconds.
pub(super) fn percentiles(sorted: &[u64]) -> (f64, f64, f64) {
    let at = |percent: usize| sorted.get(sorted.len() * percent / 100).or(sorted.last()).copied().unwrap_or(0);
    (as_f64(at(50)) / 1000.0, as_f64(at(95)) / 1000.0, as_f64(at(99)) / 1000.0)
}
