//! Signing in at a real OpenID provider: `oidc-provider-mock` of the Python package index, which `cargo xtask test` installs.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use http::StatusCode;
use serde_json::{Value, json};
use vigie_kernel::{Clock as _, SystemClock};
use vigie_server::{
    server_on_both_engines,
    testing::{Answer, Client, PASSWORD, TestServer},
};

use crate::factors::user;

const SETTINGS: &str = "/api/v1/openid";

/// A provider at which anyone may be anyone.
struct Provider {
    child: Child,
    issuer: String,
    http: reqwest::Client,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Provider {
    async fn start() -> Self {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../openid-provider/bin/oidc-provider-mock");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(&program)
            .args(["--port", &port.to_string(), "--require-nonce", "true"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask test` installs it", program.display()));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http =
            reqwest::Client::builder().tls_certs_only([]).redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let provider = Self { child, issuer: format!("http://127.0.0.1:{port}"), http };
        for _ in 0..600 {
            if provider.http.get(&provider.issuer).send().await.is_ok() {
                return provider;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the OpenID provider does not answer");
    }

    /// Makes a person known, with these claims.
    async fn person(&self, subject: &str, claims: Value) {
        let answer = self.http.put(format!("{}/users/{subject}", self.issuer)).json(&claims).send().await.unwrap();
        assert_eq!(answer.status(), 204);
    }

    /// What a person does at the provider; answers the way back.
    async fn visit(&self, location: &str, form: &'static str) -> String {
        let sent = self.http.post(location).header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = sent.send().await.unwrap();
        assert_eq!(answer.status(), 302);
        let back = answer.headers()["location"].to_str().unwrap().to_owned();
        back.strip_prefix("https://localhost:7080").expect("back to the server").to_owned()
    }

    fn settings(&self, more: &Value) -> Value {
        let mut settings =
            json!({ "issuer": self.issuer, "client_id": "vigie", "client_secret": "s3cret", "label": "Example" });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    }
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    answer.headers["location"].to_str().unwrap().to_owned()
}

/// The value of a cookie that was set, as browsers send it.
fn cookie(answer: &Answer, name: &str) -> String {
    let set = answer.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap());
    set.filter(|it| it.starts_with(name)).map(|it| it.split(';').next().unwrap().to_owned()).next().unwrap()
}

fn browser(server: &TestServer) -> Client {
    server.stranger().with("host", "localhost:7080")
}

/// Leaves for the provider; answers the browser that left and where it was sent.
async fn leave(server: &TestServer, query: &str) -> (Client, String) {
    let stranger = browser(server);
    let answer = stranger.get(&format!("/api/v1/openid/start{query}")).await;
    let set = answer.headers["set-cookie"].to_str().unwrap();
    assert!(
        set.starts_with("__Host-vigie_openid=") && set.contains("SameSite=Lax") && set.contains("Secure; HttpOnly")
    );
    let there = location(&answer);
    assert!(there.contains("code_challenge_method=S256") && there.contains("nonce="), "{there}");
    (stranger.with("cookie", &cookie(&answer, "__Host-vigie_openid")), there)
}

/// Signs in at the provider as someone; answers the last answer.
async fn arrive(server: &TestServer, provider: &Provider, form: &'static str) -> Answer {
    let (left, there) = leave(server, "?back=%2Fequipment%3Fq%3Da").await;
    left.get(&provider.visit(&there, form).await).await
}

/// Who is signed in after [`arrive`].
async fn who(server: &TestServer, answer: &Answer) -> Value {
    assert_eq!(location(answer), "/equipment?q=a");
    let session = server.stranger().with("cookie", &cookie(answer, "__Host-vigie_session"));
    session.get("/api/v1/session").await.json()
}

fn refused(answer: &Answer) -> String {
    let there = location(answer);
    assert!(!answer.headers.get_all("set-cookie").iter().any(|it| it.to_str().unwrap().contains("vigie_session")));
    let word = there.strip_prefix("/sign-in?openid=").unwrap_or_else(|| panic!("{there}"));
    word.split('&').next().unwrap().to_owned()
}

server_on_both_engines! {
    async fn people_sign_in_at_the_provider_and_groups_say_what_they_may(server: TestServer) {
        let provider = Provider::start().await;
        let signed_in = server.signed_in().await;
        assert_eq!(refused(&browser(&server).get("/api/v1/openid/start").await), "off");
        let set = signed_in.put(SETTINGS, provider.settings(&json!({}))).await;
        assert_eq!(set.status, StatusCode::OK, "{set:?}");
        assert!(!set.text().contains("s3cret"));
        assert_eq!(browser(&server).get("/api/v1/about").await.json()["single_sign_on"], json!({ "label": "Example" }));
        let tested = signed_in.post("/api/v1/openid/test", json!({})).await.json();
        assert_eq!((&tested["ok"], &tested["unknown_scopes"]), (&json!(true), &json!([])), "{tested}");

        provider.person("s-1", json!({ "preferred_username": "Olga.Operator@x", "given_name": "Olga", "groups": ["ops"] })).await;
        assert_eq!(refused(&arrive(&server, &provider, "sub=s-1").await), "no-account", "nobody is known yet");
        signed_in.put(SETTINGS, provider.settings(&json!({ "create_users": true }))).await;
        let session = who(&server, &arrive(&server, &provider, "sub=s-1").await).await;
        assert_eq!((&session["user"]["login"], &session["user"]["role"]), (&json!("Olga.Operator"), &json!(null)));
        let id = session["user"]["id"].as_str().unwrap().to_owned();
        let listed = signed_in.get(&format!("/api/v1/users/{id}")).await.json();
        assert_eq!((&listed["origin"], &listed["first_name"]), (&json!("openid"), &json!("Olga")));
        let password = browser(&server).post("/api/v1/session", json!({ "login": "Olga.Operator", "password": "" })).await;
        assert_eq!(password.code(), "sign-in-failed", "the account has no password");

        // The first mapping that fits; at each sign-in anew.
        let mappings = json!([
            { "group": "admins", "role": "administrator" },
            { "group": "ops", "role": "operator", "labels": ["Main reseller"] },
            { "group": "all", "role": "read-only" },
        ]);
        let more = json!({ "create_users": true, "mappings": mappings });
        signed_in.put(SETTINGS, provider.settings(&more)).await;
        let answer = arrive(&server, &provider, "sub=s-1").await;
        assert_eq!(who(&server, &answer).await["user"]["role"], "operator");
        let here = server.stranger().with("cookie", &cookie(&answer, "__Host-vigie_session"));
        assert_eq!(here.get("/api/v1/customers").await.json()["items"].as_array().unwrap().len(), 1, "by the label");
        provider.person("s-1", json!({ "groups": ["all"] })).await;
        assert_eq!(who(&server, &arrive(&server, &provider, "sub=s-1").await).await["user"]["role"], "read-only");
        assert_eq!(here.get("/api/v1/customers").await.json()["items"], json!([]), "at once, in every session");
        provider.person("s-1", json!({ "groups": [] })).await;
        assert_eq!(who(&server, &arrive(&server, &provider, "sub=s-1").await).await["user"]["role"], json!(null));
        // Two people who would be called alike.
        provider.person("s-2", json!({ "preferred_username": "Olga.Operator", "groups": ["ops"] })).await;
        let session = who(&server, &arrive(&server, &provider, "sub=s-2").await).await;
        assert_eq!((&session["user"]["login"], &session["user"]["role"]), (&json!("Olga.Operator2"), &json!("operator")));

        signed_in.patch(&format!("/api/v1/users/{id}"), json!({ "disabled": true })).await;
        assert_eq!(refused(&arrive(&server, &provider, "sub=s-1").await), "no-account", "disabled");
        assert_eq!(refused(&arrive(&server, &provider, "action=deny").await), "state", "this provider forgets the state");
        signed_in.patch("/api/v1/preferences", json!({ "sign_in_page": { "licence_text": "Be kind." } })).await;
        assert_eq!(refused(&arrive(&server, &provider, "sub=s-2").await), "licence");
        let (left, there) = leave(&server, "?licence_accepted=true").await;
        assert_eq!(location(&left.get(&provider.visit(&there, "sub=s-2").await).await), "/");
        assert_eq!(signed_in.delete(SETTINGS).await.status, StatusCode::NO_CONTENT);
        assert_eq!(signed_in.delete(SETTINGS).await.code(), "openid-off");
        let trail = signed_in.get("/api/v1/audit?limit=200").await.text();
        for action in ["openid.change", "openid.remove", "user.create", "session.refused"] {
            assert!(trail.contains(action), "{action}");
        }
        assert!(!trail.contains("s3cret"));
    }

    async fn what_does_not_hold_signs_nobody_in(server: TestServer) {
        let provider = Provider::start().await;
        let signed_in = server.signed_in().await;
        signed_in.put(SETTINGS, provider.settings(&json!({ "create_users": true }))).await;
        let (left, there) = leave(&server, "?back=//evil.example").await;
        let back = provider.visit(&there, "sub=s-1").await;
        assert_eq!(refused(&browser(&server).get(&back).await), "state", "another browser");
        let (other, elsewhere) = leave(&server, "").await;
        assert_eq!(refused(&other.get(&back).await), "state", "another sign-in of another browser");
        assert_eq!(refused(&left.get(&format!("{back}x")).await), "state");
        // The code of one sign-in with the state of another: the nonce tells.
        let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap();
        let mixed = provider.visit(&elsewhere, "sub=s-2").await;
        let at = mixed.find("code=").unwrap() + 5;
        let end = mixed[at..].find('&').map_or(mixed.len(), |it| at + it);
        let mixed = format!("{}{code}{}", &mixed[..at], &mixed[end..]);
        assert_eq!(refused(&other.get(&mixed).await), "identity", "another nonce");
        assert_eq!(refused(&left.get(&back).await), "provider", "the code was used");
        assert_eq!(refused(&left.get(&back).await), "state", "once");

        let (left, there) = leave(&server, "?back=//evil.example").await;
        let back = provider.visit(&there, "sub=s-1").await;
        assert_eq!(location(&left.get(&back).await), "/", "within the console only");
        assert_eq!(refused(&left.get(&back).await), "state", "replayed");

        let (left, there) = leave(&server, "").await;
        let back = provider.visit(&there, "sub=s-1").await;
        server.wait(Duration::from_mins(10));
        assert_eq!(refused(&left.get(&back).await), "state", "too late");
        // Two hours ahead of the provider everything that it signs for an hour is over.
        server.wait(SystemClock.now().since(server.clock.now()) + Duration::from_hours(2));
        assert_eq!(refused(&arrive(&server, &provider, "sub=s-1").await), "identity", "expired");

        let (left, there) = leave(&server, "").await;
        let state = there.split("state=").nth(1).unwrap().split('&').next().unwrap();
        let said = format!("/api/v1/openid/callback?error=access_denied&error_description=%3Cb%3E&state={state}");
        let answer = left.get(&said).await;
        assert_eq!(refused(&answer), "refused");
        assert!(!location(&answer).contains('<') && answer.body.is_empty(), "never the provider's own text");
        let stranger = server.stranger().with("host", "evil.example");
        assert_eq!(refused(&stranger.get("/api/v1/openid/start").await), "address");
    }

    async fn accounts_made_here_are_linked_by_their_owners_or_administrators(server: TestServer) {
        let provider = Provider::start().await;
        let signed_in = server.signed_in().await.with("host", "localhost:7080");
        signed_in.put(SETTINGS, provider.settings(&json!({ "mappings": [{ "group": "g", "role": "read-only" }] }))).await;
        let olga = user(&signed_in, "olga", "operator").await;
        signed_in.patch(&format!("/api/v1/users/{olga}"), json!({ "email": "olga@example.com" })).await;
        provider.person("s-1", json!({ "preferred_username": "olga", "email": "olga@example.com", "groups": ["g"] })).await;
        assert_eq!(refused(&arrive(&server, &provider, "sub=s-1").await), "no-account", "neither by name nor by e-mail");
        // Herself, while she is signed in.
        let hers = browser(&server).sign_in("olga", PASSWORD).await.unwrap();
        let wrong = hers.post("/api/v1/users/me/openid", json!({ "current_password": "wrong" })).await;
        assert_eq!(wrong.code(), "password-wrong");
        let way = hers.post("/api/v1/users/me/openid", json!({ "current_password": PASSWORD })).await;
        assert_eq!(way.status, StatusCode::OK, "{way:?}");
        let back = provider.visit(way.json()["location"].as_str().unwrap(), "sub=s-1").await;
        let left = browser(&server).with("cookie", &cookie(&way, "__Host-vigie_openid"));
        assert_eq!(location(&left.get(&back).await), "/profile?openid=linked&back=%2Fprofile");
        let session = who(&server, &arrive(&server, &provider, "sub=s-1").await).await;
        assert_eq!((&session["user"]["login"], &session["user"]["role"]), (&json!("olga"), &json!("operator")));
        // An administrator, others.
        let mira = user(&signed_in, "mira", "operator").await;
        let link = async |id: &str, subject: &str| {
            signed_in.put(&format!("/api/v1/users/{id}/openid"), json!({ "subject": subject })).await
        };
        assert_eq!(link(&mira, "s-1").await.code(), "openid-taken");
        assert_eq!(link(&mira, "").await.code(), "value-invalid");
        assert_eq!(link(&mira, "s-3").await.status, StatusCode::NO_CONTENT);
        assert_eq!(who(&server, &arrive(&server, &provider, "sub=s-3").await).await["user"]["login"], "mira");
        let path = format!("/api/v1/users/{mira}/openid");
        assert_eq!(signed_in.get(&path).await.json()["items"][0]["subject"], "s-3");
        assert_eq!(hers.get(&path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(signed_in.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(refused(&arrive(&server, &provider, "sub=s-3").await), "no-account");
        // A second factor is the provider's affair, and so is that a role needs one.
        signed_in.patch("/api/v1/preferences", json!({ "second_factor_roles": ["operator"] })).await;
        let session = who(&server, &arrive(&server, &provider, "sub=s-1").await).await;
        assert_eq!(session["must_enrol_factor"], false);
        assert_eq!(hers.get("/api/v1/users/me/tokens").await.code(), "second-factor-enrolment-required");
    }
}

server_on_both_engines! {
    async fn settings_are_checked_and_a_secret_is_for_one_provider(server: TestServer) {
        let signed_in = server.signed_in().await.with("host", "localhost:7080");
        let nothing = signed_in.get(SETTINGS).await.json();
        let back = "https://localhost:7080/api/v1/openid/callback";
        assert_eq!(nothing, json!({ "settings": null, "redirect_uri": back }));
        assert_eq!(signed_in.post("/api/v1/openid/test", json!({})).await.code(), "openid-off");
        let good = json!({ "issuer": "http://127.0.0.1:1", "client_id": "vigie", "client_secret": "s3cret", "label": "X" });
        let with = |more: Value| {
            let mut settings = good.clone();
            settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            settings
        };
        for (more, field) in [
            (json!({ "issuer": "http://login.example.com" }), "issuer"),
            (json!({ "issuer": "https://a:b@login.example.com" }), "issuer"),
            (json!({ "client_id": "" }), "client_id"),
            (json!({ "label": "x".repeat(41) }), "label"),
            (json!({ "scopes": ["a b"] }), "scopes"),
            (json!({ "mappings": [{ "group": "", "role": "operator" }] }), "mappings.0.group"),
            (json!({ "mappings": [{ "group": "a", "role": "support", "labels": ["x"] }] }), "mappings.0.labels"),
        ] {
            let answer = signed_in.put(SETTINGS, with(more)).await;
            assert_eq!((answer.status.as_u16(), answer.json()["errors"][0]["field"].as_str()), (422, Some(field)));
        }
        let set = signed_in.put(SETTINGS, good.clone()).await.json();
        assert_eq!((&set["settings"]["has_secret"], &set["settings"]["scopes"]), (&json!(true), &json!(["openid", "profile", "email"])));
        let mut without = with(json!({ "label": "Y" }));
        without.as_object_mut().unwrap().remove("client_secret");
        assert_eq!(signed_in.put(SETTINGS, without.clone()).await.json()["settings"]["has_secret"], true);
        without["issuer"] = json!("https://login.example.com");
        let moved = signed_in.put(SETTINGS, without).await;
        assert_eq!(moved.json()["errors"][0]["field"], "client_secret", "it is not sent to another");
        let tested = signed_in.post("/api/v1/openid/test", json!({})).await.json();
        assert_eq!((&tested["ok"], &tested["trouble"]), (&json!(false), &json!("unreachable")), "{tested}");
        assert_eq!(refused(&browser(&server).get("/api/v1/openid/start").await), "provider");
        user(&signed_in, "sara", "supervisor").await;
        let sara = server.sign_in("sara", PASSWORD).await.unwrap();
        assert_eq!(sara.get(SETTINGS).await.status, StatusCode::FORBIDDEN);
        assert_eq!(sara.put(SETTINGS, good).await.status, StatusCode::FORBIDDEN);
    }
}
