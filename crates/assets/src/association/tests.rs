//! The association rules, on both engines.

use vigie_db::{Database, on_both_engines, testing::TestDatabase};
use vigie_kernel::{Act, Actor, CustomerId, EquipmentId, InventoryId};

use super::*;
use crate::{
    agents::AgentKind,
    equipment::{
        Equipment,
        change::{Fields, create},
        life::{self, operations},
    },
    intake::{Delivery, Sender},
    pending,
    testing::{NEVER, TestAgent, act, add_customer, at, edit, hierarchy, machine_of, rng, see},
};

const BOTH: Rules = Rules { serial: true, uuid: true, same_customer: false, unproven: false };

fn own_act(minutes: i64) -> Act {
    Act { actor: Actor::server(), at: at(minutes), rng: rng() }
}

async fn rule(db: &Database, default: Rules, customers: Vec<Exception>) {
    put(db, edit(), act(0), AssociationRulesFields { default, customers, revision: None }).await.unwrap();
}

/// What the worker does; associated, and new ones left.
async fn work(db: &Database) -> (u64, u64) {
    let waiting = due(db, 0).await.unwrap();
    let found = look(db, &own_act(1), waiting).await.unwrap();
    assert!(due(db, 0).await.unwrap().is_empty(), "looked at once");
    found
}

/// An equipment made by hand, with what a machine says of itself.
async fn like(db: &Database, machine: u8, change: impl FnOnce(&mut Fields)) -> Equipment {
    let system = machine_of(machine).system.unwrap();
    let mut fields = Fields {
        name: Some(format!("desk {machine}")),
        kind: Some("laptop".into()),
        serial: system.serial,
        manufacturer: Some("Dell".into()),
        ..Fields::default()
    };
    change(&mut fields);
    create(db, edit(), act(0), fields, NEVER).await.unwrap()
}

async fn pending_of(test: &TestDatabase, machine: u8, customer: Option<CustomerId>) -> (TestAgent, InventoryId) {
    let mut agent = TestAgent::enrol_as(test, machine, machine, customer).await;
    let id = agent.sync(0).await.inventory_id;
    (agent, id)
}

/// Why not, by the machines' names.
async fn why(db: &Database) -> Vec<Option<WhyNot>> {
    let mut looked = dry_run(db, see(), None, None).await.unwrap();
    looked.items.sort_by(|a, b| a.name.cmp(&b.name));
    looked.items.into_iter().map(|it| it.why_not).collect()
}

async fn joined(db: &Database, id: EquipmentId) -> bool {
    crate::equipment::detail::get(db, &see(), id, NEVER).await.unwrap().unwrap().item.agent.is_some()
}

on_both_engines! {
    async fn nothing_is_associated_before_somebody_decides_so(test: TestDatabase) {
        hierarchy(&test.db).await;
        let desk = like(&test.db, 1, |_| {}).await;
        let (_, id) = pending_of(&test, 1, None).await;
        assert_eq!(work(&test.db).await, (0, 1));
        assert!(!joined(&test.db, desk.item.id).await);
        let verdict = dry_run(&test.db, see(), None, None).await.unwrap().items.remove(0);
        assert_eq!((verdict.pending_id, verdict.why_not), (id, Some(WhyNot::NoCustomer)));
        rule(&test.db, Rules { same_customer: false, ..Rules::default() }, vec![]).await;
        assert_eq!(why(&test.db).await, [Some(WhyNot::RuleOff)]);
    }

    async fn a_machine_that_an_equipment_fits_is_associated_and_undone_for_good(test: TestDatabase) {
        hierarchy(&test.db).await;
        rule(&test.db, BOTH, vec![]).await;
        let desk = like(&test.db, 1, |_| {}).await.item.id;
        let (mut agent, id) = pending_of(&test, 1, None).await;
        assert_eq!(work(&test.db).await, (1, 0));
        assert!(joined(&test.db, desk).await);
        let done = operations(&test.db, &see(), desk).await.unwrap().unwrap().remove(0);
        assert!(done.automatic && done.can_undo);
        assert_eq!((done.kind.as_str(), done.by.as_str()), ("associated", "vigie"));
        assert_eq!(done.reasons[0].code, "same-serial");
        life::undo(&test.db, edit(), act(2), desk, done.id, NEVER).await.unwrap();
        assert_eq!(why(&test.db).await, [Some(WhyNot::Undone)]);
        assert_eq!(run(&test.db, edit(), act(3), None).await.unwrap().associated, 0);
        // The machine deleted from the queue comes back as another inventory of the same agent.
        agent.system().model = Some("Latitude 7460".into());
        agent.sync(4).await;
        assert_eq!(work(&test.db).await, (0, 0));
        pending::associate(&test.db, edit(), act(5), id, desk, NEVER).await.unwrap();
        let by_hand = operations(&test.db, &see(), desk).await.unwrap().unwrap().remove(0);
        assert!(!by_hand.automatic, "a person may");
        life::dissociate(&test.db, edit(), act(6), desk, NEVER).await.unwrap();
        assert_eq!(why(&test.db).await, [Some(WhyNot::Undone)], "parted by a person, too");
    }

    async fn a_customers_own_rules_stand_before_those_for_all(test: TestDatabase) {
        hierarchy(&test.db).await;
        let strict = add_customer(&test.db, "Strict", false).await;
        rule(&test.db, BOTH, vec![Exception { customer_id: strict, rules: Rules { serial: false, ..BOTH } }]).await;
        let of = |it: &mut Fields| it.customer_id = Some(strict);
        like(&test.db, 1, of).await;
        let by_uuid = like(&test.db, 2, |it| {
            of(it);
            it.serial = None;
            // In the other byte order, as a hypervisor says it.
            it.uuid = Some("44454C4C-3100-104A-8053-B8C04F580002".into());
        }).await;
        let free = like(&test.db, 3, |_| {}).await;
        for machine in [1, 2, 3] {
            pending_of(&test, machine, None).await;
        }
        assert_eq!(work(&test.db).await, (2, 1));
        assert!(joined(&test.db, by_uuid.item.id).await && joined(&test.db, free.item.id).await);
        assert_eq!(why(&test.db).await, [Some(WhyNot::RuleOff)]);
        let given = RulesGiven { default: BOTH, customers: vec![] };
        let looked = dry_run(&test.db, see(), Some(&given), None).await.unwrap();
        assert_eq!((looked.looked_at, looked.associated, looked.next), (1, 1, None));
        assert_eq!(looked.items[0].reasons[0].code, "same-serial");
        assert_eq!(looked.items[0].equipment[0].customer.name, "Strict");
        assert!(pending::list::get(&test.db, &see(), looked.items[0].pending_id).await.unwrap().unwrap().state == "pending");
        // Asked for, the rules look at what waits already.
        rule(&test.db, BOTH, vec![]).await;
        let ran = run(&test.db, edit(), act(3), None).await.unwrap();
        assert_eq!((ran.looked_at, ran.associated, ran.next), (1, 1, None));
        assert_eq!(run(&test.db, edit(), act(3), None).await.unwrap().looked_at, 0);
    }

    async fn the_customer_that_a_machine_names_counts(test: TestDatabase) {
        let mine = hierarchy(&test.db).await;
        let other = add_customer(&test.db, "Other", false).await;
        rule(&test.db, Rules { same_customer: true, ..BOTH }, vec![]).await;
        let desks = [like(&test.db, 1, |_| {}).await, like(&test.db, 2, |_| {}).await, like(&test.db, 3, |_| {}).await];
        pending_of(&test, 1, Some(mine)).await;
        pending_of(&test, 2, Some(other)).await;
        pending_of(&test, 3, None).await;
        assert_eq!(work(&test.db).await, (1, 2));
        assert!(joined(&test.db, desks[0].item.id).await);
        assert_eq!(why(&test.db).await, [Some(WhyNot::OtherCustomer), Some(WhyNot::NoCustomer)]);
        rule(&test.db, BOTH, vec![]).await;
        assert_eq!(run(&test.db, edit(), act(3), None).await.unwrap().associated, 1);
        assert_eq!(why(&test.db).await, [Some(WhyNot::OtherCustomer)], "another customer's is never given away");
    }

    async fn what_speaks_against_it_leaves_it_to_a_person(test: TestDatabase) {
        hierarchy(&test.db).await;
        rule(&test.db, BOTH, vec![]).await;
        // Two fit.
        like(&test.db, 1, |_| {}).await;
        like(&test.db, 1, |_| {}).await;
        pending_of(&test, 1, None).await;
        // Of a type that has no agent.
        like(&test.db, 2, |it| it.kind = Some("printer".into())).await;
        pending_of(&test, 2, None).await;
        // Deleted.
        let gone = like(&test.db, 3, |_| {}).await;
        life::delete(&test.db, edit(), act(1), gone.item.id).await.unwrap();
        pending_of(&test, 3, None).await;
        // Another maker's serial number, and none at all.
        like(&test.db, 4, |it| it.manufacturer = Some("Supermicro".into())).await;
        pending_of(&test, 4, None).await;
        like(&test.db, 5, |it| it.manufacturer = None).await;
        pending_of(&test, 5, None).await;
        // Its serial number, and another machine's UUID.
        like(&test.db, 6, |it| it.uuid = machine_of(60).system.unwrap().uuid).await;
        pending_of(&test, 6, None).await;
        // Nothing is like it.
        pending_of(&test, 7, None).await;
        assert_eq!(work(&test.db).await, (0, 7));
        let expected = [
            WhyNot::Ambiguous, WhyNot::Type, WhyNot::Deleted, WhyNot::OtherManufacturer, WhyNot::OtherManufacturer,
            WhyNot::Contradicted,
        ];
        assert_eq!(why(&test.db).await, expected.map(Some));
    }

    async fn placeholders_match_nothing(test: TestDatabase) {
        hierarchy(&test.db).await;
        rule(&test.db, BOTH, vec![]).await;
        let (serial, uuid) = ("To be filled by O.E.M.", "03000200-0400-0500-0006-000700080009");
        like(&test.db, 1, |it| (it.serial, it.uuid) = (Some(serial.into()), Some(uuid.into()))).await;
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        (agent.system().serial, agent.system().uuid) = (Some(serial.into()), Some(uuid.into()));
        agent.sync(0).await;
        assert_eq!(work(&test.db).await, (0, 1));
        assert_eq!(why(&test.db).await, [Some(WhyNot::Bogus)]);
        // Its owner has it filled in: the rules look again.
        let desk = like(&test.db, 9, |_| {}).await.item.id;
        agent.system().serial = machine_of(9).system.unwrap().serial;
        agent.sync(1).await;
        assert_eq!(work(&test.db).await, (1, 0));
        assert!(joined(&test.db, desk).await);
    }

    async fn an_identity_that_two_report_is_nobodys(test: TestDatabase) {
        hierarchy(&test.db).await;
        rule(&test.db, BOTH, vec![]).await;
        let desk = like(&test.db, 1, |_| {}).await.item.id;
        let (_, first) = pending_of(&test, 1, None).await;
        let mut copy = TestAgent::enrol(&test, 9, 1).await;
        copy.sync(0).await;
        assert_eq!(work(&test.db).await, (0, 2));
        assert_eq!(why(&test.db).await, [Some(WhyNot::Clone), Some(WhyNot::Clone)]);
        pending::associate(&test.db, edit(), act(2), first, desk, NEVER).await.unwrap();
        assert_eq!(why(&test.db).await, [Some(WhyNot::HasAgent)]);
        // A second machine under one key.
        like(&test.db, 2, |_| {}).await;
        let (mut agent, _) = pending_of(&test, 3, None).await;
        agent.sections = machine_of(2);
        agent.forget();
        assert!(agent.sync(1).await.clone_met);
        work(&test.db).await;
        assert_eq!(why(&test.db).await, [Some(WhyNot::HasAgent), Some(WhyNot::Clone)]);
    }

    async fn what_is_not_proven_needs_a_switch_of_its_own(test: TestDatabase) {
        hierarchy(&test.db).await;
        rule(&test.db, BOTH, vec![]).await;
        let desk = like(&test.db, 1, |_| {}).await.item.id;
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        let foreign = agent.id;
        test.db.write(move |tx| Box::pin(async move {
            let values = vec![AgentKind::Glpi.as_str().into(), foreign.into()];
            crate::sql::execute(tx, "UPDATE agent SET kind = $1 WHERE id = $2", values).await
        })).await.unwrap();
        let message = agent.message();
        let body = serde_json::to_vec(&message).unwrap();
        let sender = Sender { agent: foreign, kind: AgentKind::Glpi, customer: None, source_address: "192.0.2.1".into() };
        agent.intake.receive(sender, Delivery::native(message, &body), at(0)).await.unwrap();
        assert_eq!(work(&test.db).await, (0, 1));
        assert_eq!(why(&test.db).await, [Some(WhyNot::NotProven)]);
        rule(&test.db, Rules { unproven: true, ..BOTH }, vec![]).await;
        assert_eq!(run(&test.db, edit(), act(2), None).await.unwrap().associated, 1);
        assert!(joined(&test.db, desk).await);
    }

    async fn two_nodes_look_at_a_machine_once(test: TestDatabase) {
        hierarchy(&test.db).await;
        rule(&test.db, BOTH, vec![]).await;
        for machine in 1..=6 {
            like(&test.db, machine, |_| {}).await;
            pending_of(&test, machine, None).await;
        }
        let waiting = due(&test.db, 0).await.unwrap();
        assert_eq!(waiting.len(), 6);
        let (one, other) = (own_act(1), own_act(1));
        let both = (look(&test.db, &one, waiting.clone()), look(&test.db, &other, waiting));
        let (one, other) = tokio::join!(both.0, both.1);
        assert_eq!(one.unwrap().0 + other.unwrap().0, 6);
        for row in crate::sql::rows(test.db.reads(), "SELECT COUNT(*) AS n FROM operation GROUP BY equipment_id", vec![]).await.unwrap() {
            assert_eq!(row.try_get::<i64>("", "n").unwrap(), 1);
        }
    }

    async fn rules_are_checked_and_not_overwritten_unseen(test: TestDatabase) {
        let customer = hierarchy(&test.db).await;
        let new = get(&test.db, see()).await.unwrap();
        assert_eq!((new.default, new.revision, new.changed_by), (Rules::default(), 0, None));
        let fields = |customers, revision| AssociationRulesFields { default: BOTH, customers, revision };
        let exception = Exception { customer_id: customer, rules: Rules::default() };
        let stored = put(&test.db, edit(), act(1), fields(vec![exception], Some(0))).await.unwrap();
        assert_eq!((stored.revision, stored.customers[0].customer.name.as_str()), (1, "Default"));
        assert_eq!(get(&test.db, see()).await.unwrap(), stored);
        let stale = put(&test.db, edit(), act(2), fields(vec![], Some(0))).await;
        assert!(matches!(stale, Err(RulesError::Stale)));
        let twice = put(&test.db, edit(), act(2), fields(vec![exception, exception], None)).await;
        assert!(matches!(twice, Err(RulesError::Invalid("customers", _))));
        let nobody = Exception { customer_id: CustomerId::new(at(0), &*rng()), ..exception };
        let unknown = put(&test.db, edit(), act(2), fields(vec![nobody], None)).await;
        assert!(matches!(unknown, Err(RulesError::Invalid("customers", _))));
        let other = add_customer(&test.db, "Other", false).await;
        let user = crate::testing::assigned_user(&test.db, other).await;
        let granted = vigie_kernel::policy::require(user, vigie_kernel::Role::Operator, vigie_kernel::Action::EquipmentSee).unwrap();
        assert!(get(&test.db, granted).await.unwrap().customers.is_empty(), "only of customers that one sees");
    }
}
