//! Simulated systems of a server: started, and followed by the lines that they print.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::Stdio,
    sync::mpsc,
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use nix::sys::{
    resource::{Resource, getrlimit, setrlimit},
    signal::Signal,
};
use serde_json::Value;

use super::{fleet::Api, released, tunnel::program};
use crate::{
    server::{Server, Settings},
    shell::{Started, command, output, wait_for},
};

/// Most systems that enrol with one token.
const MOST: u64 = 100_000;

/// A token for systems of the first reseller.
pub(super) fn enrolment_token(server: &Server, uses: u64) -> anyhow::Result<String> {
    let api = Api::new(server)?;
    let resellers = api.get("/api/v1/resellers?limit=1")?;
    let reseller = &resellers["items"][0]["id"];
    let made = api.post("/api/v1/enrolment-tokens", &format!(r#"{{"reseller_id":{reseller},"uses":{uses}}}"#))?;
    Ok(made["token"].as_str().context("a token")?.to_owned())
}

/// A number of what was printed.
pub(super) fn member(value: &Value, name: &str) -> anyhow::Result<f64> {
    value[name].as_f64().ok_or_else(|| anyhow!("no {name} in {value}"))
}

/// Lets this program, and what it starts, hold so many connections.
pub(super) fn allow_open_files(connections: u64) -> anyhow::Result<()> {
    let wanted = connections + 1_000;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft < wanted {
        setrlimit(Resource::RLIMIT_NOFILE, wanted, hard.max(wanted))
            .with_context(|| format!("{wanted} open files are needed, {hard} allowed: ulimit -n {wanted}, as root"))?;
    }
    Ok(())
}

/// Starts a server of the release on a folder, at a port, that lets so many connections in.
pub(super) fn serve_many(folder: &Path, port: u16, connections: u64) -> anyhow::Result<Server> {
    let most = (connections + 1_000).to_string();
    Server::start(&Settings {
        program: released("vigie"),
        folder: Some(folder),
        database: None,
        port: Some(port),
        log: "error",
        more: &["--connections", &most],
    })
}

fn arguments(server: &Server, kept: &Path, count: u64) -> std::process::Command {
    // A server lets 4,000 connections in from one address; there are more addresses than that needs.
    let addresses = (count / 1_000).clamp(16, 250);
    let mut sim = command(&program("vigie-sim"), ["systems", "--server", &server.url(), "--ca"]);
    sim.arg(server.ca()).args(["--count", &count.to_string(), "--addresses", &addresses.to_string()]);
    sim.args(["--concurrency", "256", "--enrolled"]).arg(kept);
    sim
}

/// Makes systems known to a server; what was said at the end. `kept` is the file that keeps who they are.
pub(super) fn enrol(server: &Server, kept: &Path, count: u64, more: &[&str]) -> anyhow::Result<Value> {
    let token = enrolment_token(server, count.min(MOST))?;
    let mut sim = arguments(server, kept, count);
    let text = output(sim.args(["--enrol-only", "--enrolment-token", &token]).args(more))?;
    serde_json::from_str(text.trim()).with_context(|| format!("vigie-sim printed: {text}"))
}

/// A simulation that goes on until this is dropped, or until it ends.
#[derive(Debug)]
pub(super) struct Simulation {
    process: Started,
    lines: mpsc::Receiver<Value>,
}

impl Simulation {
    /// Starts the systems that [`enrol`] made known.
    pub(super) fn start(server: &Server, kept: &Path, count: u64, more: &[&str]) -> anyhow::Result<Self> {
        Self::follow(arguments(server, kept, count).args(more))
    }

    /// Starts a simulation that prints lines of JSON.
    pub(super) fn follow(sim: &mut std::process::Command) -> anyhow::Result<Self> {
        let mut process = Started::start(sim.stdout(Stdio::piped()), Signal::SIGTERM)?;
        let out = process.take_stdout().context("the simulation's output")?;
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let said = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(said).is_err() {
                    return;
                }
            }
        });
        Ok(Self { process, lines })
    }

    /// Their process.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// What was said since this was asked last.
    pub(super) fn said(&mut self) -> anyhow::Result<Vec<Value>> {
        let said: Vec<Value> = self.lines.try_iter().collect();
        if !said.is_empty() {
            return Ok(said);
        }
        let Err(ended) = self.process.still_runs() else { return Ok(said) };
        // Its last words may have come while it ended.
        let last: Vec<Value> = self.lines.iter().collect();
        if last.is_empty() { Err(ended) } else { Ok(last) }
    }

    /// The next line that fits.
    pub(super) fn until(
        &mut self,
        what: &str,
        patience: Duration,
        fits: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        wait_for(what, patience, || Ok(self.said()?.into_iter().find(|it| fits(it))))
    }
}
