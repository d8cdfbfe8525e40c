//! Intake, on both engines: deltas, resends, clones, foreign agents, clocks, and what is asked of the software.

use vigie_db::{on_both_engines, paging::Page, testing::TestDatabase};
use vigie_kernel::{Code, Timestamp};
use vigie_wire::{
    Section, delta, foreign,
    inventory::{Software, UsbDevice},
    sync::{Outcome, Synchronisation},
};

use super::{Intake, Refusal};
use crate::{
    agents::Client,
    equipment::{change::Fields, detail, list},
    history,
    pending::{self, list as queue},
    software::{fold, query},
    testing::{NEVER, TestAgent, act, at, client, edit, hierarchy, package, rng, see},
};

/// A package that was installed on some day, for all or for someone.
fn installed(name: u8, way: u8) -> Software {
    Software {
        install_date: (!way.is_multiple_of(4)).then(|| format!("2025-0{}-01", way % 4)),
        user: way.is_multiple_of(5).then(|| format!("user{}", way % 3)),
        ..package(&format!("library{name}"), "1.0-1")
    }
}

fn device(serial: &str) -> UsbDevice {
    UsbDevice { serial: Some(serial.into()), name: Some("A device with a name".into()), ..UsbDevice::default() }
}

async fn pending_names(test: &TestDatabase) -> Vec<String> {
    let found =
        queue::list(&test.db, &see(), &queue::Filter::default(), queue::Sort::Name, &Page::default()).await.unwrap();
    found.items.into_iter().map(|item| item.name).collect()
}

async fn machines_with(test: &TestDatabase, name: &str, below: &str) -> Vec<(String, String)> {
    let filter = query::MachineFilter {
        name: name.into(),
        version_below: Some(below.into()),
        ..query::MachineFilter::default()
    };
    let found = query::machines(&test.db, &see(), &filter, &Page::default()).await.unwrap();
    assert_eq!(found.total.count, found.items.len() as u64);
    found.items.into_iter().map(|machine| (machine.name, machine.version)).collect()
}

fn glpi(device: &str, serial: &str, uuid: &str, packages: &[(&str, &str)]) -> Vec<u8> {
    let softwares: Vec<_> = packages
        .iter()
        .map(|(name, version)| serde_json::json!({ "name": name, "version": version, "from": "deb" }))
        .collect();
    serde_json::json!({
        "action": "inventory", "deviceid": device, "itemtype": "Computer",
        "content": {
            "versionclient": "GLPI-Agent_v1.12",
            "hardware": { "name": "glpihost", "uuid": uuid },
            "bios": { "ssn": serial, "smanufacturer": "Dell Inc." },
            "operatingsystem": { "name": "Debian GNU/Linux", "full_name": "Debian GNU/Linux 12", "version": "12" },
            "softwares": softwares,
        },
    })
    .to_string()
    .into_bytes()
}

async fn deliver_glpi(test: &TestDatabase, document: &[u8], now: Timestamp) -> super::Receipt {
    let headers = foreign::Headers { glpi_agent_id: None, user_agent: Some("GLPI-Agent_v1.12") };
    let foreign::Message::Inventory(inventory) = foreign::read(document, &headers).unwrap() else {
        panic!("not an inventory");
    };
    let client = Client { id: client(), customer: None };
    Intake::new(test.db.clone(), rng())
        .receive_foreign(client, *inventory, document, "192.0.2.9".into(), now)
        .await
        .unwrap()
}

on_both_engines! {
    async fn a_new_machine_waits_once_however_often_it_synchronises(test: TestDatabase) {
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        let first = agent.sync(0).await;
        assert!(first.new_pending);
        assert_eq!(first.outcome, Outcome::Full);
        let again = agent.sync(60).await;
        assert_eq!((again.outcome, again.inventory_id, again.new_pending), (Outcome::Unchanged, first.inventory_id, false));
        assert_eq!(pending_names(&test).await, ["host1"]);
        let stored = pending::inventory(&test.db, &see(), first.inventory_id).await.unwrap().unwrap();
        assert_eq!(stored.sections, agent.sections, "what was delivered is there, whole");
        assert_eq!(stored.collected_at, at(60));
    }

    async fn a_delta_changes_what_it_names_and_the_history_tells_it(test: TestDatabase) {
        hierarchy(&test.db).await;
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        let first = agent.sync(0).await;
        let made = pending::create(&test.db, edit(), act(1), first.inventory_id, Fields::default(), NEVER).await.unwrap();
        agent.software()[1] = package("openssl", "3.0.15-1~deb12u1");
        agent.software().push(package("nginx", "1.22.1-9"));
        agent.system().name = Some("renamed".into());
        agent.sections.networks = None;
        let second = agent.sync(60).await;
        assert_eq!(second.outcome, Outcome::Delta);
        assert_eq!(second.equipment_id, Some(made.item.id));
        let stored = detail::inventory(&test.db, &see(), made.item.id).await.unwrap().unwrap().unwrap();
        let mut expected = agent.sections.clone();
        expected.software.as_mut().unwrap().sort_by_key(|it| it.name.clone());
        assert_eq!(stored.sections, expected);
        let changes = history::changes(&test.db, &see(), made.item.id, &Page::default()).await.unwrap().unwrap();
        assert_eq!(changes.items.len(), 1);
        let of = |name: &str| changes.items[0].sections.iter().find(|it| it.section == name).unwrap();
        assert_eq!(of("software").changed[0].before["version"], "3.0.11-1~deb12u1");
        assert_eq!(of("software").changed[0].after["version"], "3.0.15-1~deb12u1");
        assert_eq!(of("software").added[0]["name"], "nginx");
        assert_eq!(of("networks").removed[0]["name"], "eth0");
        assert_eq!(of("system").changed[0].after["name"], "renamed");
        let found = list::list(&test.db, &see(), &list::Filter::default(), list::Sort::Name, &Page::default(), NEVER).await.unwrap();
        assert_eq!(found.items[0].name, "renamed");
        let told = history::synchronisations(&test.db, &see(), made.item.id, &Page::default()).await.unwrap().unwrap();
        assert_eq!(told.items.iter().map(|it| it.outcome.as_str()).collect::<Vec<_>>(), ["delta", "full"]);
    }

    async fn a_resend_is_answered_alike_and_older_or_forged_ones_are_refused(test: TestDatabase) {
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        let message = agent.message();
        let first = agent.deliver(message.clone(), 0).await.unwrap();
        let again = agent.deliver(message.clone(), 0).await.unwrap();
        assert!(again.repeated);
        assert_eq!((again.inventory_id, again.outcome), (first.inventory_id, first.outcome));
        let mut other = message.clone();
        other.agent.version = "9".into();
        assert!(matches!(agent.deliver(other, 0).await, Err(Refusal::SequenceOld { last: 1001 })));
        let mut older = message;
        older.sequence -= 1;
        assert!(matches!(agent.deliver(older, 1).await, Err(Refusal::SequenceOld { last: 1001 })));
    }

    async fn a_delta_on_a_base_that_is_not_held_changes_nothing(test: TestDatabase) {
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        let receipt = agent.sync(0).await;
        let before = pending::inventory(&test.db, &see(), receipt.inventory_id).await.unwrap().unwrap().sections;
        agent.software().clear();
        let mut message = agent.message();
        message.base = Some("0123".into());
        assert!(matches!(agent.deliver(message, 1).await, Err(Refusal::BaseUnknown)));
        let after = pending::inventory(&test.db, &see(), receipt.inventory_id).await.unwrap().unwrap().sections;
        assert_eq!(before, after);
    }

    async fn a_list_of_which_only_items_travel_is_stored_as_if_it_had_come_whole(test: TestDatabase) {
        let mut edited = TestAgent::enrol(&test, 1, 1).await;
        let mut whole = TestAgent::enrol(&test, 2, 1).await;
        for agent in [&mut edited, &mut whole] {
            agent.software().extend((0..40).map(|number| package(&format!("library{number:02}"), "1.0-1")));
            // One name twice, and twice the very same.
            agent.software().extend([package("kernel", "6.1"), package("kernel", "6.2"), package("twin", "1"), package("twin", "1")]);
            agent.sections.usb_devices = Some((0..30).map(|number| device(&format!("{number:04}"))).collect());
            agent.sync(0).await;
            agent.software()[1] = package("openssl", "3.0.15-1~deb12u1");
            agent.software().retain(|it| it.name.as_deref() != Some("zsh") && it.version.as_deref() != Some("6.1"));
            agent.software().push(package("nginx", "1.22.1-9"));
            agent.sections.usb_devices.as_mut().unwrap().insert(3, device("new"));
            agent.sections.usb_devices.as_mut().unwrap().remove(20);
        }
        whole.forget();
        let message = edited.message();
        assert_eq!(message.edits.keys().copied().collect::<Vec<_>>(), [Section::Software, Section::UsbDevices]);
        assert_eq!(message.sections.software.as_ref().map(Vec::len), Some(3), "the other kernel is told along");
        let one = edited.deliver(message.clone(), 60).await.unwrap();
        let other = whole.sync(60).await;
        assert_eq!(one.outcome, Outcome::Delta);
        let stored = |id| { let db = &test.db; async move { pending::inventory(db, &see(), id).await.unwrap().unwrap().sections } };
        let (one_stored, other_stored) = (stored(one.inventory_id).await, stored(other.inventory_id).await);
        assert_eq!(one_stored, other_stored);
        assert_eq!(one_stored.usb_devices, edited.sections.usb_devices, "in the agent's order");
        assert!(edited.deliver(message, 60).await.unwrap().repeated, "a resend is answered, though its base is gone");
        assert_eq!(edited.sync(70).await.outcome, Outcome::Unchanged);
        while fold(&test.db).await.unwrap() {}
        assert_eq!(machines_with(&test, "openssl", "4").await.len(), 2);
    }

    async fn edit_upon_edit_the_stored_list_stays_the_machine_s(test: TestDatabase) {
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        agent.software().extend((0..120).map(|number| installed(number, number)));
        let id = agent.sync(0).await.inventory_id;
        for round in 0..20 {
            let length = agent.software().len();
            agent.software().remove(usize::from(round) * 7 % length);
            agent.software()[usize::from(round) * 11 % (length - 1)].version = Some(format!("2.{round}"));
            // Sometimes a second one of the same name and version, of another day or user.
            agent.software().push(installed(round, round + 1));
            let message = agent.message();
            assert!(message.edits.contains_key(&Section::Software));
            agent.deliver(message, i64::from(round) + 1).await.unwrap();
            let mut stored = pending::inventory(&test.db, &see(), id).await.unwrap().unwrap().sections.software.unwrap();
            let mut expected = agent.software().clone();
            for list in [&mut stored, &mut expected] {
                list.sort_by_cached_key(|it| serde_json::to_string(it).unwrap());
            }
            assert_eq!(stored, expected, "round {round}");
        }
    }

    async fn items_that_do_not_fit_what_is_stored_change_nothing(test: TestDatabase) {
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        agent.software().extend((0..40).map(|number| package(&format!("library{number:02}"), "1.0-1")));
        agent.sections.usb_devices = Some((0..30).map(|number| device(&format!("{number:04}"))).collect());
        let receipt = agent.sync(0).await;
        let before = pending::inventory(&test.db, &see(), receipt.inventory_id).await.unwrap().unwrap();
        agent.software()[1] = package("openssl", "3.0.15-1~deb12u1");
        agent.sections.usb_devices.as_mut().unwrap().push(device("new"));
        agent.system().name = Some("renamed".into());
        let message = agent.message();
        let edit = |message: &mut Synchronisation, section, forge: &dyn Fn(&mut delta::Edit)| {
            forge(message.edits.get_mut(&section).unwrap());
        };
        let forgeries: [&dyn Fn(&mut Synchronisation); 5] = [
            &|it| edit(it, Section::Software, &|edit| edit.digest = hex::encode([7; 32])),
            &|it| edit(it, Section::Software, &|edit| edit.removed.push("dpkg\u{1f}never-there\u{1f}amd64\u{1f}\u{1f}".into())),
            &|it| it.sections.software.as_mut().unwrap()[0].version = Some("another".into()),
            &|it| it.sections.software.as_mut().unwrap()[0].name = None,
            &|it| edit(it, Section::UsbDevices, &|edit| edit.at = vec![4_000_000_000]),
        ];
        for forge in forgeries {
            let mut forged = message.clone();
            forge(&mut forged);
            assert!(matches!(agent.deliver(forged, 1).await, Err(Refusal::BaseUnknown)));
        }
        let mut of_another = message.clone();
        of_another.base = Some("0123".into());
        assert!(matches!(agent.deliver(of_another, 1).await, Err(Refusal::BaseUnknown)));
        let after = pending::inventory(&test.db, &see(), receipt.inventory_id).await.unwrap().unwrap();
        assert_eq!((after.sections, after.received_at), (before.sections, before.received_at));
        assert_eq!(agent.deliver(message, 2).await.unwrap().outcome, Outcome::Delta, "the right one is still taken");
    }

    async fn clones_that_become_equipment_together_stay_marked(test: TestDatabase) {
        hierarchy(&test.db).await;
        let mut original = TestAgent::enrol(&test, 1, 1).await;
        let mut clone = TestAgent::enrol(&test, 1, 2).await;
        for receipt in [original.sync(0).await, clone.sync(1).await] {
            let id = receipt.inventory_id;
            let made = pending::create(&test.db, edit(), act(2), id, Fields::default(), NEVER).await.unwrap();
            assert!(made.item.clone, "{}", made.item.name);
        }
    }

    async fn a_clone_is_shown_and_never_merged(test: TestDatabase) {
        hierarchy(&test.db).await;
        let mut original = TestAgent::enrol(&test, 1, 1).await;
        let first = original.sync(0).await;
        let made = pending::create(&test.db, edit(), act(1), first.inventory_id, Fields::default(), NEVER).await.unwrap();
        // The same key, the same installed system, other hardware.
        let mut clone = TestAgent::enrol(&test, 1, 2).await;
        assert_eq!(clone.id, original.id);
        clone.system().machine_id = original.system().machine_id.clone();
        clone.software().push(package("only-on-the-clone", "1"));
        let met = clone.sync(5).await;
        assert!(met.clone_met && met.new_pending);
        assert_ne!(met.inventory_id, first.inventory_id);
        // In turn, both go on with their own.
        assert_eq!(original.sync(10).await.inventory_id, first.inventory_id);
        assert_eq!(clone.sync(15).await.inventory_id, met.inventory_id);
        let stored = detail::inventory(&test.db, &see(), made.item.id).await.unwrap().unwrap().unwrap();
        assert_eq!(stored.sections.software.unwrap().len(), 3);
        let equipment = detail::get(&test.db, &see(), made.item.id, NEVER).await.unwrap().unwrap();
        assert!(equipment.item.clone);
        let shown = queue::get(&test.db, &see(), met.inventory_id).await.unwrap().unwrap();
        assert_eq!(shown.clone.unwrap().of_equipment.unwrap().id, made.item.id);
    }

    async fn one_secret_cannot_touch_what_another_agent_brought(test: TestDatabase) {
        hierarchy(&test.db).await;
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        let first = agent.sync(0).await;
        let made = pending::create(&test.db, edit(), act(1), first.inventory_id, Fields::default(), NEVER).await.unwrap();
        let (serial, uuid) = (agent.system().serial.clone().unwrap(), agent.system().uuid.clone().unwrap());
        let document = glpi("evil-2026-01-01-00-00-00", &serial, &uuid, &[("rootkit", "1")]);
        let forged = deliver_glpi(&test, &document, at(5)).await;
        assert!(forged.new_pending && forged.equipment_id.is_none());
        let stored = detail::inventory(&test.db, &see(), made.item.id).await.unwrap().unwrap().unwrap();
        assert_eq!(stored.sections, agent.sections);
        let shown = queue::get(&test.db, &see(), forged.inventory_id).await.unwrap().unwrap();
        assert!(!shown.agent.unwrap().proven);
        assert!(shown.enrolled_again.is_none(), "it must not be offered in place of a proven agent");
    }

    async fn a_foreign_agent_is_one_machine_and_another_identity_waits(test: TestDatabase) {
        let uuid = "4c4c4544-0031-4a10-8053-b8c04f580001";
        let one = glpi("h-2026-01-01-00-00-00", "ABCDEF12", uuid, &[("bash", "5.2"), ("zsh", "5")]);
        let first = deliver_glpi(&test, &one, at(0)).await;
        assert!(deliver_glpi(&test, &one, at(10)).await.repeated, "the same document within the hour");
        assert!(!deliver_glpi(&test, &one, at(90)).await.repeated);
        let changed = glpi("h-2026-01-01-00-00-00", "ABCDEF12", uuid, &[("bash", "5.3")]);
        let second = deliver_glpi(&test, &changed, at(100)).await;
        assert_eq!(second.inventory_id, first.inventory_id);
        let stored = pending::inventory(&test.db, &see(), first.inventory_id).await.unwrap().unwrap();
        assert_eq!(stored.sections.software.unwrap().len(), 1);
        let other_uuid = "4c4c4544-0031-4a10-8053-b8c04f589999";
        let moved = glpi("h-2026-01-01-00-00-00", "ZYXWVU98", other_uuid, &[("bash", "5.3")]);
        let third = deliver_glpi(&test, &moved, at(200)).await;
        assert!(third.new_pending && third.inventory_id != first.inventory_id);
    }

    async fn a_wrong_clock_is_accepted_and_marked(test: TestDatabase) {
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        let mut message = agent.message();
        message.sequence = 5;
        let body = serde_json::to_vec(&message).unwrap();
        let mut delivery = crate::intake::Delivery::native(message, &body);
        delivery.agents_clock = Some(Timestamp::from_millis(0));
        delivery.collected_at = Some(Timestamp::from_millis(0));
        let sender = crate::intake::Sender { agent: agent.id, kind: crate::agents::AgentKind::Vigie, customer: None, source_address: String::new() };
        let receipt = Intake::new(test.db.clone(), rng()).receive(sender, delivery, at(0)).await.unwrap();
        let shown = queue::get(&test.db, &see(), receipt.inventory_id).await.unwrap().unwrap();
        assert_eq!(shown.clock_skew_seconds, Some(-at(0).seconds()));
        let stored = pending::inventory(&test.db, &see(), receipt.inventory_id).await.unwrap().unwrap();
        assert_eq!(stored.collected_at, at(0), "put right by the difference");
    }

    async fn software_is_found_by_version_and_counted_by_machine(test: TestDatabase) {
        let mut one = TestAgent::enrol(&test, 1, 1).await;
        let mut two = TestAgent::enrol(&test, 2, 2).await;
        // The second machine's bash and zsh are remembered from the first.
        two.intake = one.intake.clone();
        two.software()[1] = package("openssl", "3.0.9-1");
        two.software().push(package("openssl", "1.1.1w-0"));
        one.sync(0).await;
        two.sync(0).await;
        while fold(&test.db).await.unwrap() {}
        assert_eq!(machines_with(&test, "OpenSSL", "3.0.10").await, [("host2".to_owned(), "3.0.9-1".to_owned())]);
        assert_eq!(machines_with(&test, "openssl", "4").await.len(), 2);
        assert!(machines_with(&test, "openssl", "1.1.1").await.is_empty());
        let titles = query::titles(&test.db, &see(), &query::TitleFilter::default(), false, &Page::default()).await.unwrap();
        let counts: Vec<_> = titles.items.iter().map(|it| (it.name.as_str(), it.machines, it.versions)).collect();
        assert_eq!(counts, [("bash", 2, 1), ("openssl", 2, 3), ("zsh", 2, 1)]);
        let versions = query::versions(&test.db, &see(), "openssl", None).await.unwrap();
        assert_eq!(versions.iter().map(|it| it.version.as_str()).collect::<Vec<_>>(), ["3.0.11-1~deb12u1", "3.0.9-1", "1.1.1w-0"]);
        // Gone from one machine, the counts follow.
        two.software().retain(|it| it.name.as_deref() != Some("openssl"));
        two.sync(60).await;
        fold(&test.db).await.unwrap();
        assert_eq!(machines_with(&test, "openssl", "4").await.len(), 1);
        let filter = query::TitleFilter { name: Some("openssl".into()), ..query::TitleFilter::default() };
        let titles = query::titles(&test.db, &see(), &filter, true, &Page::default()).await.unwrap();
        assert_eq!(titles.items[0].machines, 1);
    }

    async fn a_machine_that_is_gone_from_the_table_is_unknown(test: TestDatabase) {
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        let receipt = agent.sync(0).await;
        pending::delete(&test.db, edit(), act(1), receipt.inventory_id).await.unwrap();
        let message = agent.message();
        assert!(matches!(agent.deliver(message, 2).await, Err(Refusal::AgentUnknown)));
        let mut again = TestAgent::enrol(&test, 1, 1).await;
        assert!(again.sync(3).await.new_pending, "an agent that still runs comes back as new");
        assert_eq!(Code::AgentUnknown.status(), 401);
    }
}
