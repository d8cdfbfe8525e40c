//! One inventory of this machine, by our agent and by those that the distribution has.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use nix::sys::signal::Signal;

use super::{
    Measure, Sample, Size,
    fleet::{Api, serve_empty},
    process::{Cost, as_f64, cost_of, resident_mib},
    released, sample,
};
use crate::{
    shell::{Scratch, Started, command, output, wait_for},
    windows::{Wine, toolchain_and_wine},
};

/// How long one collection under Wine may take.
const PATIENCE: Duration = Duration::from_mins(2);
pub(super) const PROGRAM: &str = "vigie-agent";
/// Built as the server is: for speed.
pub(super) const FAST: &str = "vigie-agent (release)";
/// Built as `cargo xtask dist` does: small and static.
pub(super) const OURS: &str = "vigie-agent (as shipped)";
/// Under Wine it asks what Wine makes of this machine. What Wine's own services do for it is not counted.
const WINDOWS: &str = "vigie-agent for Windows (as shipped, under Wine)";
const FUSION: &str = "fusioninventory-agent";
const OCS: &str = "ocsinventory-agent";

pub(super) fn shipped() -> PathBuf {
    crate::shell::target().join("x86_64-unknown-linux-gnu/dist").join(PROGRAM)
}

pub(super) fn prepare(_: &Size) -> anyhow::Result<Measure<'static>> {
    // What it says of the size is measured below.
    if let Err(error) = crate::dist::agent_for_linux(None) {
        println!("note: {error:#}");
    }
    let windows = under_wine().inspect_err(|error| println!("note: no rows of Windows: {error:#}")).ok();
    let scratch = Scratch::new("bench-agent")?;
    Ok(Box::new(move |nth| {
        let folder = scratch.path().join(nth.to_string());
        std::fs::create_dir_all(&folder)?;
        let mut samples = local_inventories(&folder)?;
        samples.extend(over_the_network(&folder)?);
        let bytes = shipped().metadata()?.len();
        samples.push(sample("program", OURS, as_f64(bytes) / 1e6, "MB"));
        if let Some((wine, agent)) = &windows {
            let collect = wine.program(PATIENCE, &[&agent.display().to_string(), "inventory", "--local"]);
            samples.extend(costs(WINDOWS, &cost_of(&collect, &folder)?));
            samples.push(sample("program", WINDOWS, as_f64(agent.metadata()?.len()) / 1e6, "MB"));
        }
        Ok(samples)
    }))
}

/// The agent for Windows, and a Windows in miniature that has run it once.
fn under_wine() -> anyhow::Result<(Wine, PathBuf)> {
    toolchain_and_wine()?;
    let (agent, wine) = (crate::dist::agent_for_windows()?, Wine::start()?);
    output(&mut wine.program(PATIENCE, &[&agent.display().to_string(), "inventory", "--local"]))?;
    Ok((wine, agent))
}

fn costs(of: &'static str, cost: &Cost) -> [Sample; 3] {
    [
        sample("CPU", of, cost.cpu_seconds * 1000.0, "ms"),
        sample("wall time", of, cost.wall_seconds * 1000.0, "ms"),
        sample("peak memory", of, cost.peak_mib, "MiB"),
    ]
}

/// The same work: collect, and write to a file.
fn local_inventories(folder: &Path) -> anyhow::Result<Vec<Sample>> {
    let ours = command(&shipped().display().to_string(), ["inventory", "--local"]);
    let fast = command(&released(PROGRAM).display().to_string(), ["inventory", "--local"]);
    let mut fusion = command(FUSION, ["--local"]);
    fusion.arg(folder).args(["--tasks", "inventory", "--force", "--logger", "stderr"]);
    let mut ocs = command(OCS, [""; 0]);
    ocs.arg(format!("--local={}", folder.display())).arg(format!("--basevardir={}", folder.display())).arg("--force");
    let mut samples = Vec::new();
    let mut cpu = Vec::new();
    for (name, program) in [(OURS, &ours), (FUSION, &fusion), (OCS, &ocs), (FAST, &fast)] {
        let cost = cost_of(program, folder)?;
        samples.extend(costs(name, &cost));
        cpu.push(cost.cpu_seconds);
    }
    for (name, peer) in [(FUSION, cpu[1]), (OCS, cpu[2])] {
        samples.push(sample(format!("CPU, share of {name}'s"), OURS, cpu[0] / peer, ""));
        samples.push(sample(format!("CPU, share of {name}'s"), FAST, cpu[3] / peer, ""));
    }
    for (name, extension) in [(FUSION, "ocs"), (OCS, "ocs")] {
        let Some(file) = newest_file(folder, name, extension) else { continue };
        // What it would send: its document, deflated as it does.
        let script = "import sys,zlib;print(len(zlib.compress(open(sys.argv[1],'rb').read())))";
        let bytes = output(command("python3", ["-c", script]).arg(file))?;
        samples.push(sample("bytes sent first", name, bytes.trim().parse()?, "B"));
    }
    Ok(samples)
}

/// The document that an agent wrote: both end in `.ocs` or `.xml`; FusionInventory's is first.
fn newest_file(folder: &Path, agent: &str, extension: &str) -> Option<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == extension || it == "xml"))
        .filter_map(|path| Some((path.metadata().and_then(|it| it.modified()).ok()?, path)))
        .collect();
    files.sort();
    let position = if agent == FUSION { 0 } else { files.len().checked_sub(1)? };
    files.into_iter().nth(position).map(|(_, path)| path)
}

/// What travels, and what the service takes while it waits.
fn over_the_network(folder: &Path) -> anyhow::Result<Vec<Sample>> {
    let server = serve_empty()?;
    let client = server.agent_client()?;
    let program = shipped().display().to_string();
    let arguments = |mut agent: std::process::Command, state: &str| {
        agent
            .args(["--server", &server.url(), "--client-id", &client.id, "--ca"])
            .arg(server.ca())
            .arg("--state-dir")
            .arg(folder.join(state))
            .env("VIGIE_AGENT_CLIENT_SECRET", &client.secret);
        agent
    };
    output(&mut arguments(command(&program, ["sync", "--now"]), "state"))?;
    let api = Api::new(&server)?;
    let pending = api.get("/api/v1/pending-equipment")?;
    let id = pending["items"][0]["id"].as_str().ok_or_else(|| anyhow!("no machine in {pending}"))?.to_owned();
    let equipment = api.post(&format!("/api/v1/pending-equipment/{id}/equipment"), "{}")?;
    let id = equipment["id"].as_str().ok_or_else(|| anyhow!("no id in {equipment}"))?.to_owned();
    output(&mut arguments(command(&program, ["sync", "--now"]), "state"))?;
    let list = api.get(&format!("/api/v1/equipment/{id}/synchronisations"))?;
    let bytes: Vec<f64> =
        list["items"].as_array().into_iter().flatten().filter_map(|it| it["bytes"].as_f64()).collect();
    let (Some(again), Some(first)) = (bytes.first(), bytes.last()) else {
        return Err(anyhow!("no synchronisations of {id}: {list}"));
    };

    // As a new agent, which collects at once.
    let mut service = arguments(command(&program, ["run"]), "service");
    let service = Started::start(
        service.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()),
        Signal::SIGTERM,
    )?;
    // At rest: its collection is over and its CPU time stands still.
    let mut before = 0.0;
    let resting = wait_for("the agent at rest", Duration::from_mins(1), || {
        std::thread::sleep(Duration::from_secs(2));
        let now = super::process::cpu_seconds_of_tree(service.id())?;
        let rests = now > 0.0 && now - before < 0.01;
        before = now;
        Ok(rests.then(|| resident_mib(service.id())))
    })
    .context("the service")??;
    Ok(vec![
        sample("bytes sent first", OURS, *first, "B"),
        sample("bytes sent again", OURS, *again, "B"),
        sample("at rest, memory", OURS, resting, "MiB"),
    ])
}
