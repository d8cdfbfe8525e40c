//! Several nodes that share a PostgreSQL.

use std::time::Duration;

use serde_json::json;
use vigie_db::Engine;
use vigie_server::{
    events::Topic,
    testing::{PASSWORD, TestServer},
    workers,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_hears_of_changes_on_another_node() {
    let one = TestServer::new(Engine::Postgres).await;
    let other = one.another_node().await;
    let (_here, _there) = (workers::start(&one.state), workers::start(&other.state));
    let mut console = other.state.events.listen();
    let told = async {
        loop {
            one.state.events.changed(&[Topic::Pending]);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let heard = async {
        // The workers of this node have their say too.
        while !console.next().await.unwrap().contains(&Topic::Pending) {}
    };
    tokio::select! {
        () = told => {}
        () = heard => {}
        () = tokio::time::sleep(Duration::from_secs(30)) => panic!("nothing was heard"),
    }
    for server in [&one, &other] {
        server.state.events.stop();
        server.state.stopping.cancel();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_and_a_preference_are_of_all_nodes() {
    let one = TestServer::new(Engine::Postgres).await;
    let other = one.another_node().await;
    assert_eq!(other.one_time_password, "", "the administrator exists already");
    one.signed_in().await;
    let there = other.sign_in("admin", PASSWORD).await.unwrap();
    let about = other.stranger();
    assert_eq!(about.get("/api/v1/about").await.json()["name"], "Vigie");
    let here = one.with_token().await;
    here.patch("/api/v1/preferences", json!({ "server_name": "Guet" })).await;
    other.wait(Duration::from_secs(4));
    assert_eq!(about.get("/api/v1/about").await.json()["name"], "Guet");
    assert_eq!(there.get("/api/v1/agent-configuration").await.json()["current"]["client_id"], "office-agent");
    let secrets = [&here, &there].map(|caller| caller.post("/api/v1/agent-configuration/secret", json!(null)));
    let [one, other] = secrets;
    assert_eq!(one.await.json()["client_secret"], other.await.json()["client_secret"]);
}
