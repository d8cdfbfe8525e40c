//! Certificates as rows: who orders one, when it is tried again, what is told, and that keys are sealed.

use std::time::Duration;

use sea_orm::EntityTrait as _;

use super::*;
use crate::{
    certificates::{
        self, Ending, Mode, NewIdentity,
        acme::{self, Challenge, ChallengeKind, Settings},
        trusted::{self, AddError, Kind, NewTrusted},
    },
    entity::setting,
};

const DAY: Duration = Duration::from_hours(24);

fn manage() -> Granted {
    granted(Action::PreferencesManage)
}

fn wanted(name: &str) -> Settings {
    Settings {
        directory: "https://ca.example.com/directory".to_owned(),
        contact: String::new(),
        names: vec![name.to_owned()],
        challenge: ChallengeKind::TlsAlpn01,
    }
}

fn identity(place: &Place, name: &str, life: Duration) -> NewIdentity {
    let now = place.clock.now();
    NewIdentity {
        chain: "-----BEGIN CERTIFICATE-----".to_owned(),
        key: b"the private key".to_vec(),
        subject: format!("CN={name}"),
        names: vec![name.to_owned()],
        not_before: now,
        not_after: now.plus(life),
        sha256: "00".repeat(32),
    }
}

impl Place {
    async fn claim(&self) -> Option<acme::Order> {
        acme::claim(&self.db, &self.secrets, self.act()).await.unwrap()
    }

    async fn state(&self) -> acme::State {
        acme::get(&self.db).await.unwrap().unwrap().1
    }
}

on_both_engines! {
    async fn one_node_orders_and_another_takes_over_when_it_dies(test: TestDatabase) {
        let place = Place::new(&test).await;
        assert!(place.claim().await.is_none(), "it is off");
        acme::set(&place.db, manage(), place.act(), wanted("a.example.com")).await.unwrap();
        let (one, other) = tokio::join!(place.claim(), place.claim());
        let claimed: Vec<_> = [one, other].into_iter().flatten().collect();
        assert_eq!(claimed.len(), 1, "one of two that ask at the same time");
        place.wait(9);
        assert!(place.claim().await.is_none());
        place.wait(1);
        let taken_over = place.claim().await.expect("the first one is given up");
        let late = claimed[0].id;
        let answers = vec![Challenge { name: "a.example.com".into(), token: "t".into(), key_authorization: "t.k".into() }];
        assert!(!acme::answer(&place.db, place.clock.now(), late, answers.clone()).await.unwrap());
        assert!(acme::answer(&place.db, place.clock.now(), taken_over.id, answers.clone()).await.unwrap());
        assert_eq!(certificates::presented(&place.db, &place.secrets).await.unwrap().challenges, answers);
        let new = identity(&place, "a.example.com", DAY * 90);
        assert!(!acme::issued(&place.db, &place.secrets, place.act(), late, new.clone()).await.unwrap());
        assert!(acme::issued(&place.db, &place.secrets, place.act(), taken_over.id, new).await.unwrap());
        let presented = certificates::presented(&place.db, &place.secrets).await.unwrap();
        let stored = presented.identity.unwrap();
        assert_eq!((stored.mode, stored.key.as_slice()), (Mode::Acme, &b"the private key"[..]));
        assert!(presented.challenges.is_empty(), "the answers are taken away");
    }

    async fn the_next_order_is_30_days_before_the_end_or_after_two_thirds_of_a_short_life(test: TestDatabase) {
        let place = Place::new(&test).await;
        for (life, rests) in [(DAY * 90, DAY * 60), (DAY * 365, DAY * 335), (DAY * 6, DAY * 4)] {
            acme::set(&place.db, manage(), place.act(), wanted(&format!("{}.example.com", life.as_secs()))).await.unwrap();
            let order = place.claim().await.unwrap();
            let new = identity(&place, &order.settings.names[0], life);
            assert!(acme::issued(&place.db, &place.secrets, place.act(), order.id, new).await.unwrap());
            assert_eq!(place.state().await.renew_at, Some(place.clock.now().plus(rests)));
            acme::set(&place.db, manage(), place.act(), order.settings).await.unwrap();
            assert!(place.claim().await.is_none(), "the same again needs no order");
            place.clock.advance(rests.saturating_sub(Duration::from_secs(1)));
            assert!(place.claim().await.is_none());
            place.clock.advance(Duration::from_secs(1));
            assert!(place.claim().await.is_some());
        }
    }

    async fn a_failed_order_is_tried_again_after_longer_and_longer(test: TestDatabase) {
        let place = Place::new(&test).await;
        acme::set(&place.db, manage(), place.act(), wanted("a.example.com")).await.unwrap();
        for (failures, minutes) in [5, 10, 20, 40, 80, 160, 320, 640, 720, 720].into_iter().enumerate() {
            let order = place.claim().await.unwrap();
            assert!(acme::failed(&place.db, place.act(), order.id, "no\nroute").await.unwrap());
            let state = place.state().await;
            assert_eq!((state.failures, state.error.as_deref()), (u32::try_from(failures).unwrap() + 1, Some("noroute")));
            assert_eq!(state.next_attempt_at, Some(place.clock.now().plus(Duration::from_mins(minutes))));
            place.wait(minutes - 1);
            assert!(place.claim().await.is_none());
            place.wait(1);
        }
        acme::set(&place.db, manage(), place.act(), wanted("b.example.com")).await.unwrap();
        let order = place.claim().await.expect("another wish is tried at once");
        acme::end(&place.db, manage(), place.act()).await.unwrap();
        assert!(!acme::failed(&place.db, place.act(), order.id, "late").await.unwrap(), "nobody wants it any more");
        assert_eq!(trail(&place.db).await.iter().filter(|it| *it == "certificate.notice").count(), 10);
    }

    async fn keys_and_accounts_are_sealed(test: TestDatabase) {
        let place = Place::new(&test).await;
        let new = identity(&place, "a.example.com", DAY * 90);
        certificates::replace(&place.db, manage(), &place.secrets, place.act(), new).await.unwrap();
        acme::set(&place.db, manage(), place.act(), wanted("a.example.com")).await.unwrap();
        let directory = wanted("").directory;
        acme::keep_account(&place.db, &place.secrets, place.act(), directory, b"the account key").await.unwrap();
        for row in setting::Entity::find().all(place.db.reads()).await.unwrap() {
            for word in ["the private key", "the account key"] {
                assert!(!row.value.contains(word) && !row.value.contains(&hex::encode(word)), "{}", row.name);
            }
        }
        let order = place.claim().await.unwrap();
        assert_eq!(order.account.as_deref(), Some(&b"the account key"[..]));
        let elsewhere = Settings { directory: "https://other.example.com/".to_owned(), ..wanted("a.example.com") };
        acme::set(&place.db, manage(), place.act(), elsewhere).await.unwrap();
        assert!(place.claim().await.unwrap().account.is_none(), "an account belongs to its directory");
        let stranger = Secrets::new(&[8; 32]);
        assert!(certificates::presented(&place.db, &stranger).await.is_err());
    }

    async fn an_end_is_told_once_as_it_comes_closer_by_one_of_all_nodes(test: TestDatabase) {
        let place = Place::new(&test).await;
        let ending = |days_left| {
            vec![Ending { subject: "identity", name: "CN=a".into(), sha256: "00".into(), days_left }]
        };
        let told = async |days_left| {
            let (one, other) = (place.act(), place.act());
            let both = tokio::join!(
                certificates::tell_of(&place.db, one, ending(days_left)),
                certificates::tell_of(&place.db, other, ending(days_left)),
            );
            usize::from(both.0.unwrap()) + usize::from(both.1.unwrap())
        };
        for (days_left, times) in [(91, 0), (90, 1), (61, 0), (60, 1), (59, 0), (15, 1), (7, 1), (3, 1), (0, 1), (-1, 0), (-9, 0)] {
            assert_eq!(told(days_left).await, times, "{days_left} days");
        }
        assert!(!certificates::tell_of(&place.db, place.act(), vec![]).await.unwrap());
        assert_eq!(told(60).await, 1, "another certificate, or the same again");
    }

    async fn trusted_certificates_are_bounded_and_unique(test: TestDatabase) {
        let place = Place::new(&test).await;
        let one = |number: usize| {
            let now = place.clock.now();
            NewTrusted {
                kind: Kind::Root,
                subject: format!("CN={number:03}"),
                issuer: "CN=x".to_owned(),
                not_before: now,
                not_after: now.plus(DAY),
                sha256: number.to_be_bytes().to_vec(),
                der: vec![48, 0],
            }
        };
        let add = |new: Vec<NewTrusted>| trusted::add(&place.db, manage(), place.act(), new);
        add((0..trusted::MOST - 1).map(one).collect()).await.unwrap();
        assert!(matches!(add(vec![one(900), one(901)]).await, Err(AddError::TooMany)));
        assert!(matches!(add(vec![one(5)]).await, Err(AddError::Known { subject }) if subject == "CN=005"));
        add(vec![one(900)]).await.unwrap();
        let listed = trusted::list(&place.db, manage()).await.unwrap();
        assert_eq!((listed.len(), listed[0].subject.as_str(), listed[0].kind), (trusted::MOST, "CN=000", Kind::Root));
        assert!(trusted::remove(&place.db, manage(), place.act(), listed[0].id).await.unwrap());
        assert!(!trusted::remove(&place.db, manage(), place.act(), listed[0].id).await.unwrap());
    }
}
