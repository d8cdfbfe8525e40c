//! Moving agents to another portal, as administrators and agents meet it at the server.

use std::time::Duration;

use ed25519_dalek::SigningKey;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use vigie_server::{
    server_on_both_engines,
    testing::{Answer, Client, TestServer},
};
use vigie_wire::{
    Sections,
    inventory::System,
    portal::{MOVED_PATH, Moved, PortalReport, PortalState, moved_text},
    sync::{
        self, AGENT_HEADER, AgentStatus, CONTENT_TYPE, ENROLMENT_PATH, Enrolment, FORMAT, Identity, SIGNATURE_HEADER,
        SYNCHRONISATION_PATH, Synchronisation, TOKEN_PATH, enrolment_text, public_key, sign, synchronisation_text,
    },
};

const NEXT: &str = "/api/v1/agent-configuration/next";
const PROMOTION: &str = "/api/v1/agent-configuration/promotion";
const SECRET: &str = "Zt5q-9LmX-3rWc-7vBn-Hs2k";

fn new() -> Value {
    json!({ "url": "https://b.example.com", "client_id": "agents-2", "client_secret": SECRET })
}

async fn shown(admin: &Client) -> Value {
    admin.get("/api/v1/agent-configuration").await.json()
}

/// An agent with a machine of its own.
struct Agent<'a> {
    server: &'a TestServer,
    key: SigningKey,
    number: u8,
    id: String,
    sequence: u64,
}

impl<'a> Agent<'a> {
    async fn enrol(server: &'a TestServer, number: u8, client: (&str, &str)) -> Self {
        let key = SigningKey::from_bytes(&[number; 32]);
        let public_key = public_key(&key);
        let enrolment = Enrolment {
            format: FORMAT,
            proof: sign(&key, &enrolment_text(&public_key)),
            public_key,
            name: Some(format!("pc-{number}")),
            agent_version: "1.0.0".to_owned(),
            platform: "linux".to_owned(),
            tag: None,
        };
        let client = signed_in(server, client).await;
        let enrolled = client.post(ENROLMENT_PATH, serde_json::to_value(enrolment).unwrap()).await;
        let id = enrolled.json()["agent_id"].as_str().unwrap().to_owned();
        Self { server, key, number, id, sequence: u64::from(number) * 1000 }
    }

    async fn sync(&mut self, client: (&str, &str), portal: Option<PortalReport>) -> Value {
        self.sequence += 1;
        let name = Some(format!("pc-{}", self.number));
        let system = System { name, serial: Some(format!("S{}", self.number)), ..System::default() };
        let message = Synchronisation {
            format: FORMAT,
            sequence: self.sequence,
            agent: AgentStatus { version: "1.0.0".to_owned(), portal, ..AgentStatus::default() },
            identity: Identity::from(&system),
            state: format!("state-{}", self.sequence),
            sections: Sections { system: Some(system), ..Sections::default() },
            ..Synchronisation::default()
        };
        let body = sync::pack(&message).unwrap();
        let text = synchronisation_text(self.id.parse().unwrap(), &body);
        let answer = self.send(client, SYNCHRONISATION_PATH, CONTENT_TYPE, &text, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()
    }

    async fn farewell(&self, client: (&str, &str), revision: i64) -> Answer {
        let moved = Moved { revision, moved_at: self.server.state.clock.now() };
        let body = serde_json::to_vec(&moved).unwrap();
        let text = moved_text(self.id.parse().unwrap(), &body);
        self.send(client, MOVED_PATH, "application/json", &text, body).await
    }

    async fn send(&self, client: (&str, &str), path: &str, kind: &str, text: &[u8], body: Vec<u8>) -> Answer {
        let client = signed_in(self.server, client).await;
        let client = client.with(AGENT_HEADER, &self.id).with(SIGNATURE_HEADER, &sign(&self.key, text));
        client.send(Method::POST, path, Some(kind), body).await
    }
}

async fn signed_in(server: &TestServer, (id, secret): (&str, &str)) -> Client {
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=agents");
    let token = server.stranger().send(Method::POST, TOKEN_PATH, Some("application/x-www-form-urlencoded"), form).await;
    let token = token.json()["access_token"].as_str().unwrap_or_else(|| panic!("{token:?}")).to_owned();
    server.stranger().with("authorization", &format!("Bearer {token}"))
}

async fn office_secret(admin: &Client) -> String {
    let shown = admin.post("/api/v1/agent-configuration/secret", Value::Null).await.json();
    shown["client_secret"].as_str().unwrap().to_owned()
}

fn failed(revision: i64) -> PortalReport {
    PortalReport {
        revision,
        state: PortalState::Failed,
        step: Some("certificate".to_owned()),
        words: Some("the certificate of b.example.com has an unknown issuer".to_owned()),
    }
}

server_on_both_engines! {
    async fn a_new_configuration_is_checked_before_it_is_announced(server: TestServer) {
        let admin = server.with_token().await;
        let fields = |answer: &Answer| -> Vec<String> {
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "value-invalid"), "{answer:?}");
            answer.json()["errors"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap().to_owned()).collect()
        };
        let nothing = admin.put(NEXT, json!({})).await;
        assert_eq!(fields(&nothing), ["url", "client_id", "client_secret"]);
        for (member, value) in [
            ("url", json!("http://b.example.com")), ("url", json!("https://u:p@b.example.com")),
            ("url", json!("https://b.example.com/vigie")), ("url", json!("")), ("url", Value::Null),
            ("client_id", json!("a b")), ("client_id", json!("x".repeat(61))), ("client_id", Value::Null),
            ("client_secret", json!("too-short")), ("client_secret", json!("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
            ("client_secret", json!("AGENTS-2-Zt5q-9LmX-3rWc")), ("client_secret", Value::Null),
        ] {
            let mut body = new();
            body[member] = value.clone();
            assert_eq!(fields(&admin.put(NEXT, body).await), [member], "{value}");
        }
        let mut with_ca = new();
        with_ca["ca"] = "no certificate".into();
        let refused = admin.put(NEXT, with_ca).await;
        assert_eq!((refused.code().as_str(), &refused.json()["errors"][0]["field"]), ("certificate-malformed", &json!("ca")));
        let mut taken = new();
        taken["client_id"] = "office-agent".into();
        let refused = admin.put(NEXT, taken).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "name-taken"));
        assert_eq!(refused.json()["errors"][0]["field"], "client_id");
        let mut strange = new();
        strange["colour"] = 1.into();
        assert_eq!(admin.put(NEXT, strange).await.code(), "request-malformed");
        let nothing = shown(&admin).await;
        assert_eq!((&nothing["next"], &nothing["progress"]), (&Value::Null, &Value::Null));
        assert_eq!((&nothing["moved"], &nothing["left_behind"]), (&json!(0), &json!(0)));
        assert_eq!(admin.get("/api/v1/api-clients").await.json()["total"], 1, "no client was made");
    }

    async fn there_is_one_next_configuration_and_its_secret_is_masked_sealed_and_revealed_on_record(server: TestServer) {
        let admin = server.with_token().await;
        let ca = String::from_utf8(server.stranger().get("/install/ca.pem").await.body).unwrap();
        let mut body = new();
        body["url"] = "https://B.example.com:7443/".into();
        body["ca"] = format!("some words\n{ca}").into();
        let made = admin.put(NEXT, body).await;
        assert_eq!(made.status, StatusCode::OK, "{made:?}");
        let next = &made.json()["next"];
        assert_eq!((&next["url"], &next["client_id"]), (&json!("https://b.example.com:7443"), &json!("agents-2")));
        assert_eq!((next["ca_sha256"].as_str().unwrap().len(), &next["elsewhere"]), (64, &json!(true)));
        let heard_by = made.json()["progress"]["heard_by"].as_str().unwrap().to_owned();
        assert_eq!(heard_by, server.state.clock.now().plus(Duration::from_hours(7 * 24 + 1)).to_string());
        for answer in [&made, &admin.get("/api/v1/agent-configuration").await, &admin.get("/api/v1/audit").await] {
            assert!(!answer.text().contains(SECRET), "{answer:?}");
        }
        let clients = admin.get("/api/v1/api-clients?q=agents-2").await.json();
        let client = &clients["items"][0];
        assert_eq!((&client["status"], &client["scope"], &client["built_in"]), (&json!("active"), &json!("agents"), &json!(true)));
        let path = format!("/api/v1/api-clients/{}", client["id"].as_str().unwrap());
        let customer = admin.get("/api/v1/customers").await.json()["items"][0]["id"].clone();
        assert_eq!(admin.patch(&path, json!({ "customer_id": customer })).await.code(), "client-used-by-agents");

        let mut other = new();
        other["client_id"] = "agents-3".into();
        assert_eq!(admin.put(NEXT, other.clone()).await.code(), "agent-configuration-exists");
        let revealed = admin.post(&format!("{NEXT}/secret"), Value::Null).await.json();
        assert_eq!(revealed["client_secret"], SECRET);
        assert_ne!(office_secret(&admin).await, SECRET, "the one in use is another");

        assert_eq!(admin.delete(NEXT).await.status, StatusCode::NO_CONTENT);
        assert_eq!(admin.delete(NEXT).await.code(), "not-found");
        assert_eq!(admin.post(&format!("{NEXT}/secret"), Value::Null).await.code(), "not-found");
        assert_eq!(shown(&admin).await["next"], Value::Null);
        let left = admin.get("/api/v1/api-clients?q=agents-2").await.json();
        assert_eq!(left["items"][0]["status"], "active", "its client stays");
        assert_eq!(admin.put(NEXT, new()).await.code(), "name-taken", "and so is its id");
        assert_eq!(admin.put(NEXT, other).await.status, StatusCode::OK);
        for action in ["agent-configuration.announce", "agent-configuration.withdraw", "api-client.reveal-secret"] {
            let row = &admin.get(&format!("/api/v1/audit?action={action}")).await.json()["items"][0];
            assert_eq!(row["actor"]["name"], "admin", "{action}: {row}");
        }
    }

    async fn agents_are_told_counted_and_left_behind_or_not(server: TestServer) {
        let admin = server.with_token().await;
        let secret = office_secret(&admin).await;
        let office = ("office-agent", secret.as_str());
        let mut agents = Vec::new();
        for number in 1..=4 {
            let mut agent = Agent::enrol(&server, number, office).await;
            assert_eq!(agent.sync(office, None).await.get("next_portal"), None, "nothing is announced");
            agents.push(agent);
        }
        let made = admin.put(NEXT, new()).await.json();
        let revision = made["next"]["revision"].as_i64().unwrap();
        assert_eq!((&made["moved"], &made["left_behind"]), (&json!(0), &json!(4)));

        let told = agents[0].sync(office, None).await["next_portal"].clone();
        assert_eq!(told, json!({ "revision": revision, "url": "https://b.example.com", "client_id": "agents-2", "client_secret": SECRET }));
        agents[1].sync(office, None).await;
        agents[1].sync(office, Some(failed(revision))).await;
        agents[2].sync(office, None).await;
        assert_eq!(agents[2].farewell(office, revision).await.status, StatusCode::NO_CONTENT);
        assert_eq!(agents[2].farewell(office, revision).await.status, StatusCode::NO_CONTENT, "said once more");
        let now = shown(&admin).await;
        assert_eq!((&now["moved"], &now["left_behind"]), (&json!(1), &json!(3)), "{now}");
        assert_eq!((&now["progress"]["told"], &now["progress"]["failed"]), (&json!(2), &json!(1)));
        assert_eq!(now["progress"]["silent"], 0);

        let names = async |filter: &str| -> Vec<Value> {
            let page = admin.get(&format!("/api/v1/agents?move={filter}")).await.json();
            page["items"].as_array().unwrap().iter().map(|it| json!([it["name"], it["move"]["state"]])).collect()
        };
        assert_eq!(names("left").await, [json!(["pc-1", "told"]), json!(["pc-2", "failed"]), json!(["pc-4", "untold"])]);
        assert_eq!(names("failed").await, [json!(["pc-2", "failed"])]);
        assert_eq!(names("moved").await, [json!(["pc-3", "moved"])]);
        assert_eq!(admin.get("/api/v1/agents?move=sideways").await.code(), "request-malformed");
        let page = admin.get("/api/v1/agents?move=failed").await.json();
        let shown_move = &page["items"][0]["move"];
        assert_eq!(shown_move["step"], "certificate");
        assert!(shown_move["words"].as_str().unwrap().contains("unknown issuer"), "{shown_move}");

        let next = ("agents-2", SECRET);
        let same = agents[0].sync(next, None).await;
        assert_eq!(same.get("next_portal"), None, "who uses it already is told of nothing");
        assert_eq!(shown(&admin).await["moved"], 2, "the same server under another name is a move, too");
        agents[2].sync(office, Some(failed(revision))).await;
        assert_eq!(shown(&admin).await["moved"], 1, "one that came back is left behind again");
        server.wait(Duration::from_hours(7 * 24 + 2));
        assert_eq!(shown(&admin).await["progress"]["silent"], 3);

        // Someone else's farewell, and one of a key that is not this agent's.
        let mut forged = Agent::enrol(&server, 9, office).await;
        forged.id = agents[3].id.clone();
        assert_eq!(forged.farewell(office, revision).await.code(), "signature-invalid");
        assert_eq!(agents[3].farewell(office, revision + 1).await.status, StatusCode::NO_CONTENT);
        let strange = signed_in(&server, office).await.post(MOVED_PATH, json!({})).await;
        assert_eq!(strange.code(), "agent-unknown");
        assert_eq!(shown(&admin).await["moved"], 1, "none of which counts");

        assert_eq!(admin.delete(NEXT).await.status, StatusCode::NO_CONTENT);
        assert_eq!(agents[1].sync(office, None).await.get("next_portal"), None, "withdrawn");
        assert_eq!(names("left").await, Vec::<Value>::new());
    }

    async fn a_configuration_is_made_the_current_one_and_those_left_behind_go_on_being_told(server: TestServer) {
        let admin = server.with_token().await;
        let secret = office_secret(&admin).await;
        let office = ("office-agent", secret.as_str());
        let mut agents = [Agent::enrol(&server, 1, office).await, Agent::enrol(&server, 2, office).await];
        assert_eq!(admin.post(PROMOTION, json!({})).await.code(), "not-found", "there is none");
        let revision = admin.put(NEXT, new()).await.json()["next"]["revision"].as_i64().unwrap();
        agents[0].sync(office, None).await;
        agents[0].farewell(office, revision).await;
        let asked = admin.post(PROMOTION, Value::Null).await;
        assert_eq!((asked.status.as_u16(), asked.code().as_str()), (409, "agents-left-behind"));
        assert_eq!(asked.json()["left_behind"], 1);
        let asked = admin.send(Method::POST, PROMOTION, None, axum::body::Body::empty()).await;
        assert_eq!(asked.code(), "agents-left-behind", "without a body");
        let done = admin.post(PROMOTION, json!({ "left_behind": true })).await;
        assert_eq!(done.status, StatusCode::OK, "{done:?}");
        let now = shown(&admin).await;
        assert_eq!((&now["current"]["url"], &now["current"]["client_id"]), (&json!("https://b.example.com"), &json!("agents-2")));
        assert_eq!((&now["current"]["elsewhere"], &now["next"]), (&json!(true), &Value::Null));
        assert_eq!((&now["moved"], &now["left_behind"]), (&json!(1), &json!(1)));
        assert_eq!(now["foreign_url"], "https://127.0.0.1:7080/inventory", "others still deliver here");
        assert_eq!(office_secret(&admin).await, SECRET);
        let line = admin.get("/api/v1/distribution").await.json()["install_command"].as_str().unwrap().to_owned();
        assert!(line.contains("--server https://b.example.com --client-id agents-2"), "{line}");
        assert!(!line.contains("ca.pem"), "its machines trust it by themselves: {line}");

        assert_eq!(agents[1].sync(office, None).await["next_portal"]["revision"], revision, "the former client works on");
        agents[1].farewell(office, revision).await;
        assert_eq!(shown(&admin).await["left_behind"], 0);
        let mut third = new();
        third["client_id"] = "agents-3".into();
        third["url"] = "https://127.0.0.1:7080".into();
        let again = admin.put(NEXT, third).await.json();
        assert_eq!((&again["next"]["elsewhere"], &again["left_behind"]), (&json!(false), &json!(2)));
        let told = agents[1].sync(("agents-2", SECRET), None).await;
        assert_eq!(told["next_portal"]["client_id"], "agents-3", "the newest counts for everyone");
        let trail = admin.get("/api/v1/audit?action=agent-configuration.promote").await.json();
        assert_eq!(trail["items"][0]["detail"]["left_behind"], 1, "{trail}");
    }

    async fn a_configuration_that_nobody_was_left_behind_of_is_made_the_current_one_at_once(server: TestServer) {
        let admin = server.with_token().await;
        let mut body = new();
        body["url"] = "https://127.0.0.1:7080".into();
        admin.put(NEXT, body).await;
        let done = admin.send(Method::POST, PROMOTION, None, axum::body::Body::empty()).await;
        assert_eq!(done.json()["current"]["client_id"], "agents-2", "{done:?}");
        assert_eq!(done.json()["current"]["elsewhere"], false);
        let line = admin.get("/api/v1/distribution").await.json()["install_command"].as_str().unwrap().to_owned();
        assert!(line.contains("ca.pem") && line.contains("--client-id agents-2"), "{line}");
        let told = vigie_server::admin::answer(&server.state, vigie_server::admin::Ask::AgentClient).await.unwrap();
        assert!(told.contains("agents-2") && told.contains(SECRET), "{told}");
    }
}
