//! Tunnels: client, server, agent, target on one machine, beside `haproxy` as a pair with TLS between them, and beside no
//! tunnel at all.

use std::{path::PathBuf, process::Stdio, time::Duration};

use anyhow::Context as _;
use nix::sys::signal::Signal;
use serde_json::Value;

use super::{
    Measure, Sample, Size,
    fleet::{Api, serve_empty},
    process::{cpu_seconds_of_tree, resident_mib},
    released, sample,
    systems::{enrolment_token, member},
};
use crate::{
    prerequisites::packages,
    server::Server,
    shell::{Scratch, Started, command, free_port, output, root, wait_for},
};

const RAW: &str = "no tunnel";
const HAPROXY: &str = "HAProxy, a TLS pair";
const OURS: &str = "vigie";
/// MiB of one bulk transfer.
const MIB: &str = "512";

pub(super) fn program(name: &str) -> String {
    released(name).display().to_string()
}

/// One way to the target.
struct Way {
    name: &'static str,
    address: String,
    /// What carries it.
    processes: Vec<u32>,
}

/// Starts an agent that enrols, with remote access on; answers its system's id.
fn agent(server: &Server, scratch: &Scratch) -> anyhow::Result<(Started, String)> {
    let (agent, state) = (program("vigie-agent"), scratch.path().join("system"));
    let mut run = command(&agent, ["system", "run", "--server", &server.url(), "--ca"]);
    run.arg(server.ca()).args(["--enrolment-token", &enrolment_token(server, 1)?, "--state-dir"]).arg(&state);
    run.arg("--profile").arg(root().join("profiles/linux.toml")).stdout(Stdio::null()).stderr(Stdio::null());
    let mut started = Started::start(&mut run, Signal::SIGTERM)?;
    let api = Api::new(server)?;
    let id = wait_for("the system", Duration::from_mins(1), || {
        started.still_runs()?;
        let systems = api.get("/api/v1/systems?connectivity=connected")?;
        Ok(systems["items"][0]["id"].as_str().map(ToOwned::to_owned))
    })?;
    output(command(&agent, ["system", "set", "remote-access=on", "--state-dir"]).arg(&state))?;
    wait_for("the owner's switch", Duration::from_mins(1), || {
        let system = api.get(&format!("/api/v1/systems/{id}"))?;
        Ok((system["switches"]["remote_access"] == true).then_some(()))
    })?;
    Ok((started, id))
}

fn haproxy(scratch: &Scratch, target: u16, entry: u16) -> anyhow::Result<[Started; 2]> {
    let middle = free_port()?;
    let at = |name: &str| scratch.path().join(name);
    let text = |path: PathBuf| path.display().to_string();
    let mut make =
        command("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
    make.args(["-days", "2", "-subj", "/CN=localhost", "-keyout", &text(at("key")), "-out", &text(at("crt"))]);
    output(&mut make)?;
    std::fs::write(at("pem"), [std::fs::read(at("key"))?, std::fs::read(at("crt"))?].concat())?;
    let start = |name: &str, body: String| {
        let timeouts = " timeout connect 5s\n timeout client 120s\n timeout server 120s";
        let file = at(name);
        std::fs::write(&file, format!("global\n maxconn 4000\ndefaults\n mode tcp\n{timeouts}\nlisten l\n{body}\n"))?;
        let mut haproxy = command("haproxy", ["-db", "-f", &text(file)]);
        Started::start(haproxy.stdout(Stdio::null()).stderr(Stdio::null()), Signal::SIGTERM)
    };
    let pem = text(at("pem"));
    Ok([
        start(
            "far.cfg",
            format!(" bind 127.0.0.1:{middle} ssl crt {pem} ssl-min-ver TLSv1.3\n server t 127.0.0.1:{target}"),
        )?,
        start("near.cfg", format!(" bind 127.0.0.1:{entry}\n server t 127.0.0.1:{middle} ssl verify none"))?,
    ])
}

pub(super) fn load(arguments: &[&str]) -> anyhow::Result<Value> {
    let text = output(&mut command(&program("examples/tunnel_load"), arguments))?;
    serde_json::from_str(&text).with_context(|| text.clone())
}

impl Way {
    fn cpu(&self) -> anyhow::Result<f64> {
        self.processes.iter().map(|id| cpu_seconds_of_tree(*id)).sum()
    }

    fn measure(&self) -> anyhow::Result<Vec<Sample>> {
        let mut samples = Vec::new();
        let mut add = |figure: &str, value, unit| samples.push(sample(figure, self.name, value, unit));
        for streams in ["1", "32"] {
            let before = self.cpu()?;
            let bulk = load(&["bulk", &self.address, streams, MIB])?;
            let (mib, cpu) = (member(&bulk, "mib")?, self.cpu()? - before);
            let word = if streams == "1" { "1 stream" } else { "32 streams" };
            add(word, mib / member(&bulk, "seconds")?, "MiB/s");
            if !self.processes.is_empty() {
                add(&format!("CPU, {word}"), cpu / (mib / 1024.0), "s/GiB");
            }
        }
        let ping = load(&["ping", &self.address, "5000"])?;
        add("round trip, p50", member(&ping, "p50_us")?, "µs");
        add("round trip, p99", member(&ping, "p99_us")?, "µs");
        for (figure, connections, how) in [("requests", "32", "keep"), ("requests, a connection each", "8", "close")] {
            let done = load(&["requests", &self.address, connections, "3", how])?;
            add(figure, member(&done, "requests")? / member(&done, "seconds")?, "/s");
        }
        Ok(samples)
    }
}

pub(super) fn prepare(_: &Size) -> anyhow::Result<Measure<'static>> {
    packages(&[("haproxy", &["/usr/sbin/haproxy"])])?;
    let scratch = Scratch::new("bench-tunnel")?;
    let (target_port, haproxy_port, our_port) = (free_port()?, free_port()?, free_port()?);
    let at = |port: u16| format!("127.0.0.1:{port}");
    let mut far = command(&program("examples/tunnel_load"), ["target", &at(target_port)]);
    let target = Started::start(far.stdout(Stdio::null()), Signal::SIGTERM)?;
    let pair = haproxy(&scratch, target_port, haproxy_port)?;
    let server = serve_empty()?;
    let (agent, system) = agent(&server, &scratch)?;
    let mut tunnel = command(&program("vigie"), ["tunnel", "--system", &system, "--to", &at(target_port)]);
    tunnel.args(["--listen", &at(our_port), "--data-dir"]).arg(server.folder());
    let tunnel = Started::start(tunnel.stdout(Stdio::null()), Signal::SIGTERM)?;
    let ways = [
        Way { name: RAW, address: at(target_port), processes: vec![] },
        Way { name: HAPROXY, address: at(haproxy_port), processes: pair.iter().map(Started::id).collect() },
        Way { name: OURS, address: at(our_port), processes: vec![server.id(), agent.id()] },
    ];
    for way in &ways {
        wait_for(way.name, Duration::from_secs(20), || Ok(load(&["bulk", &way.address, "1", "1"]).ok()))?;
    }
    let all = (target, pair, server, agent, tunnel, scratch);
    Ok(Box::new(move |_| {
        // The whole of it: a part alone would be all that the closure keeps running.
        let running = &all;
        let mut samples = Vec::new();
        for way in &ways {
            samples.extend(way.measure()?);
        }
        samples.push(sample("memory of the agent after it", OURS, resident_mib(running.3.id())?, "MiB"));
        let ratio = |figure: &str, name: &str| {
            let of = |subject: &str| samples.iter().find(|it| it.figure == figure && it.subject == subject);
            Some(sample(format!("{figure}, share"), name, of(OURS)?.value / of(HAPROXY)?.value, ""))
        };
        let shares: Vec<Sample> =
            ["1 stream", "32 streams", "round trip, p50", "requests", "requests, a connection each"]
                .iter()
                .filter_map(|figure| ratio(figure, "vigie of HAProxy"))
                .collect();
        samples.extend(shares);
        Ok(samples)
    }))
}
