//! Several nodes that share a PostgreSQL.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use vigie_db::Engine;
use vigie_server::{
    events::Topic,
    testing::{PASSWORD, TestServer},
    workers,
};
use vigie_wire::link::{
    Fault,
    agent::Event,
    message::{RefusalCode, Standing},
};

use crate::links::Place;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_hears_what_is_done_on_another_node() {
    let place = Place::new(TestServer::new(Engine::Postgres).await).await;
    let other = place.server.another_node().await;
    let _workers = workers::start(&place.server.state);
    let admin = other.with_token().await;
    let id = place.system(1).await;
    let mut end = place.open(id, 1).await;
    end.stand(Standing::SignedIn).await;
    let customer = admin.get(&format!("/api/v1/systems/{id}")).await.json()["customer"]["id"].clone();
    let customer = format!("/api/v1/customers/{}", customer.as_str().unwrap());
    let user = json!({ "name": "vigie", "password": "typed at the other node" });
    assert_eq!(admin.put(&format!("{customer}/service-user"), user).await.status, StatusCode::NO_CONTENT);
    // A node that begins to listen lets its systems sign in too, maybe before that.
    while end.stand(Standing::SignedIn).await.0 != "typed at the other node" {}
    assert_eq!(admin.delete(&customer).await.status, StatusCode::NO_CONTENT);
    loop {
        match end.next().await {
            Some(Event::Ended(Fault::Refused { code, .. })) => break assert_eq!(code, RefusalCode::Removed),
            Some(Event::SignIn { number, .. }) => end.agent.standing(number, Standing::SignedIn),
            Some(_) => {}
            None => panic!("cut without a word"),
        }
    }
    place.server.state.events.stop();
    place.server.state.stopping.cancel();
}
