//! Rolling a version of the agent out, as people and agents meet it.

use std::{io::Cursor, time::Duration};

use ed25519_dalek::SigningKey;
use http::{Method, StatusCode};
use minisign::KeyPair;
use serde_json::{Value, json};
use vigie_kernel::{AgentId, Timestamp};
use vigie_server::{
    server_on_both_engines,
    testing::{Client, TestServer},
};
use vigie_wire::{
    sync::{
        AGENT_HEADER, AgentStatus, Answer, CONTENT_TYPE, ENROLMENT_PATH, Enrolment, FORMAT, Identity, SIGNATURE_HEADER,
        SYNCHRONISATION_PATH, Synchronisation, TIME_HEADER, enrolment_text, pack, public_key, sign,
        synchronisation_text,
    },
    update::{End, Report, UPDATE_PATH, comment, fetch_text, file_name},
};

const VERSION: &str = "9.0.0";
const PACKED: &[u8] = b"a packed program, as far as this server can tell";

/// An agent of a machine.
pub(crate) struct Agent {
    http: Client,
    key: SigningKey,
    id: AgentId,
    sequence: u64,
    number: u8,
}

impl Agent {
    pub(crate) async fn enrol(server: &TestServer, number: u8) -> Self {
        let admin = server.with_token().await;
        let secret = admin.post("/api/v1/agent-configuration/secret", json!({})).await.json();
        let form = format!(
            "grant_type=client_credentials&client_id=office-agent&client_secret={}",
            secret["client_secret"].as_str().unwrap()
        );
        let form_kind = Some("application/x-www-form-urlencoded");
        let token = server.stranger().send(Method::POST, "/oauth/token", form_kind, form).await.json();
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        let http = server.stranger().with("authorization", &bearer);
        let key = SigningKey::from_bytes(&[number; 32]);
        let public = public_key(&key);
        let enrolment = Enrolment {
            format: FORMAT,
            proof: sign(&key, &enrolment_text(&public)),
            public_key: public,
            name: Some(format!("host{number}")),
            agent_version: "1.0.0".into(),
            platform: "linux".into(),
            tag: None,
        };
        let enrolled = http.post(ENROLMENT_PATH, serde_json::to_value(&enrolment).unwrap()).await;
        assert_eq!(enrolled.status, StatusCode::OK, "{enrolled:?}");
        let id = enrolled.json()["agent_id"].as_str().unwrap().parse().unwrap();
        Self { http, key, id, sequence: 0, number }
    }

    async fn synchronise(&mut self, version: &str, end: Option<End>) -> Answer {
        let update = end.map(|end| Report { version: VERSION.into(), end, words: "because".into() });
        let (platform, status) = ("linux".to_owned(), "ok".to_owned());
        let message = Synchronisation {
            agent: AgentStatus { version: version.into(), platform, status, update, ..AgentStatus::default() },
            identity: Identity { name: Some(format!("host{}", self.number)), ..Identity::default() },
            state: "s".into(),
            ..Synchronisation::default()
        };
        self.send(message).await
    }

    /// Sends a message, as the next one.
    pub(crate) async fn send(&mut self, message: Synchronisation) -> Answer {
        self.sequence += 1;
        let body = pack(&Synchronisation { format: FORMAT, sequence: self.sequence, ..message }).unwrap();
        let signature = sign(&self.key, &synchronisation_text(self.id, &body));
        let http = self.http.clone().with(AGENT_HEADER, &self.id.to_string()).with(SIGNATURE_HEADER, &signature);
        let answer = http.send(Method::POST, SYNCHRONISATION_PATH, Some(CONTENT_TYPE), body).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        serde_json::from_slice(&answer.body).unwrap()
    }

    fn fetcher(&self, version: &str) -> Client {
        let at = Timestamp::from_millis(1_790_000_000_000);
        let signature = sign(&self.key, &fetch_text(self.id, version, at));
        let http = self.http.clone().with(AGENT_HEADER, &self.id.to_string());
        http.with(SIGNATURE_HEADER, &signature).with(TIME_HEADER, &at.to_string())
    }
}

fn release(server: &TestServer, words: &str) {
    let folder = server.state.config.data_dir.join("distribution");
    std::fs::create_dir_all(&folder).unwrap();
    let name = file_name(VERSION, "linux-x86_64");
    let key = KeyPair::generate_unencrypted_keypair().unwrap();
    let signature = minisign::sign(None, &key.sk, Cursor::new(PACKED), Some(words), None).unwrap();
    std::fs::write(folder.join(&name), PACKED).unwrap();
    std::fs::write(folder.join(format!("{name}.minisig")), signature.into_string()).unwrap();
}

async fn started(server: &TestServer, admin: &Client) -> Value {
    release(server, &comment(VERSION, "linux-x86_64"));
    let made = admin.post("/api/v1/rollouts", json!({ "version": VERSION, "share": 100 })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.json()
}

server_on_both_engines! {
    async fn a_version_goes_from_the_folder_to_an_agent_that_reports_with_it(server: TestServer) {
        let (admin, mut agent) = (server.with_token().await, Agent::enrol(&server, 1).await);
        assert_eq!(agent.synchronise("1.0.0", None).await.update, None);
        let id = started(&server, &admin).await["id"].as_str().unwrap().to_owned();
        let listed = admin.get("/api/v1/agent-releases").await.json();
        assert_eq!(listed["items"][0]["version"], VERSION);
        assert_eq!(listed["items"][0]["files"][0]["signed"], "unchecked");
        assert_eq!(listed["items"][0]["agents"], json!({ "older": 1, "up_to_date": 0 }));
        let path = format!("{UPDATE_PATH}/{VERSION}");
        assert_eq!(agent.fetcher(VERSION).get(&path).await.code(), "update-withdrawn", "it was not offered yet");
        let offer = agent.synchronise("1.0.0", None).await.update.unwrap();
        assert_eq!((offer.version.as_str(), offer.size), (VERSION, PACKED.len() as u64));
        assert_eq!(agent.fetcher(VERSION).get(&path).await.body, PACKED);
        let rest = agent.fetcher(VERSION).with("range", "bytes=10-").get(&path).await;
        assert_eq!((rest.status, &rest.body[..]), (StatusCode::PARTIAL_CONTENT, &PACKED[10..]));
        assert_eq!(rest.headers["content-range"], format!("bytes 10-{}/{}", PACKED.len() - 1, PACKED.len()));
        let agents = admin.get(&format!("/api/v1/rollouts/{id}/agents?state=fetched")).await.json();
        assert_eq!((agents["total"].as_u64(), agents["items"][0]["name"].as_str()), (Some(1), Some("host1")));
        assert_eq!(agent.synchronise(VERSION, None).await.update, None);
        let after = admin.get(&format!("/api/v1/rollouts/{id}")).await.json();
        assert_eq!((after["counts"]["updated"].as_u64(), after["counts"]["fetched"].as_u64()), (Some(1), Some(0)));
    }

    async fn nobody_fetches_it_in_anothers_name(server: TestServer) {
        let (admin, mut agent, other) =
            (server.with_token().await, Agent::enrol(&server, 1).await, Agent::enrol(&server, 2).await);
        started(&server, &admin).await;
        assert!(agent.synchronise("1.0.0", None).await.update.is_some());
        let path = format!("{UPDATE_PATH}/{VERSION}");
        let fetcher = agent.fetcher(VERSION);
        let stolen = other.fetcher(VERSION).with(AGENT_HEADER, &agent.id.to_string());
        assert_eq!(stolen.get(&path).await.code(), "signature-invalid");
        assert_eq!(fetcher.clone().with(TIME_HEADER, "2026-01-01T00:00:00Z").get(&path).await.code(), "signature-invalid");
        assert_eq!(fetcher.get(&format!("{UPDATE_PATH}/8.0.0")).await.code(), "signature-invalid");
        assert_eq!(other.fetcher(VERSION).get(&path).await.code(), "update-withdrawn");
        assert_eq!(server.stranger().get(&path).await.status, StatusCode::UNAUTHORIZED);
    }

    async fn a_file_that_was_changed_meanwhile_is_not_given_out(server: TestServer) {
        let (admin, mut agent) = (server.with_token().await, Agent::enrol(&server, 1).await);
        started(&server, &admin).await;
        assert!(agent.synchronise("1.0.0", None).await.update.is_some());
        let file = server.state.config.data_dir.join("distribution").join(file_name(VERSION, "linux-x86_64"));
        std::fs::write(file, "something else").unwrap();
        let answer = agent.fetcher(VERSION).get(&format!("{UPDATE_PATH}/{VERSION}")).await;
        assert_eq!(answer.code(), "update-withdrawn");
    }

    async fn a_refused_version_stops_and_the_bell_says_so(server: TestServer) {
        let (admin, mut agent) = (server.with_token().await, Agent::enrol(&server, 1).await);
        vigie_server::workers::start(&server.state);
        let id = started(&server, &admin).await["id"].as_str().unwrap().to_owned();
        assert!(agent.synchronise("1.0.0", None).await.update.is_some());
        assert_eq!(agent.synchronise("1.0.0", Some(End::Refused)).await.update, None);
        let mut state = Value::Null;
        for _ in 0..200 {
            state = admin.get(&format!("/api/v1/rollouts/{id}")).await.json();
            if state["state"] == "stopped" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!((state["state"].as_str(), state["stopped_by"].as_str()), (Some("stopped"), Some("refused")));
        let bell = admin.get("/api/v1/notifications").await.json();
        let told = bell["items"].as_array().unwrap().iter().find(|it| it["kind"] == "agent-update").unwrap();
        assert_eq!(told["data"], json!({ "version": VERSION, "reason": "refused" }));
        let agents = admin.get(&format!("/api/v1/rollouts/{id}/agents?state=refused")).await.json();
        assert_eq!(agents["items"][0]["words"], "because");
        server.state.stopping.cancel();
    }

    async fn what_cannot_be_rolled_out_is_refused_in_words(server: TestServer) {
        let admin = server.with_token().await;
        let start = |version: &'static str, share: u8| {
            let admin = admin.clone();
            async move { admin.post("/api/v1/rollouts", json!({ "version": version, "share": share })).await }
        };
        let missing = start(VERSION, 10).await;
        assert_eq!((missing.code().as_str(), missing.json()["errors"][0]["field"].as_str()), ("value-invalid", Some("version")));
        release(&server, "vigie-agent 8.0.0 linux-x86_64");
        let bad = start(VERSION, 10).await;
        assert!(bad.json()["errors"][0]["detail"].as_str().unwrap().contains("signature"), "{bad:?}");
        release(&server, &comment(VERSION, "linux-x86_64"));
        assert_eq!(start(VERSION, 0).await.code(), "value-invalid");
        let id = start(VERSION, 10).await.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(start(VERSION, 10).await.code(), "rollout-open");
        let path = format!("/api/v1/rollouts/{id}");
        assert_eq!(admin.patch(&path, json!({ "state": "stopped" })).await.code(), "value-invalid");
        assert_eq!(admin.patch(&path, json!({ "share": 50, "state": "paused" })).await.json()["share"], 50);
        assert_eq!(admin.patch(&path, json!({ "state": "ended" })).await.json()["state"], "ended");
        assert_eq!(admin.patch(&path, json!({ "state": "running" })).await.code(), "rollout-ended");
        let actions: Vec<Value> = admin.get("/api/v1/audit?limit=10").await.json()["items"].as_array().unwrap().clone();
        assert!(actions.iter().any(|it| it["action"] == "rollout.change"), "{actions:?}");
    }
}
