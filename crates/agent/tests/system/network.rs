//! What the owner of a primary orders for the network, and what the owner of another system lets happen.

use std::process::Stdio;

use ed25519_dalek::SigningKey;
use vigie_kernel::{Clock as _, SystemClock};
use vigie_wire::{
    link::{
        message::{ServiceUser, Standing},
        order::{Order, OrderRefusal, Ordered, Progress, Report},
    },
    sync::public_key,
};

use crate::{
    agent::{Place, text},
    server::Server,
};

fn order(key: u8, password: &str) -> Order {
    let user = ServiceUser { name: "vigie".into(), password: password.into() };
    let primary = "sy_0190163d8694739bb06f4a0f4d3f5d1e".parse().unwrap();
    Order::sign(&SigningKey::from_bytes(&[key; 32]), primary, SystemClock.now(), user)
}

#[test]
fn an_order_of_the_primary_is_obeyed_unless_the_owner_says_otherwise() {
    let (server, place) = (Server::start(), Place::new());
    let mut agent = place.run(&server);
    agent.args(["--enrolment-token", crate::TOKEN, "--service-user", "by-hand"]);
    let agent = crate::Agent::start(&mut agent);
    server.linked();
    place.done(&["network", "--obey", "off"]);
    assert_eq!(server.order(order(1, "the first one")), Some(OrderRefusal::SwitchedOff));
    assert_eq!(server.sign_in(1, "vigie", "the first one"), Standing::DisabledByAdministrator);
    place.done(&["network", "--obey", "on"]);
    assert_eq!(server.order(order(1, "the first one")), None);
    assert_eq!(server.sign_in(2, "vigie", "the first one"), Standing::SignedIn);
    // The first that ordered something is the primary, whatever the server passes on later.
    assert_eq!(server.order(order(2, "of another one")), Some(OrderRefusal::AnotherPrimary));
    let forged = Order { signature: order(3, "forged by someone").signature, ..order(1, "forged by someone") };
    assert_eq!(server.order(forged), Some(OrderRefusal::Invalid));
    assert_eq!(server.sign_in(3, "vigie", "the first one"), Standing::SignedIn);
    let shown = place.done(&["network", "--primary", &public_key(&SigningKey::from_bytes(&[2; 32]))]);
    assert!(shown.contains("orders are obeyed      on"), "{shown}");
    assert_eq!(server.order(order(2, "of another one")), None);
    assert_eq!(server.sign_in(4, "vigie", "of another one"), Standing::SignedIn);
    assert!(!place.system(&["network", "--primary", "nonsense"]).output().unwrap().status.success());
    let log = agent.log();
    assert!(log.contains("an order of the primary") && !log.contains("the first one"), "{log}");
}

#[test]
fn the_owner_of_a_primary_synchronises_and_hears_how_far_it_is() {
    let (mut server, place) = (Server::start(), Place::new());
    let synchronise = || place.system(&["synchronise", "--generate"]).stdout(Stdio::piped()).spawn().unwrap();
    let words = |output: std::process::Output| {
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let early = place.system(&["synchronise", "--generate"]).output().unwrap();
    assert!(words(early).contains("not enrolled"));
    let agent = place.start(&server);
    server.linked();
    let asked = synchronise();
    let order = server.until("an order", |kept| kept.orders.pop());
    assert!(order.signer().is_some() && order.user.password.len() == 24);
    assert!(!place.state().join("synchronise.json").exists(), "the password is not kept in words");
    // The answer is lost: it is said again in the next link.
    server.kill();
    server.listen();
    assert_eq!(server.until("it again", |kept| kept.orders.pop()), order);
    assert_eq!(server.order(order.clone()), None, "it is for the primary too");
    assert_eq!(server.sign_in(1, "vigie", &order.user.password), Standing::SignedIn);
    let of = |name: &str, progress| Ordered { name: name.into(), progress };
    let refused = Progress::Refused { code: OrderRefusal::SwitchedOff };
    server.synchronised(order.at, Report::of(vec![of("one", Progress::Done), of("two", Progress::Waiting)]));
    server.synchronised(order.at, Report::of(vec![of("one", Progress::Done), of("two", refused)]));
    let output = asked.wait_with_output().unwrap();
    assert!(!output.status.success(), "not everywhere");
    let said = words(output);
    for part in [&order.user.password, "one: done", "two: its owner takes no orders", "on 1 of 2 systems"] {
        assert!(said.contains(part), "{said}");
    }
    let mut asked = synchronise();
    let second = server.until("an order", |kept| kept.orders.pop());
    assert!(second.at > order.at);
    server.synchronised(second.at, Report::of(vec![of("one", Progress::Done), of("two", Progress::Done)]));
    assert!(asked.wait().unwrap().success());
    assert!(!agent.log().contains(&order.user.password));
    agent.kill();
    assert!(words(place.system(&["synchronise", "--generate"]).output().unwrap()).contains("does not run"));
    let unasked = place.system(&["synchronise"]).output().unwrap();
    assert!(words(unasked).contains("--password-stdin"));
    assert!(text(place.system(&["show"]).output().unwrap()).contains("vigie, on"));
}
