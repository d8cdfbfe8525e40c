//! An agent updates itself from a real server: to a version that works, and not to one that does not.

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use minisign::KeyPair;
use serde_json::{Value, json};

use crate::{
    server::{Server, printed, program},
    systems::faketime,
};

/// What `cargo xtask test` builds the later agent as.
const NEXT: &str = "99.0.0";

/// The installed agent's service.
struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    fn start(server: &Server, state: &Path, releaser: &KeyPair) -> Self {
        Self::start_as(&mut Command::new(program("vigie-agent")), server, state, releaser)
    }

    fn start_as(agent: &mut Command, server: &Server, state: &Path, releaser: &KeyPair) -> Self {
        let log = state.with_extension("log");
        let child = agent
            .args(["run", "--server", &server.url, "--client-id", &server.client_id])
            .args(["--client-secret", &server.client_secret, "--ca", &server.ca().display().to_string()])
            .args(["--release-key", &releaser.pk.to_base64(), "--state-dir"])
            .arg(state)
            .stdin(Stdio::null())
            .stderr(fs::OpenOptions::new().create(true).append(true).open(&log).unwrap())
            .spawn()
            .unwrap();
        Self { child, log }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Lays a release where the server looks for it.
fn release(server: &Server, releaser: &KeyPair, version: &str, program: &[u8]) {
    let folder = server.folder("distribution");
    let name = format!("vigie-agent-{version}-linux-x86_64.zst");
    let packed = zstd::bulk::compress(program, 3).unwrap();
    let words = format!("vigie-agent {version} linux-x86_64");
    let signature = minisign::sign(None, &releaser.sk, Cursor::new(&packed), Some(&words), None).unwrap();
    fs::write(folder.join(format!("{name}.minisig")), signature.into_string()).unwrap();
    fs::write(folder.join(name), packed).unwrap();
}

async fn post(server: &Server, path: &str, body: Value) -> Value {
    let answer = server.http.post(format!("{}{path}", server.url)).bearer_auth(&server.token).json(&body);
    let answer = answer.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}

/// Waits until a roll-out counts an agent under `state`.
async fn until(server: &Server, rollout: &str, state: &str, service: &Service) -> Value {
    for _ in 0..600 {
        let found = server.get(&format!("/api/v1/rollouts/{rollout}")).await;
        if found["counts"][state] == 1 {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let found = server.get(&format!("/api/v1/rollouts/{rollout}")).await;
    panic!("nobody is {state}: {found}\n{}", fs::read_to_string(&service.log).unwrap());
}

async fn only_agent(server: &Server) -> Value {
    let agents = server.get("/api/v1/agents").await;
    assert_eq!(agents["total"], 1, "{agents}");
    agents["items"][0].clone()
}

#[tokio::test]
async fn an_agent_updates_itself_and_stays_updated() {
    let server = Server::start().await;
    let (releaser, state) = (KeyPair::generate_unencrypted_keypair().unwrap(), server.folder("agent"));
    release(&server, &releaser, NEXT, &fs::read(program("vigie-agent-next")).unwrap());
    let started =
        post(&server, "/api/v1/rollouts", json!({ "version": NEXT, "share": 100, "spread_minutes": 0 })).await;
    let service = Service::start(&server, &state, &releaser);
    until(&server, started["id"].as_str().unwrap(), "updated", &service).await;
    assert_eq!(only_agent(&server).await["version"], NEXT);
    assert_eq!(server.only_pending("vigie").await["agent"]["version"], NEXT, "one machine, before and after");
    // What a restart of the machine runs, and what an administrator's command does.
    drop(service);
    let service = Service::start(&server, &state, &releaser);
    let synchronise = || {
        let mut sync = Command::new(program("vigie-agent"));
        sync.args(["sync", "--now", "--server", &server.url, "--client-id", &server.client_id]);
        sync.args(["--client-secret", &server.client_secret, "--ca", &server.ca().display().to_string()]);
        printed(sync.arg("--state-dir").arg(&state))
    };
    synchronise();
    assert_eq!(only_agent(&server).await["version"], NEXT);
    let status = printed(Command::new(program("vigie-agent")).arg("status").arg("--state-dir").arg(&state));
    assert!(status.contains(&format!("version in use         {NEXT}")), "{status}");
    drop(service);
    // Without it, what was installed is there and works.
    fs::remove_dir_all(state.join("versions")).unwrap();
    synchronise();
    assert_ne!(only_agent(&server).await["version"], NEXT);
}

#[tokio::test]
async fn an_agent_comes_back_from_a_version_that_does_not_work() {
    let server = Server::start().await;
    let (releaser, state) = (KeyPair::generate_unencrypted_keypair().unwrap(), server.folder("agent"));
    release(&server, &releaser, NEXT, b"#!/bin/sh\nexit 1\n");
    let started =
        post(&server, "/api/v1/rollouts", json!({ "version": NEXT, "share": 100, "spread_minutes": 0 })).await;
    let service = Service::start(&server, &state, &releaser);
    let id = started["id"].as_str().unwrap();
    let found = until(&server, id, "reverted", &service).await;
    assert_eq!(found["state"], "running", "one machine may have troubles of its own");
    let agents = server.get(&format!("/api/v1/rollouts/{id}/agents")).await;
    assert!(agents["items"][0]["words"].as_str().unwrap().contains("3 times"), "{agents}");
    assert_ne!(only_agent(&server).await["version"], NEXT);
    server.only_pending("vigie").await;
}

#[tokio::test]
async fn a_clock_that_is_off_by_a_year_changes_nothing_or_is_told() {
    let server = Server::start().await;
    let releaser = KeyPair::generate_unencrypted_keypair().unwrap();
    release(&server, &releaser, NEXT, &fs::read(program("vigie-agent-next")).unwrap());
    let started =
        post(&server, "/api/v1/rollouts", json!({ "version": NEXT, "share": 100, "spread_minutes": 0 })).await;
    let wrong = |by: &str, state: &Path| {
        let mut agent = Command::new(program("vigie-agent"));
        Service::start_as(agent.env("LD_PRELOAD", faketime()).env("FAKETIME", by), &server, state, &releaser)
    };
    // A year behind, no certificate is good yet: nothing is sent, nothing is fetched, and the log says why.
    let late = server.folder("late");
    let service = wrong("-1y", &late);
    for _ in 0..300 {
        if fs::read_to_string(&service.log).is_ok_and(|log| log.contains("is this machine's clock right?")) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let log = fs::read_to_string(&service.log).unwrap();
    assert!(log.contains("is this machine's clock right?"), "{log}");
    drop(service);
    assert!(!late.join("versions").join(NEXT).exists());
    assert_eq!(server.get("/api/v1/agents").await["total"], 0);
    // A year ahead, the server's is good still, and a version is its releaser's at any time.
    let early = server.folder("early");
    let service = wrong("+1y", &early);
    until(&server, started["id"].as_str().unwrap(), "updated", &service).await;
    assert_eq!(only_agent(&server).await["version"], NEXT);
}
