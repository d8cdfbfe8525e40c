//! Machines that are associated by themselves, from the rules to the way back.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use vigie_server::{
    server_on_both_engines,
    testing::{Client, TestServer},
    workers,
};
use vigie_wire::{
    Sections,
    inventory::System,
    sync::{AgentStatus, Identity, Synchronisation},
};

use crate::rollouts::Agent;

fn on() -> Value {
    json!({ "serial": true, "uuid": false, "same_customer": false, "unproven": false })
}

async fn desk(admin: &Client, serial: &str) -> String {
    let fields = json!({ "name": "Reception", "type": "laptop", "serial": serial, "manufacturer": "Dell" });
    let made = admin.post("/api/v1/equipment", fields).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.json()["id"].as_str().unwrap().to_owned()
}

/// A machine reports for the first time.
pub(crate) async fn reports(server: &TestServer, number: u8, serial: &str) {
    let system = System {
        name: Some(format!("host{number}")),
        serial: Some(serial.into()),
        manufacturer: Some("Dell Inc.".into()),
        ..System::default()
    };
    let message = Synchronisation {
        agent: AgentStatus {
            version: "1.0.0".into(),
            platform: "linux".into(),
            status: "ok".into(),
            ..AgentStatus::default()
        },
        identity: Identity::from(&system),
        state: "s".into(),
        sections: Sections { system: Some(system), ..Sections::default() },
        ..Synchronisation::default()
    };
    Agent::enrol(server, number).await.send(message).await;
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1200 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what} did not come");
}

/// Why not, by the machines' names.
fn why_not(looked: &Value) -> Vec<Value> {
    let mut items = looked["items"].as_array().unwrap().clone();
    items.sort_by_key(|it| it["name"].as_str().unwrap().to_owned());
    items.iter().map(|it| it["why_not"].clone()).collect()
}

async fn bell(admin: &Client) -> Vec<Value> {
    let listed = admin.get("/api/v1/notifications").await.json();
    let items = listed["items"].as_array().unwrap();
    items.iter().filter(|it| it["kind"] == "pending-equipment").cloned().collect()
}

server_on_both_engines! {
    async fn a_machine_that_fits_is_associated_by_itself_and_undone_once_and_for_all(server: TestServer) {
        let admin = server.with_token().await;
        let _workers = workers::start(&server.state);
        let rules = admin.get("/api/v1/association-rules").await.json();
        assert_eq!((&rules["default"]["serial"], &rules["revision"]), (&json!(false), &json!(0)));
        let put = |body: Value| admin.put("/api/v1/association-rules", body);
        let stored = put(json!({ "default": on(), "customers": [], "revision": 0 })).await;
        assert_eq!(stored.status, StatusCode::OK, "{stored:?}");
        assert_eq!(put(json!({ "default": on(), "revision": 0 })).await.code(), "revision-stale");
        let unknown = json!({ "default": on(), "customers": [{ "customer_id": "cu_0190163d8694739bb06f4a0f4d3f5d1e", "rules": on() }] });
        assert_eq!(put(unknown).await.code(), "value-invalid");

        let id = desk(&admin, "SN7X001QK").await;
        reports(&server, 1, "SN7X001QK").await;
        let equipment = format!("/api/v1/equipment/{id}");
        until("the association", async || !admin.get(&equipment).await.json()["agent"].is_null()).await;
        let operations = admin.get(&format!("{equipment}/operations")).await.json();
        let done = &operations["items"][0];
        assert_eq!((&done["automatic"], &done["by"], &done["reasons"][0]["code"]), (&json!(true), &json!("vigie"), &json!("same-serial")));
        let trail = admin.get("/api/v1/audit?action=pending-equipment.associate").await.json();
        assert_eq!(trail["items"][0]["actor"]["kind"], "server", "{trail}");

        // One that no equipment fits is what the bell tells of; the other never was.
        reports(&server, 2, "SN7X002QK").await;
        until("the bell", async || !bell(&admin).await.is_empty()).await;
        assert_eq!(bell(&admin).await[0]["count"], 1);

        let undone = admin.post(&format!("{equipment}/operations/{}/undo", done["id"].as_str().unwrap()), json!({})).await;
        assert_eq!(undone.status, StatusCode::OK, "{undone:?}");
        let ran = admin.post("/api/v1/association-rules/run", json!({})).await.json();
        assert_eq!(ran, json!({ "looked_at": 2, "associated": 0, "items": [], "next": null }));
        desk(&admin, "SN7X002QK").await;
        let tried = admin.post("/api/v1/association-rules/dry-run", json!({})).await.json();
        assert_eq!((&tried["looked_at"], &tried["associated"]), (&json!(2), &json!(1)), "{tried}");
        assert_eq!(why_not(&tried), [json!("undone"), Value::Null]);
        let given = json!({ "rules": { "default": { "serial": false, "uuid": true, "same_customer": true, "unproven": false } } });
        let tried = admin.post("/api/v1/association-rules/dry-run", given).await.json();
        assert_eq!((&tried["associated"], why_not(&tried)), (&json!(0), vec![json!("undone"), json!("no-customer")]));
        let ran = admin.post("/api/v1/association-rules/run", json!({})).await.json();
        assert_eq!((&ran["looked_at"], &ran["associated"]), (&json!(2), &json!(1)));
    }
}
