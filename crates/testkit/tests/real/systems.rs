//! A customer's system: the real agent on its link, the owner's switches and service user, a real sshd reached through it.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

use crate::server::{Server, printed, program};

/// A process that ends with the test.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn start(command: &mut Command) -> Running {
    Running(command.stdin(Stdio::null()).spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
}

/// A system that enrolled.
pub(crate) struct System<'a> {
    pub(crate) server: &'a mut Server,
    folder: tempfile::TempDir,
    agent: Option<Running>,
    pub(crate) id: String,
    customer: String,
}

impl<'a> System<'a> {
    pub(crate) async fn new(server: &'a mut Server, more: &[&str]) -> Self {
        let reseller = server.get("/api/v1/resellers").await["items"][0]["id"].clone();
        let token = post(server, "/api/v1/enrolment-tokens", json!({ "reseller_id": reseller })).await;
        let folder = tempfile::tempdir().unwrap();
        let mut it = Self { server, folder, agent: None, id: String::new(), customer: String::new() };
        let token = token["token"].as_str().unwrap();
        it.start(&[&["--enrolment-token", token], more].concat());
        let systems = it.until("/api/v1/systems", |it| it["total"] == 1).await;
        let system = &systems["items"][0];
        system["id"].as_str().unwrap().clone_into(&mut it.id);
        system["customer"]["id"].as_str().unwrap().clone_into(&mut it.customer);
        it
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn start(&mut self, more: &[&str]) {
        self.start_as(&mut Command::new(program("vigie-agent")), more);
    }

    fn start_as(&mut self, agent: &mut Command, more: &[&str]) {
        agent.args(["system", "run", "--server", &self.server.url, "--ca"]).arg(self.server.ca());
        agent.arg("--state-dir").arg(self.state());
        if !more.contains(&"--profile") {
            agent.args(["--profile", concat!(env!("CARGO_MANIFEST_DIR"), "/../../profiles/linux.toml")]);
        }
        self.agent = Some(start(agent.args(more)));
    }

    /// A command of the owner.
    pub(crate) fn owner(&self, arguments: &[&str]) -> Command {
        let mut agent = Command::new(program("vigie-agent"));
        agent.arg("system").args(arguments).arg("--state-dir").arg(self.state());
        agent
    }

    fn user(&self, arguments: &[&str]) {
        printed(&mut self.owner(&[&["service-user"], arguments].concat()));
    }

    fn password(&self, password: &str, arguments: &[&str]) {
        let mut command = self.owner(&[&["service-user", "--password-stdin"], arguments].concat());
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// What the server says of a path, once it is so.
    pub(crate) async fn until(&self, path: &str, so: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..600 {
            let value = self.server.get(path).await;
            if so(&value) {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{path}: {}", self.server.get(path).await);
    }

    async fn shown(&self, so: impl Fn(&Value) -> bool) -> Value {
        self.until(&format!("/api/v1/systems/{}", self.id), so).await
    }

    async fn is(&self, connectivity: &str) -> Value {
        self.shown(|it| it["connectivity"] == connectivity).await
    }

    /// What a test of the connection says now.
    async fn tested(&self) -> String {
        let path = format!("/api/v1/customers/{}/test-connection", self.customer);
        post(self.server, &path, json!({})).await["connectivity"].as_str().unwrap().to_owned()
    }

    async fn enter(&self, name: &str, password: &str) {
        let path = format!("{}/api/v1/customers/{}/service-user", self.server.url, self.customer);
        let body = json!({ "name": name, "password": password });
        let answer = self.server.http.put(path).bearer_auth(&self.server.token).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }
}

async fn post(server: &Server, path: &str, body: Value) -> Value {
    let answer =
        server.http.post(format!("{}{path}", server.url)).bearer_auth(&server.token).json(&body).send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}

/// `vigie tunnel`, where it listens, and what it said of refused connections.
struct Tunnel {
    _running: Running,
    port: u16,
    refused: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    fn new(server: &Server, system: &str, to: &str) -> Self {
        let mut tunnel = server.vigie(&["tunnel", "--listen=127.0.0.1:0"]);
        tunnel.args(["--system", system, "--to", to]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = start(&mut tunnel);
        let mut said = BufReader::new(running.0.stdout.take().unwrap()).lines();
        let line = said.next().unwrap().unwrap();
        let port = line.split([':', ',']).nth(1).and_then(|it| it.parse().ok()).unwrap_or_else(|| panic!("{line}"));
        let refused = Arc::<Mutex<Vec<String>>>::default();
        let (words, kept) = (BufReader::new(running.0.stderr.take().unwrap()).lines(), refused.clone());
        std::thread::spawn(move || words.map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line)));
        Self { _running: running, port, refused }
    }

    async fn says(&self, word: &str) {
        for _ in 0..300 {
            if self.refused.lock().unwrap().iter().any(|line| line.contains(word)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("nobody said {word:?}: {:?}", self.refused.lock().unwrap());
    }
}

/// A real sshd that lets one key in.
struct Sshd {
    _running: Running,
    folder: tempfile::TempDir,
    port: u16,
}

impl Sshd {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        for name in ["host", "user"] {
            printed(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &path(name)]));
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // What it drops its rights in; the package makes it at its service's start.
        let _ = std::fs::create_dir_all("/run/sshd");
        let options = [
            format!("ListenAddress=127.0.0.1:{port}"),
            format!("HostKey={}", path("host")),
            format!("AuthorizedKeysFile={}", path("user.pub")),
            "StrictModes=no".into(),
            "UsePAM=no".into(),
            "PermitRootLogin=yes".into(),
            "PidFile=none".into(),
        ];
        let mut sshd = Command::new("/usr/sbin/sshd");
        sshd.args(["-D", "-e", "-f", "/dev/null"]).args(options.iter().flat_map(|it| ["-o", it]));
        Self { _running: start(&mut sshd), folder, port }
    }

    /// What a real ssh prints that goes through a tunnel; none: it did not come through.
    fn run(&self, port: u16, command: &str) -> Option<String> {
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", "/dev/null", "-p", &port.to_string(), "-i"]).arg(self.folder.path().join("user"));
        for option in ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "LogLevel=ERROR"] {
            ssh.args(["-o", option]);
        }
        let user = printed(Command::new("id").arg("-un"));
        let output = ssh.args([&format!("{}@127.0.0.1", user.trim()), command]).stdin(Stdio::null()).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }
}

/// The library of the package: its program would stay between the agent and whoever ends it.
pub(crate) fn faketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|it| it.unwrap().path().join("faketime/libfaketime.so.1"));
    folders.into_iter().find(|it| it.exists()).expect("faketime is installed")
}

fn kill(running: &Running) {
    let pid = running.0.id().to_string();
    printed(Command::new("kill").args(["-KILL", &pid]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_is_reached_by_ssh_when_its_owner_allows_and_comes_back_after_either_end_was_killed() {
    let mut server = Server::start().await;
    let mut system = System::new(&mut server, &[]).await;
    let shown = system.is("connected").await;
    assert_eq!(shown["profile"], "linux");
    assert!(shown["version"].as_str().unwrap().contains("Debian"), "{shown}");
    assert!(shown["switches"].as_object().unwrap().values().all(|it| it == false), "every switch is off: {shown}");

    let sshd = Sshd::new();
    let tunnel = Tunnel::new(system.server, &system.id, &format!("127.0.0.1:{}", sshd.port));
    assert_eq!(sshd.run(tunnel.port, "true"), None);
    tunnel.says("remote-access").await;
    printed(&mut system.owner(&["set", "remote-access=on"]));
    system.shown(|it| it["switches"]["remote_access"] == true).await;
    assert_eq!(sshd.run(tunnel.port, "echo through").unwrap().trim(), "through");
    let much = sshd.run(tunnel.port, "head --bytes 20000000 /dev/zero").unwrap();
    assert_eq!(much.len(), 20_000_000);

    // What is not the system itself needs another switch; an address of this machine's own is it.
    let beside = Tunnel::new(system.server, &system.id, "192.0.2.1:22");
    assert_eq!(sshd.run(beside.port, "true"), None);
    beside.says("co-located-servers").await;
    let nothing = Tunnel::new(system.server, &system.id, "127.0.0.1:1");
    assert_eq!(sshd.run(nothing.port, "true"), None);
    nothing.says("refused").await;

    // The server goes without a word.
    system.server.kill();
    system.server.start_again().await;
    system.is("connected").await;
    drop(tunnel);
    let tunnel = Tunnel::new(system.server, &system.id, &format!("127.0.0.1:{}", sshd.port));
    assert_eq!(sshd.run(tunnel.port, "echo again").unwrap().trim(), "again");

    // So does the agent; it needs no token any more, and its switches are as they were.
    kill(system.agent.as_ref().unwrap());
    let gone = system.is("unreachable").await;
    assert_eq!(gone["last_seen_at"], gone["connectivity_since"]);
    assert_eq!(system.tested().await, "unreachable");
    assert_eq!(sshd.run(tunnel.port, "true"), None);
    tunnel.says("not connected").await;
    system.start(&[]);
    assert_eq!(system.is("connected").await["switches"]["remote_access"], true);

    printed(&mut system.owner(&["set", "remote-access=off"]));
    system.shown(|it| it["switches"]["remote_access"] == false).await;
    assert_eq!(sshd.run(tunnel.port, "true"), None, "off again");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_the_service_user_stands_is_caused_on_the_system_and_shown() {
    let mut server = Server::start().await;
    let mut system = System::new(&mut server, &[]).await;
    system.is("connected").await;
    let every = ["write-own-password", "back-up", "upgrade", "read-service-monitoring"];
    let rights = |list: &[&str]| {
        let all = every.map(|right| format!("{right}={}", if list.contains(&right) { "on" } else { "off" }));
        all.iter().flat_map(|it| ["--right".to_owned(), it.clone()]).collect::<Vec<_>>()
    };
    let owner = |arguments: &[String]| system.user(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    // The cause, what is shown, and how it is mended.
    let causes = [
        (words("--disable"), "disabled_by_administrator", words("--enable")),
        (words("--valid-until 2001-01-01"), "currently_disabled", words("--valid-until never")),
        (words("--valid-from 2999-01-01"), "currently_disabled", words("--valid-from always")),
        (words("--password-expires 2001-01-01"), "password_expired", words("--password-expires never")),
        (words("--remote-operations off"), "remote_operations_not_allowed", words("--remote-operations on")),
        (words("--sessions 0"), "session_limit_exceeded", words("--sessions 5")),
        (words("--name other"), "invalid_credentials", words("--name vigie")),
        (rights(&[]), "no_right_enabled", rights(&every)),
        (rights(&["upgrade", "back-up"]), "service_monitoring_missing", rights(&every)),
        (rights(&["read-service-monitoring", "back-up"]), "upgrade_missing", rights(&every)),
        (rights(&["read-service-monitoring", "upgrade"]), "insufficient_rights", rights(&every)),
    ];
    for (cause, state, remedy) in causes {
        owner(&cause);
        system.is(state).await;
        assert_eq!(system.tested().await, state, "asked anew");
        owner(&remedy);
        system.is("connected").await;
    }
    // Another password on the system than on the server, and then the same.
    system.password("only on the system", &[]);
    system.is("authorisation_failed").await;
    system.enter("vigie", "only on the system").await;
    system.is("connected").await;
    system.password("given for once", &["--must-change"]);
    system.enter("vigie", "given for once").await;
    system.is("password_must_be_changed").await;
    // Who guesses is locked out, also with the right one.
    for guess in 0..6 {
        system.enter("vigie", &format!("guess number {guess}")).await;
        system
            .shown(|it| ["authorisation_failed", "temporarily_locked"].contains(&it["connectivity"].as_str().unwrap()))
            .await;
        system.tested().await;
    }
    system.is("temporarily_locked").await;
    system.password("given for good", &["--unlock"]);
    system.enter("vigie", "given for good").await;
    system.is("connected").await;
    system.agent = None;
    system.is("unreachable").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_set_up_by_hand_is_managed_once_both_sides_have_the_same_password() {
    let mut server = Server::start().await;
    let mut system = System::new(&mut server, &["--service-user", "by-hand"]).await;
    system.is("no_authorisation").await;
    system.enter("vigie", "the same on both").await;
    system.is("disabled_by_administrator").await;
    system.password("the same on both", &["--enable"]);
    system.is("connected").await;
    system.agent = None;
    system.is("unreachable").await;
    // The system's clock is an hour ahead.
    let mut late = Command::new(program("vigie-agent"));
    system.start_as(late.env("LD_PRELOAD", faketime()).env("FAKETIME", "+1h"), &[]);
    system.is("connection_failed").await;
    // Something calls itself this system and has not its key.
    system.agent = None;
    let key = system.state().join("system.key");
    let own = std::fs::read(&key).unwrap();
    std::fs::write(&key, "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n").unwrap();
    system.start(&[]);
    system.is("invalid_system").await;
    system.agent = None;
    std::fs::write(&key, own).unwrap();
    system.start(&[]);
    system.is("connected").await;
}

/// A profile whose one condition holds while a file is missing.
const WATCHFUL: &str = r#"
name = "watchful"
title = "Watchful"
platform = "linux"

[[condition]]
key = "file"
kind = "command"
title = "The file is there"
command = ["/usr/bin/test", "-e", "FILE"]
plugin = false
severity = "critical"
for = "0s"
every = "5s"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_real_system_finds_is_an_alert_until_it_ends_also_when_nobody_could_be_told_at_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let (file, profile) = (folder.path().join("file"), folder.path().join("watchful.toml"));
    std::fs::write(&file, "").unwrap();
    std::fs::write(&profile, WATCHFUL.replace("FILE", file.to_str().unwrap())).unwrap();
    let mut server = Server::start().await;
    let mut system = System::new(&mut server, &["--profile", profile.to_str().unwrap()]).await;
    system.is("connected").await;
    let rules = format!("/api/v1/customers/{}/alert-rules", system.customer);
    system.until(&rules, |it| it["items"].as_array().unwrap().iter().any(|it| it["condition"]["key"] == "file")).await;
    assert_eq!(system.server.get("/api/v1/alerts").await["total"], 0);
    std::fs::remove_file(&file).unwrap();
    let raised = system.until("/api/v1/alerts", |it| it["total"] == 1).await["items"][0].clone();
    assert_eq!(
        (&raised["condition"], &raised["severity"], &raised["ongoing"]),
        (&json!("file"), &json!("critical"), &json!(true))
    );
    let ids = json!({ "ids": [raised["id"]] });
    let kept = post(system.server, "/api/v1/alerts/clear", ids.clone()).await;
    assert_eq!(kept["failed"][0]["code"], "alert-ongoing");

    // The server goes without a word; what ends and begins meanwhile is told when it is back, in order.
    system.server.kill();
    std::fs::write(&file, "").unwrap();
    tokio::time::sleep(Duration::from_secs(8)).await;
    system.server.start_again().await;
    let path = format!("/api/v1/alerts/{}", raised["id"].as_str().unwrap());
    let ended = system.until(&path, |it| it["ongoing"] == false).await;
    assert!(ended["ended_at"].as_str() > ended["last_at"].as_str(), "{ended}");
    assert_eq!(post(system.server, "/api/v1/alerts/clear", ids).await["done"], 1);

    // What people switch off for the customer is not looked at any more.
    let off = json!({ "rules": [{ "condition": "file", "off": true }] });
    let set = system.server.http.put(format!("{}{rules}", system.server.url)).bearer_auth(&system.server.token);
    assert!(set.json(&off).send().await.unwrap().status().is_success());
    std::fs::remove_file(&file).unwrap();
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(system.server.get("/api/v1/alerts").await["total"], 0);

    // The agent goes, too: that is an alert of the server's own.
    let soon = json!({ "unreachable_after_seconds": 30 });
    let preferences = format!("{}/api/v1/preferences", system.server.url);
    let set = system.server.http.patch(preferences).bearer_auth(&system.server.token);
    assert!(set.json(&soon).send().await.unwrap().status().is_success());
    kill(system.agent.as_ref().unwrap());
    let gone = system.until("/api/v1/alerts", |it| it["total"] == 1).await["items"][0].clone();
    assert_eq!((&gone["kind"], &gone["severity"]), (&json!("unreachable"), &json!("major")));
    system.start(&["--profile", profile.to_str().unwrap()]);
    let back = format!("/api/v1/alerts/{}", gone["id"].as_str().unwrap());
    system.until(&back, |it| it["ongoing"] == false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_systems_enrol_connect_and_stay() {
    let server = Server::start().await;
    let reseller = server.get("/api/v1/resellers").await["items"][0]["id"].clone();
    let body = json!({ "reseller_id": reseller, "uses": 50 });
    let token = post(&server, "/api/v1/enrolment-tokens", body).await["token"].as_str().unwrap().to_owned();
    let mut sim = Command::new(program("vigie-sim"));
    sim.args(["systems", "--server", &server.url, "--ca"]).arg(server.ca());
    let said = printed(sim.args(["--enrolment-token", &token, "--count", "50", "--seed", "3", "--stay", "15"]));
    let report: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!((&report["connected"], &report["failed"]), (&json!(50), &json!(0)), "{report}");
    assert!(report["heartbeats"].as_u64().unwrap() >= 50, "{report}");
    // Each made a customer; all of them went with the simulation.
    let systems = server.get("/api/v1/systems?limit=200").await;
    assert_eq!(systems["total"], 50);
    assert_eq!(server.get("/api/v1/customers").await["total"], 51);
}
