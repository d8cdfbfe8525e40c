//! Orders of primaries, on both engines.

use ed25519_dalek::SigningKey;
use vigie_db::on_both_engines;
use vigie_kernel::{Action, CustomerId, SystemId};
use vigie_wire::link::message::ServiceUser;

use super::*;
use crate::{
    service_user::{of_system, set},
    systems::{self, networks},
    tests::{Place, act, at, may, node},
};

/// An order of the system that enrolled with that key.
fn order(key: u8, primary: SystemId, minutes: i64, password: &str) -> Order {
    let user = ServiceUser { name: "vigie".into(), password: password.into() };
    Order::sign(&SigningKey::from_bytes(&[key; 32]), primary, at(minutes), user)
}

struct Network {
    place: Place,
    customer: CustomerId,
    token: String,
    /// The primary, and one beside it.
    systems: [SystemId; 2],
    epochs: [u64; 2],
}

impl Network {
    async fn new(db: &Database) -> Self {
        let place = Place::new(db).await;
        let customer = place.customer("Bakery").await;
        let token = place.token(9, Some(customer), None).await;
        let (mut systems, mut epochs) = (Vec::new(), Vec::new());
        for key in [1, 2] {
            let id = place.enrol(key, &token, 0).await.unwrap().system;
            epochs.push(place.greeted(id, node(1), 0).await.unwrap().epoch);
            systems.push(id);
        }
        Self { place, customer, token, systems: systems.try_into().unwrap(), epochs: epochs.try_into().unwrap() }
    }

    async fn give(&self, which: usize, order: Order) -> Result<Vec<SystemId>, OrderRefusal> {
        let (id, epoch) = (self.systems[which], self.epochs[which]);
        match give(&self.place.db, &self.place.secrets, act(1), id, epoch, order).await {
            Ok(systems) => Ok(systems),
            Err(GiveError::Refused(code)) => Err(code),
            Err(error) => panic!("{error}"),
        }
    }

    async fn due(&self, id: SystemId) -> Option<Order> {
        due(&self.place.db, &self.place.secrets, id).await.unwrap()
    }

    async fn ordered(&self, which: usize, minutes: i64, refusal: Option<OrderRefusal>) -> bool {
        let (id, epoch) = (self.systems[which], self.epochs[which]);
        ordered(&self.place.db, id, epoch, at(minutes), refusal).await.unwrap()
    }

    /// With which password the server signs in, and how the system is shown.
    async fn shown(&self, id: SystemId) -> (Option<String>, Option<bool>, Option<OrderRefusal>) {
        let user = of_system(&self.place.db, &self.place.secrets, id).await.unwrap();
        let shown = systems::get(&self.place.db, may(Action::CustomersSee), id, at(1)).await.unwrap().unwrap();
        (user.map(|it| it.password), shown.synchronised, shown.synchronisation_refusal)
    }
}

on_both_engines! {
    async fn an_order_is_for_all_systems_that_are_there_and_counts_for_each_that_obeyed(test: TestDatabase) {
        let it = Network::new(&test.db).await;
        let [primary, beside] = it.systems;
        let before = it.shown(beside).await;
        assert_eq!((before.1, before.2), (None, None), "nobody ordered anything");
        let mut told = it.give(0, order(1, primary, 5, "one for all")).await.unwrap();
        told.sort();
        assert_eq!(told, { let mut all = it.systems; all.sort(); all });
        assert_eq!(it.due(beside).await, Some(order(1, primary, 5, "one for all")));
        assert_eq!(it.shown(beside).await, (before.0.clone(), Some(false), None), "it signs in as before until it obeyed");
        let report = report(&it.place.db, primary, at(5)).await.unwrap();
        assert_eq!((report.systems, report.done, report.waiting, report.is_over), (2, 0, 2, false));
        assert!(it.ordered(0, 5, None).await);
        assert_eq!(it.shown(primary).await, (Some("one for all".into()), Some(true), None));
        assert!(it.ordered(1, 5, Some(OrderRefusal::SwitchedOff)).await);
        assert_eq!(it.shown(beside).await, (before.0, Some(false), Some(OrderRefusal::SwitchedOff)));
        let report = super::report(&it.place.db, primary, at(5)).await.unwrap();
        assert_eq!((report.done, report.waiting, report.is_over), (1, 0, true));
        // Its owner thought better of it: it hears the order again at its next greeting.
        assert!(it.due(beside).await.is_some() && it.due(primary).await.is_none());
        assert!(it.ordered(1, 5, None).await);
        assert!(!it.ordered(1, 5, None).await && !it.ordered(1, 4, None).await, "said again, and of another order");
        assert_eq!(it.shown(beside).await, (Some("one for all".into()), Some(true), None));
        // Added later: as it was, until this is repeated.
        let late = it.place.enrol(3, &it.token, 9).await.unwrap().system;
        assert_eq!((it.shown(late).await.1, it.due(late).await), (Some(false), None));
        let shown = networks(test.db.reads(), &[it.customer]).await.unwrap();
        assert_eq!((shown[&it.customer].systems, shown[&it.customer].unsynchronised), (3, 1));
        it.give(0, order(1, primary, 10, "the next one")).await.unwrap();
        assert!(it.due(late).await.is_some());
        assert_eq!(it.shown(beside).await, (Some("one for all".into()), Some(false), None), "what was entered stays until then");
    }

    async fn only_the_primary_orders_and_only_with_its_key(test: TestDatabase) {
        let it = Network::new(&test.db).await;
        let [primary, beside] = it.systems;
        assert_eq!(it.give(1, order(2, beside, 5, "by another one")).await, Err(OrderRefusal::NotPrimary));
        for (which, bad) in [
            (0, order(2, primary, 5, "by another key")),
            (1, order(1, primary, 5, "over another link")),
            (0, Order { at: at(6), ..order(1, primary, 5, "at another time") }),
            (0, order(1, primary, 5, "")),
        ] {
            assert_eq!(it.give(which, bad).await, Err(OrderRefusal::Invalid));
        }
        assert_eq!((it.due(beside).await, it.shown(beside).await.1), (None, None), "nothing was begun");
        it.give(0, order(1, primary, 5, "one for all")).await.unwrap();
        assert!(it.ordered(1, 5, None).await);
        it.give(0, order(1, primary, 5, "one for all")).await.unwrap();
        assert_eq!(it.shown(beside).await.1, Some(true), "said again: nothing begins anew");
        assert_eq!(it.give(0, order(1, primary, 4, "an older one")).await, Err(OrderRefusal::Older));
        let old = give(&it.place.db, &it.place.secrets, act(1), primary, it.epochs[0] + 1, order(1, primary, 9, "late")).await;
        assert!(matches!(old, Err(GiveError::Link(LinkError::Replaced))), "a link that counts no longer");
    }

    async fn what_a_person_enters_ends_an_order(test: TestDatabase) {
        let it = Network::new(&test.db).await;
        let [primary, beside] = it.systems;
        it.give(0, order(1, primary, 5, "one for all")).await.unwrap();
        it.ordered(0, 5, None).await;
        let user = ServiceUser { name: "vigie".into(), password: "typed".into() };
        set(&it.place.db, &it.place.secrets, may(Action::CustomersEdit), act(2), it.customer, user).await.unwrap();
        assert_eq!(it.due(beside).await, None);
        for id in it.systems {
            assert_eq!(it.shown(id).await, (Some("typed".into()), None, None));
        }
    }
}
