//! The life of an equipment, on both engines: lists, locks, scope, association, merging, deletion, retention.

use std::time::Duration;

use vigie_db::{Database, on_both_engines, paging::Page, testing::TestDatabase};
use vigie_kernel::{Action, CustomerId, EquipmentId, Granted, InventoryId, Role, policy};

use super::{
    ChangeError, Equipment,
    bulk::{BulkAction, bulk},
    change::{Fields, create, patch},
    detail,
    life::{self, operations},
    list::{Filter, Sort, list},
};
use crate::{
    agents, history, overview,
    pending::{self, candidates::candidates, list as queue},
    retention,
    software::{fold, query},
    testing::{NEVER, TestAgent, act, add_customer, at, edit, hierarchy, package, rng, see},
};

fn named(name: &str) -> Fields {
    Fields { name: Some(name.into()), ..Fields::default() }
}

async fn by_hand(db: &Database, fields: Fields) -> Equipment {
    create(db, edit(), act(0), fields, NEVER).await.unwrap()
}

async fn found(db: &Database, granted: &Granted, filter: Filter) -> Vec<String> {
    let page = list(db, granted, &filter, Sort::Name, &Page::default(), NEVER).await.unwrap();
    assert_eq!(page.total.count, page.items.len() as u64);
    page.items.into_iter().map(|item| item.name).collect()
}

async fn get(db: &Database, id: EquipmentId) -> Equipment {
    detail::get(db, &see(), id, NEVER).await.unwrap().unwrap()
}

async fn history_of(db: &Database, id: EquipmentId) -> usize {
    history::changes(db, &see(), id, &Page::default()).await.unwrap().unwrap().items.len()
}

/// An agent whose machine is an equipment already.
async fn with_equipment(test: &TestDatabase, seed: u8) -> (TestAgent, Equipment) {
    let mut agent = TestAgent::enrol(test, seed, seed).await;
    let receipt = agent.sync(0).await;
    let made = pending::create(&test.db, edit(), act(1), receipt.inventory_id, Fields::default(), NEVER).await.unwrap();
    (agent, made)
}

async fn pending_ids(db: &Database) -> Vec<InventoryId> {
    let page = queue::list(db, &see(), &queue::Filter::default(), queue::Sort::Name, &Page::default()).await.unwrap();
    page.items.into_iter().map(|item| item.id).collect()
}

/// Someone who is assigned to one customer.
async fn narrowed(db: &Database, customer: CustomerId) -> Granted {
    let user = crate::testing::assigned_user(db, customer).await;
    policy::require(user, Role::Operator, Action::EquipmentEdit).unwrap()
}

on_both_engines! {
    async fn a_search_finds_literally_what_is_there_now(test: TestDatabase) {
        let db = &test.db;
        hierarchy(db).await;
        let search = |q: &str| Filter { q: Some(q.to_owned()), ..Filter::default() };
        let one = by_hand(db, named("WEB-01 50%_full")).await;
        let other = by_hand(db, named("Élan \"quoted\" l'an")).await;
        for (q, wanted) in [
            ("web", 1), ("b-0", 1), ("eb", 1), ("0%_f", 1), ("50_", 0), ("b%1", 0), ("ÉLAN", 1), ("\"quo", 1), ("l'a", 1),
            ("web full", 1), ("web élan", 0), ("AND", 0), ("*", 0), ("web*", 0), ("", 2), ("a", 1),
        ] {
            assert_eq!(found(db, &see(), search(q)).await.len(), wanted, "{q}");
        }
        let renamed = patch(db, edit(), act(1), one.item.id, named("db-02"), NEVER).await.unwrap();
        assert_eq!(renamed.item.name, "db-02");
        assert!(found(db, &see(), search("web")).await.is_empty());
        assert_eq!(found(db, &see(), search("db-02")).await, ["db-02"]);
        life::delete(db, edit(), act(2), other.item.id).await.unwrap();
        assert!(found(db, &see(), search("quoted")).await.is_empty());
        assert_eq!(found(db, &see(), Filter { deleted: Some(true), ..search("quoted") }).await.len(), 1);
    }

    async fn the_queue_is_searched_by_what_the_last_inventory_says(test: TestDatabase) {
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        agent.sync(0).await;
        let found = async |q: &str| {
            let filter = queue::Filter { q: Some(q.to_owned()), ..queue::Filter::default() };
            let page = queue::list(&test.db, &see(), &filter, queue::Sort::Name, &Page::default()).await.unwrap();
            assert_eq!(page.total.count, page.items.len() as u64);
            page.items.len()
        };
        let name = agent.sections.system.as_ref().unwrap().name.clone().unwrap();
        assert_eq!(found(&name).await, 1);
        agent.sections.system.as_mut().unwrap().name = Some("lighthouse".into());
        agent.sync(1).await;
        assert_eq!(found("lighth").await, 1);
        assert_eq!(found(&name).await, 0);
    }

    async fn lists_are_filtered_searched_sorted_and_paged(test: TestDatabase) {
        hierarchy(&test.db).await;
        for (name, model) in [("Zeta", "A"), ("alpha", "B"), ("Beta 100%", "A")] {
            by_hand(&test.db, Fields { model: Some(model.into()), ..named(name) }).await;
        }
        assert_eq!(found(&test.db, &see(), Filter::default()).await, ["alpha", "Beta 100%", "Zeta"]);
        assert_eq!(found(&test.db, &see(), Filter { q: Some("ETA".into()), ..Filter::default() }).await, ["Beta 100%", "Zeta"]);
        assert_eq!(found(&test.db, &see(), Filter { q: Some("0%".into()), ..Filter::default() }).await, ["Beta 100%"]);
        assert_eq!(found(&test.db, &see(), Filter { q: Some("_".into()), ..Filter::default() }).await, Vec::<String>::new());
        let mut names = Vec::new();
        let mut page = Page { limit: 1, descending: true, after: None };
        loop {
            let one = list(&test.db, &see(), &Filter::default(), Sort::Model, &page, NEVER).await.unwrap();
            assert_eq!(one.total.count, 3);
            names.extend(one.items.into_iter().map(|item| item.model));
            page.after = one.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(names, ["B", "A", "A"]);
    }

    async fn a_persons_value_is_locked_until_it_is_unlocked(test: TestDatabase) {
        hierarchy(&test.db).await;
        let (mut agent, made) = with_equipment(&test, 1).await;
        let changed = patch(&test.db, edit(), act(2), made.item.id, named("Front desk"), NEVER).await.unwrap();
        assert_eq!(changed.locks[0].agent_value, "host1");
        agent.system().name = Some("renamed".into());
        agent.sync(5).await;
        let after = get(&test.db, made.item.id).await;
        assert_eq!(after.item.name, "Front desk");
        assert_eq!((after.locks[0].value.as_str(), after.locks[0].agent_value.as_str()), ("Front desk", "renamed"));
        let unlock = Fields { unlock: vec!["name".into()], ..Fields::default() };
        let free = patch(&test.db, edit(), act(6), made.item.id, unlock, NEVER).await.unwrap();
        assert_eq!(free.item.name, "renamed");
        assert!(free.locks.is_empty());
    }

    async fn bad_values_and_stale_revisions_change_nothing(test: TestDatabase) {
        hierarchy(&test.db).await;
        let made = by_hand(&test.db, named("one")).await;
        let id = made.item.id;
        let change = |fields| patch(&test.db, edit(), act(1), id, fields, NEVER);
        let bad = [
            Fields { kind: Some("spaceship".into()), ..Fields::default() },
            Fields { warranty_end: Some("2026-02-30".into()), ..Fields::default() },
            Fields { name: Some("  ".into()), ..Fields::default() },
            Fields { location: Some("x".repeat(256)), ..Fields::default() },
            Fields { unlock: vec!["serial".into()], ..Fields::default() },
        ];
        for fields in bad {
            assert!(matches!(change(fields).await, Err(ChangeError::Invalid { .. })));
        }
        let stale = Fields { revision: Some(made.item.revision - 1), ..named("other") };
        assert!(matches!(change(stale).await, Err(ChangeError::Stale)));
        let current = Fields { revision: Some(made.item.revision), warranty_end: Some("2028-02-29".into()), ..named("other") };
        let changed = change(current).await.unwrap();
        assert_eq!((changed.item.name.as_str(), changed.warranty_end.as_deref()), ("other", Some("2028-02-29")));
        assert_eq!(changed.item.revision, made.item.revision + 1);
    }

    async fn what_belongs_to_another_customer_is_not_there(test: TestDatabase) {
        let mine = hierarchy(&test.db).await;
        let other = add_customer(&test.db, "Other", false).await;
        let theirs = by_hand(&test.db, Fields { customer_id: Some(other), ..named("theirs") }).await;
        by_hand(&test.db, named("mine")).await;
        let narrow = narrowed(&test.db, mine).await;
        let across = narrowed(&test.db, other).await;
        assert_eq!(found(&test.db, &narrow, Filter::default()).await, ["mine"]);
        assert_eq!(found(&test.db, &narrow, Filter { customer_id: Some(other), ..Filter::default() }).await, Vec::<String>::new());
        assert!(detail::get(&test.db, &narrow, theirs.item.id, NEVER).await.unwrap().is_none());
        let refused = patch(&test.db, narrow, act(1), theirs.item.id, named("stolen"), NEVER).await;
        assert!(matches!(refused, Err(ChangeError::NotFound)));
        let moved = patch(&test.db, narrow, act(1), theirs.item.id, Fields { customer_id: Some(mine), ..Fields::default() }, NEVER).await;
        assert!(matches!(moved, Err(ChangeError::NotFound)));
        // Software, too, is only what is on machines the caller may see.
        let mut agent = TestAgent::enrol_as(&test, 1, 1, Some(other)).await;
        agent.software().push(package("secret-tool", "1"));
        agent.sync(0).await;
        fold(&test.db).await.unwrap();
        let all = query::titles(&test.db, &see(), &query::TitleFilter::default(), false, &Page::default()).await.unwrap();
        assert_eq!(all.items.len(), 4);
        for granted in [narrow, across] {
            let sees = granted.scope() == across.scope();
            let titles = query::titles(&test.db, &granted, &query::TitleFilter::default(), true, &Page::default()).await.unwrap();
            assert_eq!(titles.items.len(), if sees { 4 } else { 0 });
            let filter = query::MachineFilter { name: "secret-tool".into(), ..query::MachineFilter::default() };
            let machines = query::machines(&test.db, &granted, &filter, &Page::default()).await.unwrap();
            assert_eq!(machines.items.len(), usize::from(sees));
            assert_eq!(query::versions(&test.db, &granted, "secret-tool", None).await.unwrap().len(), usize::from(sees));
            let queue = queue::list(&test.db, &granted, &queue::Filter::default(), queue::Sort::Name, &Page::default()).await.unwrap();
            assert_eq!(queue.items.len(), usize::from(sees));
            assert_eq!(overview::overview(&test.db, &granted, NEVER).await.unwrap().pending, i64::from(sees));
        }
    }

    async fn a_hand_made_equipment_is_found_likely_associated_and_undone(test: TestDatabase) {
        hierarchy(&test.db).await;
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        let receipt = agent.sync(0).await;
        let serial = agent.system().serial.clone();
        let right = by_hand(&test.db, Fields { serial, kind: Some("laptop".into()), manufacturer: Some("Dell".into()), ..named("Reception") }).await;
        by_hand(&test.db, named("something else")).await;
        by_hand(&test.db, Fields { kind: Some("printer".into()), ..named("host1") }).await;
        let offered = candidates(&test.db, &see(), receipt.inventory_id, None, NEVER).await.unwrap().unwrap();
        let names: Vec<_> = offered.iter().map(|it| it.equipment.name.as_str()).collect();
        assert_eq!(names, ["Reception", "something else"], "no printers, likeliest first");
        assert!(offered[0].reasons.iter().any(|reason| reason.code == "same-serial"));
        assert_eq!(offered[1].score, 0);
        let joined = pending::associate(&test.db, edit(), act(2), receipt.inventory_id, right.item.id, NEVER).await.unwrap();
        assert_eq!(joined.item.name, "Reception", "what a person has typed stays");
        assert_eq!(joined.item.os.as_ref().unwrap().family, "linux");
        assert!(pending_ids(&test.db).await.is_empty());
        let again = pending::associate(&test.db, edit(), act(3), receipt.inventory_id, right.item.id, NEVER).await;
        assert!(matches!(again, Err(ChangeError::PendingAssociated)));
        let done = operations(&test.db, &see(), right.item.id).await.unwrap().unwrap();
        assert!(done[0].can_undo && !done[0].reasons.is_empty());
        life::undo(&test.db, edit(), act(4), right.item.id, done[0].id, NEVER).await.unwrap();
        assert_eq!(pending_ids(&test.db).await, [receipt.inventory_id]);
        assert!(get(&test.db, right.item.id).await.item.agent.is_none());
        let twice = life::undo(&test.db, edit(), act(5), right.item.id, done[0].id, NEVER).await;
        assert!(matches!(twice, Err(ChangeError::NothingToUndo)));
    }

    async fn two_are_merged_with_their_past_and_split_again(test: TestDatabase) {
        hierarchy(&test.db).await;
        let (mut agent, doubled) = with_equipment(&test, 1).await;
        agent.software().push(package("new", "1"));
        agent.sync(5).await;
        let books = by_hand(&test.db, Fields { asset_number: Some("A-17".into()), ..named("Books say") }).await;
        let merged = life::merge(&test.db, edit(), act(6), books.item.id, doubled.item.id, NEVER).await.unwrap();
        assert_eq!((merged.item.name.as_str(), merged.item.asset_number.as_str()), ("Books say", "A-17"));
        assert_eq!(merged.item.serial, doubled.item.serial);
        assert_eq!(history_of(&test.db, books.item.id).await, 1);
        assert_eq!(found(&test.db, &see(), Filter::default()).await, ["Books say"]);
        agent.system().model = Some("Other".into());
        assert_eq!(agent.sync(7).await.equipment_id, Some(books.item.id), "its agent came along");
        let done = operations(&test.db, &see(), books.item.id).await.unwrap().unwrap();
        life::undo(&test.db, edit(), act(8), books.item.id, done[0].id, NEVER).await.unwrap();
        assert_eq!(found(&test.db, &see(), Filter::default()).await, ["Books say", "host1"]);
        assert_eq!(history_of(&test.db, doubled.item.id).await, 1);
        agent.system().model = Some("Third".into());
        assert_eq!(agent.sync(9).await.equipment_id, Some(doubled.item.id));
        let (_, third) = with_equipment(&test, 2).await;
        let both = life::merge(&test.db, edit(), act(10), doubled.item.id, third.item.id, NEVER).await;
        assert!(matches!(both, Err(ChangeError::MergeImpossible)), "two machines that both report are two");
    }

    async fn a_reinstalled_machine_is_accepted_and_its_old_key_refused(test: TestDatabase) {
        hierarchy(&test.db).await;
        let (mut old, made) = with_equipment(&test, 1).await;
        let mut new = TestAgent::enrol(&test, 9, 1).await;
        new.system().machine_id = Some("0123456789abcdef0123456789abcdef".into());
        new.software()[0] = package("bash", "5.3");
        let receipt = new.sync(10).await;
        let shown = queue::get(&test.db, &see(), receipt.inventory_id).await.unwrap().unwrap();
        let again = shown.enrolled_again.unwrap();
        assert_eq!(again.equipment.id, made.item.id);
        assert!(again.reasons.iter().any(|reason| reason.code == "same-serial"));
        let accepted = pending::accept(&test.db, edit(), act(11), receipt.inventory_id, NEVER).await.unwrap();
        assert_eq!(accepted.item.id, made.item.id);
        assert_eq!(new.sync(12).await.equipment_id, Some(made.item.id));
        assert!(history_of(&test.db, made.item.id).await >= 1, "the reinstallation is in the history");
        let message = old.message();
        assert!(matches!(old.deliver(message, 13).await, Err(crate::intake::Refusal::AgentRevoked)));
        assert!(agents::signer(&test.db, old.id).await.unwrap().unwrap().revoked);
        fold(&test.db).await.unwrap();
        let titles = query::titles(&test.db, &see(), &query::TitleFilter::default(), false, &Page::default()).await.unwrap();
        assert!(titles.items.iter().all(|title| title.machines == 1), "one machine, counted once");
    }

    async fn a_planned_reinstallation_needs_no_click(test: TestDatabase) {
        hierarchy(&test.db).await;
        let (_, made) = with_equipment(&test, 1).await;
        life::accept_key_until(&test.db, edit(), act(1), made.item.id, Some(at(60)), NEVER).await.unwrap();
        let mut new = TestAgent::enrol(&test, 9, 1).await;
        let receipt = new.sync(30).await;
        assert_eq!((receipt.equipment_id, receipt.new_pending), (Some(made.item.id), false));
        let mut third = TestAgent::enrol(&test, 10, 1).await;
        assert!(third.sync(31).await.new_pending, "once");
    }

    async fn deleted_leaves_lists_and_counts_and_comes_back(test: TestDatabase) {
        hierarchy(&test.db).await;
        let (mut agent, made) = with_equipment(&test, 1).await;
        life::delete(&test.db, edit(), act(2), made.item.id).await.unwrap();
        fold(&test.db).await.unwrap();
        assert!(found(&test.db, &see(), Filter::default()).await.is_empty());
        assert_eq!(found(&test.db, &see(), Filter { deleted: Some(true), ..Filter::default() }).await, ["host1"]);
        let filter = query::MachineFilter { name: "bash".into(), ..query::MachineFilter::default() };
        assert!(query::machines(&test.db, &see(), &filter, &Page::default()).await.unwrap().items.is_empty());
        agent.software().clear();
        agent.software().push(package("bash", "6"));
        agent.sync(5).await;
        life::restore(&test.db, edit(), act(6), made.item.id, NEVER).await.unwrap();
        fold(&test.db).await.unwrap();
        let machines = query::machines(&test.db, &see(), &filter, &Page::default()).await.unwrap();
        assert_eq!(machines.items[0].version, "6");
        let titles = query::titles(&test.db, &see(), &query::TitleFilter::default(), false, &Page::default()).await.unwrap();
        assert_eq!(titles.items.iter().map(|it| (it.name.as_str(), it.machines)).collect::<Vec<_>>(), [("bash", 1)]);
    }

    async fn many_are_changed_at_once_and_failures_named(test: TestDatabase) {
        hierarchy(&test.db).await;
        let one = by_hand(&test.db, named("one")).await.item.id;
        let gone = by_hand(&test.db, named("gone")).await.item.id;
        life::delete(&test.db, edit(), act(1), gone).await.unwrap();
        let failed = bulk(&test.db, edit(), act(2), vec![one, gone], BulkAction::Status("retired".into())).await.unwrap();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].0, gone);
        assert_eq!(get(&test.db, one).await.item.status, "retired");
    }

    async fn a_fresh_inventory_is_asked_for_until_it_came(test: TestDatabase) {
        hierarchy(&test.db).await;
        let (mut agent, made) = with_equipment(&test, 1).await;
        life::ask_fresh(&test.db, edit(), act(2), made.item.id).await.unwrap();
        assert!(agent.sync(3).await.fresh_inventory, "told at the next call");
        agent.forget();
        assert!(!agent.sync(4).await.fresh_inventory);
        assert!(get(&test.db, made.item.id).await.fresh_inventory_requested_at.is_none());
    }

    async fn what_is_past_its_time_goes_and_nothing_else(test: TestDatabase) {
        hierarchy(&test.db).await;
        let (mut agent, kept) = with_equipment(&test, 1).await;
        agent.software().push(package("zz", "1"));
        agent.sync(10).await;
        let (_, deleted) = with_equipment(&test, 2).await;
        life::delete(&test.db, edit(), act(11), deleted.item.id).await.unwrap();
        let mut silent = TestAgent::enrol(&test, 3, 3).await;
        silent.software().push(package("only-here", "1"));
        silent.sync(0).await;
        fold(&test.db).await.unwrap();
        let keep = retention::Keep { synchronisations_days: 90, history_days: 400, deleted_equipment_days: 30, pending_days: 60 };
        let after = |days: u64| at(0).plus(Duration::from_secs(days * 86_400));
        assert!(retention::run(&test.db, keep, after(29), &rng()).await.unwrap().is_empty());
        let gone = retention::run(&test.db, keep, after(61), &rng()).await.unwrap();
        assert_eq!((gone.equipment, gone.pending, gone.history, gone.synchronisations), (1, 1, 0, 0));
        fold(&test.db).await.unwrap();
        assert!(retention::run(&test.db, keep, after(61), &rng()).await.unwrap().software_sets > 0);
        assert_eq!(found(&test.db, &see(), Filter::default()).await, ["host1"]);
        let gone = retention::run(&test.db, keep, after(91), &rng()).await.unwrap();
        assert_eq!((gone.synchronisations, gone.history), (2, 0));
        assert_eq!(retention::run(&test.db, keep, after(401), &rng()).await.unwrap().history, 1);
        assert_eq!(detail::inventory(&test.db, &see(), kept.item.id).await.unwrap().unwrap().unwrap().sections, agent.sections);
    }
}
