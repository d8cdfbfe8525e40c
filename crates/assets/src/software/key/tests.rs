//! Key software of machines, on both engines: found, found again, counted within a scope.

use vigie_db::{Database, on_both_engines, paging::Page};
use vigie_kernel::{Action, EquipmentId, Granted, KeySoftwareId, Role, policy};
use vigie_wire::inventory::Software;

use super::{
    Counts, KeySoftware, KeySoftwareError, KeySoftwareFields, Looker, State, Wanted, change, create, delete, list,
    look, matches, of_equipment,
};
use crate::{
    equipment::{
        change::Fields,
        life,
        list::{self as equipment, Filter, Narrowed, Sort},
    },
    pending,
    testing::{NEVER, TestAgent, act, add_customer, assigned_user, edit, hierarchy, package, see},
};

fn manage() -> Granted {
    Granted::by_server(Action::PreferencesManage)
}

fn watch(name: &str, pattern: &str, lowest: &str) -> KeySoftwareFields {
    KeySoftwareFields {
        name: name.into(),
        pattern: pattern.into(),
        lowest_version: lowest.into(),
        ..KeySoftwareFields::default()
    }
}

async fn add(db: &Database, fields: KeySoftwareFields) -> KeySoftwareId {
    create(db, manage(), act(0), fields).await.unwrap().id
}

/// Looks until nothing is left.
async fn look_at_all(db: &Database) {
    let mut looker = Looker::default();
    while look(db, &mut looker, 2).await.unwrap().more {}
}

async fn counts(db: &Database, granted: &Granted, id: KeySoftwareId) -> (i64, i64, i64) {
    let list = list(db, granted, &Narrowed::default()).await.unwrap();
    let found = list.items.iter().find(|it| it.id == id).unwrap();
    // Whatever is said is what the list of equipment finds.
    for state in State::ALL {
        let filter = Filter { key_software: Some(Wanted { id, state }), ..Filter::default() };
        let page = equipment::list(db, granted, &filter, Sort::Name, &Page::default(), NEVER).await.unwrap();
        assert_eq!(i64::try_from(page.total.count).unwrap(), found.machines.of(state), "{state:?}");
    }
    let Counts { present, old, absent } = found.machines;
    (present, old, absent)
}

async fn equipment_of(db: &Database, agent: &mut TestAgent) -> EquipmentId {
    let receipt = agent.sync(0).await;
    pending::create(db, edit(), act(1), receipt.inventory_id, Fields::default(), NEVER).await.unwrap().item.id
}

async fn states(db: &Database, id: EquipmentId) -> Vec<(String, State, String)> {
    let all = of_equipment(db, &see(), id).await.unwrap().unwrap();
    all.into_iter().map(|it| (it.name, it.state, it.version)).collect()
}

on_both_engines! {
    async fn machines_have_key_software_too_old_or_not_at_all(test: TestDatabase) {
        hierarchy(&test.db).await;
        let openssl = add(&test.db, watch("OpenSSL", "openssl", "3.0.13")).await;
        let shell = add(&test.db, watch("A shell", "*sh", "")).await;
        let elsewhere = KeySoftwareFields { platform: "windows".into(), ..watch("Office", "office", "16") };
        let elsewhere = add(&test.db, elsewhere).await;
        let mut machines = Vec::new();
        for number in 1..=3 {
            let mut agent = TestAgent::enrol(&test, number, number).await;
            if number == 2 {
                // Two of one name: the better one counts.
                agent.software().push(package("openssl", "3.0.13-1"));
            }
            if number == 3 {
                *agent.software() = vec![package("vim", "9")];
            }
            machines.push(equipment_of(&test.db, &mut agent).await);
        }
        assert_eq!(list(&test.db, &see(), &Narrowed::default()).await.unwrap().waiting, 3);
        look_at_all(&test.db).await;
        assert_eq!(list(&test.db, &see(), &Narrowed::default()).await.unwrap().waiting, 0);
        assert_eq!(counts(&test.db, &see(), openssl).await, (1, 1, 1));
        assert_eq!(counts(&test.db, &see(), shell).await, (2, 0, 1));
        assert_eq!(counts(&test.db, &see(), elsewhere).await, (0, 0, 0), "not missed on another system");
        let (yes, old, no) = (State::Present, State::Old, State::Absent);
        let of = |state, name: &str, version: &str| (name.to_owned(), state, version.to_owned());
        let shown = [of(yes, "A shell", "5.9-4"), of(old, "OpenSSL", "3.0.11-1~deb12u1")];
        assert_eq!(states(&test.db, machines[0]).await, shown);
        let shown = [of(yes, "A shell", "5.9-4"), of(yes, "OpenSSL", "3.0.13-1")];
        assert_eq!(states(&test.db, machines[1]).await, shown);
        assert_eq!(states(&test.db, machines[2]).await, [of(no, "A shell", ""), of(no, "OpenSSL", "")]);
        let page = equipment::list(&test.db, &see(), &Filter::default(), Sort::Name, &Page::default(), NEVER).await;
        let rows: Vec<_> = page.unwrap().items.into_iter().map(|it| it.key_software.unwrap()).collect();
        assert_eq!((rows[0].present, &rows[0].old[..], rows[0].absent.len()), (1, &["OpenSSL".to_owned()][..], 0));
        assert_eq!(rows[2].absent, ["A shell", "OpenSSL"]);
    }

    async fn what_changes_is_found_again(test: TestDatabase) {
        hierarchy(&test.db).await;
        let key = add(&test.db, watch("zsh", "zsh", "5.9")).await;
        let mut agents = [TestAgent::enrol(&test, 1, 1).await, TestAgent::enrol(&test, 2, 2).await];
        let mut machines = Vec::new();
        for agent in &mut agents {
            machines.push(equipment_of(&test.db, agent).await);
        }
        look_at_all(&test.db).await;
        assert_eq!(counts(&test.db, &see(), key).await, (2, 0, 0));
        // The list.
        let fields = KeySoftwareFields { publisher: "nobody".into(), ..watch("zsh", "zsh", "5.9") };
        change(&test.db, manage(), act(2), key, fields).await.unwrap();
        look_at_all(&test.db).await;
        assert_eq!(counts(&test.db, &see(), key).await, (0, 0, 2));
        change(&test.db, manage(), act(2), key, watch("zsh", "zsh", "6")).await.unwrap();
        look_at_all(&test.db).await;
        assert_eq!(counts(&test.db, &see(), key).await, (0, 2, 0));
        // A name or a note asks for nothing new.
        change(&test.db, manage(), act(2), key, watch("Z shell", "zsh", "6")).await.unwrap();
        assert_eq!(list(&test.db, &see(), &Narrowed::default()).await.unwrap().waiting, 0);
        // The software.
        agents[0].software().retain(|it| it.name.as_deref() != Some("zsh"));
        agents[0].sync(3).await;
        agents[1].software().push(package("zsh", "6.0"));
        agents[1].sync(3).await;
        look_at_all(&test.db).await;
        assert_eq!(counts(&test.db, &see(), key).await, (1, 0, 1));
        // A synchronisation without news asks for nothing.
        agents[1].sync(4).await;
        assert_eq!(list(&test.db, &see(), &Narrowed::default()).await.unwrap().waiting, 0);
        // Without an agent nothing is known, with another one it is found.
        life::dissociate(&test.db, edit(), act(5), machines[1], NEVER).await.unwrap();
        assert_eq!(counts(&test.db, &see(), key).await, (0, 0, 1));
        let receipt = agents[1].sync(6).await;
        pending::associate(&test.db, edit(), act(6), receipt.inventory_id, machines[1], NEVER).await.unwrap();
        look_at_all(&test.db).await;
        assert_eq!(counts(&test.db, &see(), key).await, (1, 0, 1));
        // Deleted equipment counts nowhere; a list that is gone neither.
        life::delete(&test.db, edit(), act(7), machines[0]).await.unwrap();
        assert_eq!(counts(&test.db, &see(), key).await, (1, 0, 0));
        assert!(delete(&test.db, manage(), act(8), key).await.unwrap());
        assert!(!delete(&test.db, manage(), act(8), key).await.unwrap());
        assert!(list(&test.db, &see(), &Narrowed::default()).await.unwrap().items.is_empty());
    }

    async fn a_server_that_stopped_midway_goes_on_with_the_rest(test: TestDatabase) {
        hierarchy(&test.db).await;
        let mut agents = Vec::new();
        for number in 1..=5 {
            let mut agent = TestAgent::enrol(&test, number, number).await;
            equipment_of(&test.db, &mut agent).await;
            agents.push(agent);
        }
        let key = add(&test.db, watch("bash", "bash", "5.2")).await;
        assert!(look(&test.db, &mut Looker::default(), 2).await.unwrap().more, "more are left");
        assert_eq!(list(&test.db, &see(), &Narrowed::default()).await.unwrap().waiting, 3);
        assert_eq!(counts(&test.db, &see(), key).await, (2, 0, 0));
        // What was remembered is lost, what was stored is not.
        look_at_all(&test.db).await;
        assert_eq!(counts(&test.db, &see(), key).await, (5, 0, 0));
        let profiles = "SELECT COUNT(*) AS n FROM key_software_profile";
        assert_eq!(crate::sql::number(test.db.reads(), profiles, vec![]).await.unwrap(), 1, "one combination is left");
    }

    async fn counts_are_of_machines_that_the_caller_may_see(test: TestDatabase) {
        let default = hierarchy(&test.db).await;
        let other = add_customer(&test.db, "Other", false).await;
        let user = assigned_user(&test.db, other).await;
        let granted = policy::require(user, Role::Operator, Action::EquipmentSee).unwrap();
        let key = add(&test.db, watch("bash", "bash", "")).await;
        let mut ids = Vec::new();
        for (number, customer) in [(1, default), (2, other), (3, other)] {
            let mut agent = TestAgent::enrol_as(&test, number, number, Some(customer)).await;
            ids.push(equipment_of(&test.db, &mut agent).await);
        }
        look_at_all(&test.db).await;
        assert_eq!(counts(&test.db, &granted, key).await, (2, 0, 0));
        assert_eq!(counts(&test.db, &see(), key).await, (3, 0, 0));
        let narrowed = Narrowed { customer_id: Some(default), ..Narrowed::default() };
        let of_default = list(&test.db, &see(), &narrowed).await.unwrap();
        assert_eq!(of_default.items[0].machines.present, 1);
        assert!(list(&test.db, &granted, &narrowed).await.unwrap().items[0].machines == Counts::default());
        assert!(of_equipment(&test.db, &granted, ids[0]).await.unwrap().is_none());
        assert_eq!(of_equipment(&test.db, &granted, ids[1]).await.unwrap().unwrap().len(), 1);
        // Programs of machines that the caller may not see are not told either.
        let titles = matches(&test.db, &granted, "ba*", "debian").await.unwrap();
        assert_eq!(titles.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["bash"]);
        life::delete(&test.db, edit(), act(7), ids[1]).await.unwrap();
        life::delete(&test.db, edit(), act(7), ids[2]).await.unwrap();
        assert!(matches(&test.db, &granted, "ba*", "").await.unwrap().is_empty());
    }

    async fn a_machine_that_says_nothing_of_its_software_misses_none(test: TestDatabase) {
        hierarchy(&test.db).await;
        let key = add(&test.db, watch("bash", "bash", "")).await;
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        agent.sections.software = None;
        let id = equipment_of(&test.db, &mut agent).await;
        look_at_all(&test.db).await;
        assert_eq!(counts(&test.db, &see(), key).await, (0, 0, 0));
        assert!(states(&test.db, id).await.is_empty());
        agent.sections.software = Some(vec![Software { name: Some("other".into()), ..Software::default() }]);
        agent.sync(2).await;
        look_at_all(&test.db).await;
        assert_eq!(counts(&test.db, &see(), key).await, (0, 0, 1));
    }

    async fn the_list_takes_only_what_it_can_use(test: TestDatabase) {
        hierarchy(&test.db).await;
        let id = add(&test.db, watch("One", "one", "")).await;
        add(&test.db, watch("Two", "two", "")).await;
        let make = |fields| create(&test.db, manage(), act(0), fields);
        let invalid = |made: Result<KeySoftware, KeySoftwareError>| match made.unwrap_err() {
            KeySoftwareError::Invalid(field, _) => field,
            other => panic!("{other}"),
        };
        assert!(matches!(make(watch(" one ", "x", "")).await, Err(KeySoftwareError::NameTaken)));
        assert_eq!(invalid(make(watch("", "x", "")).await), "name");
        assert_eq!(invalid(make(watch("x", " ** ", "")).await), "pattern");
        assert_eq!(invalid(make(watch("x", &"x".repeat(201), "")).await), "pattern");
        assert_eq!(invalid(make(watch("x", "a\u{0}b", "")).await), "pattern");
        let strange = KeySoftwareFields { platform: "beos".into(), ..watch("x", "x", "") };
        assert_eq!(invalid(make(strange).await), "platform");
        let taken = change(&test.db, manage(), act(1), id, watch("TWO", "x", "")).await;
        assert!(matches!(taken, Err(KeySoftwareError::NameTaken)));
        let late = KeySoftwareFields { revision: Some(7), ..watch("One", "x", "") };
        assert!(matches!(change(&test.db, manage(), act(1), id, late).await, Err(KeySoftwareError::Stale)));
        let unknown = "ks_0190163d8694739bb06f4a0f4d3f5d1e".parse().unwrap();
        let gone = change(&test.db, manage(), act(1), unknown, watch("x", "x", "")).await;
        assert!(matches!(gone, Err(KeySoftwareError::NotFound)));
    }
}
