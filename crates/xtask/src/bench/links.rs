//! Links: systems that are connected and say nothing but their heartbeats. What they cost the server at rest, how fast they
//! come, beside what TLS alone would take, and how fast all are back after a server was killed.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use super::{
    Measure, Size, folder,
    process::{as_f64, cpu_seconds_of_tree, resident_mib},
    sample,
    systems::{Simulation, allow_open_files, enrol, member, serve_many},
    tunnel::program,
};
use crate::shell::{command, free_port, output};

const OURS: &str = "vigie";
const LIMIT: &str = "rustls, both ends on one core";
const PATIENCE: Duration = Duration::from_mins(20);
/// Until what the opening took is given back to the system, and several heartbeats were said.
const SETTLES: Duration = Duration::from_secs(40);
const RESTS: Duration = Duration::from_secs(20);

/// Handshakes a second, of both ends on one core.
fn limit() -> anyhow::Result<f64> {
    let text = output(&mut command(&program("examples/tls_rate"), [""; 0]))?;
    member(&serde_json::from_str(&text).with_context(|| text.clone())?, "handshakes_a_second")
}

pub(super) fn prepare(size: &Size) -> anyhow::Result<Measure<'static>> {
    let count = size.machines;
    allow_open_files(count)?;
    Ok(Box::new(move |_| {
        let folder = folder()?.join("links");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let (port, kept) = (free_port()?, folder.join("systems.json"));
        let server = serve_many(&folder, port, count)?;
        let enrolled = enrol(&server, &kept, count, &[])?;
        // Another process: what the enrolment took of memory is not the links'.
        server.stop()?;
        let handshakes = limit()?;
        let server = serve_many(&folder, port, count)?;
        std::thread::sleep(Duration::from_secs(5));
        let (before, cpu) = (resident_mib(server.id())?, cpu_seconds_of_tree(server.id())?);

        let mut systems = Simulation::start(&server, &kept, count, &[])?;
        let all = |it: &Value| it["connected"].as_u64() == Some(count);
        let opened = systems.until("all systems", PATIENCE, all)?;
        let each = as_f64(count);
        let servers_cpu = (cpu_seconds_of_tree(server.id())? - cpu) * 1000.0 / each;
        let systems_cpu = cpu_seconds_of_tree(systems.id())? * 1000.0 / each;
        std::thread::sleep(SETTLES);
        let cpu = cpu_seconds_of_tree(server.id())?;
        std::thread::sleep(RESTS);
        let resting = (cpu_seconds_of_tree(server.id())? - cpu) / RESTS.as_secs_f64();
        let memory = resident_mib(server.id())?;
        systems.until("all systems at rest", Duration::from_secs(10), all)?;

        server.kill()?;
        let server = serve_many(&folder, port, count)?;
        // By now each has noticed.
        systems.said()?;
        let is_back = |it: &Value| all(it) && it["all_back_after"].is_f64();
        let back = systems.until("all systems again", PATIENCE, is_back)?;
        drop(systems);
        let ready = server.ready_after.as_secs_f64();
        server.stop()?;
        std::fs::remove_dir_all(&folder)?;
        Ok(vec![
            sample("connected at once", OURS, each, ""),
            sample("memory of the server each", OURS, (memory - before) * 1024.0 / each, "KiB"),
            sample("CPU of the server at rest, of a core", OURS, resting * 100.0, "%"),
            sample("enrolled, a second", OURS, each / member(&enrolled, "enrolment_seconds")?, "/s"),
            sample("connected, a second", OURS, each / member(&opened, "all_connected_after")?, "/s"),
            sample("connected, CPU of the server each", OURS, servers_cpu, "ms"),
            sample("connected, CPU of both ends each", OURS, servers_cpu + systems_cpu, "ms"),
            sample("handshakes, a second", LIMIT, handshakes, "/s"),
            sample(
                "connected, share of rustls' handshakes",
                OURS,
                1000.0 / handshakes / (servers_cpu + systems_cpu),
                "",
            ),
            sample("ready after a kill", OURS, ready, "s"),
            sample("all back after a kill", OURS, member(&back, "all_back_after")?, "s"),
        ])
    }))
}
