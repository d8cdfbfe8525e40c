//! Small writes of many callers, each answered when it is durable, beside what the engine makes of batches.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use serde_json::Value;

use super::{Measure, Sample, Size, released, sample};
use crate::{
    shell::{Scratch, command, output},
    test::postgres::{Durability, Postgres},
};

const SECONDS: &str = "5";
const SCRIPT: &str = include_str!("sqlite_limit.py");

#[expect(clippy::unnecessary_wraps, reason = "one line of the table of benches")]
pub(super) fn prepare(_: &Size) -> anyhow::Result<Measure<'static>> {
    Ok(Box::new(|_| {
        // Under the build's folder: the temporary one may be in memory, where nothing is durable.
        let scratch = super::folder()?.join("db-write");
        let _ = std::fs::remove_dir_all(&scratch);
        std::fs::create_dir_all(&scratch)?;
        let mut samples = one("SQLite", &scratch.join("ours.db").display().to_string(), Some(&scratch))?;
        std::fs::remove_dir_all(&scratch)?;
        let postgres = Postgres::start(Durability::On)?;
        samples.extend(one("PostgreSQL", postgres.url(), None)?);
        Ok(samples)
    }))
}

fn one(engine: &str, place: &str, limit: Option<&Path>) -> anyhow::Result<Vec<Sample>> {
    let program = released("examples/write_rate").display().to_string();
    let text = output(&mut command(&program, [place, SECONDS]))?;
    let json: Value = serde_json::from_str(&text).with_context(|| format!("write_rate printed: {text}"))?;
    let number = |name: &str| json[name].as_f64().ok_or_else(|| anyhow!("no {name} in {json}"));
    let (batched, ours) = (number("batched")?, number("write")?);
    let mut best = batched;
    let mut samples = vec![
        sample("rows a second, 64 callers", format!("db.write ({engine})"), ours, ""),
        sample("rows a second, 1,000 a commit", format!("one change ({engine})"), batched, ""),
    ];
    if let Some(folder) = limit {
        let scratch = Scratch::new("sqlite-limit")?;
        let script = scratch.path().join("limit.py");
        std::fs::write(&script, SCRIPT)?;
        let file = folder.join("limit.db").display().to_string();
        let rate: f64 =
            output(command("python3", [&*script.display().to_string(), &*file, SECONDS]).current_dir(folder))?
                .trim()
                .parse()?;
        samples.push(sample("rows a second, 1,000 a commit", "Python's sqlite3 (SQLite)", rate, ""));
        best = best.max(rate);
    }
    samples.push(sample("share of the best of batches", format!("db.write ({engine})"), ours / best, ""));
    Ok(samples)
}
