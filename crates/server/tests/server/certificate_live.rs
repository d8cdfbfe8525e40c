//! A certificate is changed while the real program serves: connections go on, new ones see it.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
};

use reqwest::{Certificate, Client, tls::TlsInfo};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{certificate::bought, process::Running};

/// Trusts these only, and tells which certificate it was shown.
fn client(trusted: &[&[u8]]) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let roots = trusted.iter().map(|it| Certificate::from_pem(it).unwrap());
    Client::builder().tls_certs_only(roots).tls_info(true).no_proxy().build().unwrap()
}

/// The certificate of the connection that a request took.
async fn shown(client: &Client, url: &str) -> String {
    let answer = client.get(format!("{url}/healthz")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, http::Version::HTTP_2));
    let info = answer.extensions().get::<TlsInfo>().unwrap();
    hex::encode(Sha256::digest(info.peer_certificate().unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_go_on_while_new_ones_see_the_new_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let running = Running::start(&data_dir, &["--agents-listen", "127.0.0.1:0"]);
    let agents = running.lines.iter().find_map(|it| it.trim().strip_prefix("Agents: ")).unwrap().to_owned();
    let own_ca = std::fs::read(data_dir.join("tls/ca.pem")).unwrap();
    let token = running.token();
    let bought = bought("vigie.example.com", 4000);
    let url = &running.url;
    let (before, agent) = (client(&[&own_ca]), client(&[&own_ca]));
    let first = shown(&before, url).await;
    let replaced = before.put(format!("{url}/api/v1/certificate")).bearer_auth(&token).json(&bought.body());
    let replaced: Value = replaced.send().await.unwrap().json().await.unwrap();
    assert_eq!((&replaced["mode"], &replaced["agents"]["share_listener"]), (&"replaced".into(), &false.into()));
    assert_eq!(shown(&before, url).await, first, "the connection goes on under the certificate that it began with");
    let after = client(&[bought.root.as_bytes()]);
    assert_eq!(shown(&after, url).await, replaced["sha256"]);
    let refused = client(&[&own_ca]).get(format!("{url}/healthz")).send().await;
    assert!(refused.is_err(), "a new handshake sees the new certificate");
    // Agents meet what they trust.
    let theirs = shown(&agent, &agents).await;
    assert_ne!(theirs, replaced["sha256"]);
    let renewed = after.post(format!("{url}/api/v1/certificate/renewal")).bearer_auth(&token).send().await.unwrap();
    let renewed: Value = renewed.json().await.unwrap();
    assert_eq!(renewed["mode"], "own");
    assert_eq!(shown(&after, url).await, replaced["sha256"], "this one goes on too");
    assert_eq!(shown(&client(&[&own_ca]), url).await, renewed["sha256"]);
    assert_eq!(shown(&agent, &agents).await, theirs);
    let stopped = running.stop(nix::sys::signal::Signal::SIGTERM);
    assert!(stopped.success());
    let again = Running::start(&data_dir, &[]);
    assert_eq!(shown(&client(&[&own_ca]), &again.url).await, renewed["sha256"], "it stays after a restart");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_certificate_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let running = Running::start(&data_dir, &[]);
    let bought = bought("vigie.example.com", 4000);
    let own_ca = std::fs::read(data_dir.join("tls/ca.pem")).unwrap();
    let put = client(&[&own_ca]).put(format!("{}/api/v1/certificate", running.url)).bearer_auth(running.token());
    assert_eq!(put.json(&bought.body()).send().await.unwrap().status(), 200);
    // What a new agent is given opens the way whichever of the two certificates it meets.
    let install =
        client(&[bought.root.as_bytes()]).get(format!("{}/install/ca.pem", running.url)).send().await.unwrap();
    let given = install.bytes().await.unwrap();
    let roots = Certificate::from_pem_bundle(&given).unwrap();
    assert_eq!(roots.len(), 2);
    let new_agent = || Client::builder().tls_certs_only(roots.clone()).tls_info(true).no_proxy().build().unwrap();
    let met = shown(&new_agent(), &running.url).await;
    let renew = new_agent().post(format!("{}/api/v1/certificate/renewal", running.url)).bearer_auth(running.token());
    assert_eq!(renew.send().await.unwrap().status(), 200);
    assert_ne!(shown(&new_agent(), &running.url).await, met);
    let again = client(&[&own_ca]).put(format!("{}/api/v1/certificate", running.url)).bearer_auth(running.token());
    assert_eq!(again.json(&bought.body()).send().await.unwrap().status(), 200);
    running.stop(nix::sys::signal::Signal::SIGTERM);
    let again = Running::start(&data_dir, &[]);
    shown(&client(&[bought.root.as_bytes()]), &again.url).await;
}

/// A connection of a client that resumes where it can: how it began, and the certificate that it goes by.
fn connect(config: &Arc<ClientConfig>, url: &str) -> (HandshakeKind, String) {
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut connection = ClientConnection::new(config.clone(), name).unwrap();
    let mut socket = TcpStream::connect(url.strip_prefix("https://").unwrap()).unwrap();
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n").unwrap();
    // What it may resume by comes with the answer.
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    let digest = hex::encode(Sha256::digest(&connection.peer_certificates().unwrap()[0]));
    (connection.handshake_kind().unwrap(), digest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_resumes_sees_a_new_certificate_too() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let running = Running::start(&data_dir, &[]);
    let bought = bought("vigie.example.com", 4000);
    let own_ca = std::fs::read(data_dir.join("tls/ca.pem")).unwrap();
    let mut roots = RootCertStore::empty();
    for pem in [own_ca.as_slice(), bought.root.as_bytes()] {
        roots.add(CertificateDer::from_pem_slice(pem).unwrap()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = Arc::new(config);
    let first = connect(&config, &running.url);
    assert_eq!(connect(&config, &running.url), (HandshakeKind::Resumed, first.1));
    let put = client(&[&own_ca]).put(format!("{}/api/v1/certificate", running.url)).bearer_auth(running.token());
    let replaced: Value = put.json(&bought.body()).send().await.unwrap().json().await.unwrap();
    let (kind, digest) = connect(&config, &running.url);
    assert_eq!((kind, digest.as_str()), (HandshakeKind::Full, replaced["sha256"].as_str().unwrap()));
    assert_eq!(connect(&config, &running.url).0, HandshakeKind::Resumed);
}
