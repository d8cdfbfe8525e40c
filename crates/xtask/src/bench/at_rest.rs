//! The agent as a system's owner has it most of the time: connected, looking at the conditions of its profile, with nothing
//! to tell.

use std::{path::Path, process::Stdio, time::Duration};

use nix::{
    sys::signal::Signal,
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};

use super::{
    Measure, Sample, Size, agent,
    fleet::{Api, serve_empty},
    process::{cpu_seconds_of_tree, resident_mib},
    released, sample,
    systems::enrolment_token,
};
use crate::shell::{Scratch, Started, command, root, wait_for};

/// Until what the start took is over.
const SETTLES: Duration = Duration::from_secs(30);
const RESTS: Duration = Duration::from_mins(1);

#[expect(clippy::unnecessary_wraps, reason = "one line of the table of benches")]
pub(super) fn prepare(_: &Size) -> anyhow::Result<Measure<'static>> {
    if let Err(error) = crate::dist::agent_for_linux(None) {
        println!("note: {error:#}");
    }
    Ok(Box::new(move |_| {
        let mut samples = Vec::new();
        for (name, program) in [(agent::OURS, agent::shipped()), (agent::FAST, released(agent::PROGRAM))] {
            if program.exists() {
                samples.extend(measure(name, &program)?);
            }
        }
        Ok(samples)
    }))
}

/// CPU time of a process alone, without what it started, seconds: a share of a thousandth is less than the kernel's ticks.
fn cpu_seconds(process: u32) -> anyhow::Result<f64> {
    let clock = clock_getcpuclockid(Pid::from_raw(i32::try_from(process)?))?;
    Ok(Duration::from(clock_gettime(clock)?).as_secs_f64())
}

fn measure(name: &str, program: &Path) -> anyhow::Result<Vec<Sample>> {
    let (server, scratch) = (serve_empty()?, Scratch::new("bench-at-rest")?);
    let mut run = command(&program.display().to_string(), ["system", "run", "--server", &server.url(), "--ca"]);
    run.arg(server.ca()).args(["--enrolment-token", &enrolment_token(&server, 1)?, "--state-dir"]);
    run.arg(scratch.path().join("system")).arg("--profile").arg(root().join("profiles/linux.toml"));
    let mut agent = Started::start(run.stdout(Stdio::null()).stderr(Stdio::null()), Signal::SIGTERM)?;
    let api = Api::new(&server)?;
    wait_for("the system", Duration::from_mins(1), || {
        agent.still_runs()?;
        Ok((api.get("/api/v1/systems?connectivity=connected")?["total"] == 1).then_some(()))
    })?;
    std::thread::sleep(SETTLES);
    let (own, tree) = (cpu_seconds(agent.id())?, cpu_seconds_of_tree(agent.id())?);
    std::thread::sleep(RESTS);
    let share = |seconds: f64| seconds * 100.0 / RESTS.as_secs_f64();
    Ok(vec![
        sample("memory", name, resident_mib(agent.id())?, "MiB"),
        sample("CPU, share of a core", name, share(cpu_seconds(agent.id())? - own), "%"),
        sample("CPU, with the programs it starts", name, share(cpu_seconds_of_tree(agent.id())? - tree), "%"),
    ])
}
