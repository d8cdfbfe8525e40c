//! Heartbeats while streams carry as much as they can: four simulated systems with the links of real ones, 250 streams each.

use std::{io::BufRead as _, net::TcpStream, process::Stdio, time::Duration};

use anyhow::{Context as _, ensure};
use nix::sys::signal::Signal;
use serde_json::Value;

use super::{
    Measure, Sample, Size,
    fleet::{Api, serve_empty},
    load::percentile,
    sample,
    systems::{Simulation, allow_open_files, enrol, member},
    tunnel::program,
};
use crate::shell::{Scratch, Started, command, free_port, wait_for};

const OURS: &str = "vigie";
const SYSTEMS: u64 = 4;
const STREAMS: &str = "1000";
const CALM: Duration = Duration::from_secs(10);
const SECONDS: &str = "30";
/// Ten heartbeats a second of each system instead of one in ten seconds: as many are needed to tell the slowest hundredth.
const BEAT: &str = "100";

pub(super) fn prepare(_: &Size) -> anyhow::Result<Measure<'static>> {
    // Streams have two ends, and each is a file of the server or of the simulation.
    allow_open_files(4_000)?;
    let scratch = Scratch::new("bench-heartbeats")?;
    let kept = scratch.path().join("systems.json");
    let target_at = format!("127.0.0.1:{}", free_port()?);
    let mut far = command(&program("examples/tunnel_load"), ["source", &target_at]);
    let target = Started::start(far.stdout(Stdio::null()), Signal::SIGTERM)?;
    let server = serve_empty()?;
    enrol(&server, &kept, SYSTEMS, &["--carry"])?;
    let mut systems = Simulation::start(&server, &kept, SYSTEMS, &["--carry", "--beat", BEAT])?;
    systems.until("the systems", Duration::from_mins(1), |it| it["connected"].as_u64() == Some(SYSTEMS))?;
    let (mut tunnels, mut entries) = (Vec::new(), Vec::new());
    let known = Api::new(&server)?.get("/api/v1/systems?connectivity=connected")?;
    for system in known["items"].as_array().into_iter().flatten() {
        let entry = format!("127.0.0.1:{}", free_port()?);
        let id = system["id"].as_str().context("a system's id")?;
        let mut tunnel = command(&program("vigie"), ["tunnel", "--system", id, "--to", &target_at]);
        tunnel.args(["--listen", &entry, "--data-dir"]).arg(server.folder()).stdout(Stdio::null());
        tunnels.push(Started::start(&mut tunnel, Signal::SIGTERM)?);
        entries.push(entry);
    }
    ensure!(tunnels.len() as u64 == SYSTEMS, "{} systems are connected", tunnels.len());
    for entry in &entries {
        wait_for("a tunnel", Duration::from_secs(20), || Ok(TcpStream::connect(entry).ok()))?;
    }
    let mut all = (systems, tunnels, server, target, scratch);
    Ok(Box::new(move |_| {
        // The whole of it: a part alone would be all that the closure keeps running.
        let running = &mut all;
        let systems = &mut running.0;
        let mut samples = Vec::new();
        systems.said()?;
        std::thread::sleep(CALM);
        round_trips(&mut samples, "at rest", &systems.said()?)?;

        let mut clients = command(&program("examples/tunnel_load"), ["share", SECONDS, STREAMS]);
        let mut clients = Started::start(clients.args(&entries).stdout(Stdio::piped()), Signal::SIGTERM)?;
        let mut lines = std::io::BufReader::new(clients.take_stdout().context("its output")?).lines();
        lines.next().context("the streams began")??;
        systems.said()?;
        let shares = lines.next().context("what the streams carried")??;
        round_trips(&mut samples, "while streams are saturated", &systems.said()?)?;
        let shares: Value = serde_json::from_str(&shares).with_context(|| shares.clone())?;
        let (all, median) = (member(&shares, "mib")?, member(&shares, "median_mib")?);
        samples.push(sample("1,000 streams", OURS, all / member(&shares, "seconds")?, "MiB/s"));
        let share = member(&shares, "slowest_mib")? / median;
        samples.push(sample("slowest stream, share of the median", OURS, share, ""));
        Ok(samples)
    }))
}

fn round_trips(samples: &mut Vec<Sample>, when: &str, said: &[Value]) -> anyhow::Result<()> {
    let mut times: Vec<f64> = said
        .iter()
        .flat_map(|it| it["round_trips"].as_array().into_iter().flatten())
        .filter_map(Value::as_f64)
        .collect();
    times.sort_by(f64::total_cmp);
    ensure!(times.len() >= 100, "only {} heartbeats were answered", times.len());
    for (figure, percent) in [("p50", 50), ("p99", 99)] {
        samples.push(sample(format!("round trip, {figure}, {when}"), OURS, percentile(&times, percent), "ms"));
    }
    let heartbeats = super::process::as_f64(i64::try_from(times.len())?);
    samples.push(sample(format!("heartbeats, {when}"), OURS, heartbeats, ""));
    Ok(())
}
