//! What a server with many machines costs: disk, start, memory, lists, exports; and the console's first page.

use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use serde_json::{Value, json};

use super::{
    Measure, Sample, Size,
    fleet::{Api, Play, copy_of, filled, play, serve, serve_empty},
    process::{as_f64, disk_bytes, forget_peak, peak_mib, resident_mib},
    sample,
};
use crate::{
    check::has_extension,
    shell::{npm, output, wait_for},
};

const NAME: &str = "vigie";

#[expect(clippy::unnecessary_wraps, reason = "one line of the table of benches")]
pub(super) fn prepare_disk(size: &Size) -> anyhow::Result<Measure<'static>> {
    let machines = size.machines;
    // The figure does not depend on chance: it is taken once, and told for every run.
    let mut taken: Option<Vec<Sample>> = None;
    Ok(Box::new(move |_| {
        if let Some(samples) = &taken {
            return Ok(samples.clone());
        }
        // With their equipment, and some that are pending.
        let data = copy_of(&filled(machines)?, "disk")?;
        let at_first = disk_bytes(&data)?;
        // History grows with each machine's changes alone: that of some tells that of all.
        let changing = machines.min(10_000);
        let server = serve(&data, None)?;
        play(&server, &Play { first: 0, count: changing, more: &["--rounds", "30", "--no-send-unchanged"] })?;
        server.stop()?;
        let later = disk_bytes(&data)?;
        std::fs::remove_dir_all(&data)?;
        let first = at_first / as_f64(machines + machines / 20) / 1000.0;
        let history = (later - at_first) / as_f64(changing) / 1000.0;
        let samples = vec![
            sample("a machine at first", NAME, first, "KB"),
            sample(format!("30 rounds of {changing} machines, each"), NAME, history, "KB"),
            sample("a machine after 30 rounds", NAME, first + history, "KB"),
        ];
        taken = Some(samples.clone());
        Ok(samples)
    }))
}

pub(super) fn prepare_start(size: &Size) -> anyhow::Result<Measure<'static>> {
    let data = filled(size.machines)?;
    Ok(Box::new(move |_| {
        let server = serve(&data, None)?;
        let ready = sample("ready after", NAME, server.ready_after.as_secs_f64() * 1000.0, "ms");
        let resident = sample("memory when ready", NAME, resident_mib(server.id())?, "MiB");
        server.stop()?;
        Ok(vec![ready, resident])
    }))
}

pub(super) fn prepare_memory(size: &Size) -> anyhow::Result<Measure<'static>> {
    let data = filled(size.machines)?;
    let first = size.machines * 2;
    Ok(Box::new(move |nth| {
        let copy = copy_of(&data, "memory")?;
        let server = serve(&copy, None)?;
        let api = Api::new(&server)?;
        let reporting = Play { first: first + u64::from(nth) * 2000, count: 2000, more: &["--concurrency", "64"] };
        std::thread::scope(|scope| -> anyhow::Result<()> {
            let load = scope.spawn(|| play(&server, &reporting));
            export(&api, "software-machines", "xlsx", &json!({"name": "openssl"}))?;
            export(&api, "equipment", "xlsx", &json!({}))?;
            while !load.is_finished() {
                api.times(
                    &pages(&api)?.into_iter().flat_map(|(_, paths)| paths.into_iter().take(5)).collect::<Vec<_>>(),
                )?;
            }
            load.join().map_err(|_| anyhow!("the load failed"))??;
            Ok(())
        })?;
        let peak = peak_mib(server.id())?;
        server.stop()?;
        std::fs::remove_dir_all(copy)?;
        Ok(vec![sample("peak", NAME, peak, "MiB")])
    }))
}

pub(super) fn prepare_lists(size: &Size) -> anyhow::Result<Measure<'static>> {
    let mut servers = Vec::new();
    let mut sizes = vec![1000, size.machines];
    sizes.dedup();
    for machines in sizes {
        let server = serve(&filled(machines)?, None)?;
        let api = Api::new(&server)?;
        servers.push((machines, server, api));
    }
    Ok(Box::new(move |_| {
        let mut samples = Vec::new();
        for (machines, _, api) in &servers {
            let mut all = Vec::new();
            for (kind, paths) in pages(api)? {
                let mut times = api.times(&paths)?;
                all.extend_from_slice(&times);
                times.sort_by(f64::total_cmp);
                samples.push(sample(
                    format!("{kind}, p95"),
                    format!("{machines} machines"),
                    percentile(&times, 95),
                    "ms",
                ));
            }
            all.sort_by(f64::total_cmp);
            let subject = format!("{machines} machines");
            samples.push(sample("all pages, p50", &*subject, percentile(&all, 50), "ms"));
            samples.push(sample("all pages, p95", &*subject, percentile(&all, 95), "ms"));
            samples.push(sample("all pages, slowest", subject, all.last().copied().unwrap_or(0.0), "ms"));
        }
        Ok(samples)
    }))
}

pub(super) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted.get(sorted.len() * percent / 100).or(sorted.last()).copied().unwrap_or(0.0)
}

/// What people ask for, by kind.
fn pages(api: &Api) -> anyhow::Result<Vec<(&'static str, Vec<String>)>> {
    const SORTS: [&str; 8] = ["name", "-name", "type", "-status", "manufacturer", "model", "os", "-last_inventory_at"];
    const TITLES: [&str; 6] = ["openssl", "bash", "curl", "Google%20Chrome", "Mozilla%20Firefox%20(x64%20fr)", "sudo"];
    let equipment = |query: String| format!("/api/v1/equipment?limit=50&{query}");
    let repeat = |paths: Vec<String>| -> Vec<String> { paths.iter().cycle().take(paths.len() * 4).cloned().collect() };
    let mut deep = Vec::new();
    for sort in SORTS {
        let mut cursor = String::new();
        for _ in 0..6 {
            let path = format!("/api/v1/equipment?limit=200&sort={sort}&cursor={cursor}");
            let page = api.get(path.trim_end_matches("&cursor="))?;
            deep.push(path.trim_end_matches("&cursor=").to_owned());
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
    }
    let mut ids = Vec::new();
    for item in api.get("/api/v1/equipment?limit=40&sort=-name")?["items"].as_array().into_iter().flatten() {
        ids.push(item["id"].as_str().unwrap_or_default().to_owned());
    }
    Ok(vec![
        ("equipment, sorted", repeat(SORTS.iter().map(|sort| equipment(format!("sort={sort}"))).collect())),
        ("equipment, page by page", deep),
        (
            "equipment, filtered",
            repeat(
                [
                    "type=server",
                    "type=laptop&sort=-name",
                    "stale=true",
                    "disk_nearly_full=true",
                    "manufacturer=LENOVO",
                    "agent=with&sort=os",
                    "status=in-use",
                ]
                .iter()
                .map(|filter| equipment((*filter).to_owned()))
                .collect(),
            ),
        ),
        (
            "equipment, searched",
            repeat(
                ["PAR-PC", "web00", "latitude", "00042", "zzz", "T14", "hp"]
                    .iter()
                    .map(|q| equipment(format!("q={q}")))
                    .collect(),
            ),
        ),
        (
            "pending",
            repeat(
                ["", "&sort=name", "&q=PC", "&sort=-received_at", "&flag=incomplete"]
                    .iter()
                    .map(|q| format!("/api/v1/pending-equipment?limit=50{q}"))
                    .collect(),
            ),
        ),
        (
            "software",
            repeat(
                ["", "&sort=-machines", "&q=ssl", "&q=micro", "&sort=name"]
                    .iter()
                    .map(|q| format!("/api/v1/software?limit=50{q}"))
                    .collect(),
            ),
        ),
        (
            "software question",
            repeat(
                TITLES
                    .iter()
                    .flat_map(|title| {
                        ["1.1", "3.0.15", "122.0", "5.2"].map(|version| {
                            format!("/api/v1/software/machines?limit=50&name={title}&version_below={version}")
                        })
                    })
                    .collect(),
            ),
        ),
        (
            "one machine",
            ids.iter()
                .flat_map(|id| {
                    [
                        format!("/api/v1/equipment/{id}"),
                        format!("/api/v1/equipment/{id}/inventory"),
                        format!("/api/v1/equipment/{id}/history"),
                    ]
                })
                .collect(),
        ),
        ("overview", vec!["/api/v1/overview".to_owned(); 20]),
    ])
}

/// Makes an export and waits for it; rows and seconds.
fn export(api: &Api, list: &str, format: &str, filter: &Value) -> anyhow::Result<(f64, f64)> {
    let start = Instant::now();
    let order = json!({"list": list, "format": format, "filter": filter}).to_string();
    let made = api.post("/api/v1/exports", &order)?;
    let id = made["id"].as_str().ok_or_else(|| anyhow!("no id in {made}"))?.to_owned();
    let done = wait_for("an export", Duration::from_mins(10), || {
        let state = api.get(&format!("/api/v1/exports/{id}"))?;
        match state["state"].as_str() {
            Some("done") => Ok(Some(state)),
            Some("failed") => bail!("the export failed: {state}"),
            _ => Ok(None),
        }
    })?;
    Ok((done["rows_done"].as_f64().unwrap_or(0.0), start.elapsed().as_secs_f64()))
}

pub(super) fn prepare_export(size: &Size) -> anyhow::Result<Measure<'static>> {
    let copy = copy_of(&filled(size.machines)?, "export")?;
    let server = serve(&copy, None)?;
    let api = Api::new(&server)?;
    Ok(Box::new(move |_| {
        let mut samples = Vec::new();
        for (list, filter) in [("equipment", json!({})), ("software-machines", json!({"name": "openssl"}))] {
            for format in ["csv", "xlsx", "json"] {
                forget_peak(server.id())?;
                let before = resident_mib(server.id())?;
                let (rows, seconds) = export(&api, list, format, &filter)?;
                let subject = format!("{list}, {format}");
                samples.push(sample("rows a second", &*subject, rows / seconds, ""));
                samples.push(sample("rows", &*subject, rows, ""));
                samples.push(sample("memory above rest", subject, peak_mib(server.id())? - before, "MiB"));
            }
        }
        Ok(samples)
    }))
}

pub(super) fn prepare_first_page(_: &Size) -> anyhow::Result<Measure<'static>> {
    let mut server = serve_empty()?;
    let api = Api::new(&server)?;
    Ok(Box::new(move |_| {
        server.still_runs()?;
        let (mut bytes, page) = api.transferred("/")?;
        let mut fonts = 0.0;
        for path in referenced(&page) {
            let (size, text) = api.transferred(&path)?;
            bytes += size;
            if has_extension(&path, "css") {
                // A browser fetches the fonts of the page's alphabet only.
                for font in fonts_of(&text) {
                    fonts += api.transferred(&font)?.0;
                }
            }
        }
        let mut samples = vec![
            sample("what the page itself names, without fonts", NAME, bytes / 1000.0, "KB"),
            sample("fonts", NAME, fonts / 1000.0, "KB"),
        ];
        // With the parts that a page loads when it opens, as the console's own build knows them.
        for line in output(&mut npm(["run", "--silent", "sizes"]))?.lines() {
            let mut words = line.split_whitespace();
            if let (Some(page), Some(Ok(size)), Some("kB")) = (words.next(), words.next().map(str::parse), words.next())
            {
                samples.push(sample(format!("{page}, with its parts, without fonts"), NAME, size, "KB"));
            }
        }
        Ok(samples)
    }))
}

/// The scripts and styles that a page names.
fn referenced(page: &str) -> Vec<String> {
    page.split(['"', '\''])
        .filter(|part| part.starts_with('/') && (has_extension(part, "js") || has_extension(part, "css")))
        .map(ToOwned::to_owned)
        .collect()
}

fn fonts_of(css: &str) -> Vec<String> {
    css.split(['(', ')', '"', '\''])
        .filter(|part| has_extension(part, "woff2") && !part.contains("-ext"))
        .map(
            |part| {
                if part.starts_with('/') {
                    part.to_owned()
                } else {
                    format!("/assets/{}", part.trim_start_matches("./"))
                }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_styles_and_fonts_of_a_page_are_found() {
        let page = r#"<script type="module" src="/assets/a.js"></script><link rel="stylesheet" href="/assets/b.css">"#;
        assert_eq!(referenced(page), ["/assets/a.js", "/assets/b.css"]);
        let css = "src:url(/assets/inter-latin-wght.woff2)format(woff2);src:url(/assets/inter-latin-ext.woff2)";
        assert_eq!(fonts_of(css), ["/assets/inter-latin-wght.woff2"]);
    }
}
