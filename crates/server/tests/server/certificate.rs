//! The certificate, what is trusted, and what a new machine downloads.

use std::time::Duration;

use base64::Engine as _;
use http::StatusCode;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use vigie_db::Engine;
use vigie_server::{
    outgoing, server_on_both_engines,
    testing::{Client, TestServer},
    workers,
};

/// A certificate that an authority of the test issued, with its chain.
pub(crate) struct Bought {
    pub(crate) root: String,
    pub(crate) certificates: String,
    pub(crate) key: String,
}

/// Valid from 2020 until the first of January of `year`.
pub(crate) fn bought(name: &str, year: i32) -> Bought {
    let (root_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let params = |name: &str, names: Vec<String>| {
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        params
    };
    let mut root_params = params("Bought CA", vec![]);
    root_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = root_params.self_signed(&root_key).unwrap().pem();
    let leaf = params(name, vec![name.to_owned(), "127.0.0.1".to_owned()]);
    let leaf = leaf.signed_by(&key, &Issuer::new(root_params, root_key)).unwrap().pem();
    Bought { certificates: format!("{leaf}{root}"), root, key: key.serialize_pem() }
}

impl Bought {
    pub(crate) fn body(&self) -> Value {
        json!({ "format": "pem", "certificates": self.certificates, "key": self.key })
    }
}

/// A server with this certificate, on this machine; it ends with the test.
fn serve(certificate: rustls::pki_types::CertificateDer<'static>, key: &KeyPair) -> std::net::SocketAddr {
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let config = axum_server::tls_rustls::RustlsConfig::from_config(config.into());
    let server = axum_server::from_tcp_rustls(listener, config).unwrap();
    let router = axum::Router::new().route("/", axum::routing::get(async || "here"));
    tokio::spawn(server.serve(router.into_make_service()));
    address
}

/// The trail's actions about certificates, newest first; no row holds a key.
async fn trail(caller: &Client) -> Vec<String> {
    let rows = caller.get("/api/v1/audit?limit=200").await;
    assert!(!rows.text().contains("PRIVATE KEY"));
    let rows = rows.json()["items"].as_array().unwrap().clone();
    let actions = rows.iter().filter_map(|it| it["action"].as_str()).map(str::to_owned);
    actions.filter(|it| it.contains("certificate")).collect()
}

/// What the bell says of certificates.
async fn told(caller: &Client) -> Vec<Value> {
    let rows = caller.get("/api/v1/notifications").await.json()["items"].as_array().unwrap().clone();
    rows.into_iter().filter(|it| it["kind"] == "certificate").map(|it| it["data"].clone()).collect()
}

server_on_both_engines! {
    async fn an_administrator_sees_the_certificate(server: TestServer) {
        let shown = server.with_token().await.get("/api/v1/certificate").await.json();
        let names = shown["names"].as_array().unwrap();
        for name in ["localhost", "127.0.0.1", "::1"] {
            assert!(names.iter().any(|it| it == name), "{name} in {names:?}");
        }
        assert!((1094..=1096).contains(&shown["days_left"].as_i64().unwrap()));
        assert_eq!(shown["ca"]["sha256"], server.state.identity.ca().sha256);
    }

    async fn a_new_machine_pins_the_authority_and_downloads_the_rest(server: TestServer) {
        let folder = server.state.config.data_dir.join("distribution");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("vigie-agent_0.1.0_amd64.deb"), b"a package").unwrap();
        std::fs::write(folder.join("notes.txt"), b"not a package").unwrap();
        let shown = server.with_token().await.get("/api/v1/distribution").await.json();
        let files = shown["files"].as_array().unwrap();
        assert_eq!(files.len(), 1);
        assert_eq!((&files[0]["platform"], &files[0]["size"]), (&"linux-deb".into(), &9.into()));
        let stranger = server.stranger();
        let ca = stranger.get("/install/ca.pem").await;
        assert_eq!(ca.text(), server.state.identity.ca_pem());
        let digest = hex::encode(Sha256::digest(&ca.body));
        assert_eq!(shown["ca_sha256"], digest);
        let command = shown["install_command"].as_str().unwrap();
        assert!(command.contains(&format!("echo '{digest}  vigie-ca.pem' | sha256sum -c")), "{command}");
        assert!(command.contains("https://127.0.0.1:7080/install/agent.sh") && command.ends_with(" CLIENT_SECRET"));
        let package = stranger.get("/install/vigie-agent_0.1.0_amd64.deb").await;
        assert_eq!((package.status, package.body.as_slice()), (StatusCode::OK, &b"a package"[..]));
        assert_eq!(package.headers["content-length"], "9");
        for path in ["notes.txt", "none.deb", "..%2Fsealing.key", "%2e%2e%2fvigie.deb", "..%2fdistribution%2fx.deb"] {
            let answer = stranger.get(&format!("/install/{path}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
    }

    async fn a_certificate_is_replaced_and_renewed(server: TestServer) {
        let caller = server.with_token().await;
        let one = bought("vigie.example.com", 2035);
        let shown = caller.put("/api/v1/certificate", one.body()).await;
        assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
        let shown = shown.json();
        assert_eq!((&shown["mode"], &shown["renews_itself"]), (&"replaced".into(), &false.into()));
        assert_eq!((&shown["subject"], &shown["issuer"]), (&"CN=vigie.example.com".into(), &"CN=Bought CA".into()));
        assert_eq!((shown["chain"].as_array().unwrap().len(), &shown["warning"]), (2, &Value::Null));
        assert_eq!(shown["uncovered_names"], json!([]), "agents are told 127.0.0.1");
        assert_eq!(shown["agents"]["share_listener"], true);
        assert!(!serde_json::to_string(&shown).unwrap().contains("PRIVATE"));
        let trusted_by_agents = server.stranger().get("/install/ca.pem").await.text();
        assert!(trusted_by_agents.ends_with(&one.root.replace("\r\n", "\n")), "new agents are told of its root");
        let elsewhere = bought("other.example.com", 2035);
        let mut body = elsewhere.body();
        body["certificates"] = elsewhere.certificates.replace('\n', "\r\n").into();
        assert_eq!(caller.put("/api/v1/certificate", body).await.json()["subject"], "CN=other.example.com");
        let renewed = caller.post("/api/v1/certificate/renewal", Value::Null).await.json();
        assert_eq!((&renewed["mode"], &renewed["renews_itself"]), (&"own".into(), &true.into()));
        assert!((1094..=1096).contains(&renewed["days_left"].as_i64().unwrap()));
        server.wait(Duration::from_hours(24));
        let again = caller.post("/api/v1/certificate/renewal", Value::Null).await.json();
        assert_ne!(again["sha256"], renewed["sha256"], "a new one each time");
        assert_eq!(again["ca"]["sha256"], renewed["ca"]["sha256"]);
        assert_eq!(trail(&caller).await, ["certificate.renew", "certificate.renew", "certificate.replace", "certificate.replace"]);
    }

    async fn what_is_wrong_with_a_certificate_has_a_code(server: TestServer) {
        let caller = server.with_token().await;
        let before = caller.get("/api/v1/certificate").await.json();
        let (one, other) = (bought("a.example.com", 2035), bought("b.example.com", 2035));
        let pem = |certificates: &str, key: &str| json!({ "format": "pem", "certificates": certificates, "key": key });
        let binary = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
        for (body, code) in [
            (pem(&one.certificates, &other.key), "certificate-key-mismatch"),
            (pem("nothing", &one.key), "certificate-malformed"),
            (bought("c.example.com", 2026).body(), "certificate-expired"),
            (pem(&format!("{}{}", one.certificates, other.root), &one.key), "certificate-chain-broken"),
            (json!({ "format": "pkcs12", "content": binary(b"nothing"), "password": "" }), "certificate-malformed"),
            (json!({ "format": "pkcs12", "content": "*", "password": "" }), "value-invalid"),
            (json!({ "format": "pkcs12", "content": binary(&vec![0; 65_600]) }), "too-large"),
            (pem(&"x".repeat(70_000), ""), "too-large"),
            (json!({ "format": "other" }), "request-malformed"),
        ] {
            let refused = caller.put("/api/v1/certificate", body).await;
            assert_eq!(refused.code(), code, "{refused:?}");
        }
        assert_eq!(caller.get("/api/v1/certificate").await.json(), before, "nothing changed");
    }

    async fn a_certificate_downloads_as_text_and_binary(server: TestServer) {
        let caller = server.with_token().await;
        let pem = caller.get("/api/v1/certificate/download?format=pem&which=authority").await;
        assert_eq!(pem.text(), server.state.identity.ca_pem().replace("\r\n", "\n"));
        assert_eq!(pem.headers["content-disposition"], "attachment; filename=\"vigie-ca.pem\"");
        let der = caller.get("/api/v1/certificate/download?format=der").await;
        assert_eq!(der.headers["content-type"], "application/pkix-cert");
        assert_eq!(hex::encode(Sha256::digest(&der.body)), server.state.identity.server().sha256);
        let issuer = caller.get("/api/v1/certificate/download?format=der&which=issuer").await;
        assert_eq!(hex::encode(Sha256::digest(&issuer.body)), server.state.identity.ca().sha256);
        assert_eq!(caller.get("/api/v1/certificate/download?format=docx").await.code(), "request-malformed");
        let alone = bought("vigie.example.com", 2035);
        let leaf = alone.certificates.replace(&alone.root, "");
        let body = json!({ "format": "pem", "certificates": leaf, "key": alone.key });
        assert_eq!(caller.put("/api/v1/certificate", body).await.status, StatusCode::OK);
        let none = caller.get("/api/v1/certificate/download?which=issuer").await;
        assert_eq!(none.status, StatusCode::NOT_FOUND);
    }

    async fn people_are_told_of_an_end_once_as_it_comes_closer(server: TestServer) {
        let caller = server.with_token().await;
        let trusted = bought("trusted.example.com", 2027);
        let added = caller.post("/api/v1/trusted-certificates", json!({ "pem": trusted.root })).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
        caller.put("/api/v1/certificate", bought("vigie.example.com", 2027).body()).await;
        workers::look_at_certificates(&server.state).await.unwrap();
        assert_eq!(told(&caller).await, Vec::<Value>::new(), "there are more than 90 days");
        assert_eq!(caller.get("/api/v1/certificate").await.json()["warning"], Value::Null);
        server.wait(Duration::from_hours(24 * 20));
        for _ in 0..2 {
            workers::look_at_certificates(&server.state).await.unwrap();
        }
        let mut which: Vec<_> = told(&caller).await.iter().map(|it| format!("{} {}", it["event"], it["which"])).collect();
        which.sort();
        assert_eq!(which, ["\"ends\" \"identity\"", "\"ends\" \"trusted\""]);
        assert_eq!(caller.get("/api/v1/certificate").await.json()["warning"], "ends");
        let listed = caller.get("/api/v1/trusted-certificates").await.json();
        assert_eq!(listed["items"][0]["warning"], "ends");
        assert_eq!(trail(&caller).await.iter().filter(|it| *it == "certificate.notice").count(), 2);
        server.wait(Duration::from_hours(24 * 60));
        workers::look_at_certificates(&server.state).await.unwrap();
        assert_eq!(trail(&caller).await.iter().filter(|it| *it == "certificate.notice").count(), 4, "again, closer");
        server.wait(Duration::from_hours(24 * 60));
        assert_eq!(caller.get("/api/v1/certificate").await.json()["warning"], "ended");
    }

    async fn trusted_certificates_are_added_whole_or_not_at_all_and_removed(server: TestServer) {
        let caller = server.with_token().await;
        let add = async |body: Value| caller.post("/api/v1/trusted-certificates", body).await;
        let (one, other) = (bought("one.example.com", 2035), bought("two.example.com", 2035));
        let added = add(json!({ "pem": one.certificates })).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
        let mut kinds: Vec<_> = added.json()["items"].as_array().unwrap().iter().map(|it| it["kind"].clone()).collect();
        kinds.sort_by_key(ToString::to_string);
        assert_eq!(kinds, ["root", "system"]);
        let twice = add(json!({ "pem": format!("{}{}", other.root, one.root) })).await;
        assert_eq!((twice.status, twice.code().as_str()), (StatusCode::CONFLICT, "certificate-known"));
        let der = rustls::pki_types::pem::PemObject::from_pem_slice(other.root.as_bytes());
        let der: rustls::pki_types::CertificateDer<'_> = der.unwrap();
        let content = base64::engine::general_purpose::STANDARD.encode(&der);
        assert_eq!(add(json!({ "content": content })).await.json()["items"][0]["subject"], "CN=Bought CA");
        for (body, code) in [
            (json!({ "pem": "nothing" }), "certificate-malformed"),
            (json!({ "pem": bought("old.example.com", 2026).root }), "certificate-expired"),
            (json!({}), "value-invalid"),
            (json!({ "pem": "", "content": "" }), "value-invalid"),
        ] {
            assert_eq!(add(body).await.code(), code);
        }
        let listed = caller.get("/api/v1/trusted-certificates").await.json()["items"].as_array().unwrap().clone();
        assert_eq!(listed.len(), 3);
        let path = format!("/api/v1/trusted-certificates/{}", listed[0]["id"].as_str().unwrap());
        assert_eq!(caller.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(caller.delete(&path).await.status, StatusCode::NOT_FOUND);
        let actions = trail(&caller).await;
        assert_eq!(actions.iter().filter(|it| it.starts_with("trusted-certificate.")).count(), 4);
    }

    async fn what_is_trusted_and_how_strictly_holds_for_the_next_connection(server: TestServer) {
        let caller = server.with_token().await;
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
        let address = serve(own.der().clone(), &key);
        let ask = async || {
            let client = outgoing::client(&server.state).await.unwrap();
            let request = http::Request::get(format!("https://{address}/")).body(bytes::Bytes::new()).unwrap();
            client.send(request).await.map(|it| it.status()).map_err(|error| error.to_string())
        };
        let check = async |level: &str| {
            let changed = caller.patch("/api/v1/preferences", json!({ "certificate_check": level })).await;
            assert_eq!(changed.json()["certificate_check"], level);
        };
        assert!(ask().await.is_err());
        let added = caller.post("/api/v1/trusted-certificates", json!({ "pem": own.pem() })).await.json();
        assert_eq!(ask().await, Ok(StatusCode::OK));
        check("strict").await;
        assert!(ask().await.unwrap_err().contains("self-signed"));
        check("standard").await;
        assert_eq!(ask().await, Ok(StatusCode::OK));
        let id = added["items"][0]["id"].as_str().unwrap();
        caller.delete(&format!("/api/v1/trusted-certificates/{id}")).await;
        assert!(ask().await.is_err());
        let none = caller.patch("/api/v1/preferences", json!({ "certificate_check": "none" })).await;
        assert_eq!(none.status, StatusCode::BAD_REQUEST, "there is no such level");
    }

    async fn automatic_certificates_are_set_up_with_care(server: TestServer) {
        let caller = server.with_token().await;
        let good = json!({ "names": ["Vigie.Example.com", "vigie.example.com"], "contact": "ops@example.com",
            "terms_accepted": true });
        for (member, value) in [
            ("names", json!(["*.example.com"])),
            ("names", json!(["192.0.2.1"])),
            ("names", json!([])),
            ("directory", json!("http://ca.example.com/directory")),
            ("directory", json!("nonsense")),
            ("contact", json!("a@b,c@d.example")),
            ("terms_accepted", json!(false)),
            ("challenge", json!("http-01")),
        ] {
            let mut body = good.clone();
            body[member] = value;
            let refused = caller.put("/api/v1/certificate/acme", body).await;
            assert_eq!(refused.json()["errors"][0]["field"], member, "{refused:?}");
        }
        let shown = caller.put("/api/v1/certificate/acme", good).await.json();
        assert_eq!((&shown["mode"], &shown["acme"]["status"]), (&"own".into(), &"waiting".into()));
        assert_eq!(shown["acme"]["names"], json!(["vigie.example.com"]));
        assert_eq!(shown["acme"]["directory"], "https://acme-v02.api.letsencrypt.org/directory");
        let by_hand = caller.put("/api/v1/certificate", bought("vigie.example.com", 2035).body()).await;
        assert_eq!((by_hand.status, by_hand.code().as_str()), (StatusCode::CONFLICT, "certificate-automatic"));
        assert_eq!(caller.post("/api/v1/certificate/renewal", Value::Null).await.code(), "certificate-automatic");
        assert_eq!(caller.delete("/api/v1/certificate/acme").await.status, StatusCode::NO_CONTENT);
        assert_eq!(caller.delete("/api/v1/certificate/acme").await.status, StatusCode::NO_CONTENT);
        assert_eq!(caller.get("/api/v1/certificate").await.json()["acme"], Value::Null);
        assert_eq!(trail(&caller).await, ["certificate.acme-end", "certificate.acme-set"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_node_presents_a_new_certificate_and_a_new_node_too() {
    let one = TestServer::new(Engine::Postgres).await;
    let other = one.another_node().await;
    let (_here, _there) = (workers::start(&one.state), workers::start(&other.state));
    let caller = one.with_token().await;
    let presents = async |server: &TestServer, wanted: &dyn Fn(&TestServer) -> bool| {
        let waiting = async {
            while !wanted(server) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("the other node hears of it");
    };
    let shown = caller.put("/api/v1/certificate", bought("vigie.example.com", 2035).body()).await.json();
    presents(&other, &|it| it.state.identity.server().sha256 == shown["sha256"]).await;
    let later = one.another_node().await;
    assert_eq!(later.state.identity.server().sha256, shown["sha256"]);
    let own = [&one, &other].map(|it| it.state.identity.clone());
    for server in [&one, &other] {
        server.wait(Duration::from_hours(1));
    }
    caller.post("/api/v1/certificate/renewal", Value::Null).await;
    let renewed_at = vigie_kernel::Clock::now(&*one.clock);
    for (server, identity) in [&one, &other].into_iter().zip(own) {
        let issued = |_: &TestServer| {
            let server = identity.server();
            identity.other().is_none()
                && server.not_before.plus(Duration::from_hours(24)).seconds() >= renewed_at.seconds()
        };
        presents(server, &issued).await;
    }
    for server in [&one, &other] {
        server.state.events.stop();
        server.state.stopping.cancel();
    }
}
