//! Agents that move from one server to another, with the programs as they are shipped: two servers, a real agent, and
//! everything that a new portal may do wrong.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use serde_json::{Value, json};
use vigie_kernel::Timestamp;

use crate::server::{Server, program};

/// A secret that is long enough.
const SECRET: &str = "Zt5q-9LmX-3rWc-7vBn-Hs2k";

/// A machine's agent, whose settings name one server.
struct Agent {
    server: String,
    client: (String, String),
    ca: PathBuf,
    state: PathBuf,
}

impl Agent {
    fn of(server: &Server, name: &str) -> Self {
        let client = (server.client_id.clone(), server.client_secret.clone());
        Self { server: server.url.clone(), client, ca: server.ca(), state: server.folder(name) }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("vigie-agent"));
        command.args(arguments).args(["--server", &self.server, "--client-id", &self.client.0]);
        command.arg("--ca").arg(&self.ca).arg("--state-dir").arg(&self.state);
        command.env("VIGIE_AGENT_CLIENT_SECRET", &self.client.1).stdin(Stdio::null());
        command
    }

    /// Synchronises; answers what the log said.
    fn sync(&self) -> String {
        let output = self.command(&["sync", "--now"]).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let said = said(&output);
        assert!(!said.contains(SECRET), "{said}");
        said
    }

    fn check(&self) -> String {
        let output = self.command(&["check"]).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    }

    fn status(&self) -> String {
        said(&self.command(&["status"]).output().unwrap())
    }

    fn run(&self) -> Child {
        self.command(&["run"]).stderr(Stdio::null()).spawn().unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

impl Server {
    async fn call(&self, method: reqwest::Method, path: &str, body: Value) -> (u16, Value) {
        let request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        let answer = request.json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn announce(&self, url: &str, client: (&str, &str), ca: Option<&str>) -> Value {
        let body = json!({ "url": url, "client_id": client.0, "client_secret": client.1, "ca": ca });
        let (status, answer) = self.call(reqwest::Method::PUT, "/api/v1/agent-configuration/next", body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    async fn withdraw(&self) {
        let (status, answer) =
            self.call(reqwest::Method::DELETE, "/api/v1/agent-configuration/next", Value::Null).await;
        assert_eq!(status, 204, "{answer}");
    }

    async fn configuration(&self) -> Value {
        self.get("/api/v1/agent-configuration").await
    }

    /// Makes an API client as its administrator does; answers its secret.
    async fn api_client(&self, id: &str) -> String {
        let (status, made) = self.call(reqwest::Method::POST, "/api/v1/api-clients", json!({ "client_id": id })).await;
        assert_eq!(status, 201, "{made}");
        made["client_secret"].as_str().unwrap().to_owned()
    }

    /// When the only agent was last heard of.
    async fn heard(&self) -> Timestamp {
        let list = self.get("/api/v1/agents").await;
        assert_eq!(list["total"], 1, "{list}");
        list["items"][0]["last_contact_at"].as_str().unwrap().parse().unwrap()
    }
}

#[tokio::test]
async fn an_agent_moves_from_one_server_to_another_and_both_know() {
    let (a, b) = (Server::start().await, Server::start().await);
    let (agent, left) = (Agent::of(&a, "agent"), Agent::of(&a, "left"));
    agent.sync();
    left.sync();
    let secret = b.api_client("agents-2").await;
    let ca = std::fs::read_to_string(b.ca()).unwrap();
    let made = a.announce(&b.url, ("agents-2", &secret), Some(&ca)).await;
    assert_eq!((&made["moved"], &made["left_behind"]), (&json!(0), &json!(2)));
    let log = agent.sync();
    assert!(log.contains("moved to the portal") && log.contains(&b.url), "{log}");
    assert!(!log.contains(&secret), "{log}");
    let pending = b.only_pending("vigie").await;
    assert!(!b.packages(&pending).await.is_empty(), "the whole inventory came along");
    let now = a.configuration().await;
    assert_eq!((&now["moved"], &now["left_behind"]), (&json!(1), &json!(1)), "{now}");
    let moved = a.get("/api/v1/agents?move=moved").await;
    assert_eq!((&moved["total"], &moved["items"][0]["move"]["state"]), (&json!(1), &json!("moved")));

    let before = a.get("/api/v1/agents?move=moved").await["items"][0]["last_contact_at"].clone();
    let log = agent.sync();
    assert!(log.contains("unchanged"), "the new server holds this machine's state: {log}");
    assert_eq!(a.get("/api/v1/agents?move=moved").await["items"][0]["last_contact_at"], before, "A hears no more");
    let (check, status) = (agent.check(), agent.status());
    assert!(check.contains(&format!("{} as agents-2; a portal announced it", b.url)), "{check}");
    assert!(status.contains("former portal") && status.contains(&b.url), "{status}");
    for words in [&check, &status] {
        assert!(!words.contains(&secret), "{words}");
    }

    let promotion = "/api/v1/agent-configuration/promotion";
    let (status, asked) = a.call(reqwest::Method::POST, promotion, json!({})).await;
    assert_eq!((status, &asked["code"], &asked["left_behind"]), (409, &json!("agents-left-behind"), &json!(1)));
    let (status, done) = a.call(reqwest::Method::POST, promotion, json!({ "left_behind": true })).await;
    assert_eq!((status, &done["current"]["url"]), (200, &json!(b.url)), "{done}");
    left.sync();
    let now = a.configuration().await;
    assert_eq!((&now["moved"], &now["left_behind"]), (&json!(2), &json!(0)), "who was left behind still heard: {now}");
    let list = b.get("/api/v1/agents").await;
    assert_eq!(list["total"], 2, "{list}");

    // The administrator's settings come before what was announced.
    let mut back = agent;
    (back.server, back.client.0, back.client.1) = (b.url.clone(), b.client_id.clone(), b.client_secret.clone());
    back.ca = b.ca();
    let check = back.check();
    assert!(check.contains(&format!("{} as office-agent\n", b.url)), "{check}");
}

#[tokio::test]
async fn the_same_server_under_another_client_is_a_move_too() {
    let server = Server::start().await;
    let agent = Agent::of(&server, "agent");
    agent.sync();
    let other_name = server.url.replace("localhost", "127.0.0.1");
    server.announce(&other_name, ("agents-2", SECRET), None).await;
    agent.sync();
    agent.sync();
    let now = server.configuration().await;
    assert_eq!((&now["moved"], &now["left_behind"]), (&json!(1), &json!(0)), "{now}");
    let clients = server.get("/api/v1/api-clients?q=agents-2").await;
    assert!(clients["items"][0]["last_used_at"].is_string(), "{clients}");
    server.heard().await;
    let office = server.get("/api/v1/api-clients?q=office").await["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/api-clients/{office}");
    let (status, _) = server.call(reqwest::Method::PATCH, &path, json!({ "status": "inactive" })).await;
    assert_eq!(status, 200);
    agent.sync();
    assert_eq!(server.get("/api/v1/agents").await["total"], 1, "it is one agent throughout");
}

#[tokio::test]
async fn a_configuration_that_is_withdrawn_is_forgotten() {
    let server = Server::start().await;
    let agent = Agent::of(&server, "agent");
    server.announce("https://nowhere.invalid", ("agents-2", SECRET), None).await;
    agent.sync();
    assert!(agent.status().contains("nowhere.invalid"));
    server.withdraw().await;
    let log = agent.sync();
    assert!(log.contains("no longer announced"), "{log}");
    assert!(!agent.status().contains("nowhere.invalid"));
}

/// How a portal answers that is none, or one that is ill.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Text(&'static str, &'static str, &'static str),
    /// Takes the connection, and nothing more.
    Nothing,
    /// The same behind TLS.
    NothingBehindTls,
}

/// A server with a certificate for these names; answers its address and its authority's PEM.
fn stranger(names: &[&str], answer: Answer) -> (String, String) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(vec![]).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.distinguished_name.push(DnType::CommonName, "A stranger's authority");
    let pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
    let signed = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(signed.der().to_vec())],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let config = config.clone();
            thread::spawn(move || serve(stream, config, answer));
        }
    });
    (url, pem)
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, answer: Answer) {
    if matches!(answer, Answer::Nothing) {
        thread::sleep(Duration::from_mins(5));
        drop(stream);
        return;
    }
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    let mut piece = [0; 8192];
    while let Ok(1..) = stream.read(&mut piece) {
        let Answer::Text(status, headers, body) = answer else {
            thread::sleep(Duration::from_mins(5));
            return;
        };
        let answer = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

type Case<'a> = (&'a str, &'a str, &'a str, Option<&'a str>, &'a str, &'a str);

#[tokio::test]
async fn a_portal_that_does_not_work_never_costs_the_one_in_use() {
    let (a, b) = (Server::start().await, Server::start().await);
    let good = std::fs::read_to_string(b.ca()).unwrap();
    b.api_client("wrong-secret").await;
    let html = Answer::Text("200 OK", "content-type: text/html\r\n", "<html>Welcome</html>");
    let json_of_another_kind = Answer::Text("200 OK", "content-type: application/json\r\n", r#"{"version":"3.1"}"#);
    let redirect = Answer::Text("302 Found", "location: https://localhost/\r\n", "");
    let (page, page_ca) = stranger(&["localhost"], html);
    let (wrong_name, wrong_name_ca) = stranger(&["elsewhere.example"], html);
    let (other_json, other_json_ca) = stranger(&["localhost"], json_of_another_kind);
    let (redirecting, redirecting_ca) = stranger(&["localhost"], redirect);
    let (silent, silent_ca) = stranger(&["localhost"], Answer::Nothing);
    let (late, late_ca) = stranger(&["localhost"], Answer::NothingBehindTls);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let closed = format!("https://localhost:{closed}");
    // Address, client, secret, authority; the step that fails, and words of why.
    let cases: [Case<'_>; 10] = [
        ("https://portal.invalid", "name", SECRET, None, "name", "cannot be resolved"),
        (&closed, "closed", SECRET, None, "connection", "nothing listens"),
        (&b.url, "untrusted", SECRET, None, "certificate", "another CA of the same name|unknown issuer"),
        (&wrong_name, "wrong-name", SECRET, Some(&wrong_name_ca), "certificate", "elsewhere.example"),
        (&silent, "silent", SECRET, Some(&silent_ca), "certificate", "does not answer in time"),
        (&page, "page", SECRET, Some(&page_ca), "answer", "text/html"),
        (&redirecting, "redirect", SECRET, Some(&redirecting_ca), "answer", "status 302"),
        (&late, "late", SECRET, Some(&late_ca), "answer", "asking what is there"),
        (&other_json, "other-json", SECRET, Some(&other_json_ca), "answer", "not Vigie's"),
        (&b.url, "wrong-secret", SECRET, Some(&good), "sign-in", "client-unknown"),
    ];
    let agent = Agent::of(&a, "agent");
    agent.sync();
    for (url, client, secret, ca, step, words) in cases {
        a.announce(url, (client, secret), ca).await;
        let before = a.heard().await;
        let log = agent.sync();
        assert!(log.contains(&format!("at the step {step}: ")), "{client}: {log}");
        assert!(words.split('|').any(|words| log.contains(words)), "{client}: {log}");
        assert!(a.heard().await > before, "{client}: the portal in use hears of the machine");
        agent.sync();
        let shown = a.get("/api/v1/agents?move=failed").await;
        let told = &shown["items"][0]["move"];
        assert_eq!((&told["state"], &told["step"]), (&json!("failed"), &json!(step)), "{client}: {shown}");
        let check = agent.check();
        assert!(check.contains("its last test") && check.contains(&format!("{} as office-agent\n", a.url)), "{check}");
        let now = a.configuration().await;
        assert_eq!((&now["moved"], &now["left_behind"], &now["progress"]["failed"]), (&json!(0), &json!(1), &json!(1)));
        a.withdraw().await;
    }
    assert_eq!(b.get("/api/v1/agents").await["total"], 0, "nothing came to the other server");
}

#[tokio::test]
async fn an_inactive_client_is_named_and_works_once_it_is_active() {
    let (a, b) = (Server::start().await, Server::start().await);
    let secret = b.api_client("agents-2").await;
    let id = b.get("/api/v1/api-clients?q=agents-2").await["items"][0]["id"].as_str().unwrap().to_owned();
    let set = async |status: &str| {
        let path = format!("/api/v1/api-clients/{id}");
        assert_eq!(b.call(reqwest::Method::PATCH, &path, json!({ "status": status })).await.0, 200);
    };
    set("inactive").await;
    let agent = Agent::of(&a, "agent");
    a.announce(&b.url, ("agents-2", &secret), Some(&std::fs::read_to_string(b.ca()).unwrap())).await;
    let log = agent.sync();
    assert!(log.contains("at the step sign-in") && log.contains("client-inactive"), "{log}");
    a.heard().await;
    set("active").await;
    agent.sync();
    b.only_pending("vigie").await;
    assert_eq!(a.configuration().await["moved"], 1);
}

/// Whether the service is in the middle of it, at the latest when it has moved.
fn wait_for_a_moment(agent: &Path, millis: u64) {
    for _ in 0..600 {
        if agent.join("state.json").exists() {
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    thread::sleep(Duration::from_millis(millis));
}

#[tokio::test]
async fn an_agent_that_is_killed_in_the_middle_of_a_move_works_on() {
    let (a, b) = (Server::start().await, Server::start().await);
    let secret = b.api_client("agents-2").await;
    a.announce(&b.url, ("agents-2", &secret), Some(&std::fs::read_to_string(b.ca()).unwrap())).await;
    for round in 0..12u64 {
        let agent = Agent::of(&a, &format!("agent-{round}"));
        let mut service = agent.run();
        wait_for_a_moment(&agent.state, round * 25);
        service.kill().unwrap();
        service.wait().unwrap();
        agent.check();
        agent.sync();
        let status = agent.status();
        assert!(status.contains(&b.url), "round {round}: {status}");
    }
    let (there, now) = (b.get("/api/v1/agents").await, a.configuration().await);
    assert_eq!(there["total"], 12, "each is one agent: {there}");
    assert_eq!((&now["moved"], &now["left_behind"]), (&json!(12), &json!(0)), "{now}");
}
