//! Agents as they are installed, against a server as it is shipped: Debian's FusionInventory and OCS Inventory agents,
//! unmodified, and our own. `cargo xtask test` installs the one and builds the other; these tests do not skip.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::Value;

/// A program of ours: in `VIGIE_BIN_DIR`, else beside this test.
fn program(name: &str) -> PathBuf {
    let folder = std::env::var_os("VIGIE_BIN_DIR")
        .map_or_else(|| std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_path_buf(), PathBuf::from);
    let path = folder.join(name);
    assert!(path.exists(), "{} is missing: cargo build --bins", path.display());
    path
}

/// What a command prints; fails when the command does.
fn printed(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{stdout}\n{stderr}", output.status);
    stdout.into_owned()
}

/// A server with an empty data folder, ended with the test.
struct Server {
    child: Child,
    folder: tempfile::TempDir,
    url: String,
    http: reqwest::Client,
    token: String,
    client_id: String,
    client_secret: String,
}

impl Server {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new(program("vigie"))
            .args(["serve", "--data-dir"])
            .arg(folder.path())
            .env("VIGIE_LOG_LEVEL", "warn")
            .env_remove("VIGIE_BIN_DIR")
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| eprintln!("server: {line}")));
        let url = format!("https://localhost:{port}");
        let ca = folder.path().join("tls/ca.pem");
        let http = loop {
            // The file appears with the first start, the answer when the server is ready.
            assert!(child.try_wait().unwrap().is_none(), "the server ended");
            if let Ok(pem) = std::fs::read(&ca)
                && let Ok(certificates) = reqwest::Certificate::from_pem_bundle(&pem)
            {
                let http = reqwest::Client::builder().tls_certs_only(certificates).build().unwrap();
                if http.get(format!("{url}/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
                    break http;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let admin = |arguments: &[&str]| {
            printed(Command::new(program("vigie")).arg("admin").args(arguments).arg("--data-dir").arg(folder.path()))
        };
        let token = admin(&["token", "--user", "admin"]).trim().to_owned();
        let client: Value = serde_json::from_str(&admin(&["agent-client"])).unwrap();
        let text = |name: &str| client[name].as_str().unwrap().to_owned();
        assert!(text("url").ends_with(&format!(":{port}")), "the address that agents are told: {client}");
        let (client_id, client_secret) = (text("client_id"), text("client_secret"));
        Self { child, folder, url, http, token, client_id, client_secret }
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("tls/ca.pem")
    }

    fn folder(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// The one machine that is pending, of an agent of this kind.
    async fn only_pending(&self, kind: &str) -> Value {
        let list = self.get("/api/v1/pending-equipment").await;
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "one machine is one pending equipment: {list}");
        assert_eq!(items[0]["agent"]["kind"], kind, "{list}");
        items[0].clone()
    }

    /// The packages in the inventory of a pending machine.
    async fn packages(&self, pending: &Value) -> Vec<Value> {
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

/// Name, version and architecture of every installed package.
fn dpkg() -> BTreeSet<(String, String, String)> {
    let list = printed(
        Command::new("dpkg-query")
            .args(["--show", "--showformat=${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\n"]),
    );
    list.lines()
        .filter_map(|line| line.strip_prefix("installed\t"))
        .map(|line| {
            let mut fields = line.split('\t').map(ToOwned::to_owned);
            (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap())
        })
        .collect()
}

fn names_and_versions(packages: &[Value]) -> BTreeSet<(String, String)> {
    packages
        .iter()
        .map(|software| {
            (software["name"].as_str().unwrap().to_owned(), software["version"].as_str().unwrap_or_default().to_owned())
        })
        .collect()
}

fn assert_same_packages(found: &[Value]) {
    let expected: BTreeSet<_> = dpkg().into_iter().map(|(name, version, _)| (name, version)).collect();
    let names = names_and_versions(found);
    let (missing, more): (Vec<_>, Vec<_>) =
        (expected.difference(&names).collect(), names.difference(&expected).collect());
    assert!(missing.is_empty() && more.is_empty(), "missing {missing:?}, too many {more:?}");
    assert_eq!(found.len(), dpkg().len());
}

fn fusioninventory(server: &Server) {
    printed(
        Command::new("fusioninventory-agent")
            .args(["--server", &format!("{}/inventory", server.url)])
            .args(["--user", &server.client_id, "--password", &server.client_secret])
            .args(["--ca-cert-file", &server.ca().display().to_string()])
            .args(["--tasks", "inventory", "--force", "--logger", "stderr", "--no-httpd"]),
    );
}

fn ocsinventory(server: &Server, state: &Path) {
    printed(
        Command::new("ocsinventory-agent")
            .args([
                &format!("--server={}/ocsinventory", server.url),
                "--realm=Vigie",
                "--force",
                "--ssl=1",
                "--nolocal",
            ])
            // This agent keeps both in base64, and takes them so.
            .args([format!("--user={}", BASE64.encode(&server.client_id))])
            .args([format!("--password={}", BASE64.encode(&server.client_secret))])
            .args([&format!("--ca={}", server.ca().display()), &format!("--basevardir={}", state.display())]),
    );
}

fn native(server: &Server, state: &Path) {
    let program = program("vigie-agent");
    printed(
        Command::new(program)
            .args(["sync", "--now", "--server", &server.url, "--client-id", &server.client_id])
            .args(["--client-secret", &server.client_secret, "--ca", &server.ca().display().to_string()])
            .args(["--state-dir", &state.display().to_string()])
            // It finds everything without asking other programs.
            .env("PATH", ""),
    );
}

#[tokio::test]
async fn fusioninventory_delivers_twice_and_is_one_machine() {
    let server = Server::start().await;
    fusioninventory(&server);
    let first = server.only_pending("fusioninventory").await;
    assert_same_packages(&server.packages(&first).await);
    fusioninventory(&server);
    let again = server.only_pending("fusioninventory").await;
    assert_eq!(first["id"], again["id"]);
    assert_ne!(first["received_at"], again["received_at"], "the second one arrived, too");
    assert_same_packages(&server.packages(&again).await);
}

#[tokio::test]
async fn ocsinventory_delivers_twice_and_is_one_machine() {
    let server = Server::start().await;
    let state = server.folder("ocs");
    ocsinventory(&server, &state);
    let first = server.only_pending("ocs").await;
    assert_same_packages(&server.packages(&first).await);
    ocsinventory(&server, &state);
    let again = server.only_pending("ocs").await;
    assert_eq!(first["id"], again["id"]);
    assert_ne!(first["received_at"], again["received_at"], "the second one arrived, too");
    assert_same_packages(&server.packages(&again).await);
}

#[tokio::test]
async fn our_agent_lists_exactly_what_dpkg_lists_with_an_empty_path() {
    let server = Server::start().await;
    let state = server.folder("agent");
    native(&server, &state);
    let first = server.only_pending("vigie").await;
    let packages = server.packages(&first).await;
    let found: BTreeSet<_> = packages
        .iter()
        .map(|software| {
            let text = |name: &str| software[name].as_str().unwrap().to_owned();
            (text("name"), text("version"), text("architecture"))
        })
        .collect();
    assert_eq!(found, dpkg());
    assert_eq!(packages.len(), dpkg().len());
    native(&server, &state);
    assert_eq!(server.only_pending("vigie").await["id"], first["id"]);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_and_the_agent_says_so() {
    let mut server = Server::start().await;
    server.client_secret = "wrong".to_owned();
    let state = server.folder("agent");
    let output = Command::new(program("vigie-agent"))
        .args(["sync", "--now", "--server", &server.url, "--client-id", &server.client_id])
        .args(["--client-secret", &server.client_secret, "--ca", &server.ca().display().to_string()])
        .args(["--state-dir", &state.display().to_string()])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("secret") || said.contains("client-unknown"), "{said}");
    let list = server.get("/api/v1/pending-equipment").await;
    assert_eq!(list["total"], 0, "{list}");
}
