//! Key software, summaries and reports, and saved views, as their callers see them.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use vigie_server::{
    server_on_both_engines,
    testing::{Client, PASSWORD, TestServer},
    workers,
};

use crate::{factors::user, mail::Postfix};

async fn person(server: &TestServer, admin: &Client, login: &str, role: &str) -> Client {
    user(admin, login, role).await;
    again(server, login).await
}

/// Signed in, again when a day has passed.
async fn again(server: &TestServer, login: &str) -> Client {
    server.sign_in(login, PASSWORD).await.unwrap()
}

async fn made(client: &Client, path: &str, body: Value) -> Value {
    let answer = client.post(path, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()
}

fn schedule(name: &str, recipients: &[&str]) -> Value {
    json!({
        "name": name, "language": "fr", "repeats": "daily", "time_of_day": "07:30", "time_zone": "Europe/Paris",
        "recipients": recipients, "keep": 2,
    })
}

server_on_both_engines! {
    async fn key_software_is_seen_by_all_and_changed_by_administrators(server: TestServer) {
        let admin = server.signed_in().await;
        let manager = person(&server, &admin, "emma", "equipment-manager").await;
        let fields = json!({ "name": "Firefox", "pattern": "*firefox*", "lowest_version": "140" });
        let refused = manager.post("/api/v1/key-software", fields.clone()).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "not-allowed"));
        let program = made(&admin, "/api/v1/key-software", fields.clone()).await;
        let at = format!("/api/v1/key-software/{}", program["id"].as_str().unwrap());
        assert_eq!(admin.post("/api/v1/key-software", fields.clone()).await.code(), "name-taken");
        let mut late = fields.clone();
        late["revision"] = json!(7);
        assert_eq!(admin.put(&at, late).await.code(), "revision-stale");
        assert_eq!(manager.put(&at, fields.clone()).await.status, StatusCode::FORBIDDEN);
        assert_eq!(manager.delete(&at).await.status, StatusCode::FORBIDDEN);
        let seen = manager.get("/api/v1/key-software").await.json();
        assert_eq!(seen["items"][0]["name"], "Firefox");
        assert_eq!(seen["items"][0]["machines"], json!({ "present": 0, "old": 0, "absent": 0 }));
        let matches = manager.get("/api/v1/key-software/matches?pattern=fire*").await;
        assert_eq!((matches.status, matches.json()["items"].as_array().unwrap().len()), (StatusCode::OK, 0));
        assert_eq!(admin.get("/api/v1/key-software/matches?pattern=*").await.code(), "value-invalid");
        let id = program["id"].as_str().unwrap();
        for state in ["present", "old", "absent"] {
            let listed = manager.get(&format!("/api/v1/equipment?key_software={id}:{state}")).await;
            assert_eq!((listed.status, listed.json()["total"].as_i64()), (StatusCode::OK, Some(0)));
        }
        let wrong = manager.get(&format!("/api/v1/equipment?key_software={id}:maybe")).await;
        assert_eq!(wrong.code(), "request-malformed");
        assert_eq!(admin.delete(&at).await.status, StatusCode::NO_CONTENT);
        assert_eq!(admin.delete(&at).await.status, StatusCode::NOT_FOUND);
    }

    async fn a_summary_leads_to_its_lists_and_is_a_page_in_both_languages(server: TestServer) {
        let admin = server.signed_in().await;
        for (name, maker) in [("<b>one</b>", "A & B <script>"), ("two", ""), ("three", "Dell")] {
            made(&admin, "/api/v1/equipment", json!({ "name": name, "type": "laptop", "manufacturer": maker })).await;
        }
        let summary = admin.get("/api/v1/reports/summary").await.json();
        let mut figures = vec![summary["total"].clone()];
        for group in summary["groups"].as_array().unwrap() {
            figures.extend(group["figures"].as_array().unwrap().iter().cloned());
        }
        assert!(figures.len() > 20);
        for figure in figures {
            let query = figure["query"].as_str().unwrap();
            let listed = admin.get(&format!("/api/v1/equipment?{query}")).await;
            assert_eq!((listed.status, &listed.json()["total"]), (StatusCode::OK, &figure["count"]), "{query}");
        }
        let page = admin.get("/api/v1/reports/summary.html?lang=fr").await;
        assert!(page.text().contains("<html lang=\"fr\">") && page.text().contains("A &amp; B &lt;script&gt;"));
        assert!(!page.text().contains("<script"));
        assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
        assert!(page.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'; style-src 'un"));
        assert!(!page.headers.contains_key("content-disposition"));
        let english = admin.clone().with("accept-language", "en-GB,fr;q=0.5");
        let page = english.get("/api/v1/reports/summary.html?download=true").await;
        assert!(page.text().contains("<html lang=\"en\">"));
        assert!(page.headers["content-disposition"].to_str().unwrap().contains("vigie-2026-"));
        assert_eq!(admin.get("/api/v1/reports/summary.html?lang=de").await.code(), "value-invalid");
        let stranger = "cu_0190163d8694739bb06f4a0f4d3f5d1e";
        let elsewhere = admin.get(&format!("/api/v1/reports/summary?customer_id={stranger}")).await;
        assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
        // Whoever is assigned to nobody counts nothing.
        let manager = person(&server, &admin, "emma", "equipment-manager").await;
        assert_eq!(manager.get("/api/v1/reports/summary").await.json()["total"]["count"], 0);
        assert!(!manager.get("/api/v1/reports/summary.html").await.text().contains("Dell"));
    }

    async fn a_report_is_written_in_its_hour_and_read_by_who_may(server: TestServer) {
        let admin = server.signed_in().await;
        let manager = person(&server, &admin, "emma", "equipment-manager").await;
        user(&admin, "otto", "operator").await;
        made(&admin, "/api/v1/equipment", json!({ "name": "one", "manufacturer": "Dell" })).await;
        let mine = made(&manager, "/api/v1/report-schedules", schedule("Morning <i>", &[])).await;
        assert_eq!(mine["owner"], "emma");
        let at = format!("/api/v1/report-schedules/{}", mine["id"].as_str().unwrap());
        let latest = format!("{at}/latest.html");
        workers::write_due_reports(&server.state).await.unwrap();
        assert_eq!(manager.get(&latest).await.status, StatusCode::NOT_FOUND, "its hour has not come");
        server.wait(Duration::from_hours(24));
        let (manager, other, admin) = (again(&server, "emma").await, again(&server, "otto").await, again(&server, "admin").await);
        workers::write_due_reports(&server.state).await.unwrap();
        let page = manager.get(&latest).await;
        assert!(page.text().contains("Morning &lt;i&gt;") && page.text().contains("Europe/Paris"), "{page:?}");
        assert!(!page.text().contains("Dell"), "its owner sees no customer");
        assert!(page.headers["content-security-policy"].to_str().unwrap().contains("style-src 'unsafe-inline'"));
        // The same as a file, for whoever copies it.
        let file = server.state.config.data_dir.join("reports").join(format!("{}.html", mine["id"].as_str().unwrap()));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), page.text());
        for (client, status) in [(&admin, StatusCode::OK), (&other, StatusCode::NOT_FOUND)] {
            assert_eq!(client.get(&latest).await.status, status);
        }
        assert_eq!(other.put(&at, schedule("x", &[])).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.post(&format!("{at}/run"), json!({})).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.delete(&at).await.status, StatusCode::NOT_FOUND);
        assert!(other.get("/api/v1/report-schedules").await.json()["items"].as_array().unwrap().is_empty());
        // Two are kept, each at an address of its own.
        for _ in 0..3 {
            assert_eq!(manager.post(&format!("{at}/run"), json!({})).await.status, StatusCode::ACCEPTED);
            server.wait(Duration::from_secs(1));
            workers::write_due_reports(&server.state).await.unwrap();
        }
        let kept = manager.get("/api/v1/report-schedules").await.json()["items"][0]["reports"].clone();
        assert_eq!(kept.as_array().unwrap().len(), 2);
        let one = format!("{at}/reports/{}", kept[1]["id"].as_str().unwrap());
        assert_eq!(manager.get(&one).await.status, StatusCode::OK);
        assert_eq!(other.get(&one).await.status, StatusCode::NOT_FOUND);
        // Whoever may sign in no more has no more reports written.
        let emma = admin.get("/api/v1/users?q=emma").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
        let disabled = admin.patch(&format!("/api/v1/users/{emma}"), json!({ "disabled": true })).await;
        assert_eq!(disabled.status, StatusCode::OK, "{disabled:?}");
        assert_eq!(admin.post(&format!("{at}/run"), json!({})).await.status, StatusCode::ACCEPTED);
        workers::write_due_reports(&server.state).await.unwrap();
        let shown = admin.get("/api/v1/report-schedules").await.json()["items"][0].clone();
        assert_eq!((&shown["last_error"], shown["reports"].as_array().unwrap().len()), (&json!("owner-gone"), 2));
        assert_eq!(admin.delete(&at).await.status, StatusCode::NO_CONTENT);
        assert_eq!(admin.get(&latest).await.status, StatusCode::NOT_FOUND);
    }

    async fn a_report_is_sent_with_its_page(server: TestServer) {
        let postfix = Postfix::start();
        let admin = server.signed_in().await;
        made(&admin, "/api/v1/report-schedules", schedule("Rapport du matin", &["ada@example.org"])).await;
        server.wait(Duration::from_hours(24));
        let admin = again(&server, "admin").await;
        // Without a mail server it is written all the same, and says why it was not sent.
        workers::write_due_reports(&server.state).await.unwrap();
        let shown = admin.get("/api/v1/report-schedules").await.json()["items"][0].clone();
        assert_eq!((&shown["last_error"], shown["reports"].as_array().unwrap().len()), (&json!("mail-off"), 1));
        postfix.set_up(&admin).await;
        let at = format!("/api/v1/report-schedules/{}", shown["id"].as_str().unwrap());
        assert_eq!(admin.post(&format!("{at}/run"), json!({})).await.status, StatusCode::ACCEPTED);
        workers::write_due_reports(&server.state).await.unwrap();
        let letter = postfix.read("ada", 1).await.remove(0);
        assert!(letter.contains("Rapport du matin") && letter.contains("multipart/mixed"), "{letter}");
        assert!(letter.contains("filename=\"vigie-2026-"), "{letter}");
        let shown = admin.get("/api/v1/report-schedules").await.json()["items"][0].clone();
        assert_eq!((&shown["last_error"], &shown["reports"][0]["unsent"]), (&json!(""), &json!(0)));
    }

    async fn a_shared_view_shows_nobody_more_than_they_see(server: TestServer) {
        let admin = server.signed_in().await;
        let manager = person(&server, &admin, "emma", "equipment-manager").await;
        made(&admin, "/api/v1/equipment", json!({ "name": "one", "type": "laptop" })).await;
        let new = json!({ "page": "equipment", "name": "Laptops", "query": "type=laptop&sort=-name", "shared": true });
        let shared = made(&admin, "/api/v1/saved-views", new.clone()).await;
        assert_eq!(admin.post("/api/v1/saved-views", new).await.code(), "name-taken");
        let seen = manager.get("/api/v1/saved-views?page=equipment").await.json()["items"][0].clone();
        assert_eq!((&seen["name"], &seen["mine"], &seen["maker"]), (&json!("Laptops"), &json!(false), &json!("admin")));
        let listed = manager.get(&format!("/api/v1/equipment?{}", seen["query"].as_str().unwrap())).await;
        assert_eq!((listed.status, &listed.json()["total"]), (StatusCode::OK, &json!(0)));
        let at = format!("/api/v1/saved-views/{}", shared["id"].as_str().unwrap());
        let fields = json!({ "name": "Mine now", "query": "", "shared": true });
        assert_eq!(manager.put(&at, fields.clone()).await.code(), "not-allowed");
        assert_eq!(manager.delete(&at).await.code(), "not-allowed");
        let chosen = json!({ "page": "equipment", "id": shared["id"] });
        assert_eq!(manager.put("/api/v1/saved-views/default", chosen).await.status, StatusCode::NO_CONTENT);
        assert_eq!(manager.get("/api/v1/saved-views?page=equipment").await.json()["items"][0]["is_default"], true);
        let own = json!({ "page": "pending", "name": "Own", "query": "state=ignored" });
        let own = made(&manager, "/api/v1/saved-views", own).await;
        let at_own = format!("/api/v1/saved-views/{}", own["id"].as_str().unwrap());
        assert_eq!(admin.put(&at_own, fields).await.status, StatusCode::NOT_FOUND, "what is one's own is nobody else's");
        let order = json!({ "page": "pending", "ids": [own["id"]] });
        assert_eq!(manager.put("/api/v1/saved-views/order", order).await.status, StatusCode::NO_CONTENT);
        assert_eq!(admin.delete(&at).await.status, StatusCode::NO_CONTENT);
        assert!(manager.get("/api/v1/saved-views?page=equipment").await.json()["items"].as_array().unwrap().is_empty());
        assert_eq!(manager.get("/api/v1/saved-views?page=nothing").await.status, StatusCode::BAD_REQUEST);
        let user = manager.get("/api/v1/users/me").await.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(admin.delete(&format!("/api/v1/users/{user}")).await.status, StatusCode::NO_CONTENT);
    }
}
