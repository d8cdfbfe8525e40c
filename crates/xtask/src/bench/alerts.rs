//! Alerts from their cause to an open browser, while all systems alert once a minute, each for half of it.

use std::time::{Duration, Instant};

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
const SECONDS: &str = "60";
/// Milliseconds from one question of the console's list of alerts to the next, as in `console/src/pages/alerts/list.tsx`.
const PACE: &str = "400";
const PATIENCE: Duration = Duration::from_mins(20);

pub(super) fn prepare(size: &Size) -> anyhow::Result<Measure<'static>> {
    let count = size.machines;
    allow_open_files(count)?;
    let folder = folder()?.join("alerts");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let kept = folder.join("systems.json");
    let server = serve_many(&folder, free_port()?, count)?;
    enrol(&server, &kept, count, &[])?;
    let mut systems = Simulation::start(&server, &kept, count, &["--alerts-per-minute", "1"])?;
    let all = |it: &Value| it["connected"].as_u64() == Some(count);
    systems.until("all systems", PATIENCE, all)?;
    // Until each has alerted once: from then on it goes on as it is.
    systems.until("the first alerts", PATIENCE, |it| all(it) && it["alerts"].as_u64() >= Some(count))?;
    let mut all = (systems, server);
    Ok(Box::new(move |_| {
        // The whole of it: a part alone would be all that the closure keeps running.
        let (systems, server) = (&mut all.0, &all.1);
        let raised = |systems: &mut Simulation| {
            let line = systems.until("the simulation", Duration::from_secs(10), |it| it["alerts"].is_u64())?;
            member(&line, "alerts")
        };
        systems.said()?;
        let (before, cpu, began) = (raised(systems)?, cpu_seconds_of_tree(server.id())?, Instant::now());
        let mut watch = command(&program("examples/alert_watch"), [&server.url()]);
        watch.arg(server.ca()).args([SECONDS, PACE]).env("VIGIE_TOKEN", server.token()?);
        let text = output(&mut watch)?;
        let seconds: f64 = SECONDS.parse()?;
        let used = cpu_seconds_of_tree(server.id())? - cpu;
        systems.said()?;
        let alerts = (raised(systems)? - before) * 60.0 / began.elapsed().as_secs_f64();
        let seen: Value = serde_json::from_str(&text).with_context(|| text.clone())?;
        let seen = |name: &str| member(&seen, name);
        Ok(vec![
            sample("systems", OURS, as_f64(count), ""),
            sample("alerts raised, a minute", OURS, alerts, ""),
            sample("cause to browser, p50", OURS, seen("p50_ms")?, "ms"),
            sample("cause to browser, p95", OURS, seen("p95_ms")?, "ms"),
            sample("cause to browser, p99", OURS, seen("p99_ms")?, "ms"),
            sample("cause to browser, slowest", OURS, seen("slowest_ms")?, "ms"),
            sample("alerts seen, of a twentieth of the systems", OURS, seen("seen")?, ""),
            sample("alerts missed", OURS, seen("missed")?, ""),
            sample("questions of the browser, a minute", OURS, seen("questions")? * 60.0 / seconds, ""),
            sample("CPU of the server, of a core", OURS, used * 100.0 / seconds, "%"),
            sample("memory of the server", OURS, resident_mib(server.id())?, "MiB"),
        ])
    }))
}
