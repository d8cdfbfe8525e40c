//! `cargo xtask bench`: what Vigie costs, beside its peers in the same run on the same machine. Each run prints a line of
//! JSON, each bench a table; docs/benchmarks.md keeps the last of each.

mod agent;
mod alerts;
mod at_rest;
mod db_write;
mod fleet;
mod fleet_lists;
mod heartbeats;
mod imports;
mod intake;
mod links;
mod load;
mod ocs;
mod people;
pub(crate) mod process;
mod report;
mod rollout;
mod systems;
mod tunnel;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::{
    prerequisites,
    shell::{built, cargo, catch_stop, npm, run, target},
};

/// One figure of one run.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// What was measured.
    figure: String,
    /// Of whom: `vigie (sqlite)`, `fusioninventory-agent`, …
    subject: String,
    value: f64,
    unit: &'static str,
}

/// Makes a sample.
fn sample(figure: impl Into<String>, subject: impl Into<String>, value: f64, unit: &'static str) -> Sample {
    Sample { figure: figure.into(), subject: subject.into(), value, unit }
}

/// How much is measured.
#[derive(Debug)]
pub(crate) struct Size {
    machines: u64,
    runs: u32,
}

/// Takes the samples of one run; called again for the next.
type Measure<'a> = Box<dyn FnMut(u32) -> anyhow::Result<Vec<Sample>> + 'a>;

/// Something that can be measured.
struct Bench {
    name: &'static str,
    about: &'static str,
    /// What is wanted of the figures.
    targets: &'static [(&'static str, &'static str)],
    /// Prepares and hands back what takes the samples of a run.
    prepare: fn(&Size) -> anyhow::Result<Measure<'static>>,
}

const BENCHES: &[Bench] = &[
    Bench {
        name: "agent",
        about: "one inventory of this machine: our agent beside FusionInventory's and OCS's",
        targets: &[
            ("CPU", "1/20 of FusionInventory's"),
            ("peak memory", "15 MB"),
            ("at rest, memory", "8 MB"),
            ("bytes sent first", "0.6 of the peers'"),
            ("bytes sent again", "1 KB"),
            ("program", "6 MB"),
        ],
        prepare: agent::prepare,
    },
    Bench {
        name: "intake",
        about: "synchronisations over HTTPS, the load generator on the same cores, on both engines",
        targets: &[
            ("new, a second", "250"),
            ("new, server CPU each", "6 ms"),
            ("changed, whole, server CPU each", "1/3 of a new one"),
            ("delta, server CPU each", "1/5 of a new one"),
            ("unchanged, server CPU each", "1/20 of a new one"),
            ("new, PostgreSQL to SQLite", "0.6"),
            ("peak memory", "300 MiB"),
        ],
        prepare: intake::prepare,
    },
    Bench {
        name: "ocs",
        about: "documents of an OCS agent, 8 at a time, to OCS's own server (Apache, MariaDB; without TLS) and to ours (with TLS)",
        targets: &[("CPU, share of OCS's", "1/100, then 1/250"), ("kept", "all")],
        prepare: ocs::prepare,
    },
    Bench {
        name: "db-write",
        about: "rows of 4 KB from 64 callers, each answered when its row is durable, beside batches of 1,000",
        targets: &[("share of the best of batches", "0.7")],
        prepare: db_write::prepare,
    },
    Bench {
        name: "disk",
        about: "what a machine takes on the disk, at first and after 30 days",
        targets: &[("a machine after 30 rounds", "30 KB at 100,000 machines")],
        prepare: load::prepare_disk,
    },
    Bench {
        name: "start",
        about: "from the start of the process to the first good answer of /readyz",
        targets: &[("ready after", "1 s with 100,000 machines")],
        prepare: load::prepare_start,
    },
    Bench {
        name: "memory",
        about: "the server's peak memory while machines report, lists are read and an export is made",
        targets: &[("peak", "300 MiB")],
        prepare: load::prepare_memory,
    },
    Bench {
        name: "lists",
        about: "list pages and the software question, at 1,000 machines and at many",
        targets: &[("p95", "50 ms, the same at 1,000 and at 100,000")],
        prepare: load::prepare_lists,
    },
    Bench {
        name: "people",
        about: "the table of roles, the customers of an operator who is assigned to a twentieth of them, the API while many try to sign in",
        targets: &[
            ("a decision", "1 µs"),
            ("customers of an operator", "as fast as an administrator's"),
            ("API, p99 while many try to sign in", "twice the calm one at most"),
        ],
        prepare: people::prepare,
    },
    Bench {
        name: "tunnel",
        about: "a tunnel through a system beside HAProxy's TLS pair: client, server, agent and target on this machine",
        targets: &[
            ("1 stream", "HAProxy's, then 1.3 of it"),
            ("32 streams", "1.3 of HAProxy's, then 1.6"),
            ("CPU", "2.8 s/GiB, then 2.2"),
            ("round trip", "HAProxy's at most"),
            ("requests", "1.3 of HAProxy's"),
            ("requests, a connection each", "4,000 a second"),
            ("memory of the agent", "8 MiB"),
        ],
        prepare: tunnel::prepare,
    },
    Bench {
        name: "links",
        about: "systems that are connected and say nothing but their heartbeats; the simulation on the same cores",
        targets: &[
            ("memory of the server each", "20 KB, then 16"),
            ("connected, share of rustls' handshakes", "0.5"),
            ("all back after a kill", "60 s with 50,000, none refused for good"),
        ],
        prepare: links::prepare,
    },
    Bench {
        name: "heartbeats",
        about: "heartbeats while 1,000 streams of four systems carry as much as they can",
        targets: &[
            ("round trip, p99, while streams are saturated", "250 ms"),
            ("slowest stream, share of the median", "0.5"),
        ],
        prepare: heartbeats::prepare,
    },
    Bench {
        name: "alerts",
        about: "from the cause of an alert to an open browser, while all systems alert once a minute",
        targets: &[("cause to browser, p95", "1 s with 10,000 systems")],
        prepare: alerts::prepare,
    },
    Bench {
        name: "fleet-lists",
        about: "the dashboard, lists of customers, systems (three each) and alerts, at 1,000 customers and at many",
        targets: &[("p95", "50 ms, the same at 1,000 and at 100,000")],
        prepare: fleet_lists::prepare,
    },
    Bench {
        name: "agent-at-rest",
        about: "an agent that keeps its link and looks at the conditions of linux.toml, over a minute",
        targets: &[("memory", "8 MiB"), ("CPU, share of a core", "0.05 %")],
        prepare: at_rest::prepare,
    },
    Bench {
        name: "export",
        about: "exports of the equipment and of the software of all machines",
        targets: &[("rows", "20,000 a second"), ("memory", "flat")],
        prepare: load::prepare_export,
    },
    Bench {
        name: "imports",
        about: "equipment imported from CSV and XLSX and undone, beside a tenth of the lines",
        targets: &[("memory above rest", "flat, but for a workbook's texts"), ("lines", "2,000 a second")],
        prepare: imports::prepare,
    },
    Bench {
        name: "rollout",
        about: "an agent's version to a tenth of the agents, then to all; their times pass 20 times as fast, the simulation on the same cores",
        targets: &[
            ("agents on the new version", "all"),
            ("answers that the server failed", "none"),
            ("that no agent is ever without a version that works", "shown by the agent's own tests, not here"),
        ],
        prepare: rollout::prepare,
    },
    Bench {
        name: "first-page",
        about: "bytes that a browser receives for the console's first page",
        targets: &[("without fonts", "300 KB"), ("fonts", "60 KB")],
        prepare: load::prepare_first_page,
    },
];

/// Where benches keep what they need and what they found.
fn folder() -> anyhow::Result<PathBuf> {
    let folder = target().join("bench");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Measures what is named, or all.
pub(crate) fn bench(arguments: &[String]) -> anyhow::Result<()> {
    let mut size = Size { machines: 10_000, runs: 5 };
    let mut names: Vec<&str> = Vec::new();
    let mut build = true;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--list" => {
                for bench in BENCHES {
                    println!("{:<12} {}", bench.name, bench.about);
                }
                return Ok(());
            }
            "--no-build" => build = false,
            "--full" => size.machines = 100_000,
            "--machines" => size.machines = rest.next().context("--machines takes a number")?.parse()?,
            "--runs" => size.runs = rest.next().context("--runs takes a number")?.parse()?,
            name if BENCHES.iter().any(|bench| bench.name == name) => names.push(name),
            other => bail!("there is no bench '{other}'; cargo xtask bench --list"),
        }
    }
    if size.machines < 1000 || size.runs == 0 {
        bail!("at least 1000 machines and one run");
    }
    // What is built already needs nothing further.
    if build {
        prerequisites::of_bench()?;
        run(&mut npm(["run", "build"]))?;
        run(&mut cargo(["build", "--release", "--workspace", "--bins"]))?;
        let examples = [
            "write_rate",
            "policy_rate",
            "many_customers",
            "tunnel_load",
            "tls_rate",
            "alert_watch",
            "fill_fleet",
            "park_file",
        ];
        let examples = examples.iter().flat_map(|name| ["--example", name]);
        run(cargo(["build", "--release", "--workspace"]).args(examples))?;
    }
    catch_stop()?;
    for bench in BENCHES.iter().filter(|bench| names.is_empty() || names.contains(&bench.name)) {
        println!("\n=== {}: {}", bench.name, bench.about);
        let mut samples = Vec::new();
        let mut measure = (bench.prepare)(&size).with_context(|| format!("preparing '{}'", bench.name))?;
        for nth in 1..=size.runs {
            let taken = measure(nth).with_context(|| format!("run {nth} of '{}'", bench.name))?;
            let figures: Vec<_> = taken
                .iter()
                .map(|it| json!({"figure": it.figure, "subject": it.subject, "value": it.value, "unit": it.unit}))
                .collect();
            println!("{}", json!({"bench": bench.name, "run": nth, "machines": size.machines, "figures": figures}));
            samples.extend(taken);
        }
        drop(measure);
        report::keep(bench, &size, &samples)?;
    }
    report::write()
}

/// A program of the release that is measured.
fn released(program: &str) -> PathBuf {
    built("release", program)
}
