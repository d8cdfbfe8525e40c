//! What people look at who look after many customers: the dashboard and the lists behind it, at 1,000 customers and at many.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Measure, Size,
    fleet::{Api, serve},
    folder,
    load::percentile,
    process::cpu_seconds_of_tree,
    sample,
    tunnel::program,
};
use crate::{
    server::Server,
    shell::{command, output, wait_for},
};

/// How often each page is asked for.
const TIMES: usize = 4;

pub(super) fn prepare(size: &Size) -> anyhow::Result<Measure<'static>> {
    let mut servers = Vec::new();
    let mut sizes = vec![1000, size.machines];
    sizes.dedup();
    for customers in sizes {
        let server = serve(&filled(customers)?, None)?;
        rest(&server)?;
        let api = Api::new(&server)?;
        servers.push((format!("{customers} customers"), pages(&api)?, server, api));
    }
    Ok(Box::new(move |_| {
        let mut samples = Vec::new();
        for (subject, pages, _, api) in &servers {
            let mut all = Vec::new();
            for (kind, paths) in pages {
                let mut times = api.times(paths)?;
                all.extend_from_slice(&times);
                times.sort_by(f64::total_cmp);
                samples.push(sample(format!("{kind}, p50"), subject, percentile(&times, 50), "ms"));
                samples.push(sample(format!("{kind}, p95"), subject, percentile(&times, 95), "ms"));
            }
            all.sort_by(f64::total_cmp);
            samples.push(sample("all pages, p50", subject, percentile(&all, 50), "ms"));
            samples.push(sample("all pages, p95", subject, percentile(&all, 95), "ms"));
            samples.push(sample("all pages, slowest", subject, all.last().copied().unwrap_or(0.0), "ms"));
        }
        Ok(samples)
    }))
}

/// The data folder of a server with so many customers, three systems each, and alerts; made once.
fn filled(customers: u64) -> anyhow::Result<PathBuf> {
    let data = folder()?.join(format!("fleet-of-{customers}-customers"));
    let made = data.join("made-by");
    let version = output(&mut command(&program("vigie"), ["--version"]))?;
    if std::fs::read_to_string(&made).is_ok_and(|by| by == version) {
        return Ok(data);
    }
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data)?;
    println!("makes {customers} customers with three systems each; this is done once");
    serve(&data, None)?.stop()?;
    fill(&data, customers)?;
    let server = serve(&data, None)?;
    rest(&server)?;
    server.stop()?;
    std::fs::write(made, version)?;
    Ok(data)
}

fn fill(data: &Path, customers: u64) -> anyhow::Result<()> {
    let database = data.join("vigie.db").display().to_string();
    output(&mut command(&program("examples/fill_fleet"), [database, customers.to_string()])).map(drop)
}

/// Waits until a server has nothing to do: what was filled in is also decided upon, whether anybody is notified of it.
fn rest(server: &Server) -> anyhow::Result<()> {
    let mut before = f64::MIN;
    wait_for("a server at rest", Duration::from_mins(30), || {
        std::thread::sleep(Duration::from_secs(3));
        let now = cpu_seconds_of_tree(server.id())?;
        let rests = now - before < 0.15;
        before = now;
        Ok(rests.then_some(()))
    })
}

/// A list's pages: `path`, ordered by each of its columns, and page by page; then as it is narrowed and searched.
fn list(
    api: &Api,
    path: &str,
    sorts: &[&str],
    narrowed: &[&str],
    searched: &[&str],
) -> anyhow::Result<[Vec<String>; 4]> {
    let page = |query: &str| format!("{path}?limit=50&{query}");
    let ways: Vec<String> = sorts.iter().flat_map(|sort| [(*sort).to_owned(), format!("-{sort}")]).collect();
    let mut deep = Vec::new();
    for sort in &ways {
        let mut next = Some(format!("{path}?limit=200&sort={sort}"));
        for _ in 0..6 {
            let Some(path) = next.take() else { break };
            let cursor = api.get(&path)?["next_cursor"].as_str().map(ToOwned::to_owned);
            next = cursor.map(|cursor| format!("{}&cursor={cursor}", path.split("&cursor").next().unwrap_or(&path)));
            deep.push(path);
        }
    }
    let often = |paths: Vec<String>| paths.iter().cycle().take(paths.len() * TIMES).cloned().collect();
    Ok([
        often(ways.iter().map(|sort| page(&format!("sort={sort}"))).collect()),
        deep,
        often(narrowed.iter().map(|it| page(it)).collect()),
        often(searched.iter().map(|it| page(&format!("q={it}"))).collect()),
    ])
}

/// What people ask for, by kind.
fn pages(api: &Api) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let customers = list(
        api,
        "/api/v1/customers",
        &["name", "code", "system_name", "version", "connectivity", "colour", "reseller"],
        &[
            "colour=red",
            "colour=orange&sort=-name",
            "colour=green&sort=reseller",
            "connectivity=connected",
            "connectivity=password_expired&sort=version",
            "version=5.8.4",
            "profile=kamailio",
            "profile=windows&colour=red",
            "tag=gold",
            "tag=on%20call&sort=colour",
        ],
        &["Customer%2099", "pbx-0000", "it@customer-42", "on%20call", "zzz", "1234", "customer%20500&sort=colour"],
    )?;
    let systems = list(
        api,
        "/api/v1/systems",
        &["name", "profile", "version", "connectivity", "connectivity_since"],
        &[
            "connectivity=unreachable",
            "connectivity=waiting&sort=-name",
            "connectivity=connected&sort=version",
            "profile=linux",
            "profile=kamailio&sort=connectivity",
            "version=10.0.20348",
        ],
        &["pbx-0000", "srv-00042", "win", "zzz", "99-1"],
    )?;
    let alerts = list(
        api,
        "/api/v1/alerts",
        &["last_at", "first_at", "severity", "type", "occurrences"],
        &[
            "severity=critical",
            "severity=warning&sort=-occurrences",
            "type=trunk",
            "type=security&severity=major",
            "state=ongoing",
            "state=all&sort=-severity",
            "condition=condition-7",
            "acknowledged=false",
        ],
        &["found%20200", "condition%207", "pbx-0000", "customer%2099", "zzz"],
    )?;
    let mut pages = vec![
        ("dashboard".to_owned(), vec!["/api/v1/dashboard".to_owned(); 40]),
        ("counts of alerts".to_owned(), vec!["/api/v1/alerts/counts".to_owned(); 20]),
    ];
    for (name, kinds) in [("customers", customers), ("systems", systems), ("alerts", alerts)] {
        for (kind, paths) in ["sorted", "page by page", "filtered", "searched"].into_iter().zip(kinds) {
            pages.push((format!("{name}, {kind}"), paths));
        }
    }
    Ok(pages)
}
