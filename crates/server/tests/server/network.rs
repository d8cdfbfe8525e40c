//! A customer's systems together: what its primary orders for all of them, over real links.

use ed25519_dalek::SigningKey;
use http::StatusCode;
use serde_json::{Value, json};
use vigie_kernel::{Clock as _, SystemId};
use vigie_server::server_on_both_engines;
use vigie_wire::{
    join::TokenRefusal,
    link::{
        agent::Event,
        message::{ServiceUser, Standing},
        order::{Order, OrderRefusal, Report},
    },
};

use crate::links::{End, Place, enrol};

/// A customer with so many systems, by their keys from 1: the first is its primary.
async fn network(place: &Place, systems: u8) -> (String, Vec<SystemId>) {
    let customer = place.admin.post("/api/v1/customers", json!({ "name": "Bakery" })).await.json()["id"].clone();
    let token = place.admin.post("/api/v1/enrolment-tokens", json!({ "customer_id": customer, "uses": 9 })).await;
    assert_eq!(token.status, StatusCode::CREATED, "{token:?}");
    let token = token.json()["token"].as_str().unwrap().to_owned();
    let mut ids = Vec::new();
    for number in 1..=systems {
        ids.push(enrol(&place.server.stranger(), number, &token, &format!("srv-{number}")).await);
    }
    (token, ids)
}

/// The next thing other than sign-ins, which are good.
async fn next(end: &mut End) -> Event {
    loop {
        match end.next().await.unwrap() {
            Event::SignIn { number, .. } => end.agent.standing(number, Standing::SignedIn),
            event => return event,
        }
    }
}

async fn report(end: &mut End, so: impl Fn(&Report) -> bool) -> Report {
    loop {
        match next(end).await {
            Event::Synchronised { report, .. } if so(&report) => return report,
            Event::Synchronised { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Hears the order, and answers.
async fn obey(end: &mut End, order: &Order, refusal: Option<OrderRefusal>) {
    assert_eq!(next(end).await, Event::Order(order.clone()));
    end.agent.ordered(order.at, refusal);
    end.say().await;
}

server_on_both_engines! {
    async fn a_primary_synchronises_its_network_and_a_system_added_later_is_shown_as_not(server: TestServer) {
        let place = Place::new(server).await;
        let (token, ids) = network(&place, 3).await;
        let mut primary = place.open(ids[0], 1).await;
        let mut beside = place.open(ids[1], 2).await;
        assert_eq!(place.shown(ids[0]).await["synchronised"], Value::Null, "never ordered");
        let user = ServiceUser { name: "vigie".into(), password: "one for all of them".into() };
        let order = |key: u8, id| Order::sign(&SigningKey::from_bytes(&[key; 32]), id, place.server.clock.now(), user.clone());
        // Nobody but the primary.
        beside.agent.synchronise(order(2, ids[1]));
        assert_eq!(report(&mut beside, |_| true).await, Report::refused(OrderRefusal::NotPrimary));
        let order = order(1, ids[0]);
        primary.agent.synchronise(order.clone());
        primary.say().await;
        obey(&mut beside, &order, Some(OrderRefusal::SwitchedOff)).await;
        loop {
            match next(&mut primary).await {
                Event::Order(heard) => break assert_eq!(heard, order),
                Event::Synchronised { report, .. } => assert!(!report.is_over),
                other => panic!("{other:?}"),
            }
        }
        primary.agent.ordered(order.at, None);
        let told = report(&mut primary, |it| it.is_over).await;
        assert_eq!((told.systems, told.done, told.named.len()), (3, 1, 3));
        place.until_so(ids[1], |it| it["synchronisation_refusal"] == "switched_off").await;
        assert_eq!(place.shown(ids[0]).await["synchronised"], true);
        // Whoever was away gets it at its greeting, before the server signs in.
        let mut away = place.open(ids[2], 3).await;
        let Some(Event::Order(heard)) = away.next().await else { panic!("something before the order") };
        assert_eq!(heard, order);
        away.agent.ordered(order.at, None);
        let Some(Event::SignIn { user: with, .. }) = away.next().await else { panic!("no sign-in") };
        assert_eq!(with, user);
        let late = enrol(&place.server.stranger(), 4, &token, "srv-4").await;
        assert_eq!(place.shown(late).await["synchronised"], false);
        let customer = place.shown(late).await["customer"]["id"].as_str().unwrap().to_owned();
        let shown = place.admin.get(&format!("/api/v1/customers/{customer}")).await.json();
        assert_eq!(shown["network"]["unsynchronised"], 2, "{shown}");
        let trail = place.admin.get("/api/v1/audit?limit=200").await.text();
        assert!(trail.contains("service-user.synchronise") && !trail.contains(&user.password), "no password in the trail");
    }

    async fn a_system_joins_with_a_token_that_the_primary_asked_for(server: TestServer) {
        let place = Place::new(server).await;
        let (_, ids) = network(&place, 2).await;
        let mut primary = place.open(ids[0], 1).await;
        let mut beside = place.open(ids[1], 2).await;
        beside.agent.want_token(7);
        assert_eq!(next(&mut beside).await, Event::Token { number: 7, answer: Err(TokenRefusal::NotPrimary) });
        primary.agent.want_token(1);
        let Event::Token { number: 1, answer: Ok(token) } = next(&mut primary).await else { panic!("no token") };
        let joined = enrol(&place.server.stranger(), 3, &token, "app-1").await;
        let shown = place.shown(joined).await;
        assert_eq!((&shown["place"], &shown["via_primary"]), (&json!("application"), &json!(false)));
        assert_eq!(shown["customer"], place.shown(ids[0]).await["customer"]);
        let customer = shown["customer"]["id"].as_str().unwrap().to_owned();
        let listed = place.admin.get(&format!("/api/v1/enrolment-tokens?customer_id={customer}")).await.json();
        let made = listed["items"].as_array().unwrap().iter().find(|it| it["place"] == "application").unwrap().clone();
        assert_eq!((&made["uses"], &made["used"], &made["created_by"]), (&json!(1), &json!(1), &json!("srv-1")));
        let trail = place.admin.get("/api/v1/audit?limit=200").await.text();
        assert!(trail.contains(&ids[0].to_string()) && !trail.contains(&token));
    }
}
