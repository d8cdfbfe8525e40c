//! What an administrator manages.

use http::StatusCode;
use serde_json::{Value, json};
use vigie_server::server_on_both_engines;

server_on_both_engines! {
    async fn customers_are_added_and_paged(server: TestServer) {
        let caller = server.with_token().await;
        for name in ["Beta", "alpha", "Gamma"] {
            let made = caller.post("/api/v1/customers", json!({ "name": name })).await;
            assert_eq!(made.status, StatusCode::CREATED);
            assert_eq!((&made.json()["name"], &made.json()["equipment"]), (&json!(name), &json!(0)));
        }
        let taken = caller.post("/api/v1/customers", json!({ "name": "BETA" })).await;
        assert_eq!((taken.status.as_u16(), taken.code().as_str()), (409, "name-taken"));
        let (mut names, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = caller.get(&format!("/api/v1/customers?limit=1&sort=-name&cursor={cursor}")).await.json();
            assert_eq!((&page["total"], &page["total_is_minimum"]), (&json!(4), &json!(false)));
            names.push(page["items"][0]["name"].as_str().unwrap().to_owned());
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        assert_eq!(names, ["Gamma", "Default customer", "Beta", "alpha"]);
        let other_order = caller.get(&format!("/api/v1/customers?sort=name&cursor={cursor}")).await;
        assert_eq!(other_order.code(), "cursor-invalid");
        assert_eq!(caller.get("/api/v1/customers?q=ALPH").await.json()["total"], 1);
        assert_eq!(caller.get("/api/v1/resellers").await.json()["items"][0]["provider"]["name"], "Main provider");
        assert_eq!(caller.get("/api/v1/providers").await.json()["total"], 1);
    }

    async fn api_clients_are_made_and_switched_off(server: TestServer) {
        let caller = server.with_token().await;
        let listed = caller.get("/api/v1/api-clients").await;
        let built_in = &listed.json()["items"][0];
        assert_eq!((&built_in["client_id"], &built_in["built_in"]), (&json!("office-agent"), &json!(true)));
        let made = caller.post("/api/v1/api-clients", json!({ "client_id": "branch" })).await;
        assert_eq!(made.status, StatusCode::CREATED);
        let secret = made.json()["client_secret"].as_str().unwrap().to_owned();
        assert!(!caller.get("/api/v1/api-clients").await.text().contains(&secret));
        let path = format!("/api/v1/api-clients/{}", made.json()["id"].as_str().unwrap());
        assert_eq!(caller.patch(&path, json!({ "status": "inactive" })).await.json()["status"], "inactive");
        assert_eq!(caller.patch(&path, json!({ "status": "asleep" })).await.code(), "request-malformed");
        let customer = caller.get("/api/v1/customers").await.json()["items"][0]["id"].clone();
        let path = format!("/api/v1/api-clients/{}", built_in["id"].as_str().unwrap());
        let refused = caller.patch(&path, json!({ "customer_id": customer })).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "client-used-by-agents"));
    }

    async fn the_agents_secret_is_shown_on_purpose_and_on_record(server: TestServer) {
        let caller = server.with_token().await;
        let shown = caller.get("/api/v1/agent-configuration").await;
        let current = &shown.json()["current"];
        assert_eq!((&current["name"], &current["client_id"]), (&json!("agent-api"), &json!("office-agent")));
        assert_eq!(current["url"], "https://127.0.0.1:7080");
        assert_eq!(shown.json()["foreign_url"], "https://127.0.0.1:7080/inventory");
        let secret = caller.post("/api/v1/agent-configuration/secret", Value::Null).await;
        let secret = secret.json()["client_secret"].as_str().unwrap().to_owned();
        assert!(secret.len() >= 32 && !shown.text().contains(&secret));
        let trail = caller.get("/api/v1/audit?action=api-client.reveal-secret").await.json();
        let row = &trail["items"][0];
        assert_eq!((&row["actor"]["name"], &row["object"]["name"]), (&json!("admin"), &json!("office-agent")));
        assert_eq!(row["source_address"], "192.0.2.1");
    }

    async fn preferences_take_effect_at_once(server: TestServer) {
        let caller = server.with_token().await;
        let defaults = caller.get("/api/v1/preferences").await.json();
        assert_eq!((&defaults["stale_after_days"], &defaults["retention"]["history_days"]), (&json!(14), &json!(400)));
        let changed =
            caller.patch("/api/v1/preferences", json!({ "server_name": "Guet", "retention": { "pending_days": 7 } })).await;
        assert_eq!(changed.json()["retention"]["pending_days"], 7);
        assert_eq!(server.stranger().get("/api/v1/about").await.json()["name"], "Guet");
        let wrong = caller.patch("/api/v1/preferences", json!({ "retention": { "pending_days": 0 } })).await;
        assert_eq!(wrong.json()["errors"][0]["field"], "retention.pending_days");
        assert_eq!(caller.patch("/api/v1/preferences", json!({ "colour": 1 })).await.code(), "request-malformed");
    }

    async fn the_bell_is_read(server: TestServer) {
        let caller = server.with_token().await;
        let act = server.state.own_act();
        let raised: Result<(), vigie_db::DbErr> = server.state.db.write(move |tx| {
            Box::pin(async move {
                let data = json!({ "name": "x" });
                vigie_people::notifications::raise(tx, &*act.rng, act.at, "export", "x", &data, 1).await
            })
        }).await;
        raised.unwrap();
        let listed = caller.get("/api/v1/notifications").await.json();
        assert_eq!((&listed["unread"], &listed["items"][0]["kind"]), (&json!(1), &json!("export")));
        assert_eq!(listed["items"][0]["data"]["name"], "x");
        let read = caller.post("/api/v1/notifications/read", json!({ "all": true })).await;
        assert_eq!(read.status, StatusCode::NO_CONTENT);
        assert_eq!(caller.get("/api/v1/notifications?unread=true").await.json()["items"], json!([]));
        let many: Vec<_> = (0..201).map(|_| "no_0190163d8694739bb06f4a0f4d3f5d1e").collect();
        assert_eq!(caller.post("/api/v1/notifications/read", json!({ "ids": many })).await.code(), "value-invalid");
    }

    async fn open_consoles_hear_what_changed_until_the_server_stops(server: TestServer) {
        use vigie_server::events::Topic;
        let caller = server.with_token().await;
        let listening = tokio::spawn(async move { caller.get("/api/v1/events").await });
        let told = async {
            loop {
                server.state.events.changed(&[Topic::Pending, Topic::Equipment, Topic::Pending]);
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        let _ = tokio::time::timeout(std::time::Duration::from_secs(2), told).await;
        server.state.events.stop();
        let answer = listening.await.unwrap();
        assert_eq!(answer.headers["content-type"], "text/event-stream");
        let first = answer.text().split("\n\n").next().unwrap().to_owned();
        assert_eq!(first, "event: changed\ndata: {\"topics\":[\"pending\",\"equipment\"]}");
    }
}
