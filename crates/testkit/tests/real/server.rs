//! A server as it is shipped, with an empty data folder, and its API.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

/// A program of ours: in `VIGIE_BIN_DIR`, else beside this test.
pub(crate) fn program(name: &str) -> PathBuf {
    let folder = std::env::var_os("VIGIE_BIN_DIR")
        .map_or_else(|| std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_path_buf(), PathBuf::from);
    let path = folder.join(name);
    assert!(path.exists(), "{} is missing: cargo build --bins", path.display());
    path
}

/// What a command prints; fails when the command does.
pub(crate) fn printed(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{stdout}\n{stderr}", output.status);
    stdout.into_owned()
}

/// How a server is started.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// `postgres://…`; SQLite when there is none.
    pub(crate) database: Option<String>,
    /// Where the calls that make files durable are written to, by strace.
    pub(crate) trace: Option<PathBuf>,
}

/// A server with a data folder of its own, ended with the test.
pub(crate) struct Server {
    child: Child,
    port: u16,
    settings: Settings,
    folder: tempfile::TempDir,
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(Settings::default()).await
    }

    pub(crate) async fn start_with(settings: Settings) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("https://localhost:{port}");
        let mut child = spawn(folder.path(), port, &settings);
        let http = ready(&mut child, folder.path(), &url).await;
        let admin = |arguments: &[&str]| {
            let mut admin = Command::new(program("vigie"));
            admin.arg("admin").args(arguments).arg("--data-dir").arg(folder.path());
            printed(&mut admin)
        };
        let token = admin(&["token", "--user", "admin"]).trim().to_owned();
        let client: Value = serde_json::from_str(&admin(&["agent-client"])).unwrap();
        let text = |name: &str| client[name].as_str().unwrap().to_owned();
        assert!(text("url").ends_with(&format!(":{port}")), "the address that agents are told: {client}");
        let (client_id, client_secret) = (text("client_id"), text("client_secret"));
        Self { child, port, settings, folder, url, http, token, client_id, client_secret }
    }

    /// Ends it as a power cut does: without a word.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on what it left behind.
    pub(crate) async fn start_again(&mut self) {
        self.child = spawn(self.folder.path(), self.port, &self.settings);
        self.http = ready(&mut self.child, self.folder.path(), &self.url).await;
    }

    /// Loses the server with all it had, and starts the one that a backup holds on an empty machine.
    pub(crate) async fn restore_elsewhere(&mut self, from: &Path, database: Option<String>) {
        self.kill();
        self.folder = tempfile::tempdir().unwrap();
        self.settings.database = database;
        printed(self.vigie(&["backup", "restore", "--from"]).arg(from));
        self.start_again().await;
    }

    /// A command for this server's folder and database.
    pub(crate) fn vigie(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("vigie"));
        let (first, rest) = arguments.split_at(2);
        command.args(first).arg("--data-dir").arg(self.folder.path());
        if let Some(database) = &self.settings.database {
            command.args(["--database", database]);
        }
        command.args(rest);
        command
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("tls/ca.pem")
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// The one machine that is pending, of an agent of this kind.
    pub(crate) async fn only_pending(&self, kind: &str) -> Value {
        let list = self.get("/api/v1/pending-equipment").await;
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "one machine is one pending equipment: {list}");
        assert_eq!(items[0]["agent"]["kind"], kind, "{list}");
        items[0].clone()
    }

    /// The packages in the inventory of a pending machine.
    pub(crate) async fn packages(&self, pending: &Value) -> Vec<Value> {
        let inventory =
            self.get(&format!("/api/v1/pending-equipment/{}/inventory", pending["id"].as_str().unwrap())).await;
        inventory["sections"]["software"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|software| software["source"] == "dpkg")
            .cloned()
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Path, port: u16, settings: &Settings) -> Child {
    let vigie = program("vigie");
    let mut serve = match &settings.trace {
        None => Command::new(vigie),
        Some(trace) => {
            let mut strace = Command::new("strace");
            // The server stays the child; the tracer is beside it.
            strace.args([
                "--daemonize",
                "--follow-forks",
                "--decode-fds=path",
                "--absolute-timestamps=format:unix,precision:us",
            ]);
            strace.args(["--syscall-times=us", "--trace=fsync,fdatasync", "--output"]).arg(trace).arg(vigie);
            strace
        }
    };
    serve.args(["serve", "--data-dir"]).arg(folder).args(["--listen", &format!("127.0.0.1:{port}")]);
    if let Some(database) = &settings.database {
        serve.args(["--database", database]);
    }
    serve.env("VIGIE_LOG_LEVEL", "warn").env_remove("VIGIE_BIN_DIR").stdout(Stdio::piped());
    let mut child = serve.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| eprintln!("server: {line}")));
    child
}

/// Waits until a server answers; a client that trusts it.
async fn ready(child: &mut Child, folder: &Path, url: &str) -> reqwest::Client {
    loop {
        // The CA appears with the first start, the answer when the server is ready.
        assert!(child.try_wait().unwrap().is_none(), "the server ended");
        if let Ok(pem) = std::fs::read(folder.join("tls/ca.pem"))
            && let Ok(certificates) = reqwest::Certificate::from_pem_bundle(&pem)
        {
            let http = reqwest::Client::builder().tls_certs_only(certificates).build().unwrap();
            if http.get(format!("{url}/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return http;
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
