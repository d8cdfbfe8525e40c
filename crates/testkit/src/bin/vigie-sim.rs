//! `vigie-sim`: a simulated fleet of agents for tests, demonstrations and benchmarks.

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Mutex,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use vigie_testkit::sim::{
    Fleet, Options,
    client::{Plan, Progress, Target, play},
    rollout, systems,
};

/// Simulates a fleet of machines that report their inventories to a Vigie server.
#[derive(Parser)]
#[command(name = "vigie-sim", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Enrols machines and synchronises them; prints one line of JSON at the end.
    Agents(Box<Agents>),
    /// Enrols agents and lets them live through a roll-out that somebody starts; prints a line of JSON when all are enrolled,
    /// and one at the end.
    Rollout(Box<Rollout>),
    /// Enrols systems and keeps their links; prints a line of JSON every two seconds, and one at the end.
    Systems(Systems),
    /// Prints the inventory of one machine as JSON, without a server.
    Show(Show),
}

#[derive(Args)]
struct Machines {
    /// Seed: the same one makes the same machines.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Share of machines that are clones of the one before them, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    clones: f64,
    /// Share of machines with placeholders for serial number and UUID, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    bogus: f64,
    /// Shares of machines that change in round 2, 3, …; the last one counts for all later rounds.
    #[arg(long, default_value = "0.25", value_delimiter = ',', value_parser = share)]
    changes: Vec<f64>,
}

/// The server, as agents reach it.
#[derive(Args)]
struct Portal {
    /// Address of the server, https://…
    #[arg(long)]
    server: String,
    /// File with the CA that signed the server's certificate.
    #[arg(long)]
    ca: PathBuf,
    /// Client id of the agents' API client.
    #[arg(long)]
    client_id: String,
    /// Its secret.
    #[arg(long, env = "VIGIE_CLIENT_SECRET", hide_env_values = true)]
    client_secret: String,
}

#[derive(Args)]
struct Agents {
    #[command(flatten)]
    machines: Machines,
    #[command(flatten)]
    portal: Portal,
    /// How many machines.
    #[arg(long)]
    count: u64,
    /// Number of the first machine.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Rounds: the first sends everything, each later one what changed, a virtual day later.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3650))]
    rounds: u32,
    /// Messages in flight.
    #[arg(long, default_value_t = 16)]
    concurrency: usize,
    /// Make all messages of a round before the first is sent (takes about 30 KB of memory each).
    #[arg(long)]
    prepare: bool,
    /// Machines in which nothing changed stay silent.
    #[arg(long)]
    no_send_unchanged: bool,
    /// Later rounds send everything, too.
    #[arg(long)]
    whole: bool,
    /// A connection for each message, as separate machines have.
    #[arg(long)]
    fresh_connections: bool,
    /// Word that names the customer.
    #[arg(long)]
    tag: Option<String>,
    /// Process of the server on this machine: its CPU time for each message is reported.
    #[arg(long, value_name = "PID")]
    watch_pid: Option<u32>,
}

#[derive(Args)]
struct Rollout {
    /// Seed: the same one makes the same machines.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    portal: Portal,
    /// How many agents.
    #[arg(long, default_value_t = 10_000)]
    count: u64,
    /// Enrolments at once.
    #[arg(long, default_value_t = 16)]
    concurrency: usize,
    /// minisign public key of who may release versions.
    #[arg(long, value_name = "KEY")]
    release_key: String,
    /// The version that the agents have before.
    #[arg(long, value_name = "VERSION", default_value = "0.0.1")]
    before: String,
    /// Agents' times pass so many times as fast: the hour between synchronisations, the time over which downloads are spread,
    /// the pause that a busy server asks for.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = at_least_one)]
    hurry: f64,
    /// Share of agents whose first download is lost in the middle, 0 to 1; they go on from there.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    lost: f64,
    /// Share of agents that hold the connection of their first download for an hour and read nothing of it, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    asleep: f64,
    /// Longest from the first offer until all have the version, seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 4 * 3600)]
    patience: u64,
}

#[derive(Args)]
struct Systems {
    /// Address of the server, https://…
    #[arg(long)]
    server: String,
    /// File with the CA that signed the server's certificate.
    #[arg(long)]
    ca: PathBuf,
    /// Enrolment token, good for as many systems.
    #[arg(long, env = "VIGIE_ENROLMENT_TOKEN", hide_env_values = true)]
    enrolment_token: Option<String>,
    /// File that keeps who enrolled; where it is there, nobody enrols again.
    #[arg(long, value_name = "FILE")]
    enrolled: Option<PathBuf>,
    /// Only enrol.
    #[arg(long)]
    enrol_only: bool,
    /// How many systems.
    #[arg(long)]
    count: u64,
    /// Seed: the same one makes the same systems.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Handshakes at once.
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
    /// Addresses to connect from, where the server is on the loopback.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u8).range(1..=250))]
    addresses: u8,
    /// Seconds to stay connected; else until interrupted.
    #[arg(long, value_name = "SECONDS")]
    stay: Option<u64>,
    /// Alerts that each system raises a minute.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=60))]
    alerts_per_minute: u32,
    /// Carry tunnels to wherever the server wants; else they are refused.
    #[arg(long)]
    carry: bool,
    /// Say heartbeats so often, and print their round trips.
    #[arg(long, value_name = "MILLISECONDS")]
    beat: Option<u64>,
}

#[derive(Args)]
struct Show {
    #[command(flatten)]
    machines: Machines,
    /// Number of the machine.
    #[arg(long, default_value_t = 0)]
    machine: u64,
    /// Round, 1 is the first.
    #[arg(long, default_value_t = 1)]
    round: u32,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("not between 0 and 1".to_owned()) }
}

fn at_least_one(text: &str) -> Result<f64, String> {
    let factor: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (1.0..=3600.0).contains(&factor) { Ok(factor) } else { Err("not between 1 and 3600".to_owned()) }
}

impl Portal {
    fn target(self) -> anyhow::Result<Target> {
        Ok(Target {
            server: self.server.trim_end_matches('/').to_owned(),
            ca: std::fs::read(&self.ca).with_context(|| self.ca.display().to_string())?,
            client_id: self.client_id,
            client_secret: self.client_secret,
        })
    }
}

impl Machines {
    fn fleet(self) -> Fleet {
        let Self { seed, clones, bogus, changes } = self;
        Fleet::with_options(seed, Options { clones, bogus, changes })
    }
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Agents(agents) => run(*agents),
        Command::Rollout(wanted) => roll_out(*wanted),
        Command::Systems(systems) => keep(systems),
        Command::Show(show) => print_machine(show),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(error) => {
            eprintln!("vigie-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn print_machine(show: Show) -> anyhow::Result<bool> {
    let fleet = show.machines.fleet();
    let sections = fleet.machine(show.machine).sections(show.round);
    println!("{}", serde_json::to_string_pretty(&sections)?);
    Ok(true)
}

/// Whether all of them have the version at the end.
fn roll_out(wanted: Rollout) -> anyhow::Result<bool> {
    let target = wanted.portal.target()?;
    let plan = rollout::Plan {
        count: wanted.count,
        concurrency: wanted.concurrency,
        hurry: wanted.hurry,
        version: wanted.before,
        releaser: wanted.release_key,
        lost: wanted.lost,
        asleep: wanted.asleep,
        patience: Duration::from_secs(wanted.patience),
    };
    let tell = |report: &rollout::Report| {
        if let Ok(line) = serde_json::to_string(report) {
            println!("{line}");
        }
    };
    let fleet = Fleet::new(wanted.seed);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(rollout::play(&fleet, target, plan, tell))?;
    tell(&report);
    Ok(report.reached == report.agents && report.faults == 0)
}

/// Whether all of them are connected at the end.
fn keep(wanted: Systems) -> anyhow::Result<bool> {
    let plan = systems::Plan {
        server: wanted.server.trim_end_matches('/').to_owned(),
        ca: std::fs::read(&wanted.ca).with_context(|| wanted.ca.display().to_string())?,
        token: wanted.enrolment_token,
        enrolled: wanted.enrolled,
        only_enrols: wanted.enrol_only,
        count: wanted.count,
        seed: wanted.seed,
        concurrency: wanted.concurrency.max(1),
        addresses: wanted.addresses,
        stay: wanted.stay.map(Duration::from_secs),
        alerts_a_minute: wanted.alerts_per_minute,
        carries: wanted.carry,
        beat: wanted.beat.map(Duration::from_millis),
    };
    let tell = |report: &systems::Report| {
        if let Ok(line) = serde_json::to_string(report) {
            println!("{line}");
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(systems::play(plan, tell))?;
    tell(&report);
    Ok(wanted.enrol_only || report.connected == report.systems)
}

/// Whether every message was taken.
fn run(agents: Agents) -> anyhow::Result<bool> {
    let target = agents.portal.target()?;
    let plan = Plan {
        first: agents.first,
        count: agents.count,
        rounds: agents.rounds,
        concurrency: agents.concurrency,
        prepare: agents.prepare,
        send_unchanged: !agents.no_send_unchanged,
        whole: agents.whole,
        fresh_connections: agents.fresh_connections,
        tag: agents.tag,
        watch: agents.watch_pid,
    };
    let fleet = agents.machines.fleet();
    // One thread sends: the server is measured on the same machine, and one is enough to keep it busy.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let report =
        runtime.block_on(async { tokio::spawn(async move { play(&fleet, target, plan, teller()).await }).await? })?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(report.refused.is_empty())
}

/// Writes how far it is, at most once a second, to standard error.
fn teller() -> impl Fn(Progress) + Send + Sync + 'static {
    let last = Mutex::new(Instant::now());
    move |progress| {
        let (text, done, all) = match progress {
            Progress::Enrolled(done, all) => ("enrolled".to_owned(), done, all),
            Progress::Made(round, done, all) => (format!("round {round}: made"), done, all),
            Progress::Answered(round, done, all) => (format!("round {round}: answered"), done, all),
        };
        let Ok(mut last) = last.lock() else { return };
        if done == all || last.elapsed().as_secs() >= 1 {
            *last = Instant::now();
            eprintln!("{text} {done} of {all}");
        }
    }
}
