//! The rules of systems, on both engines.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use sea_orm::{ConnectionTrait as _, Statement};
use vigie_db::{
    Database, DbErr, Tx,
    customer_list::{self, About as CustomerAbout},
    on_both_engines,
    paging::Page,
    secrets::Secrets,
};
use vigie_kernel::{
    Act, Action, Actor, CustomerId, Granted, NodeId, ProviderId, ResellerId, Rng, SystemId, Timestamp,
    random::SequenceRng,
};
use vigie_wire::{
    join::TokenRefusal,
    link::{
        FORMAT,
        message::{About, Note, NoteBody, ServiceUser, Standing, Switches},
        opening::{Enrolment, enrolment_text},
    },
    sync::{public_key, sign},
};

use crate::{
    Connectivity,
    enrolment::{self, EnrolError, Enrolled, MakeCustomer},
    links::{self, LinkError},
    service_user,
    systems::{self, Filter, Sort, System, SystemPlace},
    tokens::{self, CreateError, JoinError, NewEnrolmentToken},
};

pub(crate) const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);

pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(START.millis() + minutes * 60_000)
}

pub(crate) fn rng() -> Arc<dyn Rng> {
    static SEED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    Arc::new(SequenceRng::new(SEED.fetch_add(1, std::sync::atomic::Ordering::Relaxed) << 32))
}

pub(crate) fn act(minutes: i64) -> Act {
    Act { actor: Actor::command_line(), at: at(minutes), rng: rng() }
}

pub(crate) fn may(action: Action) -> Granted {
    Granted::by_server(action)
}

pub(crate) async fn run(tx: &Tx, text: &str, values: Vec<sea_orm::Value>) -> Result<(), DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values)).await.map(|_| ())
}

async fn add_customer(tx: &Tx, reseller: ResellerId, name: String) -> Result<CustomerId, DbErr> {
    let id = CustomerId::new(START, &*rng());
    let text = "INSERT INTO customer (id, reseller_id, name, name_key, code, is_default, created_at) VALUES ($1, $2, $3, $4, $4, FALSE, 0)";
    let key = format!("{}-{id}", name.to_lowercase());
    run(tx, text, vec![id.0.into(), reseller.0.into(), name.into(), key.clone().into()]).await?;
    let about = CustomerAbout {
        id,
        reseller_id: reseller,
        name_key: key.clone(),
        code: key.clone(),
        reseller_key: String::new(),
        about: key,
        deleted_at: None,
    };
    customer_list::describe(tx, about).await?;
    Ok(id)
}

/// What the server does with another context: here, without its rules.
fn maker() -> MakeCustomer {
    Box::new(|tx, reseller, name| Box::pin(add_customer(tx, reseller, name)))
}

pub(crate) struct Place {
    pub(crate) db: Database,
    pub(crate) secrets: Secrets,
    reseller: ResellerId,
}

impl Place {
    pub(crate) async fn new(db: &Database) -> Self {
        let (provider, reseller) = (ProviderId::new(START, &*rng()), ResellerId::new(START, &*rng()));
        db.write(move |tx| {
            Box::pin(async move {
                let text = "INSERT INTO provider (id, name, name_key, created_at) VALUES ($1, 'P', 'p', 0)";
                run(tx, text, vec![provider.0.into()]).await?;
                let text =
                    "INSERT INTO reseller (id, provider_id, name, name_key, created_at) VALUES ($1, $2, 'R', 'r', 0)";
                run(tx, text, vec![reseller.0.into(), provider.0.into()]).await
            })
        })
        .await
        .unwrap();
        Self { db: db.clone(), secrets: Secrets::new(&[7; 32]), reseller }
    }

    pub(crate) async fn customer(&self, name: &str) -> CustomerId {
        let (reseller, name) = (self.reseller, name.to_owned());
        self.db.write(move |tx| Box::pin(add_customer(tx, reseller, name))).await.unwrap()
    }

    pub(crate) async fn token(&self, uses: u32, customer: Option<CustomerId>, expires_at: Option<Timestamp>) -> String {
        let reseller_id = if customer.is_some() { None } else { Some(self.reseller) };
        let new = NewEnrolmentToken { reseller_id, customer_id: customer, uses: Some(uses), expires_at };
        tokens::create(&self.db, may(Action::CustomersAdd), act(0), self.reseller, new).await.unwrap().1
    }

    pub(crate) async fn enrol(&self, key: u8, token: &str, minutes: i64) -> Result<Enrolled, EnrolError> {
        self.enrol_as(enrolment(key, token), minutes).await
    }

    async fn enrol_as(&self, enrolment: Enrolment, minutes: i64) -> Result<Enrolled, EnrolError> {
        enrolment::enrol(&self.db, &self.secrets, act(minutes), enrolment, maker()).await
    }

    async fn system(&self, id: SystemId, minutes: i64) -> System {
        systems::get(&self.db, may(Action::CustomersSee), id, at(minutes)).await.unwrap().unwrap()
    }

    pub(crate) async fn greeted(&self, id: SystemId, node: NodeId, minutes: i64) -> Result<links::Greeted, LinkError> {
        links::greeted(&self.db, id, node, about("srv"), 7, at(minutes)).await
    }
}

pub(crate) fn about(name: &str) -> About {
    About { name: name.into(), profile: "linux".into(), version: "12.1".into(), ..About::default() }
}

fn enrolment(key: u8, token: &str) -> Enrolment {
    let key = SigningKey::from_bytes(&[key; 32]);
    let public = public_key(&key);
    Enrolment {
        format: FORMAT,
        token: token.into(),
        proof: sign(&key, &enrolment_text(&public, token)),
        public_key: public,
        about: about("Srv-Accounts"),
        service_user: Some(ServiceUser { name: "vigie".into(), password: format!("made by {:?}", key.to_bytes()[0]) }),
    }
}

pub(crate) fn node(number: u8) -> NodeId {
    format!("nd_0190163d8694739bb06f4a0f4d3f5d{number:02x}").parse().unwrap()
}

on_both_engines! {
    async fn a_token_enrols_as_many_systems_as_it_says_until_it_ends(test: TestDatabase) {
        let place = Place::new(&test.db).await;
        let token = place.token(2, None, Some(at(60))).await;
        let first = place.enrol(1, &token, 1).await.unwrap();
        let second = place.enrol(2, &token, 2).await.unwrap();
        assert_ne!(first.customer, second.customer, "each makes a customer of its own");
        assert!(matches!(place.enrol(3, &token, 3).await, Err(EnrolError::TokenInvalid)), "used up");
        // The answer was lost: asked again, it is the same, and no use is counted.
        let again = place.enrol(1, &token, 90).await.unwrap();
        assert_eq!((again.system, again.is_new), (first.system, false));
        let late = place.token(2, None, Some(at(10))).await;
        assert!(matches!(place.enrol(3, &late, 10).await, Err(EnrolError::TokenInvalid)), "its time is over");
        assert!(matches!(place.enrol(3, "vge_guessed", 3).await, Err(EnrolError::TokenInvalid)));
        let good = place.token(1, None, None).await;
        let mut stolen = enrolment(3, &good);
        stolen.public_key = enrolment(4, &good).public_key;
        assert!(matches!(place.enrol_as(stolen, 3).await, Err(EnrolError::KeyInvalid)), "not the key's owner");
        let mut newer = enrolment(3, &good);
        newer.format += 1;
        assert!(matches!(place.enrol_as(newer, 3).await, Err(EnrolError::Version)));
        let (filter, page, act) = (tokens::Filter::default(), Page::default(), act(0));
        let listed = tokens::list(&place.db, may(Action::CustomersAdd), &act, filter, &page).await.unwrap();
        let used: Vec<_> = listed.items.iter().map(|it| (it.used, it.uses)).collect();
        assert!(used.contains(&(2, 2)) && used.contains(&(0, 1)), "{used:?}");
    }

    async fn a_revoked_token_enrols_nothing(test: TestDatabase) {
        let place = Place::new(&test.db).await;
        let new = NewEnrolmentToken { reseller_id: Some(place.reseller), customer_id: None, uses: None, expires_at: None };
        let make = |new: NewEnrolmentToken| tokens::create(&place.db, may(Action::CustomersAdd), act(0), place.reseller, new);
        let (made, token) = make(new.clone()).await.unwrap();
        assert_eq!(made.uses, 1);
        assert!(tokens::revoke(&place.db, may(Action::CustomersAdd), act(1), made.id).await.unwrap());
        assert!(matches!(place.enrol(1, &token, 2).await, Err(EnrolError::TokenInvalid)));
        let none = NewEnrolmentToken { uses: Some(0), ..new.clone() };
        assert!(matches!(make(none).await, Err(CreateError::Uses)));
        let past = NewEnrolmentToken { expires_at: Some(at(0)), ..new };
        assert!(matches!(make(past).await, Err(CreateError::Expired)));
    }

    async fn the_first_system_of_a_customer_is_its_primary_the_next_are_not(test: TestDatabase) {
        let place = Place::new(&test.db).await;
        let customer = place.customer("Bakery").await;
        let networks = async || systems::networks(place.db.reads(), &[customer]).await.unwrap().remove(&customer);
        assert_eq!(networks().await, None);
        let token = place.token(2, Some(customer), None).await;
        let first = place.enrol(1, &token, 1).await.unwrap();
        let second = place.enrol(2, &token, 1).await.unwrap();
        assert_eq!((first.customer, second.customer), (customer, customer));
        assert_eq!(place.system(first.system, 1).await.place, SystemPlace::Primary);
        assert_eq!(place.system(second.system, 1).await.place, SystemPlace::Secondary);
        let system = place.system(first.system, 1).await;
        assert_eq!((system.connectivity, system.last_seen_at), (Connectivity::Waiting, None));
        assert_eq!((&*system.name, &*system.customer.name, system.switches), ("Srv-Accounts", "Bakery", Switches::default()));
        place.greeted(first.system, node(1), 2).await.unwrap();
        let network = networks().await.unwrap();
        assert_eq!((network.connectivity, network.systems, network.unconnected), (Connectivity::Connected, 2, 1));
        assert_eq!(network.system_name.as_deref(), Some("srv"));
    }

    async fn the_state_follows_the_newest_link_only(test: TestDatabase) {
        let place = Place::new(&test.db).await;
        let token = place.token(1, None, None).await;
        let id = place.enrol(1, &token, 0).await.unwrap().system;
        let state = async |minutes| {
            let system = place.system(id, minutes).await;
            (system.connectivity, system.connectivity_since, system.last_seen_at)
        };
        let first = place.greeted(id, node(1), 1).await.unwrap();
        assert_eq!((first.epoch, first.stored), (1, 0));
        assert_eq!(state(5).await, (Connectivity::Connected, at(1), Some(at(5))), "there now");
        assert!(!links::stands(&place.db, id, 1, Standing::SignedIn, at(1)).await.unwrap(), "nothing new");
        assert!(links::stands(&place.db, id, 1, Standing::PasswordExpired, at(2)).await.unwrap());
        assert_eq!(state(5).await, (Connectivity::PasswordExpired, at(2), Some(at(5))));
        // Another link, on another node, before the first is noticed to be dead.
        let second = place.greeted(id, node(2), 3).await.unwrap();
        assert_eq!(second.epoch, 2);
        assert_eq!(state(5).await.0, Connectivity::PasswordExpired, "until it has signed in again");
        assert!(!links::left(&place.db, id, 1, at(4)).await.unwrap());
        let old = links::stands(&place.db, id, 1, Standing::SignedIn, at(4)).await;
        assert!(matches!(old, Err(LinkError::Replaced)));
        assert!(matches!(links::store(&place.db, id, 1, vec![note(1, "late")], act(4)).await, Err(LinkError::Replaced)));
        assert!(links::stands(&place.db, id, 2, Standing::SignedIn, at(4)).await.unwrap());
        assert!(links::left(&place.db, id, 2, at(6)).await.unwrap());
        assert_eq!(state(9).await, (Connectivity::Unreachable, at(6), Some(at(6))));
        assert!(!links::left(&place.db, id, 2, at(8)).await.unwrap(), "only once");
    }

    async fn notes_are_stored_once_and_in_order_and_a_new_spool_begins_anew(test: TestDatabase) {
        let place = Place::new(&test.db).await;
        let token = place.token(1, None, None).await;
        let id = place.enrol(1, &token, 0).await.unwrap().system;
        let greeted = place.greeted(id, node(1), 1).await.unwrap();
        let notes = vec![note(1, "one"), Note { sequence: 2, at: at(0), body: NoteBody::Unknown }, note(3, "three")];
        assert!(links::store(&place.db, id, greeted.epoch, notes, act(1)).await.unwrap().system);
        assert_eq!(place.system(id, 1).await.name, "three");
        assert_eq!(place.greeted(id, node(1), 2).await.unwrap().stored, 3);
        let other = links::greeted(&place.db, id, node(1), about("anew"), 8, at(3)).await.unwrap();
        assert_eq!((other.epoch, other.stored), (3, 0), "a spool that was lost");
        let hostile = About { name: format!("<b>{}\u{7}", "x".repeat(500)), ..About::default() };
        let hostile = Note { sequence: 1, at: at(0), body: NoteBody::About(hostile) };
        links::store(&place.db, id, 3, vec![hostile], act(3)).await.unwrap();
        let name = place.system(id, 1).await.name;
        assert_eq!((name.chars().count(), name.contains('\u{7}')), (200, false));
    }

    async fn a_node_that_is_gone_leaves_its_systems_unreachable(test: TestDatabase) {
        let place = Place::new(&test.db).await;
        let token = place.token(2, None, None).await;
        let one = place.enrol(1, &token, 0).await.unwrap().system;
        let two = place.enrol(2, &token, 0).await.unwrap().system;
        place.greeted(one, node(1), 1).await.unwrap();
        place.greeted(two, node(2), 1).await.unwrap();
        let mut holders = links::holders(&place.db).await.unwrap();
        holders.sort();
        assert_eq!(holders, [node(1), node(2)]);
        assert_eq!(links::node_gone(&place.db, node(1), at(4)).await.unwrap(), 1);
        let gone = place.system(one, 9).await;
        assert_eq!((gone.connectivity, gone.last_seen_at), (Connectivity::Unreachable, Some(at(4))));
        assert_eq!(place.system(two, 9).await.connectivity, Connectivity::Connected);
        assert_eq!(systems::holder(&place.db, one).await.unwrap(), Some(None));
        assert_eq!(systems::holder(&place.db, two).await.unwrap(), Some(Some(node(2))));
    }

    async fn who_cannot_prove_to_be_a_system_changes_its_state_only_while_it_has_no_link(test: TestDatabase) {
        let place = Place::new(&test.db).await;
        let token = place.token(1, None, None).await;
        let id = place.enrol(1, &token, 0).await.unwrap().system;
        place.greeted(id, node(1), 1).await.unwrap();
        let knock = async |state, minutes| links::knocked(&place.db, id, state, at(minutes)).await.unwrap();
        assert!(!knock(Connectivity::InvalidSystem, 2).await);
        assert_eq!(place.system(id, 2).await.connectivity, Connectivity::Connected);
        links::left(&place.db, id, 1, at(3)).await.unwrap();
        assert!(knock(Connectivity::InvalidSystem, 4).await);
        assert!(!knock(Connectivity::InvalidSystem, 5).await, "said once");
        let system = place.system(id, 9).await;
        assert_eq!((system.connectivity, system.last_seen_at), (Connectivity::InvalidSystem, Some(at(3))));
        place.greeted(id, node(1), 6).await.unwrap();
        assert_eq!(place.system(id, 9).await.connectivity, Connectivity::Connected);
    }

    async fn a_removed_system_is_refused_until_it_enrols_again(test: TestDatabase) {
        let place = Place::new(&test.db).await;
        let token = place.token(1, None, None).await;
        let enrolled = place.enrol(1, &token, 0).await.unwrap();
        place.greeted(enrolled.system, node(1), 1).await.unwrap();
        let remove = || systems::remove(&place.db, may(Action::CustomersDelete), act(2), enrolled.system);
        assert_eq!(remove().await.unwrap(), Some(enrolled.customer));
        assert_eq!(remove().await.unwrap(), None);
        assert!(matches!(place.greeted(enrolled.system, node(1), 3).await, Err(LinkError::Removed)));
        assert!(links::opener(&place.db, enrolled.system).await.unwrap().unwrap().removed);
        let (filter, page) = (Filter::default(), Page::default());
        let listed = systems::list(&place.db, may(Action::CustomersSee), &filter, Sort::Name, &page, at(3)).await;
        assert!(listed.unwrap().items.is_empty());
        assert!(matches!(place.enrol(1, &token, 4).await, Err(EnrolError::TokenInvalid)), "the old token is used up");
        let token = place.token(1, None, None).await;
        let again = place.enrol(1, &token, 4).await.unwrap();
        assert!(again.is_new && again.system == enrolled.system);
        assert!(place.greeted(again.system, node(1), 5).await.is_ok());
    }

    async fn the_service_user_is_the_systems_own_until_one_is_entered_for_the_customer(test: TestDatabase) {
        let place = Place::new(&test.db).await;
        let customer = place.customer("Bakery").await;
        let token = place.token(2, Some(customer), None).await;
        let made = place.enrol(1, &token, 0).await.unwrap().system;
        let mut by_hand = enrolment(2, &token);
        by_hand.service_user = None;
        let by_hand = place.enrol_as(by_hand, 0).await.unwrap().system;
        let user = async |id| service_user::of_system(&place.db, &place.secrets, id).await.unwrap();
        assert_eq!(user(made).await.unwrap().password, "made by 1");
        assert_eq!(user(by_hand).await, None);
        assert_eq!(service_user::name_of(place.db.reads(), customer).await.unwrap(), None);
        let entered = ServiceUser { name: "vigie".into(), password: "typed twice".into() };
        let set = |customer, user| {
            service_user::set(&place.db, &place.secrets, may(Action::CustomersEdit), act(1), customer, user)
        };
        let mut systems = set(customer, entered.clone()).await.unwrap();
        systems.sort();
        let mut all = [made, by_hand];
        all.sort();
        assert_eq!(systems, all);
        assert_eq!(user(made).await, Some(entered.clone()));
        assert_eq!(user(by_hand).await, Some(entered.clone()));
        let none = ServiceUser { password: String::new(), ..entered.clone() };
        assert!(matches!(set(customer, none).await, Err(service_user::SetError::Password)));
        let unknown = CustomerId::new(START, &*rng());
        assert!(matches!(set(unknown, entered).await, Err(service_user::SetError::NotFound)));
    }

    async fn systems_are_listed_filtered_searched_and_in_order(test: TestDatabase) {
        let place = Place::new(&test.db).await;
        let token = place.token(3, None, None).await;
        let mut ids = Vec::new();
        for (key, name) in [(1, "Zeta"), (2, "alpha"), (3, "Mitte")] {
            let mut new = enrolment(key, &token);
            new.about.name = name.into();
            new.about.version = format!("1.{key}");
            ids.push(place.enrol_as(new, 0).await.unwrap().system);
        }
        links::greeted(&place.db, ids[2], node(1), about("Mitte"), 1, at(1)).await.unwrap();
        let list = async |filter: Filter, sort, descending| {
            let page = Page { descending, ..Page::default() };
            let found = systems::list(&place.db, may(Action::CustomersSee), &filter, sort, &page, at(1)).await.unwrap();
            found.items.into_iter().map(|it| it.name).collect::<Vec<_>>()
        };
        let all = Filter::default();
        assert_eq!(list(all.clone(), Sort::Name, false).await, ["alpha", "Mitte", "Zeta"]);
        assert_eq!(list(all.clone(), Sort::Version, true).await, ["Mitte", "alpha", "Zeta"]);
        let waiting = Filter { connectivity: Some(Connectivity::Waiting), ..all.clone() };
        assert_eq!(list(waiting, Sort::Name, false).await, ["alpha", "Zeta"]);
        assert_eq!(list(Filter { q: Some("ET".into()), ..all.clone() }, Sort::Name, false).await, ["Zeta"]);
        let of = Filter { customer_id: Some(place.system(ids[1], 1).await.customer.id), ..all };
        assert_eq!(list(of, Sort::Name, false).await, ["alpha"]);
    }

    async fn a_primary_gets_tokens_with_which_application_servers_enrol(test: TestDatabase) {
        let place = Place::new(&test.db).await;
        let customer = place.customer("Bakery").await;
        let token = place.token(2, Some(customer), None).await;
        let (mut ids, mut epochs) = (Vec::new(), Vec::new());
        for key in [1, 2] {
            ids.push(place.enrol(key, &token, 0).await.unwrap().system);
            epochs.push(place.greeted(ids[ids.len() - 1], node(1), 0).await.unwrap().epoch);
        }
        let ask = async |which: usize, minutes| {
            tokens::for_network(&place.db, act(minutes), ids[which], epochs[which], place.reseller).await
        };
        let first = ask(0, 0).await.unwrap();
        assert!(matches!(ask(1, 0).await, Err(JoinError::Refused(TokenRefusal::NotPrimary))));
        assert!(matches!(
            tokens::for_network(&place.db, act(0), ids[0], epochs[0] + 1, place.reseller).await,
            Err(JoinError::Link(LinkError::Replaced))
        ));
        let joined = place.enrol(3, &first, 9).await.unwrap();
        assert_eq!(joined.customer, customer);
        assert_eq!(place.system(joined.system, 9).await.place, SystemPlace::Application);
        assert!(matches!(place.enrol(4, &first, 9).await, Err(EnrolError::TokenInvalid)), "for one system");
        let late = ask(0, 0).await.unwrap();
        assert!(matches!(place.enrol(4, &late, 10).await, Err(EnrolError::TokenInvalid)), "its time is over");
        for _ in 2..tokens::MOST_JOINING {
            ask(0, 30).await.unwrap();
        }
        assert!(matches!(ask(0, 59).await, Err(JoinError::Refused(TokenRefusal::TooMany))));
        assert!(ask(0, 60).await.is_ok(), "the first two are an hour old");
    }

    async fn a_customer_with_systems_is_occupied(test: TestDatabase) {
        let place = Place::new(&test.db).await;
        let token = place.token(1, None, None).await;
        let enrolled = place.enrol(1, &token, 0).await.unwrap();
        let leave = async || {
            let customer = enrolled.customer;
            place.db.write(move |tx| Box::pin(systems::leave_customer(tx, customer))).await.unwrap()
        };
        assert!(leave().await.is_some());
        systems::remove(&place.db, may(Action::CustomersDelete), act(1), enrolled.system).await.unwrap();
        assert_eq!(leave().await, None);
        assert!(links::opener(&place.db, enrolled.system).await.unwrap().is_none());
    }
}

fn note(sequence: u64, name: &str) -> Note {
    Note { sequence, at: at(0), body: NoteBody::About(about(name)) }
}
