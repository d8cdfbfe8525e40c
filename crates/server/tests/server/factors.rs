//! Codes of a generator, recovery codes, and what they protect.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};
use vigie_kernel::Clock as _;
use vigie_server::{
    admin::{self, Ask},
    server_on_both_engines,
    testing::{Answer, Client, PASSWORD, TestServer},
};

const TOTP: &str = "/api/v1/users/me/second-factor/totp";
const SECOND: &str = "/api/v1/session/second-factor";

/// Someone's telephone.
pub(crate) struct Generator(Vec<u8>);

impl Generator {
    /// The code that it shows now.
    pub(crate) fn code(&self, server: &TestServer) -> String {
        let totp = Builder::new().with_secret(self.0.clone()).build().unwrap();
        totp.generate(server.clock.now().seconds().unsigned_abs()).to_string()
    }

    /// A code of the next step: each step is good for one.
    fn next_code(&self, server: &TestServer) -> String {
        server.wait(Duration::from_secs(30));
        self.code(server)
    }
}

/// Sets a generator up; answers it and the recovery codes.
pub(crate) async fn enrol(server: &TestServer, browser: &Client) -> (Generator, Vec<String>) {
    let started = browser.post(TOTP, json!({ "current_password": PASSWORD })).await;
    assert_eq!(started.status, StatusCode::OK, "{started:?}");
    let started = started.json();
    assert!(started["uri"].as_str().unwrap().starts_with("otpauth://totp/Vigie:"), "{started}");
    let secret = Secret::try_from_base32(started["secret"].as_str().unwrap()).unwrap();
    let generator = Generator(secret.as_bytes().to_vec());
    let confirmed = browser.post(&format!("{TOTP}/confirmation"), json!({ "code": generator.code(server) })).await;
    assert_eq!(confirmed.status, StatusCode::OK, "{confirmed:?}");
    (generator, texts(&confirmed.json()["recovery_codes"]))
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// The first step, which must ask for a second.
pub(crate) async fn ticket(client: &Client, login: &str, password: &str) -> String {
    let asked = client.post("/api/v1/session", json!({ "login": login, "password": password })).await;
    assert_eq!((asked.status.as_u16(), asked.code().as_str()), (401, "second-factor-required"), "{asked:?}");
    assert!(!asked.headers.contains_key("set-cookie"), "nobody is signed in yet");
    asked.json()["ticket"].as_str().unwrap().to_owned()
}

fn code_of(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.code())
}

fn failed() -> (u16, String) {
    (401, "sign-in-failed".to_owned())
}

/// A user with [`PASSWORD`].
pub(crate) async fn user(administrator: &Client, login: &str, role: &str) -> String {
    let new = json!({ "login": login, "password": PASSWORD, "role": role });
    let made = administrator.post("/api/v1/users", new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.json()["id"].as_str().unwrap().to_owned()
}

server_on_both_engines! {
    async fn a_code_follows_the_password_and_is_good_for_once(server: TestServer) {
        let browser = server.signed_in().await;
        let (generator, codes) = enrol(&server, &browser).await;
        assert_eq!(codes.len(), 10);
        let stranger = server.stranger();
        let first = ticket(&stranger, "admin", PASSWORD).await;
        let used = generator.code(&server);
        let again = stranger.post(SECOND, json!({ "ticket": first, "code": used })).await;
        assert_eq!(code_of(&again), failed(), "the step of the confirmation is used up");
        let code = generator.next_code(&server);
        let answer = stranger.post(SECOND, json!({ "ticket": first, "code": code })).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(answer.json()["user"]["login"], "admin");
        assert!(answer.headers["set-cookie"].to_str().unwrap().starts_with("__Host-vigie_session="));
        let replayed = stranger.post(SECOND, json!({ "ticket": first, "code": code })).await;
        assert_eq!(code_of(&replayed), failed(), "the ticket is used up");
        let second = ticket(&stranger, "admin", PASSWORD).await;
        let replayed = stranger.post(SECOND, json!({ "ticket": second, "code": code })).await;
        assert_eq!(code_of(&replayed), failed(), "so is the code");
        let trail = browser.get("/api/v1/audit?limit=200").await.text();
        assert!(trail.contains("second-factor.add") && trail.contains("session.refused"), "{trail}");
        assert!(!trail.contains(&code), "no code is in the trail");
    }

    async fn two_requests_with_one_code_are_one_sign_in(server: TestServer) {
        let browser = server.signed_in().await;
        let (generator, _) = enrol(&server, &browser).await;
        let stranger = server.stranger();
        let (one, other) = (ticket(&stranger, "admin", PASSWORD).await, ticket(&stranger, "admin", PASSWORD).await);
        let code = generator.next_code(&server);
        let (one, other) = tokio::join!(
            stranger.post(SECOND, json!({ "ticket": one, "code": code })),
            stranger.post(SECOND, json!({ "ticket": other, "code": code })),
        );
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }

    async fn a_ticket_is_for_one_address_and_five_minutes(server: TestServer) {
        let browser = server.signed_in().await;
        let (generator, _) = enrol(&server, &browser).await;
        let stranger = server.stranger();
        let held = ticket(&stranger, "admin", PASSWORD).await;
        let elsewhere = server.stranger_from([198, 51, 100, 9]);
        let code = generator.next_code(&server);
        assert_eq!(code_of(&elsewhere.post(SECOND, json!({ "ticket": held, "code": code })).await), failed());
        server.wait(Duration::from_mins(5));
        let code = generator.code(&server);
        assert_eq!(code_of(&stranger.post(SECOND, json!({ "ticket": held, "code": code })).await), failed());
        for odd in [json!({ "ticket": "x" }), json!({ "ticket": "x", "code": "1", "recovery_code": "2" })] {
            assert_eq!(code_of(&stranger.post(SECOND, odd).await), (422, "value-invalid".to_owned()));
        }
    }

    async fn wrong_codes_lock_and_the_password_alone_gives_no_new_tries(server: TestServer) {
        let browser = server.signed_in().await;
        let (generator, codes) = enrol(&server, &browser).await;
        let stranger = server.stranger_from([203, 0, 113, 5]);
        for _ in 0..3 {
            // The first step is right each time, and forgives nothing.
            let held = ticket(&stranger, "admin", PASSWORD).await;
            assert_eq!(code_of(&stranger.post(SECOND, json!({ "ticket": held, "code": "000000" })).await), failed());
        }
        let locked = stranger.post("/api/v1/session", json!({ "login": "admin", "password": PASSWORD })).await;
        assert_eq!(code_of(&locked), failed());
        let elsewhere = server.stranger();
        let held = ticket(&elsewhere, "admin", PASSWORD).await;
        for _ in 0..3 {
            assert_eq!(code_of(&elsewhere.post(SECOND, json!({ "ticket": held, "recovery_code": "x" })).await), failed());
        }
        let right = elsewhere.post(SECOND, json!({ "ticket": held, "recovery_code": codes[0] })).await;
        assert_eq!(code_of(&right), failed(), "locked, with the ticket too");
        server.wait(Duration::from_mins(10));
        let held = ticket(&elsewhere, "admin", PASSWORD).await;
        let right = elsewhere.post(SECOND, json!({ "ticket": held, "code": generator.code(&server) })).await;
        assert_eq!(right.status, StatusCode::OK);
    }

    async fn a_recovery_code_works_once_and_new_ones_replace_all(server: TestServer) {
        let browser = server.signed_in().await;
        let (generator, codes) = enrol(&server, &browser).await;
        let stranger = server.stranger();
        let spend = async |code: &str| {
            let held = ticket(&stranger, "admin", PASSWORD).await;
            stranger.post(SECOND, json!({ "ticket": held, "recovery_code": code })).await.status.as_u16()
        };
        assert_eq!(spend(&codes[0].replace('-', " ")).await, 200, "hyphens are for the eye");
        assert_eq!(spend(&codes[0]).await, 401);
        assert_eq!(browser.get("/api/v1/users/me/second-factor").await.json()["recovery_codes_left"], 9);
        let path = "/api/v1/users/me/second-factor/recovery-codes";
        let without = browser.post(path, json!({ "current_password": PASSWORD })).await;
        assert_eq!(code_of(&without), (422, "code-required".to_owned()));
        let proof = json!({ "current_password": PASSWORD, "code": generator.next_code(&server) });
        let made = browser.post(path, proof).await;
        let fresh = texts(&made.json()["recovery_codes"]);
        assert_eq!(fresh.len(), 10);
        assert_eq!(spend(&codes[1]).await, 401, "the earlier ones are gone");
        assert_eq!(spend(&fresh[0]).await, 200);
    }

    async fn changing_a_factor_asks_for_the_password_and_a_code(server: TestServer) {
        let browser = server.signed_in().await;
        let wrong = browser.post(TOTP, json!({ "current_password": "wrong" })).await;
        assert_eq!(code_of(&wrong), (422, "password-wrong".to_owned()));
        let unstarted = browser.post(&format!("{TOTP}/confirmation"), json!({ "code": "000000" })).await;
        assert_eq!(code_of(&unstarted), (404, "not-found".to_owned()));
        let started = browser.post(TOTP, json!({ "current_password": PASSWORD })).await;
        assert_eq!(started.status, StatusCode::OK);
        let wrong = browser.post(&format!("{TOTP}/confirmation"), json!({ "code": "000000" })).await;
        assert_eq!(code_of(&wrong), (422, "code-wrong".to_owned()));
        assert!(server.sign_in("admin", PASSWORD).await.is_ok(), "it is not in force before it was confirmed");
        let (generator, codes) = enrol(&server, &browser).await;
        let twice = json!({ "current_password": PASSWORD, "code": generator.next_code(&server) });
        assert_eq!(code_of(&browser.post(TOTP, twice).await), (409, "second-factor-set".to_owned()));
        let removal = format!("{TOTP}/removal");
        for (proof, code) in [
            (json!({ "current_password": PASSWORD }), "code-required"),
            (json!({ "current_password": PASSWORD, "code": "000000" }), "code-wrong"),
            (json!({ "current_password": "wrong", "code": codes[0] }), "password-wrong"),
        ] {
            assert_eq!(code_of(&browser.post(&removal, proof).await), (422, code.to_owned()));
        }
        server.wait(Duration::from_mins(10));
        browser.get("/api/v1/users/me").await;
        let gone = browser.post(&removal, json!({ "current_password": PASSWORD, "code": codes[0] })).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
        let left = browser.get("/api/v1/users/me/second-factor").await.json();
        assert_eq!((&left["totp_since"], &left["recovery_codes_left"]), (&json!(null), &json!(0)));
        assert!(server.sign_in("admin", PASSWORD).await.is_ok());
        for _ in 0..3 {
            browser.post(TOTP, json!({ "current_password": "wrong" })).await;
        }
        let locked = browser.post(TOTP, json!({ "current_password": PASSWORD })).await;
        assert_eq!(code_of(&locked), (429, "too-many-requests".to_owned()));
    }

    async fn a_role_that_needs_a_factor_sets_one_up_before_anything_else(server: TestServer) {
        let browser = server.signed_in().await;
        let token = server.with_token().await;
        user(&browser, "olga", "operator").await;
        let asked = json!({ "second_factor_roles": ["operator", "administrator", "operator"] });
        let set = browser.patch("/api/v1/preferences", asked).await.json();
        assert_eq!(set["second_factor_roles"], json!(["administrator", "operator"]));
        assert_eq!(token.get("/api/v1/customers").await.status, StatusCode::OK, "tokens are not held up");
        for path in ["/api/v1/customers", "/api/v1/users/me/tokens", "/api/v1/events"] {
            let refused = browser.get(path).await;
            assert_eq!(code_of(&refused), (403, "second-factor-enrolment-required".to_owned()), "{path}");
        }
        let olga = server.sign_in("olga", PASSWORD).await.unwrap();
        assert_eq!(olga.get("/api/v1/session").await.json()["must_enrol_factor"], true);
        assert_eq!(olga.get("/api/v1/users/me/second-factor").await.json()["required"], true);
        let permissions = olga.get("/api/v1/users/me/permissions").await.json();
        assert!(permissions["actions"].as_array().unwrap().iter().all(|it| it["allowed"] == false));
        enrol(&server, &olga).await;
        assert_eq!(olga.get("/api/v1/customers").await.status, StatusCode::OK);
        assert_eq!(olga.get("/api/v1/session").await.json()["must_enrol_factor"], false);
        // A password that must be changed comes first.
        let mira = user(&token, "mira", "operator").await;
        token.patch(&format!("/api/v1/users/{mira}"), json!({ "must_change_password": true })).await;
        let mira = server.sign_in("mira", PASSWORD).await.unwrap();
        assert_eq!(mira.get("/api/v1/users/me/second-factor").await.code(), "password-change-required");
        assert_eq!(mira.post(TOTP, json!({ "current_password": PASSWORD })).await.code(), "password-change-required");
    }

    async fn an_administrator_resets_lost_factors_of_others(server: TestServer) {
        let browser = server.signed_in().await;
        let id = user(&browser, "olga", "operator").await;
        let olga = server.sign_in("olga", PASSWORD).await.unwrap();
        enrol(&server, &olga).await;
        let listed = browser.get(&format!("/api/v1/users/{id}")).await.json();
        assert_eq!((&listed["second_factor"], &listed["origin"]), (&json!(true), &json!("local")));
        let path = format!("/api/v1/users/{id}/second-factors");
        assert_eq!(olga.delete(&path).await.status, StatusCode::FORBIDDEN);
        let supervisor = user(&browser, "sara", "supervisor").await;
        let sara = server.sign_in("sara", PASSWORD).await.unwrap();
        assert_eq!(sara.delete(&path).await.status, StatusCode::NOT_FOUND, "olga is not hers");
        assert_eq!(browser.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(olga.get("/api/v1/session").await.code(), "sign-in-required", "her sessions ended");
        assert!(server.sign_in("olga", PASSWORD).await.is_ok());
        let me = browser.get("/api/v1/users/me").await.json()["id"].as_str().unwrap().to_owned();
        let own = browser.delete(&format!("/api/v1/users/{me}/second-factors")).await;
        assert_eq!(code_of(&own), (409, "own-account".to_owned()));
        assert_ne!(supervisor, id);
    }

    async fn break_glass_takes_the_factors_away(server: TestServer) {
        let browser = server.signed_in().await;
        enrol(&server, &browser).await;
        let asked = json!({ "second_factor_roles": ["administrator"] });
        assert_eq!(browser.patch("/api/v1/preferences", asked).await.status, StatusCode::OK);
        let password = admin::answer(&server.state, Ask::BreakGlass { user: "admin".to_owned() }).await.unwrap();
        let rescued = server.sign_in("admin", &password).await.unwrap();
        assert_eq!(rescued.get("/api/v1/customers").await.code(), "password-change-required");
        let change = json!({ "current_password": password, "new_password": "quite Another 2" });
        assert_eq!(rescued.put("/api/v1/users/me/password", change).await.status, StatusCode::NO_CONTENT);
        let again = server.sign_in("admin", "quite Another 2").await.unwrap();
        assert_eq!(again.get("/api/v1/customers").await.code(), "second-factor-enrolment-required");
    }

    async fn a_token_touches_no_credentials_and_makes_none_that_may_more(server: TestServer) {
        let browser = server.signed_in().await;
        let end = "2026-10-01T00:00:00Z";
        let made = browser.post("/api/v1/users/me/tokens", json!({ "name": "a", "expires_at": end })).await.json();
        let bearer = format!("Bearer {}", made["token"].as_str().unwrap());
        let token = server.stranger().with("authorization", &bearer);
        let me = token.get("/api/v1/users/me").await.json()["id"].as_str().unwrap().to_owned();
        let proof = json!({ "current_password": PASSWORD });
        for answer in [
            token.put("/api/v1/users/me/password", json!({ "current_password": PASSWORD, "new_password": "x" })).await,
            token.patch(&format!("/api/v1/users/{me}"), json!({ "password": "another Password 9" })).await,
            token.post(TOTP, proof.clone()).await,
            token.post(&format!("{TOTP}/confirmation"), json!({ "code": "1" })).await,
            token.post(&format!("{TOTP}/removal"), proof.clone()).await,
            token.post("/api/v1/users/me/second-factor/recovery-codes", proof.clone()).await,
            token.post("/api/v1/users/me/passkeys/options", proof.clone()).await,
            token.post("/api/v1/users/me/passkeys", json!({ "ceremony": "x", "name": "x", "credential": {} })).await,
            token.post("/api/v1/users/me/passkeys/pk_0190163d8694739bb06f4a0f4d3f5d1e/removal", proof.clone()).await,
            token.post("/api/v1/users/me/openid", proof.clone()).await,
            token.post("/api/v1/users/me/openid/removal", proof).await,
            token.delete("/api/v1/users/me/sessions/se_0190163d8694739bb06f4a0f4d3f5d1e").await,
        ] {
            assert_eq!(code_of(&answer), (403, "session-required".to_owned()));
        }
        for (wanted, status) in [(json!(null), 422), (json!("2026-10-02T00:00:00Z"), 422), (json!(end), 201)] {
            let answer = token.post("/api/v1/users/me/tokens", json!({ "name": "b", "expires_at": wanted })).await;
            assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        }
    }

    async fn licence_terms_are_accepted_before_the_second_step(server: TestServer) {
        let browser = server.signed_in().await;
        let (generator, _) = enrol(&server, &browser).await;
        browser.patch("/api/v1/preferences", json!({ "sign_in_page": { "licence_text": "Be kind." } })).await;
        let stranger = server.stranger();
        let said = |accepted: bool| json!({ "login": "admin", "password": PASSWORD, "licence_accepted": accepted });
        assert_eq!(stranger.post("/api/v1/session", said(false)).await.code(), "licence-not-accepted");
        let asked = stranger.post("/api/v1/session", said(true)).await;
        assert_eq!(asked.code(), "second-factor-required");
        assert_eq!(asked.json()["methods"], json!(["code", "recovery-code"]));
        assert_eq!(stranger.post("/api/v1/session", said(false)).await.code(), "licence-not-accepted", "not yet");
        let second = json!({ "ticket": asked.json()["ticket"], "code": generator.next_code(&server) });
        assert_eq!(stranger.post(SECOND, second).await.status, StatusCode::OK);
        assert_eq!(stranger.post("/api/v1/session", said(false)).await.code(), "second-factor-required", "once is enough");
    }

    async fn that_there_is_a_factor_is_told_to_those_who_know_the_password(server: TestServer) {
        let browser = server.signed_in().await;
        let id = user(&browser, "olga", "operator").await;
        let olga = server.sign_in("olga", PASSWORD).await.unwrap();
        enrol(&server, &olga).await;
        let attempt = async |login: &str, password: &str| {
            let said = json!({ "login": login, "password": password });
            let answer = server.stranger_from([203, 0, 113, 7]).post("/api/v1/session", said).await;
            let mut document = answer.json();
            document.as_object_mut().unwrap().remove("instance");
            (answer.status.as_u16(), document)
        };
        let unknown = attempt("nobody", "wrong").await;
        assert_eq!(attempt("olga", "wrong").await, unknown);
        let held = ticket(&server.stranger(), "olga", PASSWORD).await;
        browser.patch(&format!("/api/v1/users/{id}"), json!({ "disabled": true })).await;
        assert_eq!(attempt("olga", PASSWORD).await, unknown, "disabled");
        let late = server.stranger().post(SECOND, json!({ "ticket": held, "code": "1" })).await;
        assert_eq!(code_of(&late), failed(), "the ticket ended with the account");
    }
}
