//! What someone without a sign-in gets: nothing, but for a short list that is checked in.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use vigie_server::{server_on_both_engines, testing::TestServer};

/// `METHOD path` of every operation that needs neither a person nor an agent signed in.
const PUBLIC: &str = include_str!("public_operations.txt");

/// Every operation of the document, with its variable parts filled in with nonsense of the right shape.
fn operations() -> Vec<(Method, String, String)> {
    let document = serde_json::to_value(vigie_server::http::document()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "delete", "patch"] {
            if item.get(method).is_some() {
                let method: Method = method.to_uppercase().parse().unwrap();
                operations.push((method, path.clone(), filled(path)));
            }
        }
    }
    operations
}

fn filled(path: &str) -> String {
    let fill = |part| if str::starts_with(part, '{') { "eq_0190163d8694739bb06f4a0f4d3f5d1e" } else { part };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

server_on_both_engines! {
    async fn every_operation_that_is_not_on_the_list_asks_for_a_sign_in(server: TestServer) {
        let stranger = server.stranger();
        let mut open = BTreeSet::new();
        for (method, path, address) in operations() {
            let answer = stranger.json(method.clone(), &address, serde_json::json!({})).await;
            if answer.status != StatusCode::UNAUTHORIZED {
                open.insert(format!("{method} {path}"));
                continue;
            }
            assert_eq!(answer.headers["content-type"], "application/problem+json", "{method} {path}");
            assert!(answer.headers.contains_key("www-authenticate"), "{method} {path}");
        }
        let listed: BTreeSet<String> = PUBLIC.lines().map(str::to_owned).collect();
        // Signing in and getting a token refuse a stranger too, but that is what they are for.
        assert_eq!(open, listed, "public_operations.txt lists what needs no sign-in");
    }

    async fn a_wrong_token_is_as_good_as_none(server: TestServer) {
        for token in ["vgt_AAAA", "vga_AAAA", "nonsense", ""] {
            let caller = server.stranger().with("authorization", &format!("Bearer {token}"));
            let answer = caller.get("/api/v1/users/me").await;
            assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNAUTHORIZED, "token-invalid"), "{token}");
        }
        let caller = server.stranger().with("authorization", "Basic YWRtaW46eA==");
        assert_eq!(caller.get("/api/v1/users/me").await.code(), "sign-in-required");
    }

    async fn what_no_route_knows_is_a_problem_and_a_browser_gets_the_console(server: TestServer) {
        let stranger = server.stranger();
        for path in ["/api/v1/nothing", "/api/nothing", "/nothing", "/assets/none.js", "/install/none.deb"] {
            let answer = stranger.get(path).await;
            assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "not-found"), "{path}");
        }
        let wrong = stranger.delete("/api/v1/about").await;
        assert_eq!((wrong.status, wrong.code().as_str()), (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed"));
        assert!(wrong.headers.contains_key("allow"));
        let browser = stranger.clone().with("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        for path in ["/", "/equipment", "/equipment/eq_1?tab=history"] {
            let page = browser.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"), "{path}");
        }
        assert_eq!(browser.get("/api/v1/nothing").await.status, StatusCode::NOT_FOUND);
        let moved = browser.get("/com/equipment?q=a").await;
        assert_eq!(moved.headers["location"], "/equipment?q=a");
    }

    async fn browsers_are_told_to_be_careful(server: TestServer) {
        let answer = server.stranger().get("/api/v1/about").await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(answer.headers.contains_key("x-request-id"));
        assert!(!answer.headers.contains_key("strict-transport-security"), "the certificate is the server's own");
    }

    async fn a_stranger_learns_name_and_version_and_whether_it_is_well(server: TestServer) {
        let stranger = server.stranger();
        let about = stranger.get("/api/v1/about").await.json();
        assert_eq!(about["name"], "Vigie");
        assert_eq!(about["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(stranger.get("/healthz").await.status, StatusCode::OK);
        assert_eq!(stranger.get("/readyz").await.status, StatusCode::OK);
        server.state.stopping.cancel();
        assert_eq!(stranger.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(stranger.get("/healthz").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_request_that_is_no_request_is_a_problem() {
    let server = TestServer::new(vigie_db::Engine::Sqlite).await;
    let caller = server.with_token().await;
    let send = |kind: Option<&'static str>, body: Vec<u8>| {
        let caller = caller.clone();
        async move {
            let answer = caller.send(Method::POST, "/api/v1/customers", kind, body).await;
            (answer.status.as_u16(), answer.code())
        }
    };
    let json = Some("application/json");
    assert_eq!(send(json, b"{".to_vec()).await, (400, "request-malformed".into()));
    assert_eq!(send(json, br#"{"name":5}"#.to_vec()).await, (400, "request-malformed".into()));
    assert_eq!(send(json, br#"{"name":"a","colour":"red"}"#.to_vec()).await, (400, "request-malformed".into()));
    assert_eq!(send(Some("text/plain"), b"{}".to_vec()).await, (415, "media-type-unsupported".into()));
    assert_eq!(send(None, b"{}".to_vec()).await, (415, "media-type-unsupported".into()));
    assert_eq!(send(json, vec![b' '; (1 << 20) + 1]).await, (413, "too-large".into()));
    assert_eq!(send(json, br#"{"name":""}"#.to_vec()).await, (422, "value-invalid".into()));
    for query in ["limit=0", "limit=201", "sort=weight"] {
        let answer = caller.get(&format!("/api/v1/customers?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "value-invalid"), "{query}");
        assert_eq!(answer.json()["errors"][0]["field"], query.split('=').next().unwrap());
    }
    let answer = caller.get("/api/v1/customers?limit=many").await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "request-malformed"));
    let answer = caller.get("/api/v1/customers?cursor=nonsense").await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "cursor-invalid"));
    assert!(answer.json()["instance"].as_str().unwrap().starts_with("urn:vigie:request:"));
}
