//! The audit trail as its readers see it: asked for, exported, verified, sent elsewhere.

use std::{sync::Arc, time::Duration};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use serde_json::{Value, json};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, UdpSocket},
};
use vigie_db::ConnectionTrait as _;
use vigie_server::{server_on_both_engines, workers};

use crate::certificate::{Bought, bought};

/// Messages framed by their length.
fn framed(mut bytes: &[u8]) -> Vec<String> {
    let mut messages = Vec::new();
    while let Some(at) = bytes.iter().position(|it| *it == b' ') {
        let length: usize = std::str::from_utf8(&bytes[..at]).unwrap().parse().unwrap();
        let Some(message) = bytes.get(at + 1..at + 1 + length) else { break };
        messages.push(String::from_utf8(message.to_vec()).unwrap());
        bytes = &bytes[at + 1 + length..];
    }
    messages
}

fn action(message: &str) -> String {
    let json: Value = serde_json::from_str(message.split_once('\u{feff}').unwrap().1).unwrap();
    json["action"].as_str().unwrap().to_owned()
}

/// Whoever receives, with this certificate.
fn tls_acceptor(identity: &Bought) -> tokio_rustls::TlsAcceptor {
    let chain = CertificateDer::pem_slice_iter(identity.certificates.as_bytes()).collect::<Result<_, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config).into()
}

server_on_both_engines! {
    async fn it_is_filtered_and_exported_line_by_line(server: TestServer) {
        let admin = server.with_token().await;
        let customer = admin.post("/api/v1/customers", json!({ "name": "Éclair" })).await.json();
        let id = customer["id"].as_str().unwrap();
        admin.patch(&format!("/api/v1/customers/{id}"), json!({ "name": "Tonnerre" })).await;
        let count = async |query: &str| admin.get(&format!("/api/v1/audit?{query}")).await.json()["total"].clone();
        assert_eq!(count(&format!("customer_id={id}")).await, 2);
        assert_eq!(count("action=customer.").await, 3);
        assert_eq!(count("action=customer.change").await, 1);
        assert_eq!(count("action=customer").await, 0);
        assert_eq!(count(&format!("object_kind=customer&object_id={id}&q=tonnerre")).await, 1);
        assert_eq!(count("from=2030-01-01T00:00:00Z").await, 0);
        assert_eq!(count("to=2030-01-01T00:00:00Z&action=customer.change").await, 1);
        let changed = admin.get("/api/v1/audit?action=customer.change").await.json();
        assert_eq!(changed["items"][0]["detail"]["was"], "Éclair");
        let export = admin.get("/api/v1/audit/export").await;
        assert_eq!(export.headers["content-type"], "application/jsonl");
        let lines: Vec<Value> = export.text().lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        let listed = admin.get("/api/v1/audit?limit=200").await.json();
        let mut listed = listed["items"].as_array().unwrap().clone();
        listed.reverse();
        assert_eq!(lines, listed, "the same entries, oldest first");
        assert!(lines.iter().all(|line| line["hash"].as_str().unwrap().len() == 64));
        let one = admin.get("/api/v1/audit/export?action=customer.change").await;
        assert_eq!(one.text().lines().count(), 1);
        let packed = server.with_token().await.with("accept-encoding", "gzip");
        let none = packed.get("/api/v1/audit/export?to=2000-01-01T00:00:00Z").await;
        assert_eq!((none.status.as_u16(), none.headers["content-encoding"].as_bytes()), (200, &b"gzip"[..]));
    }

    async fn what_was_done_to_it_behind_the_servers_back_is_found(server: TestServer) {
        let admin = server.with_token().await;
        let verify = async || admin.post("/api/v1/audit/verification", Value::Null).await.json();
        let sound = verify().await;
        assert_eq!((&sound["sound"], &sound["fault"]), (&json!(true), &Value::Null));
        assert!(sound["entries"].as_u64().unwrap() > 4);
        let text = "UPDATE audit SET actor_name = 'nobody' WHERE action = 'customer.create'";
        let tampered = server.state.db.write(move |tx| {
            Box::pin(async move { tx.execute_unprepared(text).await.map(drop) })
        });
        tampered.await.unwrap();
        let broken = verify().await;
        assert_eq!((&broken["sound"], &broken["fault"]), (&json!(false), &json!("changed")));
        assert!(broken["entry"].as_str().unwrap().starts_with("au_"));
    }

    async fn it_is_sent_by_syslog_in_order_and_goes_on_where_it_was(server: TestServer) {
        let admin = server.with_token().await;
        let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = receiver.local_addr().unwrap();
        let set = json!({ "syslog": { "address": address.to_string(), "transport": "tcp" } });
        assert_eq!(admin.patch("/api/v1/preferences", set).await.json()["syslog"]["transport"], "tcp");
        let refused = admin.patch("/api/v1/preferences", json!({ "syslog": { "address": "nowhere" } })).await;
        assert_eq!(refused.json()["errors"][0]["field"], "syslog.address");
        let tracker = workers::start(&server.state);
        // What was written before it was switched on is not sent, so that something must happen.
        let mut accepted = None;
        for attempt in 0..40 {
            admin.post("/api/v1/providers", json!({ "name": format!("P{attempt}") })).await;
            accepted = tokio::time::timeout(Duration::from_millis(500), receiver.accept()).await.ok();
            if accepted.is_some() {
                break;
            }
        }
        let (mut stream, _) = accepted.expect("someone connects").unwrap();
        admin.post("/api/v1/customers", json!({ "name": "One" })).await;
        admin.post("/api/v1/customers", json!({ "name": "Two" })).await;
        let mut bytes = Vec::new();
        while framed(&bytes).iter().filter(|it| action(it) == "customer.create").count() < 2 {
            let mut piece = [0; 4096];
            let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut piece)).await.unwrap().unwrap();
            assert!(read > 0);
            bytes.extend_from_slice(&piece[..read]);
        }
        let messages = framed(&bytes);
        assert!(messages.iter().all(|it| it.starts_with("<110>1 ")), "{messages:?}");
        let names: Vec<_> = messages.iter().filter(|it| action(it) == "customer.create").map(|it| it.contains("One")).collect();
        assert_eq!(names, [true, false]);
        server.state.stopping.cancel();
        server.state.events.stop();
        tracker.close();
        tracker.wait().await;
    }

    async fn by_tls_it_is_sent_to_who_is_trusted_only(server: TestServer) {
        let admin = server.with_token().await;
        let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = receiver.local_addr().unwrap().port();
        let identity = bought("localhost", 2099);
        let acceptor = tls_acceptor(&identity);
        let send_to = async |host: &str| {
            let set = json!({ "syslog": { "address": format!("{host}:{port}"), "transport": "tls" } });
            assert_eq!(admin.patch("/api/v1/preferences", set).await.status, 200);
        };
        let connected = async || {
            for attempt in 0..40 {
                admin.post("/api/v1/providers", json!({ "name": format!("{attempt} {}", server.state.clock.now()) })).await;
                if let Ok(accepted) = tokio::time::timeout(Duration::from_millis(500), receiver.accept()).await {
                    return acceptor.accept(accepted.unwrap().0).await;
                }
            }
            panic!("nobody connects");
        };
        send_to("127.0.0.1").await;
        let tracker = workers::start(&server.state);
        assert!(connected().await.is_err(), "the receiver's authority is not trusted");
        let trusted = admin.post("/api/v1/trusted-certificates", json!({ "pem": identity.root })).await;
        assert_eq!(trusted.status, 201, "{}", trusted.text());
        // Another address is tried at once; the one that failed, half a minute later.
        send_to("localhost").await;
        let mut stream = connected().await.expect("trusted");
        let mut bytes = vec![0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut bytes)).await.unwrap().unwrap();
        let messages = framed(&bytes[..read]);
        assert!(messages[0].starts_with("<110>1 "), "{messages:?}");
        server.state.stopping.cancel();
        server.state.events.stop();
        tracker.close();
        tracker.wait().await;
    }

    async fn datagrams_are_a_message_each(server: TestServer) {
        let admin = server.with_token().await;
        let receiver = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = receiver.local_addr().unwrap().to_string();
        admin.patch("/api/v1/preferences", json!({ "syslog": { "address": address, "transport": "udp" } })).await;
        let tracker = workers::start(&server.state);
        let mut found = false;
        for attempt in 0..40 {
            admin.post("/api/v1/customers", json!({ "name": format!("C{attempt}") })).await;
            let mut piece = vec![0; 64 << 10];
            if let Ok(read) = tokio::time::timeout(Duration::from_millis(500), receiver.recv(&mut piece)).await {
                let message = String::from_utf8(piece[..read.unwrap()].to_vec()).unwrap();
                assert!(message.starts_with("<110>1 ") && message.ends_with('}'), "{message}");
                found = true;
                break;
            }
        }
        assert!(found, "something was received");
        server.state.stopping.cancel();
        server.state.events.stop();
        tracker.close();
        tracker.wait().await;
    }
}
