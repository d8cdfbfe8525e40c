//! Every operation of the API as every role: what the table says is what happens. And what belongs to another reseller is
//! answered like what is not there.

use std::collections::{BTreeMap, BTreeSet};

use http::{Method, StatusCode};
use serde_json::{Value, json};
use vigie_kernel::{
    Action, Role,
    policy::{self, Cell},
};
use vigie_server::{
    admin::{self, Ask},
    server_on_both_engines,
    testing::{Answer, Client, PASSWORD, TestServer},
};

/// `METHOD path action`: what each operation asks the table for. `all` behind it: for all customers or not at all; `session`:
/// and by no token. `own` and `anyone` are for everyone who is signed in.
const ACTIONS: &str = include_str!("actions.txt");

/// An operation of the document.
struct Operation {
    method: Method,
    path: String,
    /// Prefixes of the ids in the path.
    kinds: Vec<String>,
    /// What it asks the table for; none: nothing.
    action: Option<Action>,
    limit: Limit,
    body: Body,
    query: String,
}

#[derive(PartialEq)]
enum Limit {
    None,
    /// For all customers or not at all.
    All,
    /// By no token; everyone here has one.
    Session,
}

enum Body {
    None,
    Json(Value),
    Form,
    Bytes,
}

impl Operation {
    /// Its address with ids of the right kinds.
    fn address(&self, id: impl Fn(&str) -> String) -> String {
        let mut kinds = self.kinds.iter();
        let part = |part: &str| {
            if part.starts_with('{') { id(kinds.next().unwrap()) } else { part.to_owned() }
        };
        format!("{}{}", self.path.split('/').map(part).collect::<Vec<_>>().join("/"), self.query)
    }

    async fn ask(&self, client: &Client, address: &str) -> Answer {
        let method = self.method.clone();
        match &self.body {
            Body::None => client.send(method, address, None, axum::body::Body::empty()).await,
            Body::Json(body) => client.json(method, address, body.clone()).await,
            Body::Form => client.send(method, address, Some("multipart/form-data; boundary=x"), FORM).await,
            Body::Bytes => client.send(method, address, Some("application/octet-stream"), "x").await,
        }
    }

    fn is_allowed(&self, role: Role) -> bool {
        let Some(action) = self.action else { return true };
        let cell = policy::cell(role, action);
        match self.limit {
            Limit::None => cell != Cell::None,
            Limit::All => cell == Cell::All,
            Limit::Session => false,
        }
    }
}

/// A form with a file.
const FORM: &str =
    "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nsecret\r\n--x--\r\n";

const UNKNOWN: &str = "0190163d8694739bb06f4a0f4d3f5d1e";

fn unknown(kind: &str) -> String {
    if kind.is_empty() {
        return "vigie-20260101T000000Z".to_owned();
    }
    format!("{kind}_{UNKNOWN}")
}

/// A value that a schema accepts: the members that must be there, each the simplest.
fn sample(document: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return sample(document, &document["components"]["schemas"][name]);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = serde_json::Map::new();
        for part in parts {
            whole.extend(sample(document, part).as_object().cloned().unwrap_or_default());
        }
        return whole.into();
    }
    for choices in ["oneOf", "anyOf"] {
        if let Some(first) = schema[choices].as_array().and_then(|it| it.iter().find(|it| it["type"] != "null")) {
            return sample(document, first);
        }
    }
    if let Some(first) = schema["enum"].as_array().and_then(|it| it.first()) {
        return first.clone();
    }
    match schema["type"].as_str().or_else(|| schema["type"][0].as_str()) {
        Some("string") => match (schema["pattern"].as_str(), schema["format"].as_str()) {
            (Some(pattern), _) => unknown(pattern.trim_start_matches('^').split('_').next().unwrap()).into(),
            (_, Some("date-time")) => "2030-01-01T00:00:00Z".into(),
            (_, Some("date")) => "2030-01-01".into(),
            (_, Some("password")) => PASSWORD.into(),
            _ => "sample".into(),
        },
        Some("integer" | "number") => schema["minimum"].as_i64().unwrap_or(1).into(),
        Some("boolean") => false.into(),
        Some("array") => json!([]),
        Some("object") => {
            let wanted = schema["required"].as_array().cloned().unwrap_or_default();
            let member = |name: &Value| {
                let name = name.as_str().unwrap();
                (name.to_owned(), sample(document, &schema["properties"][name]))
            };
            wanted.iter().map(member).collect::<serde_json::Map<_, _>>().into()
        }
        _ => Value::Null,
    }
}

/// Every operation for people; the list of what each asks for is complete and has nothing else in it.
fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(vigie_server::http::document()).unwrap();
    let mut listed: BTreeMap<(String, String), String> = BTreeMap::new();
    for line in ACTIONS.lines() {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        assert!(listed.insert((method, path), words.next().unwrap()).is_none(), "twice: {line}");
    }
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "delete", "patch"] {
            let operation = &item[method];
            // Those for agents and for everyone say so.
            if operation.is_null() || operation.get("security").is_some() {
                continue;
            }
            let key = (method.to_uppercase(), path.clone());
            let asks = listed.remove(&key).unwrap_or_else(|| panic!("{key:?} is not in actions.txt"));
            let (code, limit) = match asks.split_once(' ') {
                None => (asks.as_str(), Limit::None),
                Some((code, "all")) => (code, Limit::All),
                Some((code, "session")) => (code, Limit::Session),
                Some(_) => panic!("{key:?}: {asks}"),
            };
            let action = Action::ALL.iter().copied().find(|it| it.as_str() == code);
            assert!(action.is_some() || ["own", "anyone"].contains(&code), "{key:?}: {asks}");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let kind = |it: &Value| match sample(&document, &it["schema"]).as_str() {
                Some(text) if text.ends_with(UNKNOWN) => text.split('_').next().unwrap().to_owned(),
                // What has no id in the database has a name of its own kind.
                Some(_) => String::new(),
                other => panic!("{key:?}: a path with {other:?}"),
            };
            let wanted = parameters.iter().filter(|it| it["in"] == "query" && it["required"] == true);
            let query: Vec<String> = wanted
                .map(|it| {
                    format!("{}={}", it["name"].as_str().unwrap(), sample(&document, &it["schema"]).as_str().unwrap())
                })
                .collect();
            let content = &operation["requestBody"]["content"];
            let body = if content.get("application/json").is_some() {
                Body::Json(sample(&document, &content["application/json"]["schema"]))
            } else if content.get("multipart/form-data").is_some() {
                Body::Form
            } else if content.is_null() {
                Body::None
            } else {
                Body::Bytes
            };
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                kinds: parameters.iter().filter(|it| it["in"] == "path").map(kind).collect(),
                action,
                limit,
                body,
                query: if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) },
            });
        }
    }
    assert!(listed.is_empty(), "no such operations: {listed:?}");
    // The stream of events has no end to wait for.
    operations.retain(|it| it.path != "/api/v1/events");
    operations
}

async fn id(client: &Client, path: &str, body: Value) -> String {
    let made = client.post(path, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{path}: {made:?}");
    made.json()["id"].as_str().unwrap().to_owned()
}

/// Someone of a role with an API token.
async fn user(server: &TestServer, admin: &Client, login: &str, role: Role, labels: &[&str]) -> (String, Client) {
    let labels = if role.is_assigned() { labels } else { &[] };
    let new = json!({ "login": login, "password": PASSWORD, "role": role, "labels": labels });
    let id = id(admin, "/api/v1/users", new).await;
    let ask = Ask::Token { user: login.to_owned(), name: "test".to_owned() };
    let token = admin::answer(&server.state, ask).await.unwrap();
    (id, server.stranger().with("authorization", &format!("Bearer {token}")))
}

fn is_refused(answer: &Answer) -> bool {
    (answer.status, answer.code().as_str()) == (StatusCode::FORBIDDEN, "not-allowed")
}

/// The answer without what differs from request to request.
fn told(answer: &Answer) -> (StatusCode, Value) {
    let mut body = answer.json();
    if let Some(body) = body.as_object_mut() {
        body.remove("instance");
    }
    (answer.status, body)
}

/// One of each kind of thing, all of the reseller *Theirs*.
async fn theirs(admin: &Client) -> BTreeMap<&'static str, String> {
    let provider = id(admin, "/api/v1/providers", json!({ "name": "Their provider" })).await;
    let reseller = id(admin, "/api/v1/resellers", json!({ "name": "Theirs", "provider_id": provider })).await;
    let customer = id(admin, "/api/v1/customers", json!({ "name": "Their customer", "reseller_id": reseller })).await;
    let equipment = id(admin, "/api/v1/equipment", json!({ "name": "theirs", "customer_id": customer })).await;
    let path = format!("/api/v1/equipment/{equipment}/attachments");
    let attached = admin.send(Method::POST, &path, Some("multipart/form-data; boundary=x"), FORM).await;
    assert_eq!(attached.status, StatusCode::CREATED, "{attached:?}");
    let attachment = attached.json()["id"].as_str().unwrap().to_owned();
    let client =
        admin.post("/api/v1/api-clients", json!({ "client_id": "theirs", "customer_id": customer })).await.json();
    let secret = format!("theirs:{}", client["client_secret"].as_str().unwrap());
    let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, secret);
    let inventory = json!({
        "action": "inventory", "deviceid": "their-pc-2026-01-01-00-00-00", "itemtype": "Computer",
        "content": {
            "versionclient": "GLPI-Agent_v1.7", "hardware": { "name": "their-pc", "uuid": "4c4c4544-0051-3010-8052-b4c04f564433" },
            "bios": { "ssn": "THEIRS1" }, "operatingsystem": { "name": "Debian" }, "softwares": [{ "name": "secret-tool" }],
        },
    });
    let agent = admin.clone().with("authorization", &format!("Basic {basic}")).with("user-agent", "GLPI-Agent_v1.7");
    let taken = agent.json(Method::POST, "/inventory", inventory).await;
    assert_eq!(taken.status, StatusCode::OK, "{taken:?}");
    let pending = admin.get("/api/v1/pending-equipment").await.json();
    let inventory = pending["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{pending}")).to_owned();
    let export = admin.post("/api/v1/exports", json!({ "list": "equipment", "format": "csv" })).await.json();
    let user = id(
        admin,
        "/api/v1/users",
        json!({ "login": "their-user", "password": PASSWORD, "role": "operator", "labels": ["Theirs"] }),
    )
    .await;
    let made = admin.post("/api/v1/users/me/tokens", json!({ "name": "theirs" })).await.json();
    let made_for = admin.post("/api/v1/enrolment-tokens", json!({ "customer_id": customer })).await.json();
    let enrolled = crate::links::enrol(admin, 1, made_for["token"].as_str().unwrap(), "their-server").await;
    let window = json!({
        "name": "theirs", "customer_id": customer, "starts_at": "2026-11-21T10:00:00Z", "ends_at": "2026-11-21T12:00:00Z",
    });
    let window = id(admin, "/api/v1/maintenance-windows", window).await;
    BTreeMap::from([
        ("mw", window),
        ("et", made_for["id"].as_str().unwrap().to_owned()),
        ("sy", enrolled.to_string()),
        ("pr", provider),
        ("rs", reseller),
        ("cu", customer),
        ("eq", equipment),
        ("af", attachment),
        ("ac", client["id"].as_str().unwrap().to_owned()),
        ("inv", inventory),
        ("ex", export["id"].as_str().unwrap().to_owned()),
        ("us", user),
        ("at", made["id"].as_str().unwrap().to_owned()),
    ])
}

server_on_both_engines! {
    async fn every_operation_does_for_every_role_what_the_table_says(server: TestServer) {
        let admin = server.with_token().await;
        let operations = operations();
        for role in Role::ALL {
            let (mut allowed, mut refused) = (0, 0);
            for operation in &operations {
                // Someone new for each: some operations end sessions or take things away.
                let login = format!("u{}-{}", role as usize, allowed + refused);
                let (_, client) = user(&server, &admin, &login, role, &[]).await;
                let address = operation.address(unknown);
                let answer = operation.ask(&client, &address).await;
                assert_eq!(is_refused(&answer), !operation.is_allowed(role), "{role:?} {} {}: {answer:?}", operation.method, operation.path);
                assert!(!answer.status.is_server_error(), "{role:?} {} {}: {answer:?}", operation.method, operation.path);
                if is_refused(&answer) { refused += 1 } else { allowed += 1 }
            }
            assert!(allowed > 10 && (refused > 0 || role == Role::Administrator), "{role:?}: {allowed}, {refused}");
        }
    }

    async fn what_belongs_to_another_reseller_is_answered_like_what_is_not_there(server: TestServer) {
        let admin = server.with_token().await;
        let theirs = theirs(&admin).await;
        let provider = id(&admin, "/api/v1/providers", json!({ "name": "Our provider" })).await;
        let reseller = id(&admin, "/api/v1/resellers", json!({ "name": "Ours", "provider_id": provider })).await;
        let customer = id(&admin, "/api/v1/customers", json!({ "name": "Our customer", "reseller_id": reseller })).await;
        id(&admin, "/api/v1/equipment", json!({ "name": "ours", "customer_id": customer })).await;
        let operations = operations();
        let mut kinds = BTreeSet::new();
        for role in Role::ALL.into_iter().filter(|role| role.is_assigned()) {
            let (_, client) = user(&server, &admin, &format!("u{}", role as usize), role, &["Ours"]).await;
            for operation in operations.iter().filter(|it| it.kinds.iter().any(|kind| theirs.contains_key(kind.as_str()))) {
                let known = |kind: &str| theirs.get(kind).cloned().unwrap_or_else(|| unknown(kind));
                let (real, none) = (operation.address(known), operation.address(unknown));
                let (there, nothing) = (operation.ask(&client, &real).await, operation.ask(&client, &none).await);
                assert_eq!(told(&there), told(&nothing), "{role:?} {} {real}", operation.method);
                if operation.is_allowed(role) {
                    assert_eq!(there.status, StatusCode::NOT_FOUND, "{role:?} {} {real}: {there:?}", operation.method);
                    kinds.extend(operation.kinds.iter().cloned());
                }
            }
            // Nor is it in any list or figure.
            for operation in operations.iter().filter(|it| it.kinds.is_empty() && it.method == Method::GET && it.is_allowed(role)) {
                let text = operation.ask(&client, &operation.address(unknown)).await.text();
                for (kind, id) in &theirs {
                    assert!(!text.contains(id.as_str()), "{role:?} {}: shows a {kind}", operation.path);
                }
                for name in ["their-pc", "Their customer", "their-user", "their-server", "secret-tool", "\"theirs\""] {
                    assert!(!text.contains(name), "{role:?} {}: {name}", operation.path);
                }
            }
            assert_eq!(client.get("/api/v1/equipment").await.json()["total"], 1, "{role:?}");
            assert_eq!(client.get("/api/v1/overview").await.json()["equipment"]["total"], 1, "{role:?}");
        }
        // It was all about something.
        let expected: BTreeSet<String> = theirs.keys().filter(|it| **it != "ac").map(|it| (*it).to_owned()).collect();
        assert!(kinds.is_superset(&expected), "{kinds:?}");
        for (_, id) in theirs.iter().filter(|(kind, _)| ["cu", "eq", "us", "rs", "pr"].contains(kind)) {
            let plural = match &id[..2] { "cu" => "customers", "eq" => "equipment", "us" => "users", "rs" => "resellers", _ => "providers" };
            assert_eq!(admin.get(&format!("/api/v1/{plural}/{id}")).await.status, StatusCode::OK, "{id} is still there");
        }
    }

    async fn the_table_is_told_and_so_is_what_oneself_may_do(server: TestServer) {
        let admin = server.with_token().await;
        let table = admin.get("/api/v1/policy").await.json();
        let rows = table["actions"].as_array().unwrap();
        assert_eq!(rows.len(), Action::ALL.len());
        let of = |action: &str| rows.iter().find(|row| row["action"] == action).unwrap()["roles"].clone();
        assert_eq!(of("customers.edit"), json!({
            "administrator": "all", "support": "none", "supervisor": "own", "operator": "none", "read-only": "none",
            "equipment-manager": "none", "technician": "none",
        }));
        let (_, operator) = user(&server, &admin, "op", Role::Operator, &[]).await;
        let mine = operator.get("/api/v1/users/me/permissions").await.json();
        let may = |action: &str| mine["actions"].as_array().unwrap().iter().find(|row| row["action"] == action).unwrap().clone();
        assert_eq!(may("equipment.edit"), json!({ "action": "equipment.edit", "allowed": true, "reach": "assigned", "reason": null }));
        assert_eq!(may("users.manage"), json!({ "action": "users.manage", "allowed": false, "reach": "none", "reason": "role" }));
        let ask = json!({ "name": "reader", "scope": "read" });
        let reader = operator.post("/api/v1/users/me/tokens", ask).await.json()["token"].as_str().unwrap().to_owned();
        let reader = server.stranger().with("authorization", &format!("Bearer {reader}"));
        let mine = reader.get("/api/v1/users/me/permissions").await.json();
        let edit = mine["actions"].as_array().unwrap().iter().find(|row| row["action"] == "equipment.edit").unwrap().clone();
        assert_eq!((&edit["allowed"], &edit["reason"]), (&json!(false), &json!("token-reads-only")));
    }

    async fn a_tokens_rights_are_its_owners_present_ones(server: TestServer) {
        let admin = server.with_token().await;
        let (id, client) = user(&server, &admin, "ada", Role::Administrator, &[]).await;
        let path = format!("/api/v1/users/{id}");
        assert_eq!(client.get("/api/v1/preferences").await.status, StatusCode::OK);
        admin.patch(&path, json!({ "role": "technician" })).await;
        assert!(is_refused(&client.get("/api/v1/preferences").await));
        admin.patch(&path, json!({ "disabled": true })).await;
        assert_eq!(client.get("/api/v1/users/me").await.code(), "token-invalid");
        admin.patch(&path, json!({ "disabled": false })).await;
        assert_eq!(client.get("/api/v1/users/me").await.status, StatusCode::OK);
        admin.delete(&path).await;
        assert_eq!(client.get("/api/v1/users/me").await.code(), "token-invalid");
    }
}
