//! Certificates from a real ACME server: Debian's `pebble`, with its own name server that leads every name to this machine.

use std::{
    net::{TcpListener, UdpSocket},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use reqwest::{Certificate, Client, tls::TlsInfo};
use serde_json::{Value, json};

use crate::process::Running;

/// A port that nobody has, for TCP and UDP.
fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An ACME server that asks the names on this machine's ports; they end with the test.
struct Pebble {
    directory: String,
    management: String,
    ca: String,
    _programs: [Program; 2],
}

impl Pebble {
    fn start(folder: &Path, http_port: u16, tls_port: u16) -> Self {
        let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut ca_params = CertificateParams::default();
        ca_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = ca_params.self_signed(&ca_key).unwrap().pem();
        let params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &Issuer::new(ca_params, ca_key)).unwrap();
        std::fs::write(folder.join("pebble.pem"), certificate.pem()).unwrap();
        std::fs::write(folder.join("pebble.key"), key.serialize_pem()).unwrap();
        let [listen, management, names] = [(); 3].map(|()| format!("127.0.0.1:{}", free_port()));
        let config = json!({ "pebble": {
            "listenAddress": listen, "managementListenAddress": management, "certificate": "pebble.pem",
            "privateKey": "pebble.key", "httpPort": http_port, "tlsPort": tls_port, "ocspResponderURL": "",
            "externalAccountBindingRequired": false, "domainBlocklist": ["blocked.example.com"],
        } });
        std::fs::write(folder.join("pebble.json"), config.to_string()).unwrap();
        let start = |program: &str, arguments: &[&str]| {
            let mut command = Command::new(program);
            command.args(arguments).current_dir(folder).env("PEBBLE_VA_NOSLEEP", "1");
            let started = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
            Program(started.unwrap_or_else(|error| panic!("{program} (Debian's package pebble): {error}")))
        };
        let resolver = start(
            "pebble-challtestsrv",
            &[
                "-dns01",
                &names,
                "-defaultIPv4",
                "127.0.0.1",
                "-defaultIPv6",
                "",
                "-http01",
                "",
                "-https01",
                "",
                "-tlsalpn01",
                "",
                "-management",
                &format!("127.0.0.1:{}", free_port()),
            ],
        );
        let pebble = start("pebble", &["-config", "pebble.json", "-strict", "-dnsserver", &names]);
        Self {
            directory: format!("https://{listen}/dir"),
            management: format!("https://{management}"),
            ca,
            _programs: [resolver, pebble],
        }
    }

    fn client(&self) -> Client {
        let root = Certificate::from_pem(self.ca.as_bytes()).unwrap();
        Client::builder().tls_certs_only([root]).no_proxy().build().unwrap()
    }

    /// Once it answers, what its certificates are issued under.
    async fn root(&self) -> String {
        let waiting = async {
            loop {
                if let Ok(answer) = self.client().get(format!("{}/roots/0", self.management)).send().await
                    && self.client().get(&self.directory).send().await.is_ok()
                {
                    return answer.text().await.unwrap();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("pebble starts")
    }
}

/// A server that trusts the ACME server, as its administrator.
struct Administrator {
    client: Client,
    url: String,
    token: String,
}

impl Administrator {
    async fn of(running: &Running, data_dir: &Path, pebble: &Pebble, root: &str) -> Self {
        let ca = std::fs::read(data_dir.join("tls/ca.pem")).unwrap();
        let roots = [ca.as_slice(), root.as_bytes()].map(|it| Certificate::from_pem(it).unwrap());
        let client = Client::builder().tls_certs_only(roots).no_proxy().build().unwrap();
        let it = Self { client, url: running.url.clone(), token: running.token() };
        it.send(http::Method::POST, "/trusted-certificates", json!({ "pem": pebble.ca })).await;
        it
    }

    async fn send(&self, method: http::Method, path: &str, body: Value) -> Value {
        let request = self.client.request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Asks until the order stands so.
    async fn order(&self, pebble: &Pebble, name: &str, challenge: &str, status: &str) -> Value {
        let wanted = json!({ "directory": pebble.directory, "names": [name], "contact": "ops@example.com",
            "challenge": challenge, "terms_accepted": true });
        self.send(http::Method::PUT, "/certificate/acme", wanted).await;
        let waiting = async {
            loop {
                let shown = self.send(http::Method::GET, "/certificate", Value::Null).await;
                let now = shown["acme"]["status"].as_str().unwrap();
                if now == status {
                    return shown;
                }
                assert!(now != "failed" && now != "good", "{}", shown["acme"]);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), waiting).await.expect("the order ends")
    }
}

fn port(url: &str) -> u16 {
    url.rsplit(':').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_got_by_either_challenge_and_in_use_at_once() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let running = Running::start(&data_dir, &["--acme-listen", "127.0.0.1:0"]);
    let acme = running.lines.iter().find_map(|it| it.trim().strip_prefix("ACME: ")).unwrap().to_owned();
    let pebble = Pebble::start(folder.path(), port(&acme), port(&running.url));
    let root = pebble.root().await;
    let administrator = Administrator::of(&running, &data_dir, &pebble, &root).await;
    for (name, challenge) in [("vigie.example.com", "tls-alpn-01"), ("hub.example.com", "http-01")] {
        let shown = administrator.order(&pebble, name, challenge, "good").await;
        assert_eq!((&shown["mode"], &shown["renews_itself"]), (&"acme".into(), &true.into()), "{shown}");
        assert_eq!((&shown["names"], &shown["warning"]), (&json!([name]), &Value::Null));
        assert_eq!(shown["uncovered_names"], json!(["127.0.0.1"]), "agents are told that address");
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], port(&running.url)));
        let trusts = Certificate::from_pem(root.as_bytes()).unwrap();
        let builder = Client::builder().tls_certs_only([trusts]).tls_info(true).no_proxy();
        let browser = builder.resolve(name, address).build().unwrap();
        let answer = browser.get(format!("https://{name}:{}/healthz", address.port())).send().await.unwrap();
        assert!(answer.extensions().get::<TlsInfo>().is_some_and(|it| it.peer_certificate().is_some()));
        let left = administrator.client.get(format!("{acme}/.well-known/acme-challenge/x")).send().await.unwrap();
        assert_eq!(left.status(), 404, "answers are taken away");
    }
    let rows = administrator.send(http::Method::GET, "/audit?limit=100", Value::Null).await.to_string();
    assert_eq!(rows.matches("certificate.issue").count(), 2);
    let no_redirects = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let led = no_redirects.get(format!("{acme}/equipment?q=1")).send().await.unwrap();
    assert_eq!(led.status(), 307);
    assert_eq!(led.headers()["location"], format!("{}/equipment?q=1", running.url));
    administrator.send(http::Method::DELETE, "/certificate/acme", Value::Null).await;
    let shown = administrator.send(http::Method::GET, "/certificate", Value::Null).await;
    assert_eq!((&shown["mode"], &shown["renews_itself"]), (&"acme".into(), &false.into()), "it stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_order_says_why() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let running = Running::start(&data_dir, &[]);
    // Nobody answers there.
    let pebble = Pebble::start(folder.path(), free_port(), free_port());
    let root = pebble.root().await;
    let administrator = Administrator::of(&running, &data_dir, &pebble, &root).await;
    for (name, reason) in [("blocked.example.com", "blocked.example.com"), ("vigie.example.com", "Failed to connect")] {
        let shown = administrator.order(&pebble, name, "tls-alpn-01", "failed").await;
        let error = shown["acme"]["error"].as_str().unwrap();
        assert!(error.contains(reason), "{error}");
        assert_eq!((&shown["mode"], &shown["warning"]), (&"own".into(), &"renewal-failed".into()));
        assert!(shown["acme"]["next_attempt_at"].is_string());
    }
    let notices = administrator.send(http::Method::GET, "/notifications", Value::Null).await;
    let told = &notices["items"][0];
    assert_eq!((&told["kind"], &told["data"]["event"]), (&"certificate".into(), &"acme-failed".into()));
    // Without its authority among the trusted ones, the ACME server itself is not believed.
    let listed = administrator.send(http::Method::GET, "/trusted-certificates", Value::Null).await;
    let path = format!("/trusted-certificates/{}", listed["items"][0]["id"].as_str().unwrap());
    administrator.send(http::Method::DELETE, &path, Value::Null).await;
    let shown = administrator.order(&pebble, "hub.example.com", "tls-alpn-01", "failed").await;
    assert!(shown["acme"]["error"].as_str().unwrap().contains("UnknownIssuer"), "{shown}");
}
