//! Alerts, on both engines.

mod notices;

use std::time::Duration;

use vigie_db::{on_both_engines, paging::Page};
use vigie_kernel::{Action, AlertId, CustomerId, SystemId, UserId};
use vigie_wire::link::{
    alert::{self, AlertKey, AlertRule, AlertType, Severity},
    message::{Note, NoteBody},
};

use super::{
    Alert, Silence,
    counts::counts,
    deliveries::{self, AlertDeliveryState, MOST_ATTEMPTS, Outgoing},
    handle::{self, HandleError, Handling},
    list::{self, AlertState, Filter, Sort},
    maintenance::{self, MaintenanceError, NewMaintenanceWindow, Repeats},
    news::{self, Event},
    rules,
    subscriptions::{self, AlertSubscription, AlertSubscriptionFields, Channel, SubscriptionError, Wanted},
    unreachable,
};
use crate::{
    links::{self, Changed},
    systems,
    tests::{Place, about, act, at, may, node, rng},
};

/// A system that has a link, and tells.
struct Told {
    place: Place,
    customer: CustomerId,
    system: SystemId,
    epoch: u64,
    sequence: u64,
}

fn disk(subject: &str, severity: Severity, value: f64) -> alert::Alert {
    alert::Alert {
        condition: "disks".into(),
        subject: subject.into(),
        kind: "disk".into(),
        severity,
        summary: format!("{value} % used"),
        value: Some(value),
        bound: Some(90.0),
        ..alert::Alert::default()
    }
}

fn stopped(key: &str, parent: Option<&str>) -> alert::Alert {
    alert::Alert {
        condition: key.into(),
        kind: "unit".into(),
        severity: Severity::Major,
        summary: "inactive (dead)".into(),
        parent: parent.map(Into::into),
        ..alert::Alert::default()
    }
}

impl Told {
    async fn new(db: &vigie_db::Database) -> Self {
        let place = Place::new(db).await;
        let token = place.token(1, None, None).await;
        let enrolled = place.enrol(1, &token, 0).await.unwrap();
        let greeted = place.greeted(enrolled.system, node(1), 0).await.unwrap();
        Self { place, customer: enrolled.customer, system: enrolled.system, epoch: greeted.epoch, sequence: 0 }
    }

    async fn say(&mut self, minutes: i64, body: NoteBody) -> Changed {
        self.sequence += 1;
        let note = Note { sequence: self.sequence, at: at(minutes), body };
        links::store(&self.place.db, self.system, self.epoch, vec![note], act(minutes)).await.unwrap()
    }

    async fn raise(&mut self, minutes: i64, alert: alert::Alert) -> bool {
        self.say(minutes, NoteBody::AlertRaised { alert }).await.alerts
    }

    async fn end(&mut self, minutes: i64, condition: &str, subject: &str) -> bool {
        let alert = AlertKey { condition: condition.into(), subject: subject.into() };
        self.say(minutes, NoteBody::AlertEnded { alert }).await.alerts
    }

    async fn all(&self, filter: Filter, minutes: i64) -> Vec<Alert> {
        let (sees, page) = (may(Action::DashboardSee), Page::default());
        list::list(&self.place.db, sees, &filter, Sort::First, &page, at(minutes)).await.unwrap().items
    }

    async fn one(&self, minutes: i64) -> Alert {
        let mut found = self.all(Filter::default(), minutes).await;
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    async fn handle(&self, minutes: i64, id: AlertId, handling: Handling) -> Vec<(AlertId, HandleError)> {
        let may = may(Action::AlertsHandle);
        handle::handle(&self.place.db, may, act(minutes), vec![id], handling).await.unwrap()
    }

    async fn subscribe(&self, fields: AlertSubscriptionFields) -> AlertSubscription {
        let may = may(Action::PreferencesManage);
        subscriptions::create(&self.place.db, &self.place.secrets, may, act(0), fields).await.unwrap().0
    }

    /// What would be sent at that time.
    async fn messages(&self, minutes: i64) -> Vec<Outgoing> {
        let db = &self.place.db;
        while news::decide(db, at(minutes)).await.unwrap() {}
        deliveries::gather(db, rng(), at(minutes)).await.unwrap();
        deliveries::take(db, at(minutes)).await.unwrap()
    }

    async fn through(&self, minutes: i64) -> Vec<(Event, String)> {
        let mut said = Vec::new();
        for message in self.messages(minutes).await {
            said.extend(message.told.iter().map(|it| (it.event, it.alert.subject.clone())));
            deliveries::finished(&self.place.db, message.id, Ok(()), at(minutes)).await.unwrap();
        }
        said
    }
}

fn by_mail(name: &str) -> AlertSubscriptionFields {
    AlertSubscriptionFields {
        name: name.into(),
        is_on: true,
        channel: Channel::Email { to: vec!["on-call@example.com".into()], language: "en".into() },
        secret: None,
        filter: Wanted::default(),
        tells_ends: true,
        interval_seconds: 0,
        revision: None,
    }
}

on_both_engines! {
    async fn what_occurs_again_is_one_line_until_it_is_cleared(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        assert!(it.raise(1, disk("/", Severity::Major, 91.0)).await);
        assert!(!it.raise(1, disk("/", Severity::Major, 91.0)).await, "told twice after a lost answer");
        let first = it.one(2).await;
        assert_eq!((first.ongoing, first.occurrences, first.first_at, first.last_at), (true, 1, at(1), at(1)));
        assert_eq!(it.handle(2, first.id, Handling::Clear).await, [(first.id, HandleError::Ongoing)]);
        assert!(it.end(3, "disks", "/").await);
        assert!(!it.end(3, "disks", "/").await);
        assert_eq!(it.one(4).await.ended_at, Some(at(3)));
        it.raise(5, disk("/", Severity::Critical, 98.0)).await;
        let again = it.one(6).await;
        assert_eq!((again.id, again.occurrences, again.first_at, again.last_at), (first.id, 2, at(1), at(5)));
        assert_eq!((again.severity, again.ongoing, again.value), (Severity::Critical, true, Some(98.0)));
        it.end(7, "disks", "/").await;
        assert!(it.handle(8, first.id, Handling::Clear).await.is_empty());
        assert_eq!(it.handle(8, first.id, Handling::Clear).await, [(first.id, HandleError::Cleared)]);
        assert!(it.all(Filter::default(), 9).await.is_empty());
        it.raise(10, disk("/", Severity::Minor, 92.0)).await;
        let new = it.one(11).await;
        assert_ne!(new.id, first.id);
        assert_eq!((new.occurrences, new.first_at), (1, at(10)));
        let cleared = it.all(Filter { state: AlertState::Cleared, ..Filter::default() }, 11).await;
        assert_eq!(cleared.len(), 1);
        let by = cleared[0].cleared.clone().unwrap();
        assert_eq!((cleared[0].id, cleared[0].occurrences, by.at, &*by.by), (first.id, 2, at(8), "command line"));
        assert_eq!(handle::purge(&it.place.db, at(8), 100).await.unwrap(), 0);
        assert_eq!(handle::purge(&it.place.db, at(9), 100).await.unwrap(), 1);
    }

    async fn a_system_that_begins_anew_says_what_still_goes_on(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        for subject in ["/", "/var", "/home"] {
            it.raise(1, disk(subject, Severity::Major, 95.0)).await;
        }
        let alerts = vec![AlertKey { condition: "disks".into(), subject: "/var".into() }];
        assert!(it.say(5, NoteBody::AlertsOngoing { alerts: alerts.clone() }).await.alerts);
        assert!(!it.say(6, NoteBody::AlertsOngoing { alerts }).await.alerts);
        let ongoing = it.all(Filter { state: AlertState::Ongoing, ..Filter::default() }, 7).await;
        assert_eq!(ongoing.iter().map(|it| &*it.subject).collect::<Vec<_>>(), ["/var"]);
        let ended = it.all(Filter { state: AlertState::Ended, ..Filter::default() }, 7).await;
        assert!(ended.iter().all(|it| it.ended_at == Some(at(5))) && ended.len() == 2);
    }

    async fn a_system_cannot_lie_about_time_nor_about_what_the_server_sees(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        let note = Note { sequence: 1, at: at(1_000_000), body: NoteBody::AlertRaised { alert: disk("/", Severity::Major, 95.0) } };
        links::store(&it.place.db, it.system, it.epoch, vec![note], act(3)).await.unwrap();
        assert_eq!(it.one(4).await.last_at, at(3), "not in the future");
        it.sequence = 1;
        for condition in ["", "vigie.unreachable", "vigie.anything"] {
            let alert = alert::Alert { condition: condition.into(), ..disk("/x", Severity::Major, 95.0) };
            assert!(!it.raise(5, alert).await, "{condition:?}");
        }
        for number in 0..1_100 {
            it.raise(6, disk(&format!("/{number}"), Severity::Minor, 95.0)).await;
        }
        let count = counts(&it.place.db, may(Action::DashboardSee), &Filter::default()).await.unwrap();
        assert_eq!(count.alerts, 1_000, "a flood ends somewhere");
    }

    async fn clearing_a_type_leaves_what_goes_on_and_other_types(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        for subject in ["/a", "/b", "/c"] {
            it.raise(1, disk(subject, Severity::Major, 95.0)).await;
        }
        it.end(2, "disks", "/a").await;
        it.end(2, "disks", "/b").await;
        let security = alert::Alert { alert_type: AlertType::Security, ..stopped("sign-ins", None) };
        it.raise(1, security).await;
        it.end(2, "sign-ins", "").await;
        let (db, sees) = (&it.place.db, may(Action::DashboardSee));
        let count = counts(db, sees, &Filter { severity: Some(Severity::Major), ..Filter::default() }).await.unwrap();
        let service = count.types.iter().find(|it| it.alert_type == AlertType::Service).unwrap();
        assert_eq!((service.alerts, service.ongoing, service.clearable, service.clearable_customers), (3, 1, 2, 1));
        assert_eq!((count.alerts, count.ongoing, count.severities[1].alerts), (4, 1, 4));
        let cleared = handle::clear_type(db, may(Action::AlertsHandle), act(3), AlertType::Service).await.unwrap();
        assert_eq!((cleared.alerts, cleared.customers.len()), (2, 1));
        let left: Vec<_> = it.all(Filter::default(), 4).await.into_iter().map(|it| (it.condition, it.subject)).collect();
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(left.contains(&("disks".into(), "/c".into())) && left.contains(&("sign-ins".into(), String::new())));
    }

    async fn alerts_are_found_by_words_of_theirs_and_of_whose_they_are(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        it.raise(1, disk("/var/lib/mysql", Severity::Major, 95.0)).await;
        it.raise(2, stopped("ssh", None)).await;
        let find = async |q: &str| {
            let found = it.all(Filter { q: Some(q.into()), ..Filter::default() }, 3).await;
            found.into_iter().map(|it| it.condition).collect::<Vec<_>>()
        };
        assert_eq!(find("MYSQL").await, ["disks"]);
        assert_eq!(find("srv").await, ["disks", "ssh"], "the system's name");
        assert_eq!(find("accounts dead").await, ["ssh"], "the customer's name, and the summary");
        assert!(find("50%").await.is_empty(), "no pattern");
        let filter = Filter { condition: Some("ssh".into()), ..Filter::default() };
        assert_eq!(it.all(filter, 3).await.len(), 1);
        let page = Page { limit: 1, descending: true, after: None };
        let sees = may(Action::DashboardSee);
        let first = list::list(&it.place.db, sees, &Filter::default(), Sort::Last, &page, at(3)).await.unwrap();
        assert_eq!((&*first.items[0].condition, first.total.count), ("ssh", 2));
        let page = Page { after: first.next, ..page };
        let second = list::list(&it.place.db, sees, &Filter::default(), Sort::Last, &page, at(3)).await.unwrap();
        assert_eq!((&*second.items[0].condition, second.next), ("disks", None));
    }

    async fn people_say_that_they_know_and_who_looks_after_it(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        it.raise(1, disk("/", Severity::Major, 95.0)).await;
        let id = it.one(1).await.id;
        let user = UserId::new(at(0), &*rng());
        it.handle(2, id, Handling::Acknowledge(true)).await;
        it.handle(2, id, Handling::Assign(Some(user))).await;
        let alert = it.one(3).await;
        assert_eq!(alert.acknowledged.unwrap().at, at(2));
        assert_eq!(alert.assigned_to.unwrap().id, user);
        let of = |acknowledged| Filter { acknowledged: Some(acknowledged), ..Filter::default() };
        assert_eq!((it.all(of(true), 3).await.len(), it.all(of(false), 3).await.len()), (1, 0));
        it.end(4, "disks", "/").await;
        it.raise(5, disk("/", Severity::Major, 95.0)).await;
        let again = it.one(6).await;
        assert_eq!(again.acknowledged, None, "nobody knows that it is there again");
        assert_eq!(again.assigned_to.unwrap().id, user);
        let unknown = AlertId::new(at(0), &*rng());
        assert_eq!(it.handle(6, unknown, Handling::Clear).await, [(unknown, HandleError::NotFound)]);
    }

    async fn who_subscribed_is_told_once_of_each(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        it.subscribe(by_mail("Everything")).await;
        it.subscribe(AlertSubscriptionFields { is_on: false, ..by_mail("Nothing") }).await;
        it.raise(1, disk("/", Severity::Major, 91.0)).await;
        assert!(it.messages(1).await.is_empty(), "it settles first");
        assert_eq!(it.through(2).await, [(Event::Raised, "/".into())]);
        it.raise(3, disk("/", Severity::Major, 92.0)).await;
        assert!(it.through(4).await.is_empty(), "nothing new");
        it.raise(5, disk("/", Severity::Critical, 99.0)).await;
        assert_eq!(it.through(6).await, [(Event::Worse, "/".into())]);
        it.end(7, "disks", "/").await;
        assert_eq!(it.through(8).await, [(Event::Ended, "/".into())]);
        assert!(it.through(9).await.is_empty());
        it.raise(10, disk("/", Severity::Minor, 91.0)).await;
        it.end(10, "disks", "/").await;
        let short = it.messages(11).await;
        assert_eq!(short[0].told.len(), 1, "what ends at once is one message");
        assert_eq!((short[0].told[0].event, short[0].told[0].alert.ongoing), (Event::Raised, false));
    }

    async fn only_what_one_wants_is_told(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        let other = it.place.customer("Another").await;
        let filters = [
            ("severe", Wanted { least_severity: Severity::Critical, ..Wanted::default() }),
            ("security", Wanted { types: vec![AlertType::Security], ..Wanted::default() }),
            ("another", Wanted { customers: vec![other], ..Wanted::default() }),
            ("own", Wanted { customers: vec![it.customer], types: vec![AlertType::Service], ..Wanted::default() }),
        ];
        let mut own = None;
        for (name, filter) in filters {
            let made = it.subscribe(AlertSubscriptionFields { filter, tells_ends: false, ..by_mail(name) }).await;
            own = Some(made.id);
        }
        it.raise(1, disk("/", Severity::Major, 91.0)).await;
        let messages = it.messages(2).await;
        assert_eq!(messages.iter().map(|it| it.subscription).collect::<Vec<_>>(), own.into_iter().collect::<Vec<_>>());
        it.end(3, "disks", "/").await;
        assert!(it.messages(4).await.is_empty(), "ends are not wanted");
    }

    async fn many_are_a_digest(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        it.subscribe(AlertSubscriptionFields { interval_seconds: 600, ..by_mail("Digest") }).await;
        it.raise(1, disk("/first", Severity::Major, 91.0)).await;
        assert_eq!(it.through(2).await.len(), 1);
        for number in 0..70 {
            it.raise(3, disk(&format!("/{number}"), Severity::Major, 91.0)).await;
        }
        it.end(4, "disks", "/0").await;
        assert!(it.messages(11).await.is_empty(), "not before its interval is over");
        let messages = it.messages(12).await;
        assert_eq!(messages.len(), 1);
        assert_eq!((messages[0].told.len(), messages[0].more), (50, 20));
    }

    async fn what_follows_from_another_is_not_told_until_it_stands_alone(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        it.subscribe(by_mail("Everything")).await;
        // The child is told first: the parent comes while it settles.
        it.raise(1, alert::Alert { subject: "sip:a".into(), ..stopped("trunks", Some("server")) }).await;
        it.raise(1, stopped("server", None)).await;
        assert_eq!(it.through(2).await, [(Event::Raised, String::new())]);
        let found = it.all(Filter { condition: Some("trunks".into()), ..Filter::default() }, 2).await;
        assert_eq!(found[0].silence, Some(Silence::Parent));
        it.end(3, "server", "").await;
        let told = it.through(4).await;
        assert!(told.contains(&(Event::Ended, String::new())) && told.contains(&(Event::Raised, "sip:a".into())), "{told:?}");
        // One that ends with its parent was never told, and its end is not either.
        it.raise(5, stopped("server", None)).await;
        it.raise(5, alert::Alert { subject: "sip:b".into(), ..stopped("trunks", Some("server")) }).await;
        it.through(6).await;
        it.end(7, "trunks", "sip:b").await;
        it.end(7, "server", "").await;
        assert_eq!(it.through(8).await, [(Event::Ended, String::new())]);
        assert!(it.through(9).await.is_empty());
    }

    async fn maintenance_and_muting_only_delay_what_still_goes_on(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        it.subscribe(by_mail("Everything")).await;
        let window = NewMaintenanceWindow {
            name: "New disks".into(),
            customer_id: None,
            system_id: Some(it.system),
            starts_at: at(0),
            ends_at: at(60),
            repeats: Repeats::Never,
            time_zone: None,
            until: None,
        };
        let may_handle = may(Action::AlertsHandle);
        let make = |new| maintenance::create(&it.place.db, may_handle, act(0), new);
        let too_long = NewMaintenanceWindow { repeats: Repeats::Daily, ends_at: at(25 * 60), ..window.clone() };
        assert!(matches!(make(too_long).await, Err(MaintenanceError::Invalid("ends_at", _))));
        let nowhere = NewMaintenanceWindow { time_zone: Some("Mars/Olympus".into()), ..window.clone() };
        assert!(matches!(make(nowhere).await, Err(MaintenanceError::Invalid("time_zone", _))));
        make(window).await.unwrap();
        it.raise(10, disk("/gone", Severity::Major, 91.0)).await;
        it.raise(10, disk("/stays", Severity::Major, 91.0)).await;
        assert!(it.messages(20).await.is_empty());
        assert!(it.all(Filter::default(), 20).await.iter().all(|it| it.silence == Some(Silence::Maintenance)));
        it.end(30, "disks", "/gone").await;
        assert!(it.messages(59).await.is_empty());
        assert_eq!(it.through(61).await, [(Event::Raised, "/stays".into())]);
        let listed = maintenance::list(&it.place.db, may_handle, at(61)).await.unwrap();
        assert_eq!((listed[0].active, listed[0].next_at), (false, None));
        assert_eq!(maintenance::purge(&it.place.db, at(61)).await.unwrap(), 1);

        it.end(62, "disks", "/stays").await;
        it.through(63).await;
        it.raise(70, disk("/muted", Severity::Major, 91.0)).await;
        let muted = it.all(Filter { state: AlertState::Ongoing, ..Filter::default() }, 70).await.remove(0);
        it.handle(70, muted.id, Handling::Mute(Some(at(120)))).await;
        assert!(it.messages(119).await.is_empty());
        assert_eq!(it.through(121).await, [(Event::Raised, "/muted".into())]);
    }

    async fn messages_are_tried_again_and_given_up_in_the_end(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        it.subscribe(by_mail("Everything")).await;
        it.raise(1, disk("/", Severity::Major, 91.0)).await;
        let message = it.messages(2).await.remove(0);
        assert!(it.messages(2).await.is_empty(), "somebody is at it");
        assert_eq!(it.messages(8).await[0].id, message.id, "who took it was lost: tried again");
        let db = &it.place.db;
        let mut dead = deliveries::finished(db, message.id, Err("no route".into()), at(8)).await.unwrap();
        let mut minutes = 8;
        let mut tries = 2;
        while !dead {
            minutes += 61;
            assert_eq!(it.messages(minutes).await.len(), 1, "after {tries} tries");
            tries += 1;
            dead = deliveries::finished(db, message.id, Err("no route".into()), at(minutes)).await.unwrap();
        }
        assert_eq!(tries, MOST_ATTEMPTS);
        let (may, page) = (may(Action::PreferencesManage), Page::default());
        let listed = deliveries::list(db, may, None, Some(AlertDeliveryState::Dead), &page).await.unwrap().items;
        assert_eq!((listed.len(), listed[0].error.as_deref(), listed[0].next_at), (1, Some("no route"), None));
        assert!(it.messages(minutes + 600).await.is_empty());
        assert!(deliveries::again(db, may, act(minutes), message.id).await.unwrap());
        let again = it.messages(minutes).await;
        assert_eq!((again[0].id, again[0].told.len()), (message.id, 1));
        deliveries::finished(db, message.id, Ok(()), at(minutes)).await.unwrap();
        assert!(!deliveries::again(db, may, act(minutes), message.id).await.unwrap(), "it is through");
        assert_eq!(deliveries::purge(db, at(minutes + 1)).await.unwrap(), 1);
    }

    async fn a_system_that_is_gone_is_an_alert_until_it_is_back(test: TestDatabase) {
        let it = Told::new(&test.db).await;
        let db = &it.place.db;
        let token = it.place.token(1, Some(it.customer), None).await;
        let second = it.place.enrol(2, &token, 0).await.unwrap().system;
        it.subscribe(by_mail("Everything")).await;
        let grace = Duration::from_mins(2);
        assert_eq!(unreachable::look(db, act(30), grace).await.unwrap(), 0, "one is there, one was never");
        let other = it.place.greeted(second, node(1), 30).await.unwrap();
        links::left(db, it.system, it.epoch, at(31)).await.unwrap();
        links::left(db, second, other.epoch, at(31)).await.unwrap();
        assert_eq!(unreachable::look(db, act(32), grace).await.unwrap(), 0, "not yet");
        assert_eq!(unreachable::look(db, act(34), grace).await.unwrap(), 2);
        assert_eq!(unreachable::look(db, act(35), grace).await.unwrap(), 0);
        let found = it.all(Filter::default(), 35).await;
        let primary = found.iter().find(|alert| alert.system.id == it.system).unwrap();
        assert_eq!((primary.severity, primary.alert_type, primary.first_at), (Severity::Major, AlertType::Link, at(31)));
        let follows = found.iter().find(|alert| alert.system.id == second).unwrap();
        assert_eq!((follows.severity, follows.silence), (Severity::Minor, Some(Silence::Parent)));
        let messages = it.messages(36).await;
        let told: Vec<_> = messages.iter().flat_map(|it| &it.told).map(|it| it.alert.system.id).collect();
        assert_eq!(told, [it.system], "the other one follows from the primary");
        assert!(links::greeted(db, it.system, node(1), about("srv"), 7, at(40)).await.unwrap().alerts);
        let ended = it.all(Filter { system_id: Some(it.system), ..Filter::default() }, 41).await;
        assert_eq!(ended[0].ended_at, Some(at(40)));
        systems::remove(db, may(Action::CustomersDelete), act(42), second).await.unwrap();
        let left = it.all(Filter { state: AlertState::Ongoing, ..Filter::default() }, 43).await;
        assert!(left.is_empty(), "nothing goes on where nothing is: {left:?}");
    }

    async fn what_is_of_a_deleted_customer_is_neither_shown_nor_told_until_it_is_back(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        it.subscribe(by_mail("Everything")).await;
        it.raise(1, disk("/", Severity::Major, 91.0)).await;
        let customer = it.customer;
        let set = |deleted: Option<i64>| {
            it.place.db.write(move |tx| {
                Box::pin(async move {
                    let text = "UPDATE customer SET deleted_at = $1 WHERE id = $2";
                    crate::tests::run(tx, text, vec![deleted.into(), customer.0.into()]).await?;
                    match deleted {
                        Some(_) => crate::network::suspend(tx, customer, at(2)).await,
                        None => crate::network::resume(tx, customer, at(2)).await,
                    }
                })
            })
        };
        set(Some(at(2).millis())).await.unwrap();
        assert!(it.messages(3).await.is_empty() && it.all(Filter::default(), 3).await.is_empty());
        assert_eq!(unreachable::look(&it.place.db, act(60), Duration::from_mins(2)).await.unwrap(), 0);
        set(None).await.unwrap();
        assert_eq!(it.all(Filter::default(), 61).await.len(), 1);
    }

    async fn rules_of_a_customer_reach_its_systems(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        let conditions = vec![alert::Condition { key: "disks".into(), kind: "disk".into(), bound: Some(90.0), ..alert::Condition::default() }];
        it.say(1, NoteBody::About(vigie_wire::link::message::About { conditions, ..about("srv") })).await;
        let db = &it.place.db;
        let (sees, handles) = (may(Action::CustomersSee), may(Action::AlertsHandle));
        let rule = AlertRule { condition: "disks".into(), bound: Some(97.0), hold: Some(60), ..AlertRule::default() };
        let off = AlertRule { condition: unreachable::UNREACHABLE.into(), off: true, ..AlertRule::default() };
        let none = AlertRule { condition: "memory".into(), ..AlertRule::default() };
        let told = rules::set(db, handles, act(2), it.customer, vec![rule.clone(), off.clone(), none]).await.unwrap();
        assert_eq!(told, [it.system]);
        assert_eq!(rules::of_system(db, it.system).await.unwrap(), std::slice::from_ref(&rule), "the server's own is the server's");
        let listed = rules::list(db, sees, it.customer).await.unwrap().unwrap();
        let listed: Vec<_> = listed.into_iter().map(|it| (it.condition.key, it.systems, it.rule)).collect();
        assert_eq!(listed, [("disks".into(), 1, Some(rule.clone())), (off.condition.clone(), 1, Some(off.clone()))]);
        for wrong in [
            vec![rule.clone(), rule.clone()],
            vec![AlertRule { bound: Some(f64::INFINITY), ..rule.clone() }],
            vec![AlertRule { bound: Some(1.0), ..off.clone() }],
            vec![AlertRule { hold: Some(86_401), ..rule.clone() }],
            vec![AlertRule { condition: "vigie.other".into(), ..rule.clone() }],
        ] {
            assert!(rules::set(db, handles, act(3), it.customer, wrong).await.is_err());
        }
        links::left(db, it.system, it.epoch, at(4)).await.unwrap();
        assert_eq!(unreachable::look(db, act(60), Duration::from_mins(1)).await.unwrap(), 0, "switched off");
        let worse = AlertRule { off: false, severity: Some(Severity::Critical), ..off };
        rules::set(db, handles, act(61), it.customer, vec![worse]).await.unwrap();
        assert_eq!(unreachable::look(db, act(62), Duration::from_mins(1)).await.unwrap(), 1);
        assert_eq!(it.one(63).await.severity, Severity::Critical);
    }

    async fn subscriptions_keep_their_secrets_to_themselves(test: TestDatabase) {
        let it = Told::new(&test.db).await;
        let (db, secrets, may) = (&it.place.db, &it.place.secrets, may(Action::PreferencesManage));
        let webhook = |url: &str| Channel::Webhook { url: url.into() };
        let fields = AlertSubscriptionFields { channel: webhook("https://a.example/hook"), ..by_mail("Hook") };
        let (made, secret) = subscriptions::create(db, secrets, may, act(0), fields.clone()).await.unwrap();
        let secret = secret.unwrap();
        assert!(made.has_secret && secret.len() >= 32);
        assert_eq!(subscriptions::with_secret(db, secrets, made.id).await.unwrap().unwrap().1, Some(secret.clone()));
        let twice = subscriptions::create(db, secrets, may, act(0), fields.clone()).await;
        assert!(matches!(twice, Err(SubscriptionError::Invalid("name", _))));
        let stale = AlertSubscriptionFields { revision: Some(7), ..fields.clone() };
        let changed = subscriptions::change(db, secrets, may, act(1), made.id, stale).await;
        assert!(matches!(changed, Err(SubscriptionError::Stale)));
        let other = AlertSubscriptionFields { channel: webhook("https://b.example/hook"), revision: Some(1), ..fields.clone() };
        let changed = subscriptions::change(db, secrets, may, act(1), made.id, other).await.unwrap();
        assert_eq!((changed.has_secret, changed.revision), (true, 2), "the key signs; it is never sent");
        let ntfy = |url: &str, secret: Option<&str>| AlertSubscriptionFields {
            channel: Channel::Ntfy { url: url.into(), language: "fr".into() },
            secret: secret.map(Into::into),
            ..fields.clone()
        };
        let to = ntfy("https://ntfy.example/topic", Some("tk_secret"));
        assert!(subscriptions::change(db, secrets, may, act(2), made.id, to).await.unwrap().has_secret);
        let moved = ntfy("https://evil.example/topic", None);
        assert!(!subscriptions::change(db, secrets, may, act(3), made.id, moved).await.unwrap().has_secret, "a token of one server is not shown to another");
        for wrong in [
            AlertSubscriptionFields { name: " ".into(), ..fields.clone() },
            AlertSubscriptionFields { secret: Some("short".into()), ..fields.clone() },
            AlertSubscriptionFields { interval_seconds: 90_000, ..fields.clone() },
            AlertSubscriptionFields { channel: Channel::Email { to: vec!["no address".into()], language: "en".into() }, ..fields.clone() },
            ntfy("https://ntfy.example/", None),
        ] {
            let refused = subscriptions::create(db, secrets, may, act(4), AlertSubscriptionFields { name: format!("{} x", wrong.name).trim().into(), ..wrong.clone() }).await;
            let is_blank = wrong.name.trim().is_empty();
            let refused = if is_blank { subscriptions::create(db, secrets, may, act(4), wrong).await } else { refused };
            assert!(matches!(refused, Err(SubscriptionError::Invalid(..))), "{refused:?}");
        }
        assert!(subscriptions::delete(db, may, act(5), made.id).await.unwrap());
        assert!(!subscriptions::delete(db, may, act(5), made.id).await.unwrap());
    }
}
