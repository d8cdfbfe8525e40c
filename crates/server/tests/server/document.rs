//! The API's document is true, complete and checked in.

use std::{collections::HashSet, path::Path};

use serde_json::Value;
use vigie_server::{http, testing::TestServer};

fn document() -> Value {
    serde_json::from_str(&http::document_text().unwrap()).unwrap()
}

#[test]
fn the_document_in_the_tree_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/vigie.json");
    let checked_in: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_default()).unwrap_or_default();
    assert!(checked_in == document(), "openapi/vigie.json is not up to date: run `cargo xtask gen`");
}

#[tokio::test]
async fn it_is_served_to_everyone() {
    let server = TestServer::new(vigie_db::Engine::Sqlite).await;
    let answer = server.stranger().get("/api/openapi.json").await;
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.json(), document());
}

#[test]
fn every_operation_has_a_name_words_and_problems_and_every_reference_leads_somewhere() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let about = format!("{method} {path}");
            let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
            assert!(!name.is_empty() && names.insert(name.clone()), "{about}: operationId {name:?}");
            assert!(operation["summary"].is_string(), "{about}: no summary");
            assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{about}: one tag");
            let problem = &operation["responses"]["500"]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(problem, "#/components/schemas/Problem", "{about}");
        }
    }
    let mut references = Vec::new();
    collect(&document, &mut references);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|it| collect(it, references));
        }
        Value::Array(items) => items.iter().for_each(|it| collect(it, references)),
        _ => {}
    }
}
