//! Alerts, from a system's link to whoever is notified.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, http::HeaderMap, routing::post};
use http::StatusCode;
use serde_json::{Value, json};
use vigie_kernel::Clock as _;
use vigie_server::{server_on_both_engines, testing::PASSWORD, workers};
use vigie_wire::link::{
    agent::Event,
    alert::{Alert, AlertKey, AlertType, Severity},
    message::{NoteBody, Standing},
};

use crate::{
    factors::user,
    links::{End, Place},
    mail::Postfix,
};

fn disk(subject: &str) -> NoteBody {
    let alert = Alert {
        condition: "disks".into(),
        subject: subject.into(),
        kind: "disk".into(),
        severity: Severity::Major,
        summary: "<b>93 %</b> used".into(),
        value: Some(93.0),
        bound: Some(90.0),
        ..Alert::default()
    };
    NoteBody::AlertRaised { alert }
}

fn ended(subject: &str) -> NoteBody {
    NoteBody::AlertEnded { alert: AlertKey { condition: "disks".into(), subject: subject.into() } }
}

/// Says it and waits until it is stored.
async fn tell(place: &Place, end: &mut End, bodies: impl IntoIterator<Item = NoteBody>) {
    for body in bodies {
        let sequence = end.spool.add(place.server.clock.now(), body);
        end.agent.pump(&end.spool);
        assert_eq!(end.next().await, Some(Event::Stored { sequence }));
    }
}

async fn connected(place: &Place) -> End {
    let id = place.system(1).await;
    let mut end = place.open(id, 1).await;
    end.stand(Standing::SignedIn).await;
    end
}

async fn listed(place: &Place, query: &str) -> Vec<Value> {
    let answer = place.admin.get(&format!("/api/v1/alerts?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()["items"].as_array().unwrap().clone()
}

/// What a receiver of webhooks got: whole requests.
type Got = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A receiver that refuses the first requests.
async fn receiver(refusals: usize) -> (String, Got) {
    let got = Got::default();
    let kept = Arc::clone(&got);
    let take = move |headers: HeaderMap, body: Bytes| async move {
        let mut got = kept.lock().unwrap();
        got.push((headers, body));
        if got.len() <= refusals { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/{*any}", post(take.clone())).route("/", post(take));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}"), got)
}

/// A signature as a receiver makes it: openssl's, not this program's.
fn signed(secret: &str, text: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let hmac = std::process::Command::new("openssl")
        .args(["dgst", "-sha256", "-hmac", secret])
        .arg(file.path())
        .output()
        .unwrap();
    let hmac = String::from_utf8(hmac.stdout).unwrap();
    format!("v1={}", hmac.trim().rsplit(' ').next().unwrap())
}

async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..1200 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what} did not come");
}

server_on_both_engines! {
    async fn what_a_system_tells_is_listed_counted_and_cleared(server: TestServer) {
        let place = Place::new(server).await;
        let mut end = connected(&place).await;
        tell(&place, &mut end, [disk("/"), disk("/var"), ended("/var")]).await;
        let all = listed(&place, "sort=first_at").await;
        assert_eq!(all.len(), 2);
        let root = all.iter().find(|it| it["subject"] == "/").unwrap();
        for (member, value) in [
            ("type", json!("service")), ("severity", json!("major")), ("occurrences", json!(1)), ("ongoing", json!(true)),
            ("kind", json!("disk")), ("value", json!(93.0)), ("summary", json!("<b>93 %</b> used")), ("silence", Value::Null),
        ] {
            assert_eq!(root[member], value, "{member}");
        }
        assert_eq!(root["first_at"], root["last_at"]);
        assert_eq!(root["system"]["name"], "srv-1");
        let counts = place.admin.get("/api/v1/alerts/counts").await.json();
        assert_eq!((&counts["alerts"], &counts["ongoing"]), (&json!(2), &json!(1)));
        let customers = place.admin.get("/api/v1/customers?sort=-alerts").await.json()["items"].clone();
        let of = |n: usize| &customers[n]["alerts"];
        assert_eq!((of(0), of(1)), (&json!({ "open": 2, "worst": "major" }), &json!({ "open": 0, "worst": null })));
        let deletion = format!("/api/v1/customers/{}/deletion", customers[0]["id"].as_str().unwrap());
        assert_eq!(place.admin.get(&deletion).await.json()["alerts"], 2);
        let ids: Vec<_> = all.iter().map(|it| it["id"].clone()).collect();
        let cleared = place.admin.post("/api/v1/alerts/clear", json!({ "ids": ids })).await.json();
        assert_eq!((&cleared["done"], &cleared["failed"][0]["code"]), (&json!(1), &json!("alert-ongoing")));
        assert_eq!(cleared["failed"][0]["id"], root["id"]);
        let wrong = place.admin.post("/api/v1/alerts/clear", json!({ "all": { "typ": "service" } })).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "a filter that is not understood widens nothing");
        tell(&place, &mut end, [ended("/"), disk("/"), ended("/")]).await;
        let again = listed(&place, "").await;
        assert_eq!((again.len(), &again[0]["occurrences"], &again[0]["ongoing"]), (1, &json!(2), &json!(false)));
        let unknown = place.admin.post("/api/v1/alerts/clear-by-type", json!({ "type": "weather" })).await;
        assert!(unknown.status.is_client_error());
        let cleared = place.admin.post("/api/v1/alerts/clear-by-type", json!({ "type": "service" })).await.json();
        assert_eq!(cleared, json!({ "alerts": 1, "customers": 1 }));
        assert_eq!((listed(&place, "").await.len(), listed(&place, "state=cleared").await.len()), (0, 2));
        let trail = place.admin.get("/api/v1/audit?action=alert.clear").await.json();
        assert_eq!(trail["items"].as_array().unwrap().len(), 2);
    }

    async fn alerts_are_assigned_acknowledged_and_muted_by_those_who_handle_them(server: TestServer) {
        let place = Place::new(server).await;
        let mut end = connected(&place).await;
        tell(&place, &mut end, [disk("/")]).await;
        let id = listed(&place, "").await[0]["id"].clone();
        let people = place.admin.get("/api/v1/alerts/assignees").await.json();
        let me = people["items"][0].clone();
        let assign = json!({ "ids": [id], "user_id": me["id"] });
        assert_eq!(place.admin.post("/api/v1/alerts/assign", assign).await.json()["done"], 1);
        let nobody = json!({ "ids": [id], "user_id": "us_0190163d8694739bb06f4a0f4d3f5d1e" });
        assert_eq!(place.admin.post("/api/v1/alerts/assign", nobody).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        place.admin.post("/api/v1/alerts/acknowledge", json!({ "all": { "condition": "disks" } })).await;
        let past = json!({ "ids": [id], "until": "2001-01-01T00:00:00Z" });
        assert_eq!(place.admin.post("/api/v1/alerts/mute", past).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let until = place.server.clock.now().plus(Duration::from_hours(1));
        place.admin.post("/api/v1/alerts/mute", json!({ "ids": [id], "until": until })).await;
        let alert = place.admin.get(&format!("/api/v1/alerts/{}", id.as_str().unwrap())).await.json();
        assert_eq!(alert["assigned_to"], json!({ "id": me["id"], "login": me["login"] }));
        assert_eq!((&alert["acknowledged"]["by"], &alert["silence"]), (&me["login"], &json!("muted")));
        assert_eq!(listed(&place, &format!("assigned_to={}&acknowledged=true", me["id"].as_str().unwrap())).await.len(), 1);
    }

    async fn a_system_hears_at_once_what_people_changed_about_its_conditions(server: TestServer) {
        let place = Place::new(server).await;
        let mut end = connected(&place).await;
        assert_eq!(end.rules, [vec![]], "said at the greeting");
        let customer = place.admin.get("/api/v1/systems").await.json()["items"][0]["customer"]["id"].clone();
        let path = format!("/api/v1/customers/{}/alert-rules", customer.as_str().unwrap());
        let rules = json!({ "rules": [{ "condition": "disks", "bound": 97.5, "severity": "minor" }] });
        assert_eq!(place.admin.json(http::Method::PUT, &path, rules).await.status, StatusCode::NO_CONTENT);
        // A word from the server lets the test see what came with it.
        tell(&place, &mut end, [disk("/")]).await;
        while end.rules.len() < 2 {
            tell(&place, &mut end, [disk("/")]).await;
        }
        let rule = &end.rules[1][0];
        assert_eq!((&*rule.condition, rule.bound, rule.severity, rule.off), ("disks", Some(97.5), Some(Severity::Minor), false));
        let wrong = json!({ "rules": [{ "condition": "disks", "hold": 100_000 }] });
        assert_eq!(place.admin.json(http::Method::PUT, &path, wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let shown = place.admin.get(&path).await.json();
        let kept = shown["items"].as_array().unwrap().iter().find(|it| it["condition"]["key"] == "disks").unwrap().clone();
        assert_eq!(kept["rule"]["bound"], 97.5);
    }

    async fn the_dashboard_counts_what_the_caller_sees(server: TestServer) {
        let place = Place::new(server).await;
        let before = place.admin.get("/api/v1/dashboard").await.json();
        assert_eq!((&before["systems"]["total"], &before["recent"]), (&json!(0), &json!([])));
        let mut end = connected(&place).await;
        place.system(2).await;
        tell(&place, &mut end, [disk("/"), disk("/var"), ended("/var")]).await;
        let olga = user(&place.admin, "olga", "operator").await;
        let waiting = place.admin.get("/api/v1/systems?connectivity=waiting").await.json()["items"][0].clone();
        let theirs = format!("/api/v1/customers/{}/assignments", waiting["customer"]["id"].as_str().unwrap());
        let set = place.admin.put(&theirs, json!({ "user_ids": [olga] })).await;
        assert_eq!(set.status, StatusCode::OK, "{set:?}");
        vigie_fleet::dashboard::sample(&place.server.state.db, place.server.clock.now()).await.unwrap();
        vigie_fleet::dashboard::sample(&place.server.state.db, place.server.clock.now()).await.unwrap();
        let shown = place.admin.get("/api/v1/dashboard").await.json();
        // The default customer has no system, nor has one that waits for its first connection.
        assert_eq!(shown["customers"], json!({ "total": 3, "green": 1, "orange": 0, "red": 2, "grey": 0 }));
        assert_eq!(shown["systems"], json!({ "total": 2, "connected": 1 }));
        assert_eq!(shown["versions"], json!([{ "value": "12.1", "count": 2 }]));
        assert_eq!(shown["profiles"], json!([{ "value": "linux", "count": 2 }]));
        assert_eq!((&shown["alerts"]["alerts"], &shown["alerts"]["ongoing"]), (&json!(2), &json!(1)));
        assert_eq!(shown["recent"].as_array().unwrap().len(), 2);
        let samples = shown["connected"].as_array().unwrap();
        assert_eq!((samples.len(), &samples[0]["connected"], &samples[0]["systems"]), (1, &json!(1), &json!(2)));
        let olga = place.server.sign_in("olga", PASSWORD).await.unwrap();
        let samples = olga.get("/api/v1/dashboard").await.json()["connected"].clone();
        assert_eq!(samples.as_array().unwrap().len(), 1);
        assert_eq!((&samples[0]["connected"], &samples[0]["systems"]), (&json!(0), &json!(1)));
    }

    async fn a_webhook_is_signed_and_tried_until_it_is_through(server: TestServer) {
        let place = Place::new(server).await;
        let _workers = workers::start(&place.server.state);
        let mut end = connected(&place).await;
        let (url, got) = receiver(1).await;
        let asked = json!({ "name": "Ticketing", "channel": { "kind": "webhook", "url": format!("{url}/hook") }, "interval_seconds": 0 });
        let made = place.admin.post("/api/v1/alert-subscriptions", asked).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let secret = made.json()["secret"].as_str().unwrap().to_owned();
        let shown = place.admin.get("/api/v1/alert-subscriptions").await.text();
        assert!(!shown.contains(&secret), "shown once");
        for bad in ["http://example.com/hook", "https://user:secret@example.com/", "ftp://example.com"] {
            let asked = json!({ "name": "Bad", "channel": { "kind": "webhook", "url": bad } });
            assert_eq!(place.admin.post("/api/v1/alert-subscriptions", asked).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        tell(&place, &mut end, [disk("/")]).await;
        place.server.wait(Duration::from_secs(10));
        until("a refused request", async || (got.lock().unwrap().len() == 1).then_some(())).await;
        let failed = until("its error", async || {
            let listed = place.admin.get("/api/v1/alert-deliveries?state=waiting").await.json();
            listed["items"][0]["error"].as_str().map(str::to_owned)
        }).await;
        assert!(failed.contains("503"), "{failed}");
        place.server.wait(Duration::from_mins(1));
        until("another try", async || (got.lock().unwrap().len() == 2).then_some(())).await;
        let requests = got.lock().unwrap().clone();
        let (headers, body) = &requests[1];
        assert_eq!(headers["vigie-delivery"], requests[0].0["vigie-delivery"], "who has seen it can tell");
        let text = [headers["vigie-timestamp"].as_bytes(), b".", body].concat();
        assert_eq!(headers["vigie-signature"], signed(&secret, &text));
        let said: Value = serde_json::from_slice(body).unwrap();
        assert_eq!((&said["alerts"][0]["event"], &said["alerts"][0]["alert"]["subject"]), (&json!("raised"), &json!("/")));
        until("the end of it", async || {
            let listed = place.admin.get("/api/v1/alert-deliveries?state=delivered").await.json();
            (listed["items"][0]["attempts"] == 2).then_some(())
        }).await;
    }

    async fn a_webhook_tells_of_what_the_bell_tells_of(server: TestServer) {
        let place = Place::new(server).await;
        let _workers = workers::start(&place.server.state);
        let (url, got) = receiver(0).await;
        let asked = json!({
            "name": "Queue", "channel": { "kind": "webhook", "url": format!("{url}/hook") }, "interval_seconds": 0,
            "filter": { "alerts": false, "notices": ["pending-equipment"] },
        });
        let made = place.admin.post("/api/v1/alert-subscriptions", asked.clone()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let mut wrong = asked;
        wrong["filter"]["customers"] = json!(["cu_0190163d8694739bb06f4a0f4d3f5d1e"]);
        assert_eq!(place.admin.post("/api/v1/alert-subscriptions", wrong).await.code(), "value-invalid");
        for number in [1, 2] {
            crate::association::reports(&place.server, number, &format!("SN7X00{number}QK")).await;
        }
        // The two may come in one look of the worker or in two.
        let count = async || {
            let got = got.lock().unwrap().clone();
            let said = |body: &Bytes| serde_json::from_slice::<Value>(body).unwrap();
            let counts = got.iter().map(|(_, body)| said(body)["notices"][0]["count"].as_u64().unwrap());
            (counts.sum::<u64>() == 2).then_some(())
        };
        until("both machines", count).await;
        let (headers, body) = got.lock().unwrap()[0].clone();
        let text = [headers["vigie-timestamp"].as_bytes(), b".", &body].concat();
        let expected = signed(made.json()["secret"].as_str().unwrap(), &text);
        assert_eq!(headers["vigie-signature"], expected);
        let said: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&said["alerts"], &said["notices"][0]["kind"]), (&json!([]), &json!("pending-equipment")));
        assert_eq!(said["notices"][0]["data"], json!({}));
    }

    async fn an_e_mail_tells_of_machines_that_wait(server: TestServer) {
        let postfix = Postfix::start();
        let place = Place::new(server).await;
        let _workers = workers::start(&place.server.state);
        postfix.set_up(&place.admin).await;
        let asked = json!({
            "name": "File", "channel": { "kind": "email", "to": ["alerts@example.org"], "language": "fr" }, "interval_seconds": 0,
            "filter": { "alerts": false, "notices": ["pending-equipment"] },
        });
        assert_eq!(place.admin.post("/api/v1/alert-subscriptions", asked).await.status, StatusCode::CREATED);
        crate::association::reports(&place.server, 1, "SN7X001QK").await;
        let mails = postfix.read("alerts", 1).await;
        assert!(mails[0].contains("Subject: 1 nouvelle machine en attente"), "{}", mails[0]);
        let mail = mails[0].replace("=\r\n", "").replace("=\n", "");
        assert!(mail.contains("/pending") && !mail.contains("/alerts"), "{mail}");
    }

    async fn a_push_message_has_a_priority_and_its_token(server: TestServer) {
        let place = Place::new(server).await;
        let _workers = workers::start(&place.server.state);
        let mut end = connected(&place).await;
        let (url, got) = receiver(0).await;
        let asked = json!({
            "name": "Phone", "channel": { "kind": "ntfy", "url": format!("{url}/on-call"), "language": "fr" },
            "secret": "tk_0123456789", "interval_seconds": 0, "filter": { "least_severity": "major" },
        });
        assert_eq!(place.admin.post("/api/v1/alert-subscriptions", asked).await.status, StatusCode::CREATED);
        let minor = Alert { condition: "small".into(), severity: Severity::Minor, ..Alert::default() };
        let trunk = Alert {
            condition: "trunks".into(), subject: "sip:paris".into(), title: "Faisceau".into(),
            alert_type: AlertType::Trunk, severity: Severity::Critical, ..Alert::default()
        };
        tell(&place, &mut end, [minor, trunk].map(|alert| NoteBody::AlertRaised { alert })).await;
        place.server.wait(Duration::from_secs(10));
        until("a message", async || (got.lock().unwrap().len() == 1).then_some(())).await;
        let (headers, body) = got.lock().unwrap()[0].clone();
        assert_eq!(headers["authorization"], "Bearer tk_0123456789");
        let said: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&said["topic"], &said["priority"]), (&json!("on-call"), &json!(5)));
        let text = said["message"].as_str().unwrap();
        assert!(text.contains("Nouvelle [critique] Faisceau (sip:paris) — srv-1") && !text.contains("small"), "{text}");
    }

    async fn an_e_mail_arrives_and_what_systems_say_is_no_markup_in_it(server: TestServer) {
        let postfix = Postfix::start();
        let place = Place::new(server).await;
        let _workers = workers::start(&place.server.state);
        postfix.set_up(&place.admin).await;
        let mut end = connected(&place).await;
        let asked = json!({ "name": "On call", "channel": { "kind": "email", "to": ["alerts@example.org"] }, "interval_seconds": 0 });
        assert_eq!(place.admin.post("/api/v1/alert-subscriptions", asked).await.status, StatusCode::CREATED);
        tell(&place, &mut end, [disk("/")]).await;
        place.server.wait(Duration::from_secs(10));
        let mails = postfix.read("alerts", 1).await;
        assert!(mails[0].contains("Subject: [major] Disk nearly full"), "{}", mails[0]);
        // Lines of quoted-printable are cut (RFC 2045 §6.7).
        let mail = mails[0].replace("=\r\n", "").replace("=\n", "");
        assert!(mail.contains("&lt;b&gt;93 %&lt;/b&gt; used"), "escaped where it is HTML: {}", mails[0]);
    }
}
