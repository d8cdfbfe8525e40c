//! What roles cost: a decision of the table, the list of customers of someone who is assigned to some of many beside an
//! administrator's, and the API while many try to sign in.

use std::{
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::Context as _;

use super::{
    Measure, Size,
    fleet::{Api, serve},
    folder,
    load::percentile,
    released, sample,
};
use crate::{
    server::Server,
    shell::{command, output},
};

/// Requests of which the slowest hundredth is told.
const REQUESTS: usize = 400;

pub(super) fn prepare(size: &Size) -> anyhow::Result<Measure<'static>> {
    let server = serve(&many(size.machines)?, None)?;
    let (admin, operator) = (Api::new(&server)?, Api::of(&server, "op")?);
    Ok(Box::new(move |_| {
        let mut samples = vec![sample("a decision", "the table of roles", decision()?, "ns")];
        for (subject, api) in [("an administrator", &admin), ("an operator", &operator)] {
            for (figure, query) in [("customers, p95", ""), ("customers, searched, p95", "&q=customer%2099")] {
                let mut times = Vec::new();
                for sort in ["name", "-name"] {
                    let path = format!("/api/v1/customers?limit=50&sort={sort}{query}");
                    times.extend(api.times(&vec![path; REQUESTS / 4])?);
                }
                samples.push(sample(figure, subject, of_all(times, 95), "ms"));
            }
            let total = api.get("/api/v1/customers?limit=1")?["total"].as_u64().context("a total")?;
            samples.push(sample("customers", subject, super::process::as_f64(total), ""));
        }
        let calm = api_p99(&admin)?;
        let flooded = flooded(&server, || api_p99(&admin))?;
        samples.push(sample("API, p99", "calm", calm, "ms"));
        samples.push(sample("API, p99", "while many try to sign in", flooded, "ms"));
        samples.push(sample("API, p99", "share", flooded / calm, ""));
        Ok(samples)
    }))
}

fn decision() -> anyhow::Result<f64> {
    let text = output(&mut command(&released("examples/policy_rate").display().to_string(), [""; 0]))?;
    Ok(text.trim().parse()?)
}

/// A folder with many customers, made once.
fn many(customers: u64) -> anyhow::Result<PathBuf> {
    let data = folder()?.join(format!("customers-{customers}"));
    if data.join("filled").exists() {
        return Ok(data);
    }
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data)?;
    println!("makes {customers} customers; this is done once");
    serve(&data, None)?.stop()?;
    let fill = released("examples/many_customers").display().to_string();
    output(&mut command(&fill, [data.join("vigie.db").display().to_string(), customers.to_string()]))?;
    std::fs::write(data.join("filled"), "")?;
    Ok(data)
}

/// What the console asks for when someone looks around.
fn api_p99(api: &Api) -> anyhow::Result<f64> {
    let paths = ["/api/v1/customers?limit=50", "/api/v1/users/me", "/api/v1/overview", "/api/v1/equipment?limit=50"];
    let paths: Vec<String> = paths.iter().cycle().take(REQUESTS).map(|it| (*it).to_owned()).collect();
    Ok(of_all(api.times(&paths)?, 99))
}

fn of_all(mut times: Vec<f64>, percent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    percentile(&times, percent)
}

/// Runs something while 32 connections try names and passwords, as fast as they are answered.
fn flooded<T>(server: &Server, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let flood = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let mut curl = command("curl", ["--silent", "--parallel", "--parallel-max", "32", "--cacert"]);
                curl.arg(server.ca()).args(["--json", r#"{"login":"nobody","password":"guess 1234"}"#]);
                for _ in 0..500 {
                    curl.args(["--output", "/dev/null"]).arg(format!("{}/api/v1/session", server.url()));
                }
                let _ = curl.stdout(Stdio::null()).stderr(Stdio::null()).status();
            }
        });
        // Until the queue of passwords to check is full.
        std::thread::sleep(std::time::Duration::from_secs(2));
        let result = work();
        done.store(true, Ordering::Relaxed);
        flood.join().map_err(|_| anyhow::anyhow!("the flood failed"))?;
        result
    })
}
