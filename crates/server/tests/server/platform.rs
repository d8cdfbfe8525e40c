//! The server itself in its own API: nodes and parts, backups, the log.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use vigie_db::Engine;
use vigie_server::{
    server_on_both_engines,
    testing::{Client, PASSWORD, TestServer},
    workers,
};

async fn wait_for<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not happen");
}

async fn backed_up(admin: &Client) -> Value {
    let begun = admin.post("/api/v1/platform/backups", json!({})).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{begun:?}");
    wait_for(async || {
        let list = admin.get("/api/v1/platform/backups").await.json();
        assert_eq!(list["last_error"], Value::Null);
        list["running"].is_null().then(|| list["items"][0].clone())
    })
    .await
}

fn lines(server: &TestServer, lines: &[Value]) {
    let folder = server.state.config.data_dir.join("logs");
    std::fs::create_dir_all(&folder).unwrap();
    let text = lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n") + "\n";
    std::fs::write(folder.join("2026-09-21.0001.jsonl"), text).unwrap();
    // By the machine's clock these lines are old.
    server.state.logs.keep(3650);
    server.state.logs.open(&server.state.config.data_dir);
}

fn line(minute: u32, level: &str, target: &str, message: &str) -> Value {
    json!({ "timestamp": format!("2026-09-21T10:{minute:02}:00.123456Z"), "level": level, "target": target,
        "message": message })
}

async fn password(client: &Client, password: &str) -> http::StatusCode {
    client.post("/api/v1/platform/logs/access", json!({ "password": password })).await.status
}

server_on_both_engines! {
    async fn nodes_say_how_their_parts_are_until_they_are_lost(server: TestServer) {
        let admin = server.with_token().await;
        workers::platform::beat(&server.state).await.unwrap();
        let shown = admin.get("/api/v1/platform").await.json();
        let node = &shown["nodes"][0];
        assert_eq!((&node["id"], &node["state"]), (&shown["this_node"], &"running".into()));
        let parts: Vec<_> = node["parts"].as_array().unwrap().iter().map(|it| it["part"].as_str().unwrap()).collect();
        let all =
            ["operations", "certificate-authority", "onboarding", "link-hosts", "log-collector", "background-work"];
        assert_eq!(parts, all);
        server.state.backups.end(Some("no".to_owned()));
        server.wait(Duration::from_secs(10));
        workers::platform::beat(&server.state).await.unwrap();
        let shown = admin.get("/api/v1/platform").await.json();
        let part = &shown["nodes"][0]["parts"][5];
        assert_eq!((&part["state"], &part["reason"]), (&"degraded".into(), &"backup-failed".into()));
        assert_eq!(shown["nodes"][0]["state"], "degraded");
        server.wait(Duration::from_secs(31));
        let shown = admin.get("/api/v1/platform").await.json();
        assert_eq!(shown["nodes"][0]["state"], "lost");
        workers::platform::beat(&server.state).await.unwrap();
        vigie_people::platform::nodes::stopped(&server.state.db, server.state.node.id, server.state.clock.now()).await.unwrap();
        assert_eq!(admin.get("/api/v1/platform").await.json()["nodes"][0]["state"], "stopped");
        server.wait(Duration::from_hours(24 * 8));
        vigie_people::platform::nodes::purge(&server.state.db, server.state.clock.now()).await.unwrap();
        assert_eq!(admin.get("/api/v1/platform").await.json()["nodes"].as_array().unwrap().len(), 0);
    }

    async fn a_backup_is_made_listed_downloaded_and_deleted(server: TestServer) {
        let admin = server.signed_in().await;
        let made = backed_up(&admin).await;
        let id = made["id"].as_str().unwrap().to_owned();
        assert_eq!((id.as_str(), &made["automatic"]), ("20260921T141320Z", &false.into()));
        let file = admin.get(&format!("/api/v1/platform/backups/{id}/file")).await;
        assert_eq!(file.body.len() as u64, made["bytes"].as_u64().unwrap());
        assert_eq!(file.headers["content-disposition"], format!("attachment; filename=\"vigie-{id}.tar.zst\""));
        let kept = server.state.config.data_dir.join("downloaded");
        std::fs::write(&kept, &file.body).unwrap();
        let verified = vigie_server::backup::verify(&kept, &vigie_server::backup::Progress::default()).unwrap();
        assert!(verified.totals.entries > 3);
        for strange in ["..%2Fsealing.key", "none", "20260921T141321Z"] {
            let path = format!("/api/v1/platform/backups/{strange}");
            assert_eq!(admin.get(&format!("{path}/file")).await.status, StatusCode::NOT_FOUND);
            assert_eq!(admin.delete(&path).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(admin.delete(&format!("/api/v1/platform/backups/{id}")).await.status, StatusCode::NO_CONTENT);
        assert_eq!(admin.get("/api/v1/platform/backups").await.json()["items"].as_array().unwrap().len(), 0);
        for action in ["backup.create", "backup.download", "backup.delete"] {
            let trail = admin.get(&format!("/api/v1/audit?action={action}")).await.json();
            assert_eq!(trail["items"][0]["actor"]["name"], "admin", "{action}: {trail}");
        }
    }

    async fn one_backup_is_made_at_a_time_and_a_failed_one_says_why(server: TestServer) {
        let admin = server.with_token().await;
        let name = vigie_server::backup::FileName::new(server.state.clock.now(), false);
        server.state.backups.begin(name).unwrap().unwrap();
        assert_eq!(admin.post("/api/v1/platform/backups", json!({})).await.code(), "backup-running");
        let running = admin.get("/api/v1/platform/backups").await.json();
        assert_eq!(running["running"]["id"], name.id());
        server.state.backups.end(Some("the disk is full".to_owned()));
        assert_eq!(admin.get("/api/v1/platform/backups").await.json()["last_error"], "the disk is full");
    }

    async fn backups_are_made_by_themselves_and_the_oldest_go(server: TestServer) {
        let admin = server.with_token().await;
        assert!(!workers::platform::is_time(&server.state).await.unwrap(), "off until it is switched on");
        let wanted = json!({ "backups": { "every_days": 2, "keep": 1 } });
        assert_eq!(admin.patch("/api/v1/preferences", wanted).await.status, StatusCode::OK);
        let mut ids = Vec::new();
        for _ in 0..2 {
            assert!(workers::platform::is_time(&server.state).await.unwrap());
            assert!(!workers::platform::is_time(&server.state).await.unwrap(), "one node does it");
            workers::platform::back_up(&server.state, server.state.own_act(), true).unwrap().unwrap();
            let list = wait_for(async || {
                let list = admin.get("/api/v1/platform/backups").await.json();
                list["running"].is_null().then_some(list)
            })
            .await;
            assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
            ids.push(list["items"][0]["id"].as_str().unwrap().to_owned());
            server.wait(Duration::from_hours(47));
            assert!(!workers::platform::is_time(&server.state).await.unwrap());
            server.wait(Duration::from_hours(1));
        }
        assert!(ids[0].ends_with("-automatic") && ids[0] != ids[1], "{ids:?}");
    }

    async fn the_log_opens_for_a_person_who_types_the_password_again(server: TestServer) {
        lines(&server, &[
            line(1, "INFO", "vigie::access", "first"),
            line(2, "ERROR", "vigie_server::http::agents::enrol", "second"),
            line(3, "WARN", "vigie_server::workers::exports", "third"),
        ]);
        let admin = server.signed_in().await;
        let log = "/api/v1/platform/logs";
        assert_eq!(admin.get(log).await.code(), "password-again");
        assert_eq!(server.with_token().await.get(log).await.code(), "not-allowed");
        assert_eq!(password(&server.with_token().await, PASSWORD).await, StatusCode::FORBIDDEN);
        assert_eq!(password(&admin, "wrong").await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(admin.get(log).await.code(), "password-again");
        assert_eq!(password(&admin, PASSWORD).await, StatusCode::OK);
        let said = |page: Value| -> Vec<String> {
            page["items"].as_array().unwrap().iter().map(|it| it["message"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(said(admin.get(log).await.json()), ["third", "second", "first"]);
        assert_eq!(said(admin.get(&format!("{log}?level=warning")).await.json()), ["third", "second"]);
        assert_eq!(said(admin.get(&format!("{log}?part=onboarding")).await.json()), ["second"]);
        let narrowed = format!("{log}?from=2026-09-21T10:01:30Z&to=2026-09-21T10:02:30Z&q=SEC");
        assert_eq!(said(admin.get(&narrowed).await.json()), ["second"]);
        let page = admin.get(&format!("{log}?limit=2")).await.json();
        let next = format!("{log}?limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
        assert_eq!(said(admin.get(&next).await.json()), ["first"]);
        assert_eq!(admin.get(&format!("{log}?cursor=x")).await.code(), "cursor-invalid");
        assert_eq!(admin.get(&format!("{log}?limit=0")).await.code(), "value-invalid");
        let stranger_node = format!("{log}?node=nd_0190163d8694739bb06f4a0f4d3f5d1e");
        assert_eq!(admin.get(&stranger_node).await.status, StatusCode::NOT_FOUND);
        // Another session of the same person has its own key to it.
        let elsewhere = server.sign_in("admin", PASSWORD).await.unwrap();
        assert_eq!(elsewhere.get(log).await.code(), "password-again");
        let trail = admin.get("/api/v1/audit?action=logs.open").await.json();
        assert_eq!(trail["items"].as_array().unwrap().len(), 1);
        server.wait(Duration::from_mins(14));
        assert_eq!(admin.get(log).await.status, StatusCode::OK);
        server.wait(Duration::from_mins(2));
        assert_eq!(admin.get(log).await.code(), "password-again");
    }

    async fn wrong_passwords_for_the_log_lock_like_failed_sign_ins(server: TestServer) {
        let admin = server.signed_in().await;
        for _ in 0..3 {
            assert_eq!(password(&admin, "wrong").await, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(password(&admin, PASSWORD).await, StatusCode::UNPROCESSABLE_ENTITY, "locked");
        assert!(server.sign_in("admin", PASSWORD).await.is_err(), "sign-in too");
        server.wait(Duration::from_mins(11));
        let admin = server.sign_in("admin", PASSWORD).await.unwrap();
        assert_eq!(password(&admin, PASSWORD).await, StatusCode::OK);
    }

    async fn consoles_tell_their_errors_when_that_is_wanted(server: TestServer) {
        let admin = server.with_token().await;
        let errors = |number: usize| {
            let entry = json!({ "kind": "error", "message": "x is not a function", "page": "/equipment" });
            json!({ "entries": vec![entry; number] })
        };
        let tell = async |number| admin.post("/api/v1/client-logs", errors(number)).await;
        assert_eq!(server.stranger().get("/api/v1/about").await.json()["client_logging"], false);
        assert_eq!(tell(1).await.status, StatusCode::NO_CONTENT);
        admin.patch("/api/v1/preferences", json!({ "client_logging": true })).await;
        assert_eq!(server.stranger().get("/api/v1/about").await.json()["client_logging"], true);
        assert_eq!(tell(21).await.code(), "value-invalid");
        for _ in 0..3 {
            assert_eq!(tell(20).await.status, StatusCode::NO_CONTENT);
        }
        assert_eq!(tell(1).await.code(), "too-many-requests");
        server.wait(Duration::from_mins(1));
        assert_eq!(tell(1).await.status, StatusCode::NO_CONTENT);
        assert_eq!(server.stranger().post("/api/v1/client-logs", errors(1)).await.status, StatusCode::UNAUTHORIZED);
    }

    async fn preferences_of_the_platform_are_checked(server: TestServer) {
        let admin = server.with_token().await;
        let change = async |value: Value| admin.patch("/api/v1/preferences", value).await;
        let link = json!({ "name": "Grafana", "url": "https://grafana.example/d/1" });
        let good = json!({ "log_level": "debug", "logs_days": 7, "dashboard_links": [link] });
        let changed = change(good).await.json();
        assert_eq!((&changed["log_level"], &changed["logs_days"]), (&"debug".into(), &7.into()));
        assert_eq!(admin.get("/api/v1/platform").await.json()["dashboard_links"][0]["name"], "Grafana");
        for bad in [
            json!({ "log_level": "trace" }),
            json!({ "logs_days": 0 }),
            json!({ "backups": { "keep": 0 } }),
            json!({ "backups": { "every_days": 366 } }),
            json!({ "dashboard_links": [{ "name": "x", "url": "javascript:alert(1)" }] }),
        ] {
            assert!(change(bad.clone()).await.status.is_client_error(), "{bad}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_nodes_log_is_read_on_another() {
    let one = TestServer::new(Engine::Postgres).await;
    let other = one.another_node().await;
    lines(&other, &[line(1, "INFO", "vigie::access", "over there")]);
    let _there = workers::start(&other.state);
    let admin = one.signed_in().await;
    password(&admin, PASSWORD).await;
    let path = format!("/api/v1/platform/logs?node={}", other.state.node.id);
    // The line is on its way to the file of the other node while it is asked for.
    wait_for(async || {
        let page = admin.get(&path).await;
        let is_there = page.status == StatusCode::OK
            && page.json()["items"].as_array().unwrap().iter().any(|it| it["message"] == "over there");
        is_there.then_some(())
    })
    .await;
    other.state.stopping.cancel();
    other.state.events.stop();
    wait_for(async || (admin.get(&path).await.code() == "node-silent").then_some(())).await;
}
