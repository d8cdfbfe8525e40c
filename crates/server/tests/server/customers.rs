//! Customers as their list shows them: how they stand by their systems, found and ordered by it; deleted and had back;
//! written to.

use http::StatusCode;
use serde_json::{Value, json};
use vigie_fleet::links;
use vigie_kernel::SystemId;
use vigie_server::{
    server_on_both_engines,
    testing::{Client, TestServer},
};
use vigie_wire::link::message::{About, Standing};

use crate::{links::enrol, mail::Postfix};

struct Place {
    server: TestServer,
    admin: Client,
}

impl Place {
    async fn new(server: TestServer) -> Self {
        let admin = server.with_token().await;
        Self { server, admin }
    }

    async fn customer(&self, new: Value) -> String {
        let made = self.admin.post("/api/v1/customers", new).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        made.json()["id"].as_str().unwrap().to_owned()
    }

    async fn token(&self, customer: &str) -> String {
        let made = self.admin.post("/api/v1/enrolment-tokens", json!({ "customer_id": customer })).await;
        made.json()["token"].as_str().unwrap().to_owned()
    }

    async fn system(&self, customer: &str, number: u8, name: &str) -> SystemId {
        enrol(&self.server.stranger(), number, &self.token(customer).await, name).await
    }

    /// What a system's new link says.
    async fn greets(&self, system: SystemId, name: &str, version: &str) -> u64 {
        let about = About { name: name.into(), profile: "linux".into(), version: version.into(), ..About::default() };
        let state = &self.server.state;
        links::greeted(&state.db, system, state.node.id, about, 1, state.clock.now()).await.unwrap().epoch
    }

    async fn names(&self, query: &str) -> Vec<String> {
        let listed = self.admin.get(&format!("/api/v1/customers?{query}")).await;
        assert_eq!(listed.status, StatusCode::OK, "{listed:?}");
        let listed = listed.json();
        assert_eq!(listed["total"], listed["items"].as_array().unwrap().len());
        listed["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    }

    async fn shown(&self, customer: &str) -> Value {
        self.admin.get(&format!("/api/v1/customers/{customer}")).await.json()
    }
}

server_on_both_engines! {
    async fn a_customer_stands_as_its_systems_do_and_the_list_follows(server: TestServer) {
        let place = Place::new(server).await;
        let bakery = place.customer(json!({ "name": "Bakery", "tags": ["north"] })).await;
        let forge = place.customer(json!({ "name": "Forge" })).await;
        let inn = place.customer(json!({ "name": "Inn" })).await;
        assert_eq!(place.shown(&bakery).await["network"]["colour"], "red");
        let (oven, till) = (place.system(&bakery, 1, "oven").await, place.system(&bakery, 2, "till").await);
        let anvil = place.system(&forge, 3, "anvil").await;
        assert_eq!(place.shown(&bakery).await["network"]["attention"], json!(["systems-waiting"]));
        place.greets(oven, "Oven", "12.1").await;
        let shown = place.shown(&bakery).await;
        assert_eq!((&shown["network"]["colour"], &shown["network"]["unconnected"]), (&json!("orange"), &json!(1)));
        let till_link = place.greets(till, "till", "11.0").await;
        assert_eq!(place.shown(&bakery).await["network"]["colour"], "green");
        assert_eq!(place.shown(&bakery).await["network"]["attention"], json!([]));
        let link = place.greets(anvil, "Anvil", "9.5").await;
        let state = &place.server.state;
        links::stands(&state.db, anvil, link, Standing::PasswordExpired, state.clock.now()).await.unwrap();
        assert_eq!(place.shown(&forge).await["network"]["attention"], json!(["service-user"]));
        for (query, expected) in [
            ("sort=colour", &["Default customer", "Inn", "Forge", "Bakery"][..]),
            ("sort=-system_name&connectivity=connected", &["Bakery"]),
            ("colour=orange", &["Forge"]),
            ("colour=red&sort=-name", &["Inn", "Default customer"]),
            ("connectivity=connected", &["Bakery"]),
            ("connectivity=password_expired&colour=orange", &["Forge"]),
            ("version=12.1", &["Bakery"]),
            ("version=11.0", &[]),
            ("profile=linux&sort=version", &["Bakery", "Forge"]),
            ("profile=linu", &[]),
            ("tag=NORTH", &["Bakery"]),
            ("q=oven+north", &["Bakery"]),
            ("q=till", &["Bakery"]),
            ("q=anvil&colour=green", &[]),
        ] {
            let mut names = place.names(query).await;
            if query == "sort=colour" {
                names[..2].sort();
            }
            assert_eq!(names, expected, "{query}");
        }
        links::left(&state.db, till, till_link, state.clock.now()).await.unwrap();
        assert_eq!(place.names("colour=orange").await, ["Bakery", "Forge"]);
        assert_eq!(place.shown(&bakery).await["network"]["attention"], json!(["systems-unreachable"]));
        links::node_gone(&state.db, state.node.id, state.clock.now()).await.unwrap();
        assert_eq!(place.names("colour=red").await, ["Bakery", "Default customer", "Forge", "Inn"]);
        assert_eq!(place.names("connectivity=unreachable").await, ["Bakery", "Forge"]);
        // Another one becomes the primary, and the list goes by it.
        let path = format!("/api/v1/systems/{till}");
        let refused = place.admin.patch(&format!("/api/v1/systems/{oven}"), json!({ "place": "expansion" })).await;
        assert_eq!(refused.code(), "primary-needed");
        assert_eq!(place.admin.patch(&path, json!({ "place": "primary" })).await.json()["place"], "primary");
        assert_eq!(place.names("version=11.0").await, ["Bakery"]);
        let systems = place.admin.get(&format!("/api/v1/systems?customer_id={bakery}")).await.json();
        let mut places: Vec<_> = systems["items"].as_array().unwrap().iter().map(|it| it["place"].as_str().unwrap()).collect();
        places.sort_unstable();
        assert_eq!(places, ["primary", "secondary"]);
        let values = place.admin.get("/api/v1/systems/values").await.json();
        assert_eq!(values["profiles"], json!([{ "value": "linux", "systems": 3 }]));
        assert_eq!(values["versions"].as_array().unwrap().len(), 3);
        place.admin.delete(&path).await;
        assert_eq!(place.shown(&bakery).await["network"]["attention"], json!(["systems-unreachable", "no-primary"]));
        assert!(place.names("q=till").await.is_empty());
        let tags = place.admin.get("/api/v1/tags?q=OR").await.json();
        assert_eq!(tags["items"], json!([{ "name": "north", "customers": 1 }]));
        assert_eq!(place.admin.get("/api/v1/customers?colour=blue").await.status, StatusCode::BAD_REQUEST);
        drop(inn);
    }

    async fn a_deleted_customer_takes_its_systems_with_it_and_brings_them_back(server: TestServer) {
        let place = Place::new(server).await;
        let bakery = place.customer(json!({ "name": "Bakery" })).await;
        let oven = place.system(&bakery, 1, "oven").await;
        let token = place.token(&bakery).await;
        place.greets(oven, "oven", "1").await;
        let path = format!("/api/v1/customers/{bakery}");
        let goes = place.admin.get(&format!("{path}/deletion")).await.json();
        assert_eq!((&goes["systems"], &goes["equipment"]), (&json!(1), &json!(0)));
        let default = place.admin.get("/api/v1/customers?q=default").await.json()["items"][0]["id"].clone();
        let several = place.admin.post("/api/v1/customers/delete", json!({ "ids": [bakery, default] })).await.json();
        assert_eq!((&several["deleted"], &several["refused"][0]["code"]), (&json!([bakery]), &json!("default-customer")));
        for hidden in [path.clone(), format!("/api/v1/systems/{oven}"), format!("{path}/deletion")] {
            assert_eq!(place.admin.get(&hidden).await.status, StatusCode::NOT_FOUND, "{hidden}");
        }
        assert_eq!(place.names("").await, ["Default customer"]);
        let gone = place.admin.get("/api/v1/customers?deleted=true").await.json();
        assert_eq!((&gone["items"][0]["name"], &gone["items"][0]["kept_until"]), (&json!("Bakery"), &goes["kept_until"]));
        let state = &place.server.state;
        assert!(links::opener(&state.db, oven).await.unwrap().unwrap().removed, "its system is refused");
        let late = place.server.stranger().post("/api/v1/link/enrolment", crate::links::enrolment(2, &token, "late")).await;
        assert_eq!(late.code(), "enrolment-token-invalid", "nothing enrols for it");
        let restored = place.admin.post(&format!("{path}/restore"), Value::Null).await;
        assert_eq!(restored.status, StatusCode::OK, "{restored:?}");
        assert_eq!(restored.json()["network"]["connectivity"], "unreachable");
        place.greets(oven, "oven", "1").await;
        assert_eq!(place.names("colour=green").await, ["Bakery"]);
        assert_eq!(place.admin.post(&format!("{path}/restore"), Value::Null).await.status, StatusCode::NOT_FOUND);
        let mine = json!({ "code": "mine" });
        assert_eq!(place.admin.patch(&path, mine.clone()).await.code(), "customer-code-fixed");
        place.admin.patch("/api/v1/preferences", json!({ "customer_codes_may_change": true })).await;
        assert_eq!(place.admin.patch(&path, mine).await.json()["code"], "mine");
        let refused = place.admin.patch(&path, json!({ "technical_email": "nobody" })).await;
        assert_eq!(refused.json()["errors"][0]["field"], "technical_email");
    }

    async fn what_is_needed_to_connect_is_sent_to_the_technical_contacts(server: TestServer) {
        let place = Place::new(server).await;
        let bakery = place.customer(json!({ "name": "Boulangerie <b>Été</b>", "technical_email": "technik@example.org" })).await;
        let inn = place.customer(json!({ "name": "Inn" })).await;
        let lost = place.customer(json!({ "name": "Lost", "technical_email": "nobody@example.org" })).await;
        let send = async |language: &str| {
            let ids = json!([bakery, inn, lost]);
            place.admin.post("/api/v1/customers/enrolment-mail", json!({ "ids": ids, "language": language })).await
        };
        assert_eq!(send("fr").await.code(), "mail-off");
        let postfix = Postfix::start();
        postfix.set_up(&place.admin).await;
        let answer = send("fr").await.json();
        assert_eq!(answer["sent"][0]["name"], "Boulangerie <b>Été</b>");
        assert_eq!(answer["without_address"], json!([{ "id": inn, "name": "Inn" }]));
        assert_eq!(answer["failed"][0]["name"], "Lost");
        assert!(answer["failed"][0]["detail"].as_str().unwrap().contains("550"), "{answer}");
        assert_eq!(send("en").await.status, StatusCode::OK);
        let received = postfix.read("technik", 2).await;
        let texts: Vec<String> = received.iter().map(|it| decoded(it)).collect();
        let french = texts.iter().find(|it| it.contains("Bonjour")).unwrap();
        assert!(texts.iter().any(|it| it.contains("Hello")));
        let ca = place.server.stranger().get("/install/ca.pem").await;
        let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&ca.body));
        assert!(french.contains(&format!("echo '{digest}  vigie-ca.pem' | sha256sum -c")), "{french}");
        assert!(french.contains("--server https://127.0.0.1:7080 ") && french.contains("jusqu'au 2026-10-05"), "{french}");
        // The token that was sent enrols one system of that customer.
        let token = french.split_whitespace().find(|it| it.starts_with("vge_")).unwrap();
        let system = enrol(&place.server.stranger(), 1, token, "oven").await;
        let shown = place.admin.get(&format!("/api/v1/systems/{system}")).await.json();
        assert_eq!(shown["customer"]["id"], json!(bakery));
        let again = place.server.stranger().post("/api/v1/link/enrolment", crate::links::enrolment(2, token, "x")).await;
        assert_eq!(again.code(), "enrolment-token-invalid");
        let tokens = place.admin.get(&format!("/api/v1/enrolment-tokens?customer_id={lost}")).await.json();
        assert!(tokens["items"].as_array().unwrap().iter().all(|it| it["revoked_at"].is_string()), "nobody has it");
        let trail = place.admin.get("/api/v1/audit?action=enrolment-mail.send").await;
        assert_eq!(trail.json()["total"], 2);
        assert!(!trail.text().contains("vge_"));
        postfix.stop();
        let away = send("fr").await.json();
        assert_eq!((away["sent"].as_array().unwrap().len(), away["failed"].as_array().unwrap().len()), (0, 2));
    }
}

/// The body of a message whose text is quoted-printable (RFC 2045 §6.7) or plain.
fn decoded(message: &str) -> String {
    let body = message.split_once("\n\n").map_or("", |(_, body)| body).replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = body.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code =
            after.get(..2).and_then(|it| std::str::from_utf8(it).ok()).and_then(|it| u8::from_str_radix(it, 16).ok());
        if let (b'=', Some(byte)) = (first, code) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}
