//! A roll-out: a version of the agent, packed and signed as it is shipped, to a share of the agents and then to all of them.
//! What it costs the server, how many fetch at once, and how long ordinary synchronisations take meanwhile, beside how long
//! they took before in the same run. It fails where an agent does not end on the new version, or the server fails an answer.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::{
    Measure, Sample, Size,
    fleet::Api,
    folder,
    process::{as_f64, cpu_seconds_of_tree, forget_peak, peak_mib, resident_mib},
    released, sample,
    systems::{Simulation, allow_open_files, member},
};
use crate::{
    dist::Releaser,
    server::{Server, Settings},
    shell::{Scratch, command, wait_for},
};

/// What is rolled out: the agent of this tree.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What the simulated agents say that they have before.
const BEFORE: &str = "0.0.1";
const TARGETS: [&str; 2] = ["linux-x86_64", "windows-x86_64"];
/// Agents' times pass so many times as fast: an hour is three minutes, and 10,000 agents ask as often as 200,000 do.
const HURRY: u32 = 20;
const HOUR: Duration = Duration::from_hours(1);
const SPREAD: Duration = Duration::from_mins(30);
/// Hundredths of the agents that come first.
const FIRST: u64 = 10;
/// Share of agents whose connection is lost in the middle of the download.
const LOST: &str = "0.02";
/// Share of agents that stop reading, as a laptop does that is shut.
const ASLEEP: &str = "0.01";
const PATIENCE: Duration = Duration::from_hours(1);
const OURS: &str = "vigie";
const WITHOUT: &str = "without a roll-out";
const DURING: &str = "during it";

pub(super) fn prepare(size: &Size) -> anyhow::Result<Measure<'static>> {
    // A connection for each of them at the worst moment.
    allow_open_files(size.machines)?;
    let releaser = Releaser::passing()?;
    let release = folder()?.join("release");
    let _ = std::fs::remove_dir_all(&release);
    std::fs::create_dir_all(&release)?;
    for target in TARGETS {
        // What a simulated agent fetches is run nowhere: one program stands for both.
        releaser.release_in(&release, &released("vigie-agent"), target)?;
    }
    let count = size.machines;
    Ok(Box::new(move |_| one_run(&release, releaser.public(), count)))
}

/// Starts a server that has the release, and knows who may release.
fn serve(data: &Path, release: &Path, key: &str, count: u64) -> anyhow::Result<Server> {
    let folder = data.join("distribution");
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(release)? {
        let entry = entry?;
        std::fs::copy(entry.path(), folder.join(entry.file_name()))?;
    }
    let most = count.to_string();
    // All of them are behind one address here.
    let more = ["--release-key", key, "--connections", &most, "--connections-per-address", &most];
    Server::start(&Settings {
        program: released("vigie"),
        folder: Some(data),
        database: None,
        port: None,
        log: "error",
        more: &more,
    })
}

fn agents(server: &Server, key: &str, count: u64) -> anyhow::Result<Simulation> {
    let client = server.agent_client()?;
    let mut sim = command(&released("vigie-sim").display().to_string(), ["rollout", "--server", &client.url, "--ca"]);
    sim.arg(server.ca())
        .args(["--client-id", &client.id, "--count", &count.to_string(), "--release-key", key, "--before", BEFORE])
        .args(["--hurry", &HURRY.to_string(), "--lost", LOST, "--asleep", ASLEEP])
        .args(["--patience", &PATIENCE.as_secs().to_string()])
        .env("VIGIE_CLIENT_SECRET", &client.secret);
    Simulation::follow(&mut sim)
}

fn one_run(release: &Path, key: &str, count: u64) -> anyhow::Result<Vec<Sample>> {
    let scratch = Scratch::new("bench-rollout")?;
    let server = serve(scratch.path(), release, key, count)?;
    let api = Api::new(&server)?;
    let mut agents = agents(&server, key, count)?;
    let enrolled = agents.until("the enrolment of all agents", PATIENCE, |it| it["agents"] == count)?;

    // An hour of theirs: each has synchronised once.
    let (began, cpu) = (Instant::now(), cpu_seconds_of_tree(server.id())?);
    std::thread::sleep(HOUR / HURRY);
    let calm_cores = (cpu_seconds_of_tree(server.id())? - cpu) / began.elapsed().as_secs_f64();
    let rest = resident_mib(server.id())?;
    forget_peak(server.id())?;

    let (began, cpu) = (Instant::now(), cpu_seconds_of_tree(server.id())?);
    let wanted = json!({ "version": VERSION, "share": FIRST, "spread_minutes": SPREAD.as_secs() / 60 });
    let started = api.post("/api/v1/rollouts", &wanted.to_string())?;
    let path = format!("/api/v1/rollouts/{}", started["id"].as_str().context("a roll-out")?);
    let first = first_share(&api, &path)?;
    let first_seconds = began.elapsed().as_secs_f64();
    api.patch(&path, &json!({ "share": 100 }).to_string())?;
    let widened = Instant::now();
    let told = agents.until("the last agent", PATIENCE, |it| it["agents"] == count)?;
    let (seconds, rest_seconds) = (began.elapsed().as_secs_f64(), widened.elapsed().as_secs_f64());
    let cpu = cpu_seconds_of_tree(server.id())? - cpu;
    let peak = peak_mib(server.id())?;
    let found = api.get(&path)?;
    server.stop()?;
    println!("{told}");
    ensure!(told["faults"] == 0, "the server failed answers: {told}");
    ensure!(told["reached"] == count && found["counts"]["updated"] == count, "not all have it: {told} {found}");

    let (before, during) = (&told["before"], &told["during"]);
    let downloads = member(&told, "downloads")?;
    let fetched = member(&told, "bytes")?;
    let packed = as_f64(release_size(release)?) / 1e6;
    Ok(vec![
        sample("agents on the new version", OURS, member(&told, "reached")?, ""),
        sample(format!("first {FIRST} of 100 over after"), OURS, first_seconds, "s"),
        sample("agents in them", OURS, first, ""),
        sample("all others over after", OURS, rest_seconds, "s"),
        sample("from an agent's offer to its report, p50", OURS, member(&told, "own_median")?, "s"),
        sample("from an agent's offer to its report, p95", OURS, member(&told, "own_p95")?, "s"),
        sample("packed program", OURS, packed, "MB"),
        sample("fetched a second, mean", OURS, fetched / 1e6 / seconds, "MB"),
        sample("downloads at once, most, with those asleep", OURS, member(&told, "most_at_once")?, ""),
        sample("told to come again", OURS, member(&told, "busy")?, ""),
        sample("downloads cut, and gone on with", OURS, member(&told, "cut")?, ""),
        sample("gone on from the middle", OURS, member(&told, "gone_on")?, ""),
        sample("CPU of the server, of a core", WITHOUT, calm_cores * 100.0, "%"),
        sample("CPU of the server, of a core", DURING, cpu / seconds * 100.0, "%"),
        sample("CPU of the server each download", OURS, (cpu - calm_cores * seconds) * 1e3 / downloads, "ms"),
        sample("memory", WITHOUT, rest, "MiB"),
        sample("memory, peak", DURING, peak, "MiB"),
        sample("synchronisations", WITHOUT, member(before, "synchronisations")?, ""),
        sample("synchronisations", DURING, member(during, "synchronisations")?, ""),
        sample("synchronisation, p50", WITHOUT, member(before, "p50_ms")?, "ms"),
        sample("synchronisation, p50", DURING, member(during, "p50_ms")?, "ms"),
        sample("synchronisation, p95", WITHOUT, member(before, "p95_ms")?, "ms"),
        sample("synchronisation, p95", DURING, member(during, "p95_ms")?, "ms"),
        sample("synchronisation, p95", "share", member(during, "p95_ms")? / member(before, "p95_ms")?, ""),
        sample(
            "enrolled with an inventory, a second",
            OURS,
            as_f64(count) / member(&enrolled, "enrolment_seconds")?,
            "",
        ),
    ])
}

/// Waits until each of the first share was offered the version and reported with it; how many they are.
fn first_share(api: &Api, path: &str) -> anyhow::Result<f64> {
    // After an hour of theirs everybody was heard who was awake at its beginning.
    std::thread::sleep(HOUR / HURRY);
    wait_for("the first share", PATIENCE, || {
        let found = api.get(path)?;
        ensure!(found["state"] == "running", "it stopped: {found}");
        let counts = &found["counts"];
        let over = counts["offered"] == 0 && counts["fetched"] == 0;
        if !over {
            // Whoever looks more often measures himself.
            std::thread::sleep(Duration::from_secs(2));
        }
        over.then(|| member(counts, "updated")).transpose()
    })
}

fn release_size(release: &Path) -> anyhow::Result<u64> {
    let packed = release.join(format!("vigie-agent-{VERSION}-{}.zst", TARGETS[0]));
    Ok(packed.metadata()?.len())
}
