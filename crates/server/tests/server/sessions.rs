//! Signing in from a browser, and what protects it.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use vigie_server::{server_on_both_engines, testing::PASSWORD};

server_on_both_engines! {
    async fn the_first_sign_in_leads_to_a_new_password_and_nowhere_else(server: TestServer) {
        let newcomer = server.sign_in("admin", &server.one_time_password).await.unwrap();
        let session = newcomer.get("/api/v1/session").await.json();
        assert_eq!(session["must_change_password"], true);
        assert_eq!(session["user"]["login"], "admin");
        for path in ["/api/v1/customers", "/api/v1/users/me/sessions", "/api/v1/preferences", "/api/v1/events"] {
            let answer = newcomer.get(path).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "password-change-required"), "{path}");
        }
        let path = "/api/v1/users/me/password";
        let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
        let one_time = server.one_time_password.as_str();
        for (current, new, code) in [
            ("wrong", PASSWORD, "password-wrong"),
            (one_time, "short", "password-weak"),
            (one_time, one_time, "password-reused"),
        ] {
            let answer = newcomer.put(path, change(current, new)).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, code));
            assert!(answer.json()["errors"][0]["field"].is_string());
        }
        let changed = newcomer.put(path, change(one_time, PASSWORD)).await;
        assert_eq!(changed.status, StatusCode::NO_CONTENT);
        assert!(changed.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
        assert_eq!(newcomer.get("/api/v1/session").await.code(), "sign-in-required", "all sessions ended");
        assert_eq!(server.sign_in("admin", one_time).await.unwrap_err().code(), "sign-in-failed");
        let browser = server.sign_in("admin", PASSWORD).await.unwrap();
        assert_eq!(browser.get("/api/v1/customers").await.status, StatusCode::OK);
    }

    async fn the_banner_is_made_safe_and_licence_terms_are_accepted_once(server: TestServer) {
        let browser = server.signed_in().await;
        let stranger = server.stranger();
        let about = stranger.get("/api/v1/about").await.json();
        assert_eq!((&about["banner"], &about["licence"]), (&json!(null), &json!(null)), "nothing is set");
        let page = json!({
            "banner_title": "Notice",
            "banner_text": "<h2 onclick='x()'>Staff</h2><script>x()</script>only",
            "licence_text": "Be kind.\n\nAlways.",
        });
        let set = browser.patch("/api/v1/preferences", json!({ "sign_in_page": page })).await.json();
        assert_eq!(set["sign_in_page"]["banner_text"], "<h2>Staff</h2>only");
        let about = stranger.get("/api/v1/about").await.json();
        assert_eq!(about["banner"], json!({ "title": "Notice", "text": "<h2>Staff</h2>only" }));
        assert_eq!(about["licence"], "<p>Be kind.</p><p>Always.</p>");
        let shown = async |shown: bool| {
            browser.patch("/api/v1/preferences", json!({ "sign_in_page": { "banner_shown": shown } })).await;
            stranger.get("/api/v1/about").await.json()["banner"]["title"].clone()
        };
        assert_eq!(shown(false).await, json!(null));
        assert_eq!(shown(true).await, "Notice", "its words were kept");

        let attempt = async |password: &str, accepted: bool| {
            let said = json!({ "login": "admin", "password": password, "licence_accepted": accepted });
            stranger.post("/api/v1/session", said).await
        };
        assert_eq!(attempt("wrong", true).await.code(), "sign-in-failed");
        for _ in 0..4 {
            let refused = attempt(PASSWORD, false).await;
            assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "licence-not-accepted"));
        }
        assert_eq!(attempt(PASSWORD, true).await.status, StatusCode::OK, "to be asked is no failure");
        assert_eq!(attempt(PASSWORD, false).await.status, StatusCode::OK, "once is enough");
        assert_eq!(browser.get("/api/v1/customers").await.status, StatusCode::OK, "sessions go on");
        let changed = json!({ "sign_in_page": { "licence_text": "Be kinder." } });
        assert_eq!(browser.patch("/api/v1/preferences", changed).await.status, StatusCode::OK);
        assert_eq!(attempt(PASSWORD, false).await.code(), "licence-not-accepted", "new terms");
        let long = json!({ "sign_in_page": { "banner_title": "x".repeat(101) } });
        let refused = browser.patch("/api/v1/preferences", long).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.json()["errors"][0]["field"], "sign_in_page.banner_title");
        let none = json!({ "sign_in_page": { "banner_title": "", "banner_text": "", "licence_text": "" } });
        browser.patch("/api/v1/preferences", none).await;
        assert_eq!(stranger.get("/api/v1/about").await.json()["banner"], json!(null));
        assert_eq!(attempt(PASSWORD, false).await.status, StatusCode::OK);
    }

    async fn the_cookie_is_for_this_server_and_for_no_script(server: TestServer) {
        let stranger = server.stranger();
        let said = json!({ "login": "admin", "password": server.one_time_password });
        let answer = stranger.post("/api/v1/session", said).await;
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("__Host-vigie_session="));
        for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!answer.text().contains(cookie.split(['=', ';']).nth(1).unwrap()), "the token is in the cookie only");
    }

    async fn a_write_without_the_sessions_own_csrf_token_is_refused(server: TestServer) {
        let browser = server.signed_in().await;
        let other = server.sign_in("admin", PASSWORD).await.unwrap();
        let name = json!({ "name": "Écoles" });
        let without = browser.clone().without("x-csrf-token");
        assert_eq!(without.post("/api/v1/customers", name.clone()).await.code(), "csrf-missing");
        assert_eq!(without.get("/api/v1/customers").await.status, StatusCode::OK, "reading needs none");
        let token = other.get("/api/v1/session").await.json()["csrf_token"].as_str().unwrap().to_owned();
        let wrong = browser.clone().with("x-csrf-token", &token);
        let answer = wrong.post("/api/v1/customers", name.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "csrf-missing"));
        assert_eq!(wrong.delete("/api/v1/session").await.code(), "csrf-missing");
        assert_eq!(browser.post("/api/v1/customers", name).await.status, StatusCode::CREATED);
    }

    async fn a_page_of_another_site_gets_nothing_done(server: TestServer) {
        let browser = server.signed_in().await.with("host", "hub:7080");
        let name = |name: &str| json!({ "name": name });
        let evil = browser.clone().with("origin", "https://evil.example");
        let refused = evil.post("/api/v1/customers", name("Evil")).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "cross-site"));
        let said = json!({ "login": "admin", "password": PASSWORD });
        let signed_in = server.stranger().with("host", "hub:7080").with("origin", "https://evil.example");
        assert_eq!(signed_in.post("/api/v1/session", said).await.code(), "cross-site", "nor is anyone signed in as someone else");
        for path in ["/api/v1/events", "/api/v1/session", "/"] {
            let socket = evil.clone().with("connection", "upgrade").with("upgrade", "websocket");
            assert_eq!(socket.get(path).await.code(), "cross-site", "{path}");
        }
        let own = browser.clone().with("origin", "https://hub:7080").with("sec-fetch-site", "same-origin");
        assert_eq!(own.post("/api/v1/customers", name("Own")).await.status, StatusCode::CREATED);
    }

    async fn a_stolen_cookie_is_noticed(server: TestServer) {
        let browser = server.signed_in().await;
        let thief = server.stranger_from([198, 51, 100, 66]).with_headers_of(&browser).with("user-agent", "curl/8");
        assert_eq!(thief.get("/api/v1/users/me").await.status, StatusCode::OK);
        let noticed = browser.get("/api/v1/audit?action=session.elsewhere").await.json();
        let row = &noticed["items"][0];
        assert_eq!((&row["source_address"], &row["detail"]["before"]), (&json!("198.51.100.66"), &json!(["192.0.2.1"])));
        assert_eq!(row["detail"]["same_browser"], false);
    }

    async fn an_idle_session_ends_and_what_a_page_does_by_itself_does_not_keep_it(server: TestServer) {
        let browser = server.signed_in().await;
        for _ in 0..2 {
            server.wait(Duration::from_mins(14));
            assert_eq!(browser.get("/api/v1/users/me").await.status, StatusCode::OK);
        }
        let by_itself = browser.clone().with("x-vigie-background", "1");
        for _ in 0..2 {
            server.wait(Duration::from_mins(7));
            assert_eq!(by_itself.get("/api/v1/users/me").await.status, StatusCode::OK);
        }
        server.wait(Duration::from_mins(2));
        let answer = browser.get("/api/v1/users/me").await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "sign-in-required"));
    }

    async fn signing_out_ends_the_session(server: TestServer) {
        let browser = server.signed_in().await;
        assert_eq!(browser.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT);
        assert_eq!(browser.get("/api/v1/session").await.code(), "sign-in-required");
    }

    async fn someone_sees_and_ends_their_other_sessions(server: TestServer) {
        let browser = server.signed_in().await;
        let other = server.stranger_from([198, 51, 100, 7]).sign_in("admin", PASSWORD).await.unwrap();
        let listed = browser.get("/api/v1/users/me/sessions").await.json();
        let items = listed["items"].as_array().unwrap();
        assert_eq!(items.len(), 2);
        let elsewhere = items.iter().find(|it| it["current"] == false).unwrap();
        assert_eq!(elsewhere["source_address"], "198.51.100.7");
        let path = format!("/api/v1/users/me/sessions/{}", elsewhere["id"].as_str().unwrap());
        assert_eq!(browser.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(other.get("/api/v1/session").await.code(), "sign-in-required");
        assert_eq!(browser.delete(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(browser.delete("/api/v1/users/me/sessions/nonsense").await.status, StatusCode::NOT_FOUND);
    }

    async fn three_failures_lock_for_that_address_and_every_refusal_looks_the_same(server: TestServer) {
        server.signed_in().await;
        let attempt = async |address: [u8; 4], login: &str, password: &str| {
            let said = json!({ "login": login, "password": password });
            let answer = server.stranger_from(address).post("/api/v1/session", said).await;
            let mut document = answer.json();
            document.as_object_mut().unwrap().remove("instance");
            (answer.status, document)
        };
        let (status, unknown) = attempt([203, 0, 113, 1], "nobody", "wrong").await;
        assert_eq!((status.as_u16(), unknown["code"].as_str().unwrap()), (401, "sign-in-failed"));
        for _ in 0..3 {
            assert_eq!(attempt([203, 0, 113, 2], "admin", "wrong").await, (status, unknown.clone()));
        }
        assert_eq!(attempt([203, 0, 113, 2], "admin", PASSWORD).await, (status, unknown), "locked");
        assert_eq!(attempt([203, 0, 113, 3], "admin", PASSWORD).await.0, StatusCode::OK);
        server.wait(Duration::from_mins(10));
        assert_eq!(attempt([203, 0, 113, 2], "admin", PASSWORD).await.0, StatusCode::OK);
        let text = server.state.metrics.text();
        assert!(text.contains(r#"vigie_sign_ins_total{result="locked"} 1"#), "{text}");
    }

    async fn a_token_that_may_only_read_writes_nothing(server: TestServer) {
        let browser = server.signed_in().await;
        let made = browser.post("/api/v1/users/me/tokens", json!({ "name": "report", "scope": "read" })).await;
        assert_eq!(made.status, StatusCode::CREATED);
        let token = made.json()["token"].as_str().unwrap().to_owned();
        let reader = server.stranger().with("authorization", &format!("Bearer {token}"));
        assert_eq!(reader.get("/api/v1/customers").await.status, StatusCode::OK);
        let refused = reader.post("/api/v1/customers", json!({ "name": "x" })).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "not-allowed"));
        let listed = browser.get("/api/v1/users/me/tokens").await;
        assert!(!listed.text().contains(&token), "a token is shown once");
        let path = format!("/api/v1/users/me/tokens/{}", listed.json()["items"][0]["id"].as_str().unwrap());
        assert_eq!(browser.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(reader.get("/api/v1/customers").await.code(), "token-invalid");
    }

    async fn a_profile_is_ones_own(server: TestServer) {
        let browser = server.signed_in().await;
        let me = browser.patch("/api/v1/users/me", json!({ "locale": "fr", "density": "compact" })).await.json();
        assert_eq!((&me["locale"], &me["density"], &me["color_scheme"]), (&json!("fr"), &json!("compact"), &json!("auto")));
        let me = browser.patch("/api/v1/users/me", json!({ "locale": null, "session_timeout_minutes": 30 })).await.json();
        assert_eq!((&me["locale"], &me["session_timeout_minutes"]), (&json!(null), &json!(30)));
        let odd = browser.patch("/api/v1/users/me", json!({ "session_timeout_minutes": 31 })).await;
        assert_eq!(odd.json()["errors"][0]["field"], "session_timeout_minutes");
        let role = browser.patch("/api/v1/users/me", json!({ "role": "administrator" })).await;
        assert_eq!(role.code(), "request-malformed");
    }
}
