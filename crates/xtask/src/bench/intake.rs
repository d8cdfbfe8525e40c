//! Inventories arriving: new ones, unchanged ones, differences, whole ones again; on both engines.

use std::time::Instant;

use anyhow::{anyhow, bail};
use serde_json::Value;

use super::{
    Measure, Sample, Size,
    fleet::{Api, Play, play, serve},
    process::{as_f64, cpu_seconds_of_tree, peak_mib},
    sample,
};
use crate::{
    server::Server,
    shell::Scratch,
    test::postgres::{Durability, Postgres},
};

/// One engine under load.
struct Side {
    name: &'static str,
    server: Server,
    api: Api,
    postgres: Option<Postgres>,
    _scratch: Scratch,
}

impl Side {
    fn start(name: &'static str, postgres: Option<Postgres>) -> anyhow::Result<Self> {
        let scratch = Scratch::new(&format!("bench-{name}"))?;
        let server = serve(scratch.path(), postgres.as_ref().map(Postgres::url))?;
        let api = Api::new(&server)?;
        Ok(Self { name, server, api, postgres, _scratch: scratch })
    }
}

/// Every run adds its own machines to those of the runs before: the last one meets a server that is full.
pub(super) fn prepare(size: &Size) -> anyhow::Result<Measure<'static>> {
    let each = size.machines / u64::from(size.runs);
    let sides = [
        Side::start("vigie (SQLite)", None)?,
        Side::start("vigie (PostgreSQL)", Some(Postgres::start(Durability::On)?))?,
    ];
    Ok(Box::new(move |nth| {
        let first = u64::from(nth - 1) * each;
        let mut samples = Vec::new();
        let mut rates = Vec::new();
        for side in &sides {
            samples.extend(one_side(side, first, each, &mut rates)?);
        }
        samples.push(sample("new, PostgreSQL to SQLite", "vigie", rates[1] / rates[0], ""));
        Ok(samples)
    }))
}

fn number(json: &Value, name: &str) -> anyhow::Result<f64> {
    json[name].as_f64().ok_or_else(|| anyhow!("vigie-sim says no {name}: {json}"))
}

fn one_side(side: &Side, first: u64, each: u64, rates: &mut Vec<f64>) -> anyhow::Result<Vec<Sample>> {
    let database_cpu = || side.postgres.as_ref().map_or(Ok(0.0), |it| cpu_seconds_of_tree(it.id()));
    let name = side.name;
    let mut samples = Vec::new();
    let mut take = |kind: &str, round: &Value, of_database: f64| -> anyhow::Result<()> {
        let cpu = number(round, "watched_cpu_ms_each")?;
        samples.push(sample(format!("{kind}, a second"), name, number(round, "per_second")?, ""));
        samples.push(sample(format!("{kind}, server CPU each"), name, cpu, "ms"));
        if of_database > 0.0 {
            samples.push(sample(format!("{kind}, database CPU each"), name, of_database, "ms"));
        }
        samples.push(sample(format!("{kind}, p95"), name, number(round, "p95_ms")?, "ms"));
        Ok(())
    };
    let before = database_cpu()?;
    let report = play(&side.server, &Play { first, count: each, more: &["--prepare"] })?;
    let new = &report["rounds"][0];
    take("new", new, (database_cpu()? - before) * 1000.0 / as_f64(each))?;
    rates.push(number(new, "per_second")?);
    let new_cpu = number(new, "watched_cpu_ms_each")?;

    // The first round of this run sends whole what the server holds already and is not counted.
    let more = ["--prepare", "--rounds", "3", "--changes", "0,1"];
    let report = play(&side.server, &Play { first, count: each, more: &more })?;
    take("unchanged", &report["rounds"][1], 0.0)?;
    take("delta", &report["rounds"][2], 0.0)?;
    let shares = [
        ("unchanged", number(&report["rounds"][1], "watched_cpu_ms_each")?),
        ("delta", number(&report["rounds"][2], "watched_cpu_ms_each")?),
    ];
    let more = ["--prepare", "--rounds", "2", "--changes", "1", "--whole"];
    let report = play(&side.server, &Play { first, count: each, more: &more })?;
    take("changed, whole", &report["rounds"][1], 0.0)?;
    let whole = number(&report["rounds"][1], "watched_cpu_ms_each")?;
    for (kind, cpu) in shares.into_iter().chain([("changed, whole", whole)]) {
        samples.push(sample(format!("{kind}, CPU share of a new one"), name, cpu / new_cpu, ""));
    }

    let start = Instant::now();
    let kept = side.api.get("/api/v1/pending-equipment?limit=1")?["total"].as_u64().unwrap_or(0);
    if kept != first + each {
        bail!("{kept} machines are kept of {} that were acknowledged", first + each);
    }
    samples.push(sample("machines kept", name, as_f64(kept), ""));
    samples.push(sample("total of the pending list", name, start.elapsed().as_secs_f64() * 1000.0, "ms"));
    samples.push(sample("inflated, mean", name, number(&report, "inflated_mean")? / 1000.0, "KB"));
    samples.push(sample("peak memory", name, peak_mib(side.server.id())?, "MiB"));
    Ok(samples)
}
