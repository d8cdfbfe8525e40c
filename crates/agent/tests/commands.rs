//! The program as whoever administers a machine meets it: its commands, what they print, and their exit codes.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs, unreachable_pub, dead_code)]

mod double;

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use double::{CLIENT_ID, CLIENT_SECRET, Certificate, Double, proxy::Proxy};
use vigie_agent::collect::PLATFORM;

fn agent(command: &[&str]) -> Command {
    let mut agent = Command::new(env!("CARGO_BIN_EXE_vigie-agent"));
    // Nothing may depend on programs being found, nor on what is set here.
    agent.args(command).env_clear().env("PATH", "").stdin(Stdio::null());
    agent
}

fn connected(command: &[&str], double: &Double, state: &Path) -> Command {
    let mut agent = agent(command);
    agent.args(["--server", &double.url(), "--client-id", CLIENT_ID, "--ca"]).arg(&double.ca);
    agent.arg("--state-dir").arg(state).env("VIGIE_AGENT_CLIENT_SECRET", CLIENT_SECRET);
    agent
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn failed(output: &Output) -> String {
    assert!(!output.status.success(), "{}", text(&output.stdout));
    text(&output.stderr)
}

#[test]
fn the_local_inventory_is_json_of_this_machine() {
    let output = agent(&["inventory", "--local"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let inventory: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(inventory["operating_system"]["family"], PLATFORM);
    assert!(inventory["system"]["memory_bytes"].as_u64().unwrap() > 0);
    #[cfg(target_os = "linux")]
    assert!(inventory["networks"].as_array().unwrap().iter().any(|it| it["name"] == "lo"));
}

#[test]
fn sync_now_enrols_and_sends_this_machine_and_then_that_nothing_changed() {
    let double = Double::start();
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let first = connected(&["sync", "--now", "--tag", "north"], &double, &state).output().unwrap();
    assert!(first.status.success(), "{}", text(&first.stderr));
    assert!(text(&first.stdout).starts_with("full inv_"), "{}", text(&first.stdout));
    let second = connected(&["sync", "--now"], &double, &state).output().unwrap();
    assert!(second.status.success(), "{}", text(&second.stderr));
    let kept = double.kept();
    let message = &kept.taken[0].1;
    assert_eq!(message.tag.as_deref(), Some("north"));
    assert!(message.sections.runtime.is_some() && message.sections.operating_system.is_some());
    assert_eq!(kept.taken.len(), 2);
    let status = agent(&["status", "--state-dir"]).arg(&state).output().unwrap();
    assert!(text(&status.stdout).contains(&double.url()), "{}", text(&status.stdout));
    assert!(!text(&first.stderr).contains(CLIENT_SECRET));
}

#[test]
fn a_refusal_is_told_and_fails() {
    let double = Double::start();
    let folder = tempfile::tempdir().unwrap();
    double.kept().client_inactive = true;
    let words = failed(&connected(&["sync", "--now"], &double, folder.path()).output().unwrap());
    assert!(words.contains("inactive"), "{words}");
}

#[test]
fn settings_come_from_a_file_and_a_mistake_in_it_is_told_with_its_line() {
    let double = Double::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("agent.toml");
    let settings = format!(
        "server = \"{}\"\nca = '{}'\nclient_id = \"{CLIENT_ID}\"\nclient_secret = \"{CLIENT_SECRET}\"\nstate_dir = '{}'\n",
        double.url(),
        double.ca.display(),
        folder.path().join("state").display()
    );
    std::fs::write(&file, &settings).unwrap();
    let output = agent(&["sync", "--now", "--config"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    std::fs::write(&file, format!("{settings}intervall = 5\n")).unwrap();
    let words = failed(&agent(&["sync", "--now", "--config"]).arg(&file).output().unwrap());
    assert!(words.contains("line 6") && words.contains("intervall"), "{words}");
    std::fs::write(&file, "tag = \"x\"\n").unwrap();
    let words = failed(&agent(&["sync", "--now", "--config"]).arg(&file).output().unwrap());
    assert!(words.contains("--server"), "{words}");
}

#[test]
fn check_goes_through_all_steps() {
    let double = Double::start();
    let folder = tempfile::tempdir().unwrap();
    connected(&["sync", "--now"], &double, folder.path()).output().unwrap();
    let output = connected(&["check"], &double, folder.path()).output().unwrap();
    let words = text(&output.stdout);
    assert!(output.status.success(), "{words}");
    for step in ["configuration", "name", "connection", "certificate", "answer", "sign-in", "agent key"] {
        assert!(words.lines().any(|line| line.starts_with("ok") && line.contains(step)), "{step}: {words}");
    }
    assert!(words.contains("Test CA of the double"), "{words}");
    assert_eq!(double.kept().taken.len(), 1, "a check sends no inventory");
}

#[test]
fn check_ends_at_the_step_that_fails() {
    let expired = Double::with(&Certificate { expired: true, ..Certificate::default() });
    let folder = tempfile::tempdir().unwrap();
    let output = connected(&["check"], &expired, folder.path()).output().unwrap();
    let words = text(&output.stdout);
    assert!(!output.status.success());
    assert!(words.lines().last().unwrap().starts_with("FAILED  certificate"), "{words}");
    let double = Double::start();
    let mut wrong = connected(&["check"], &double, folder.path());
    let words = text(&wrong.env("VIGIE_AGENT_CLIENT_SECRET", "wrong").output().unwrap().stdout);
    assert!(words.lines().last().unwrap().starts_with("FAILED  sign-in"), "{words}");
}

#[test]
fn a_proxy_tunnels_and_its_refusal_is_told_from_the_servers() {
    let double = Double::start();
    let folder = tempfile::tempdir().unwrap();
    // jo:secret
    let proxy = Proxy::start(Some("Basic am86c2VjcmV0"));
    let through = |command: &[&str], password: &str| {
        let mut agent = connected(command, &double, folder.path());
        agent.args(["--proxy", &format!("http://127.0.0.1:{}", proxy.port), "--proxy-user", "jo"]);
        agent.env("VIGIE_AGENT_PROXY_PASSWORD", password);
        agent.output().unwrap()
    };
    let output = through(&["sync", "--now"], "secret");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(proxy.tunnels() > 0);
    let words = text(&through(&["check"], "wrong").stdout);
    let last = words.lines().last().unwrap();
    assert!(last.starts_with("FAILED  proxy") && last.contains("user and password"), "{words}");
    assert!(through(&["check"], "secret").status.success());
    let words = failed(&through(&["sync", "--now"], "wrong"));
    assert!(words.contains("proxy") && !words.contains("wrong"), "{words}");
}

// On Windows the service is not a program that a signal ends: the package's tests look at it.
#[cfg(unix)]
#[test]
fn the_service_synchronises_at_its_start_and_ends_cleanly() {
    use std::{
        thread,
        time::{Duration, Instant},
    };

    use vigie_wire::sync::Outcome;
    let double = Double::start();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut service = connected(&["run"], &double, &folder.path().join("state"))
        .arg("--log-dir")
        .arg(&log)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let patience = Instant::now() + Duration::from_mins(1);
    while double.kept().taken.is_empty() {
        assert!(Instant::now() < patience && service.try_wait().unwrap().is_none(), "the service did not synchronise");
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(double.kept().taken[0].0, Outcome::Full);
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(i32::try_from(service.id()).unwrap()),
        nix::sys::signal::Signal::SIGTERM,
    )
    .unwrap();
    assert!(service.wait().unwrap().success());
    let log = std::fs::read_to_string(log.join("agent.log")).unwrap();
    assert!(log.contains("collected") && log.contains("enrolled") && log.contains("SIGTERM"), "{log}");
    assert!(!log.contains(CLIENT_SECRET));
}
