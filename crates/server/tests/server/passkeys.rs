//! Passkeys: made, used alone and as a second factor, refused, removed.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use vigie_server::{
    server_on_both_engines,
    testing::{Answer, Client, PASSWORD},
};

use crate::{
    authenticator::Authenticator,
    factors::{enrol, ticket, user},
};

const ORIGIN: &str = "https://localhost:7080";
const OPTIONS: &str = "/api/v1/users/me/passkeys/options";
const PASSKEYS: &str = "/api/v1/users/me/passkeys";

/// The same caller, at the server's name.
fn at_home(client: Client) -> Client {
    client.with("host", "localhost:7080")
}

async fn add(browser: &Client, name: &str) -> (Authenticator, Answer) {
    let started = browser.post(OPTIONS, json!({ "current_password": PASSWORD })).await;
    assert_eq!(started.status, StatusCode::OK, "{started:?}");
    let started = started.json();
    let options = &started["options"];
    assert_eq!(options["rp"]["id"], "localhost");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    let (key, credential) = Authenticator::create(options, ORIGIN);
    let new = json!({ "ceremony": started["ceremony"], "name": name, "credential": credential });
    (key, browser.post(PASSKEYS, new).await)
}

async fn sign_in(client: &Client, key: &mut Authenticator) -> Answer {
    let started = client.post("/api/v1/session/passkey/options", json!({})).await.json();
    assert_eq!(started["options"]["userVerification"], "required");
    assert_eq!(started["options"]["allowCredentials"], json!([]), "anyone may have one");
    let credential = key.get(&started["options"]);
    client.post("/api/v1/session/passkey", said(&started, &credential)).await
}

fn said(started: &Value, credential: &Value) -> Value {
    json!({ "ceremony": started["ceremony"], "credential": credential })
}

fn code_of(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.code())
}

fn failed() -> (u16, String) {
    (401, "sign-in-failed".to_owned())
}

server_on_both_engines! {
    async fn a_passkey_signs_in_alone(server: TestServer) {
        let browser = at_home(server.signed_in().await);
        let (mut key, made) = add(&browser, "Portable").await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        assert_eq!(made.json()["recovery_codes"].as_array().unwrap().len(), 10);
        assert_eq!((&made.json()["passkey"]["name"], &made.json()["passkey"]["host"]), (&json!("Portable"), &json!("localhost")));
        let stranger = at_home(server.stranger());
        let answer = sign_in(&stranger, &mut key).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(answer.json()["user"]["login"], "admin");
        let listed = browser.get("/api/v1/users/me/second-factor").await.json();
        assert!(listed["passkeys"][0]["last_used_at"].is_string(), "{listed}");
        // It stands for both factors, where a role needs two.
        browser.patch("/api/v1/preferences", json!({ "second_factor_roles": ["administrator"] })).await;
        assert_eq!(sign_in(&stranger, &mut key).await.json()["must_enrol_factor"], false);
    }

    async fn a_ceremony_is_used_once_soon_and_from_one_address(server: TestServer) {
        let browser = at_home(server.signed_in().await);
        let (mut key, _) = add(&browser, "a").await;
        let stranger = at_home(server.stranger());
        let start = async || stranger.post("/api/v1/session/passkey/options", json!({})).await.json();
        let started = start().await;
        let credential = key.get(&started["options"]);
        let elsewhere = at_home(server.stranger_from([198, 51, 100, 3]));
        let path = "/api/v1/session/passkey";
        assert_eq!(code_of(&elsewhere.post(path, said(&started, &credential)).await), failed());
        assert_eq!(stranger.post(path, said(&started, &credential)).await.status, StatusCode::OK);
        assert_eq!(code_of(&stranger.post(path, said(&started, &credential)).await), failed(), "replayed");
        let other = start().await;
        assert_eq!(code_of(&stranger.post(path, said(&other, &credential)).await), failed(), "another challenge");
        let late = start().await;
        let credential = key.get(&late["options"]);
        server.wait(Duration::from_mins(5));
        assert_eq!(code_of(&stranger.post(path, said(&late, &credential)).await), failed());
        let odd = stranger.post(path, json!({ "ceremony": "x", "credential": { "id": 5 } })).await;
        assert_eq!(code_of(&odd), (422, "value-invalid".to_owned()));
    }

    async fn what_was_not_verified_copied_or_made_elsewhere_is_refused(server: TestServer) {
        let browser = at_home(server.signed_in().await);
        let (mut key, _) = add(&browser, "a").await;
        let stranger = at_home(server.stranger());
        assert_eq!(sign_in(&stranger, &mut key).await.status, StatusCode::OK);
        key.verifies = false;
        assert_eq!(code_of(&sign_in(&stranger, &mut key).await), failed(), "nobody checked who holds it");
        key.verifies = true;
        assert_eq!(sign_in(&stranger, &mut key).await.status, StatusCode::OK);
        key.counter = 0;
        assert_eq!(code_of(&sign_in(&stranger, &mut key).await), failed(), "its counter went back");
        let trail = browser.get("/api/v1/audit?limit=200").await.text();
        assert!(trail.contains("passkey.counter-went-back"), "{trail}");
        let started = browser.post(OPTIONS, json!({ "current_password": PASSWORD })).await.json();
        let (_, credential) = Authenticator::create(&started["options"], "https://evil.example");
        let new = json!({ "ceremony": started["ceremony"], "name": "b", "credential": credential });
        assert_eq!(code_of(&browser.post(PASSKEYS, new).await), (422, "passkey-refused".to_owned()));
        let started = browser.post(OPTIONS, json!({ "current_password": PASSWORD })).await.json();
        let (mut foreign, _) = Authenticator::create(&started["options"], ORIGIN);
        assert_eq!(code_of(&sign_in(&stranger, &mut foreign).await), failed(), "a key that nobody kept");
    }

    async fn a_passkey_follows_a_password(server: TestServer) {
        let browser = at_home(server.signed_in().await);
        let (mut key, _) = add(&browser, "a").await;
        let stranger = at_home(server.stranger());
        let held = ticket(&stranger, "admin", PASSWORD).await;
        let path = "/api/v1/session/second-factor";
        let unasked = stranger.post(path, json!({ "ticket": held, "passkey": key.get(&json!({ "rpId": "localhost" })) })).await;
        assert_eq!(code_of(&unasked), failed(), "it was not asked");
        let asked = stranger.post("/api/v1/session/second-factor/passkey", json!({ "ticket": held })).await.json();
        assert_eq!(asked["options"]["allowCredentials"].as_array().unwrap().len(), 1);
        let proof = json!({ "ticket": held, "passkey": key.get(&asked["options"]) });
        assert_eq!(stranger.post(path, proof.clone()).await.status, StatusCode::OK);
        assert_eq!(code_of(&stranger.post(path, proof).await), failed(), "once");
        // Another person's passkey is none of this one's.
        user(&browser, "olga", "operator").await;
        let olga = at_home(server.sign_in("olga", PASSWORD).await.unwrap());
        let (mut hers, _) = add(&olga, "hers").await;
        let held = ticket(&stranger, "admin", PASSWORD).await;
        let asked = stranger.post("/api/v1/session/second-factor/passkey", json!({ "ticket": held })).await.json();
        let proof = json!({ "ticket": held, "passkey": hers.get(&asked["options"]) });
        assert_eq!(code_of(&stranger.post(path, proof).await), failed());
    }

    async fn passkeys_belong_to_a_name_of_the_server(server: TestServer) {
        let browser = server.signed_in().await;
        let stranger = server.stranger();
        for host in ["127.0.0.1:7080", "[::1]:7080", "evil.example", "localhost@evil.example", "localhost/x"] {
            let (browser, stranger) = (browser.clone().with("host", host), stranger.clone().with("host", host));
            for answer in [
                browser.post(OPTIONS, json!({ "current_password": PASSWORD })).await,
                stranger.post("/api/v1/session/passkey/options", json!({})).await,
                stranger.post("/api/v1/session/second-factor/passkey", json!({ "ticket": "x" })).await,
            ] {
                assert_eq!(code_of(&answer), (422, "passkey-host".to_owned()), "{host}");
            }
            assert_eq!(stranger.get("/api/v1/about").await.json()["passkeys"], false, "{host}");
        }
        assert_eq!(at_home(stranger).get("/api/v1/about").await.json()["passkeys"], true);
    }

    async fn passkeys_are_removed_by_their_owner_with_a_proof(server: TestServer) {
        let browser = at_home(server.signed_in().await);
        let (mut key, made) = add(&browser, "a").await;
        let (_, second) = add(&browser, "b").await;
        assert_eq!(second.json()["recovery_codes"], json!([]), "the earlier ones go on");
        let path = format!("{PASSKEYS}/{}/removal", made.json()["passkey"]["id"].as_str().unwrap());
        let wrong = browser.post(&path, json!({ "current_password": "wrong" })).await;
        assert_eq!(code_of(&wrong), (422, "password-wrong".to_owned()));
        user(&browser, "olga", "operator").await;
        let olga = server.sign_in("olga", PASSWORD).await.unwrap();
        let proof = json!({ "current_password": PASSWORD });
        assert_eq!(olga.post(&path, proof.clone()).await.status, StatusCode::NOT_FOUND);
        assert_eq!(browser.post(&path, proof.clone()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(code_of(&sign_in(&at_home(server.stranger()), &mut key).await), failed());
        let listed = browser.get("/api/v1/users/me/second-factor").await.json();
        assert_eq!(listed["passkeys"].as_array().unwrap().len(), 1);
        // With a generator a code is asked for too.
        enrol(&server, &browser).await;
        let path = format!("{PASSKEYS}/{}/removal", second.json()["passkey"]["id"].as_str().unwrap());
        assert_eq!(code_of(&browser.post(&path, proof).await), (422, "code-required".to_owned()));
    }

    async fn a_disabled_persons_passkey_is_refused_and_licence_terms_count(server: TestServer) {
        let browser = at_home(server.signed_in().await);
        let id = user(&browser, "olga", "operator").await;
        let olga = at_home(server.sign_in("olga", PASSWORD).await.unwrap());
        let (mut key, _) = add(&olga, "a").await;
        let stranger = at_home(server.stranger());
        browser.patch("/api/v1/preferences", json!({ "sign_in_page": { "licence_text": "Be kind." } })).await;
        assert_eq!(sign_in(&stranger, &mut key).await.code(), "licence-not-accepted");
        let started = stranger.post("/api/v1/session/passkey/options", json!({})).await.json();
        let mut accepted = said(&started, &key.get(&started["options"]));
        accepted["licence_accepted"] = json!(true);
        assert_eq!(stranger.post("/api/v1/session/passkey", accepted).await.status, StatusCode::OK);
        browser.patch(&format!("/api/v1/users/{id}"), json!({ "disabled": true })).await;
        assert_eq!(code_of(&sign_in(&stranger, &mut key).await), failed());
    }
}
