//! Imports of equipment from CSV and XLSX, and undoing them: how fast, and in how much memory; beside a tenth of the lines
//! in the same run, for memory must not grow with the file.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use serde_json::Value;

use super::{
    Measure, Size,
    fleet::{Api, serve_empty},
    folder,
    process::{as_f64, forget_peak, peak_mib, resident_mib},
    sample,
    tunnel::program,
};
use crate::shell::{command, output, wait_for};

/// Longest that one import may take.
const PATIENCE: Duration = Duration::from_mins(30);

pub(super) fn prepare(size: &Size) -> anyhow::Result<Measure<'static>> {
    let sizes = [size.machines / 10, size.machines];
    let mut files = Vec::new();
    for lines in sizes {
        for format in ["csv", "xlsx"] {
            let path = folder()?.join(format!("park-{lines}.{format}")).display().to_string();
            output(&mut command(&program("examples/park_file"), [path.clone(), lines.to_string()]))?;
            files.push((lines, format, path));
        }
    }
    let server = serve_empty()?;
    let api = Api::new(&server)?;
    Ok(Box::new(move |_| {
        let mut samples = Vec::new();
        for (lines, format, path) in &files {
            let subject = format!("{format}, {lines} lines");
            let rest = resident_mib(server.id())?;
            forget_peak(server.id())?;
            let start = Instant::now();
            let begun = api.post_file("/api/v1/imports/equipment", path)?;
            let done = ended(&api, &begun)?;
            let seconds = start.elapsed().as_secs_f64();
            ensure!(done["state"] == "done" && done["created"] == *lines, "{done}");
            samples.push(sample("lines a second", &*subject, as_f64(*lines) / seconds, ""));
            samples.push(sample("memory above rest", &*subject, peak_mib(server.id())? - rest, "MiB"));
            let start = Instant::now();
            let id = done["id"].as_str().unwrap_or_default();
            let undone = ended(&api, &api.post(&format!("/api/v1/imports/{id}/undo"), "{}")?)?;
            ensure!(undone["undone"] == *lines, "{undone}");
            samples.push(sample("lines undone a second", subject, as_f64(*lines) / start.elapsed().as_secs_f64(), ""));
        }
        Ok(samples)
    }))
}

/// Waits until an import goes on no more.
fn ended(api: &Api, begun: &Value) -> anyhow::Result<Value> {
    let Some(id) = begun["id"].as_str() else { bail!("{begun}") };
    wait_for("the end of an import", PATIENCE, || {
        let now = api.get(&format!("/api/v1/imports/{id}"))?;
        let goes_on = ["waiting", "running", "undoing"].iter().any(|it| now["state"] == *it);
        Ok((!goes_on).then_some(now))
    })
}
