//! Figures and their lists, and schedules, on both engines.

use std::collections::BTreeMap;

use vigie_db::{Database, on_both_engines, paging::Page};
use vigie_kernel::{Action, CustomerId, EquipmentId, Granted, Role, UserId, policy};

use super::{
    By, Figure, Summary,
    schedules::{self, Repeats, ReportScheduleFields, ScheduleError, work},
    summary,
};
use crate::{
    equipment::{
        Staleness,
        change::{Fields, create, patch},
        list::{self as equipment, Filter, Narrowed, Sort},
    },
    pending,
    software::key,
    testing::{START, TestAgent, act, add_customer, assigned_user, at, edit, hierarchy, see},
};

/// Some days after the beginning, with a fortnight's patience.
fn later() -> Staleness {
    let now = at(40 * 24 * 60);
    Staleness { before: now.minus(std::time::Duration::from_hours(24 * 14)), now }
}

fn filter_of(query: &str) -> Filter {
    let members: BTreeMap<String, String> = serde_urlencoded::from_str(query).unwrap();
    let read: Filter = serde_urlencoded::from_str(query).unwrap();
    let known = serde_json::to_value(Filter::default()).unwrap();
    for member in members.keys() {
        assert!(known.get(member).is_some(), "the list knows {member}");
    }
    read
}

/// Whatever a figure says, its list has exactly so many.
async fn holds(db: &Database, granted: &Granted, figure: &Figure) {
    let filter = filter_of(&figure.query);
    let page = equipment::list(db, granted, &filter, Sort::Name, &Page::default(), later()).await.unwrap();
    assert_eq!(i64::try_from(page.total.count).unwrap(), figure.count, "{figure:?}");
}

async fn all_hold(db: &Database, granted: &Granted, narrowed: &Narrowed) -> Summary {
    let summary = summary(db, granted, narrowed, later()).await.unwrap();
    holds(db, granted, &summary.total).await;
    for group in &summary.groups {
        for figure in &group.figures {
            holds(db, granted, figure).await;
        }
        if group.by != By::Attention {
            let sum: i64 = group.figures.iter().map(|it| it.count).sum();
            assert_eq!(sum, summary.total.count, "nothing is left out of {:?}", group.by);
        }
    }
    for figure in summary.key_software.iter().flat_map(|it| &it.figures) {
        holds(db, granted, figure).await;
    }
    summary
}

fn counts(summary: &Summary, by: By) -> Vec<(String, i64)> {
    let group = summary.groups.iter().find(|it| it.by == by).unwrap();
    let named = |it: &Figure| if it.others { "others".to_owned() } else { it.key.clone() };
    group.figures.iter().filter(|it| it.count > 0).map(|it| (named(it), it.count)).collect()
}

async fn machine(
    test: &vigie_db::testing::TestDatabase,
    number: u8,
    customer: CustomerId,
    minutes: i64,
) -> EquipmentId {
    let mut agent = TestAgent::enrol_as(test, number, number, Some(customer)).await;
    let gib = [0, 2, 4, 8, 16, 64][usize::from(number) % 6] << 30;
    agent.system().memory_bytes = (gib > 0).then_some(gib);
    // 29 makers, one of them with a name that means something in addresses, one with none.
    agent.system().manufacturer = match number % 29 {
        0 => None,
        1 => Some("-".into()),
        2 => Some("A&B = \"C\" + <d>, é".into()),
        other => Some(format!("Maker {other}")),
    };
    agent.sections.bios = Some(vigie_wire::inventory::Bios {
        date: (!number.is_multiple_of(4)).then(|| format!("20{}-06-01", 18 + number % 8)),
        ..vigie_wire::inventory::Bios::default()
    });
    let os = agent.sections.operating_system.as_mut().unwrap();
    os.version = Some(format!("{}", number % 5));
    if number.is_multiple_of(7) {
        (os.name, os.version) = (None, None);
    }
    let receipt = agent.sync(minutes).await;
    let fields = Fields { customer_id: Some(customer), ..Fields::default() };
    let made = pending::create(&test.db, edit(), act(minutes), receipt.inventory_id, fields, later()).await;
    made.unwrap().item.id
}

on_both_engines! {
    async fn every_figure_is_the_size_of_its_list(test: TestDatabase) {
        let default = hierarchy(&test.db).await;
        let mut customers = vec![default];
        for number in 0..23 {
            customers.push(add_customer(&test.db, Box::leak(format!("C{number}").into_boxed_str()), false).await);
        }
        let user = assigned_user(&test.db, customers[3]).await;
        let granted = policy::require(user, Role::Operator, Action::EquipmentSee).unwrap();
        let key = key::KeySoftwareFields {
            name: "zsh".into(), pattern: "zsh".into(), lowest_version: "5".into(), ..Default::default()
        };
        key::create(&test.db, Granted::by_server(Action::PreferencesManage), act(0), key).await.unwrap();
        for number in 1..=60 {
            // From just now to forty days ago.
            let minutes = (40 - i64::from(number) % 41) * 24 * 60;
            machine(&test, number, customers[usize::from(number) % customers.len()], minutes).await;
        }
        let by_hand = Fields { name: Some("printer".into()), kind: Some("printer".into()), ..Fields::default() };
        let printer = create(&test.db, edit(), act(0), by_hand, later()).await.unwrap().item.id;
        while key::look(&test.db, &mut key::Looker::default(), 50).await.unwrap().more {}

        let all = all_hold(&test.db, &see(), &Narrowed::default()).await;
        assert_eq!(all.total.count, 61);
        assert_eq!(counts(&all, By::Type), [("laptop".into(), 60), ("printer".into(), 1)]);
        assert_eq!(counts(&all, By::Customer).last().unwrap().0, "others");
        let makers = counts(&all, By::Manufacturer);
        assert!(makers.iter().any(|(name, _)| name == "others") && makers.iter().any(|(name, _)| name.is_empty()));
        assert!(counts(&all, By::System).iter().any(|(name, count)| name.is_empty() && *count == 9));
        assert_eq!(counts(&all, By::Contact).last().unwrap(), &("never".to_owned(), 1));
        assert_eq!(all.key_software[0].figures[0].count, 60);

        let narrowed = Narrowed { customer_id: Some(customers[3]), ..Narrowed::default() };
        let of_one = all_hold(&test.db, &see(), &narrowed).await;
        assert_eq!(all_hold(&test.db, &granted, &Narrowed::default()).await.total.count, of_one.total.count);
        let elsewhere = Narrowed { customer_id: Some(customers[4]), ..Narrowed::default() };
        assert_eq!(all_hold(&test.db, &granted, &elsewhere).await.total.count, 0, "not what the caller may not see");

        // The day of purchase says more than the firmware.
        let before = counts(&all, By::Age);
        let bought = Fields { purchase_date: Some("2025-10-01".into()), ..Fields::default() };
        patch(&test.db, edit(), act(1), printer, bought, later()).await.unwrap();
        let after = all_hold(&test.db, &see(), &Narrowed::default()).await;
        let of = |counts: &[(String, i64)], key: &str| counts.iter().find(|it| it.0 == key).map_or(0, |it| it.1);
        assert_eq!(of(&counts(&after, By::Age), "under-1"), of(&before, "under-1") + 1);
        assert_eq!(of(&counts(&after, By::Age), "unknown"), of(&before, "unknown") - 1);
    }

    async fn nothing_is_a_summary_too(test: TestDatabase) {
        hierarchy(&test.db).await;
        let summary = all_hold(&test.db, &see(), &Narrowed::default()).await;
        assert_eq!((summary.total.count, summary.key_software.len()), (0, 0));
    }

    async fn one_of_several_nodes_writes_a_report_that_is_due(test: TestDatabase) {
        hierarchy(&test.db).await;
        let user = UserId::new(START, &*crate::testing::rng());
        let made = schedules::create(&test.db, see(), act(0), user, daily("Morning", &["a@example.org", "b@example.org"]));
        let made = made.await.unwrap();
        let due = made.next_at.unwrap();
        assert!(work::claim(&test.db, due.minus(std::time::Duration::from_millis(1))).await.unwrap().is_none());
        let claimed = work::claim(&test.db, due).await.unwrap().unwrap();
        assert_eq!((claimed.id, claimed.user, &*claimed.name), (made.id, user, "Morning"));
        assert!(work::claim(&test.db, due).await.unwrap().is_none(), "another node leaves it alone");
        // The node that had it is gone: after a while another one does it, and the first, back again, nothing.
        let late = due.plus(work::LEASE);
        let again = work::claim(&test.db, late).await.unwrap().unwrap();
        let act_at = |now| vigie_kernel::Act { at: now, ..act(0) };
        assert!(!work::written(&test.db, claimed, act_at(late), "<p>one</p>").await.unwrap());
        assert!(work::written(&test.db, again, act_at(late), "<p>two</p>").await.unwrap());
        let shown = schedules::list(&test.db, &see(), user).await.unwrap().remove(0);
        assert_eq!((shown.reports.len(), shown.reports[0].unsent), (1, 2));
        assert!(shown.next_at.unwrap() > late);
        let read = schedules::read(&test.db, &see(), user, made.id, None).await.unwrap().unwrap();
        assert_eq!(read, b"<p>two</p>");

        // Sent to one, later to the other, then given up.
        let out = work::outgoing(&test.db, late).await.unwrap().unwrap();
        assert_eq!((out.to.len(), &out.html[..]), (2, &b"<p>two</p>"[..]));
        assert!(work::outgoing(&test.db, late).await.unwrap().is_none());
        work::sent(&test.db, out, vec!["b@example.org".into()], "later".into(), late).await.unwrap();
        assert!(work::outgoing(&test.db, late).await.unwrap().is_none());
        let mut now = late;
        let mut tries = 1;
        for _ in 0..30 {
            now = now.plus(std::time::Duration::from_hours(3));
            let Some(out) = work::outgoing(&test.db, now).await.unwrap() else { break };
            assert_eq!(out.to, ["b@example.org"]);
            work::sent(&test.db, out, vec!["b@example.org".into()], "later".into(), now).await.unwrap();
            tries += 1;
        }
        assert_eq!(tries, 12);
        assert_eq!(schedules::list(&test.db, &see(), user).await.unwrap()[0].last_error, "later");
    }

    async fn so_many_reports_are_kept_and_a_missed_week_is_one_report(test: TestDatabase) {
        hierarchy(&test.db).await;
        let user = UserId::new(START, &*crate::testing::rng());
        let fields = ReportScheduleFields { keep: 2, ..daily("Morning", &[]) };
        let made = schedules::create(&test.db, see(), act(0), user, fields).await.unwrap();
        let mut now = made.next_at.unwrap().plus(std::time::Duration::from_hours(24 * 7));
        for number in 0..4 {
            let claimed = work::claim(&test.db, now).await.unwrap().unwrap();
            let act = vigie_kernel::Act { at: now, ..act(0) };
            assert!(work::written(&test.db, claimed, act, &number.to_string()).await.unwrap());
            assert!(work::claim(&test.db, now).await.unwrap().is_none(), "what was missed is not made up for");
            now = now.plus(std::time::Duration::from_hours(24));
        }
        let shown = schedules::list(&test.db, &see(), user).await.unwrap().remove(0);
        assert_eq!(shown.reports.len(), 2);
        let oldest = shown.reports[1].id;
        let read = schedules::read(&test.db, &see(), user, made.id, Some(oldest)).await.unwrap();
        assert_eq!(read.unwrap(), b"2");
        // Off: none is due, but one can be had now.
        let off = ReportScheduleFields { is_on: false, ..daily("Morning", &[]) };
        let changed = schedules::change(&test.db, see(), act(0), user, made.id, off).await.unwrap();
        assert!(changed.next_at.is_none() && work::claim(&test.db, now).await.unwrap().is_none());
        schedules::run(&test.db, see(), act(1), user, made.id).await.unwrap();
        let claimed = work::claim(&test.db, now).await.unwrap().unwrap();
        work::failed(&test.db, claimed, now, "its owner is gone".into(), true).await.unwrap();
        let shown = schedules::list(&test.db, &see(), user).await.unwrap().remove(0);
        assert_eq!((&*shown.last_error, shown.next_at, shown.is_on), ("its owner is gone", None, false));
    }

    async fn a_schedule_is_its_owners_and_that_of_who_sees_all(test: TestDatabase) {
        let default = hierarchy(&test.db).await;
        let other = add_customer(&test.db, "Other", false).await;
        let user = assigned_user(&test.db, other).await;
        let granted = policy::require(user, Role::Operator, Action::EquipmentSee).unwrap();
        let strangers = UserId::new(START, &*crate::testing::rng());
        let stranger = policy::require(strangers, Role::Operator, Action::EquipmentSee).unwrap();
        let mine = schedules::create(&test.db, granted, act(0), user, daily("Mine", &[])).await.unwrap();
        assert_eq!(schedules::list(&test.db, &granted, user).await.unwrap().len(), 1);
        assert_eq!(schedules::list(&test.db, &see(), strangers).await.unwrap().len(), 1);
        assert!(schedules::list(&test.db, &stranger, strangers).await.unwrap().is_empty());
        let theirs = schedules::change(&test.db, stranger, act(0), strangers, mine.id, daily("x", &[])).await;
        assert!(matches!(theirs, Err(ScheduleError::NotFound)));
        let theirs = schedules::run(&test.db, stranger, act(0), strangers, mine.id).await;
        assert!(matches!(theirs, Err(ScheduleError::NotFound)));
        let theirs = schedules::delete(&test.db, stranger, act(0), strangers, mine.id).await;
        assert!(matches!(theirs, Err(ScheduleError::NotFound)));
        assert!(schedules::read(&test.db, &stranger, strangers, mine.id, None).await.unwrap().is_none());
        let beyond = ReportScheduleFields { customer_id: Some(default), ..daily("Beyond", &[]) };
        let refused = schedules::create(&test.db, granted, act(0), user, beyond).await;
        assert!(matches!(refused, Err(ScheduleError::Invalid("customer_id", _))));
        let taken = schedules::create(&test.db, granted, act(0), user, daily(" mine ", &[])).await;
        assert!(matches!(taken, Err(ScheduleError::NameTaken)));
        for wrong in [
            ReportScheduleFields { time_of_day: "25:00".into(), ..daily("x", &[]) },
            ReportScheduleFields { time_zone: "Mars/Base".into(), ..daily("x", &[]) },
            ReportScheduleFields { month_day: 32, ..daily("x", &[]) },
            ReportScheduleFields { language: "de".into(), ..daily("x", &[]) },
            daily("x", &["a@b\r\nBcc: c@d"]),
            daily("", &[]),
        ] {
            let refused = schedules::create(&test.db, granted, act(0), user, wrong).await;
            assert!(matches!(refused, Err(ScheduleError::Invalid(..))));
        }
        schedules::delete(&test.db, see(), act(1), strangers, mine.id).await.unwrap();
        assert!(schedules::list(&test.db, &granted, user).await.unwrap().is_empty());
    }
}

fn daily(name: &str, recipients: &[&str]) -> ReportScheduleFields {
    ReportScheduleFields {
        name: name.into(),
        is_on: true,
        customer_id: None,
        reseller_id: None,
        language: "fr".into(),
        repeats: Repeats::Daily,
        weekday: 1,
        month_day: 1,
        time_of_day: "07:30".into(),
        time_zone: "Europe/Paris".into(),
        recipients: recipients.iter().map(|it| (*it).to_owned()).collect(),
        keep: 12,
        revision: None,
    }
}
