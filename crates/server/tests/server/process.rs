//! The program that people start: ports, files, signals, command line.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

const VIGIE: &str = env!("CARGO_BIN_EXE_vigie");

fn vigie(arguments: &[&str]) -> Command {
    let mut command = Command::new(VIGIE);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VIGIE_") {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    vigie(arguments).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A server that runs until it is dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) lines: Vec<String>,
    pub(crate) url: String,
    data_dir: PathBuf,
}

impl Running {
    pub(crate) fn start(data_dir: &Path, more: &[&str]) -> Self {
        let mut arguments = vec!["serve", "--data-dir", data_dir.to_str().unwrap(), "--listen", "127.0.0.1:0"];
        arguments.extend(more);
        let mut child = vigie(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("Vigie listens on ").expect("the address comes first").to_owned();
        let mut lines = vec![line];
        if !more.is_empty() || !data_dir.join("started-before").exists() {
            // What else is printed is printed at once; the administrator's line comes last at the first start.
            for line in out.lines() {
                let line = line.unwrap();
                let last = line.starts_with("Administrator: ");
                lines.push(line);
                if last {
                    break;
                }
            }
            std::fs::write(data_dir.join("started-before"), b"").unwrap();
        }
        Self { child, lines, url, data_dir: data_dir.to_owned() }
    }

    pub(crate) fn one_time_password(&self) -> String {
        let line = self.lines.iter().find(|it| it.starts_with("Administrator: admin  One-time password: ")).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    }

    /// An API token of the administrator.
    pub(crate) fn token(&self) -> String {
        let output = run(&["admin", "token", "--data-dir", self.data_dir.to_str().unwrap(), "--user", "admin"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).trim().to_owned()
    }

    pub(crate) fn client(&self) -> reqwest::Client {
        let ca = std::fs::read(self.data_dir.join("tls/ca.pem")).unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder().tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()]).build().unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    pub(crate) fn stop(mut self, signal: Signal) -> std::process::ExitStatus {
        self.signal(signal);
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn it_serves_https_under_its_own_authority_and_stops_on_sigterm_with_0() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let running = Running::start(&data_dir, &[]);
    let client = running.client();
    let ready = client.get(format!("{}/readyz", running.url)).send().await.unwrap();
    assert_eq!((ready.status().as_u16(), ready.version()), (200, http::Version::HTTP_2));
    let by_name = running.url.replace("127.0.0.1", "localhost");
    assert_eq!(client.get(format!("{by_name}/healthz")).send().await.unwrap().status(), 200);
    let said = serde_json::json!({ "login": "admin", "password": running.one_time_password() });
    let session = client.post(format!("{}/api/v1/session", running.url)).json(&said).send().await.unwrap();
    assert_eq!(session.json::<Value>().await.unwrap()["must_change_password"], true);
    for (file, mode) in
        [("", 0o700), ("sealing.key", 0o600), ("tls/ca.key", 0o600), ("vigie.db", 0o600), ("admin.sock", 0o600)]
    {
        let found = std::fs::metadata(data_dir.join(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{file}");
    }
    assert_eq!(running.stop(Signal::SIGTERM).code(), Some(0));
    assert!(!data_dir.join("admin.sock").exists());
    let again = Running::start(&data_dir, &[]);
    assert_eq!(again.lines.len(), 1, "the one-time password is printed once");
    assert_eq!(again.stop(Signal::SIGINT).code(), Some(0));
}

#[tokio::test]
async fn the_command_line_works_with_a_running_server_and_without() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let dir = data_dir.to_str().unwrap();
    let running = Running::start(&data_dir, &[]);
    let token = |name: &str| {
        let output = run(&["admin", "token", "--data-dir", dir, "--user", "admin", "--name", name]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let out = text(&output.stdout);
        assert_eq!(out.lines().count(), 1, "the token alone");
        out.trim().to_owned()
    };
    let client = running.client();
    let get = async |url: &str, token: &str| {
        client.get(format!("{url}/api/v1/users/me/tokens")).bearer_auth(token).send().await.unwrap()
    };
    let first = token("while it runs");
    assert_eq!(get(&running.url, &first).await.status(), 200);
    let agent_client =
        || serde_json::from_slice::<Value>(&run(&["admin", "agent-client", "--data-dir", dir]).stdout).unwrap();
    let shown = agent_client();
    assert_eq!((&shown["url"], &shown["client_id"]), (&running.url.clone().into(), &"office-agent".into()));
    let nobody = run(&["admin", "token", "--data-dir", dir, "--user", "nobody"]);
    assert!(!nobody.status.success() && text(&nobody.stderr).contains("nobody"));
    let second_server = run(&["serve", "--data-dir", dir, "--listen", "127.0.0.1:0"]);
    assert!(text(&second_server.stderr).contains("another vigie process"), "{}", text(&second_server.stderr));
    let reset = run(&["admin", "reset-password", "--data-dir", dir, "--user", "admin"]);
    assert!(reset.status.success() && text(&reset.stdout).trim().len() >= 16);

    // Killed, not stopped: the socket is left behind.
    assert!(!running.stop(Signal::SIGKILL).success());
    assert!(data_dir.join("admin.sock").exists());
    let second = token("while it does not");
    assert_eq!(agent_client(), shown, "the address it listened on is remembered");
    let again = Running::start(&data_dir, &[]);
    let listed = get(&again.url, &second).await.json::<Value>().await.unwrap();
    let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["while it does not", "while it runs"]);
    assert_eq!(get(&again.url, &first).await.status(), 200);
}

#[tokio::test]
async fn a_data_directory_may_be_deep() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("d".repeat(60)).join("e".repeat(60));
    let _running = Running::start(&data_dir, &[]);
    let output = run(&["admin", "token", "--data-dir", data_dir.to_str().unwrap(), "--user", "admin"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[tokio::test]
async fn agents_may_have_a_listener_of_their_own_and_metrics_another() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let more = ["--agents-listen", "127.0.0.1:0", "--metrics-listen", &metrics.to_string()];
    let running = Running::start(&folder.path().join("data"), &more);
    let agents = running.lines.iter().find_map(|it| it.strip_prefix("Agents: ")).unwrap().to_owned();
    let client = running.client();
    let status = async |url: String| client.get(url).send().await.unwrap().status().as_u16();
    assert_eq!(status(format!("{}/api/v1/about", running.url)).await, 200);
    assert_eq!(status(format!("{agents}/api/v1/about")).await, 404, "people's operations are not there");
    let token = async |url: &str| client.post(format!("{url}/oauth/token")).send().await.unwrap().status().as_u16();
    assert_eq!(token(&running.url).await, 404, "agents' operations are not here");
    assert_ne!(token(&agents).await, 404);
    assert_eq!(status(format!("{agents}/install/ca.pem")).await, 200);
    assert_eq!(status(format!("{agents}/readyz")).await, 200);
    let text = client.get(format!("http://{metrics}/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(text.contains(r#"vigie_http_requests_total{method="GET",route="/api/v1/about",status="200"} 1"#), "{text}");
    assert!(text.contains("vigie_connections ") && text.ends_with("# EOF\n"), "{text}");
}

#[tokio::test]
async fn a_request_that_is_under_way_is_finished_when_the_server_stops() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&folder.path().join("data"), &[]);
    let client = running.client();
    client.get(format!("{}/healthz", running.url)).send().await.unwrap();
    // A body that arrives slowly, over a connection that is open already.
    let (send, receive) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(1);
    let body = reqwest::Body::wrap_stream(futures_util::stream::unfold(receive, |mut receive| async {
        receive.recv().await.map(|piece| (piece, receive))
    }));
    let request = client.post(format!("{}/api/v1/session", running.url)).header("content-type", "application/json");
    let answer = tokio::spawn(request.body(body).send());
    send.send(Ok(br#"{"login":"nobody","#.to_vec())).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    running.signal(Signal::SIGTERM);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    send.send(Ok(br#""password":"wrong"}"#.to_vec())).await.unwrap();
    drop(send);
    assert_eq!(answer.await.unwrap().unwrap().status(), 401, "answered, not cut off");
    let mut running = running;
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_bad_configuration_is_told_by_line_and_key_and_nothing_starts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vigie.toml");
    let data_dir = folder.path().join("data");
    std::fs::write(&file, format!("data_dir = {data_dir:?}\n\n[agents]\nlisten = 1\n")).unwrap();
    let output = run(&["serve", "--config", file.to_str().unwrap()]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("vigie.toml, line 3") && said.contains("`agents`"), "{said}");
    assert!(!data_dir.exists());
    let doctor = run(&["doctor", "--config", file.to_str().unwrap()]);
    assert!(!doctor.status.success() && text(&doctor.stdout).contains("line 3"));
}

#[test]
fn the_doctor_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let dir = data_dir.to_str().unwrap();
    let look = || {
        let output = run(&["doctor", "--data-dir", dir, "--listen", "127.0.0.1:0"]);
        (output.status.success(), text(&output.stdout))
    };
    let (well, said) = look();
    assert!(well && said.contains("the first start makes it"), "{said}");
    let running = Running::start(&data_dir, &[]);
    let (well, said) = look();
    assert!(well && said.contains("server: runs") && said.contains("SQLite answers"), "{said}");
    drop(running);
    std::fs::write(data_dir.join("sealing.key"), b"short").unwrap();
    let (well, said) = look();
    assert!(!well && said.contains("PROBLEM  sealing key"), "{said}");
}

#[test]
fn another_directorys_key_is_noticed_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    drop(Running::start(&data_dir, &[]));
    std::fs::write(data_dir.join("sealing.key"), [9; 32]).unwrap();
    let output = run(&["serve", "--data-dir", data_dir.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    assert!(
        !output.status.success() && text(&output.stderr).contains("another sealing.key"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn help_and_completions_are_there() {
    let help = text(&run(&["--help"]).stdout);
    for word in ["serve", "admin", "openapi", "doctor", "completions"] {
        assert!(help.contains(word), "{help}");
    }
    assert!(text(&run(&["serve", "--help"]).stdout).contains("--agents-listen"));
    assert!(text(&run(&["completions", "bash"]).stdout).contains("agent-client"));
    let mut document = String::new();
    let mut child = vigie(&["openapi"]).stdout(Stdio::piped()).spawn().unwrap();
    child.stdout.take().unwrap().read_to_string(&mut document).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(serde_json::from_str::<Value>(&document).unwrap()["openapi"], "3.1.0");
}
