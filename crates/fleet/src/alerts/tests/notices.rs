//! Notices beside the alerts, on both engines.

use serde_json::json;
use vigie_db::on_both_engines;

use super::*;
use crate::alerts::notices::{self, Notice, NoticeKind};

async fn happens(it: &Told, minutes: i64, kind: NoticeKind, count: u64, data: serde_json::Value) {
    let raised =
        it.place.db.write(move |tx| Box::pin(async move { notices::raise(tx, at(minutes), kind, count, &data).await }));
    raised.await.unwrap();
}

fn hears(name: &str, notices: &[NoticeKind]) -> AlertSubscriptionFields {
    let filter = Wanted { alerts: false, notices: notices.to_vec(), ..Wanted::default() };
    AlertSubscriptionFields { filter, ..by_mail(name) }
}

fn counted(message: &Outgoing) -> Vec<(NoticeKind, u64)> {
    message.notices.iter().map(|it| (it.kind, it.count)).collect()
}

on_both_engines! {
    async fn a_flood_is_one_line_with_a_count(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        let wanted = hears("Queue", &[NoticeKind::PendingEquipment, NoticeKind::AgentUpdate]);
        it.subscribe(AlertSubscriptionFields { interval_seconds: 600, ..wanted }).await;
        happens(&it, 1, NoticeKind::PendingEquipment, 2, json!({})).await;
        let first = it.messages(1).await.remove(0);
        assert_eq!(first.notices, [Notice { kind: NoticeKind::PendingEquipment, count: 2, at: at(1), data: json!({}) }]);
        deliveries::finished(&it.place.db, first.id, Ok(()), at(1)).await.unwrap();
        for minute in 2..=9 {
            happens(&it, minute, NoticeKind::PendingEquipment, 100, json!({})).await;
            happens(&it, minute, NoticeKind::Clone, 1, json!({})).await;
        }
        let stopped = |version: &str| json!({ "version": version, "reason": "refused" });
        happens(&it, 9, NoticeKind::AgentUpdate, 1, stopped("2.0.0")).await;
        happens(&it, 9, NoticeKind::AgentUpdate, 1, stopped("2.1.0")).await;
        it.raise(9, disk("/", Severity::Critical, 99.0)).await;
        assert!(it.messages(10).await.is_empty(), "not before its interval is over");
        let message = it.messages(11).await.remove(0);
        let expected = [(NoticeKind::PendingEquipment, 800), (NoticeKind::AgentUpdate, 1), (NoticeKind::AgentUpdate, 1)];
        assert_eq!((counted(&message), message.notices[0].at), (expected.to_vec(), at(9)));
        assert!(message.told.is_empty(), "no alerts are wanted");
        deliveries::finished(&it.place.db, message.id, Ok(()), at(11)).await.unwrap();
        let listed = deliveries::list(&it.place.db, may(Action::PreferencesManage), None, None, &Page::default()).await.unwrap();
        let told: Vec<_> = listed.items.iter().map(|it| (it.alerts, it.notices)).collect();
        assert!(told.contains(&(0, 1)) && told.contains(&(0, 3)), "{told:?}");
        assert!(it.messages(30).await.is_empty());
    }

    async fn who_wants_none_or_is_off_or_of_some_customers_hears_none(test: TestDatabase) {
        let mut it = Told::new(&test.db).await;
        it.subscribe(by_mail("Alerts")).await;
        it.subscribe(AlertSubscriptionFields { is_on: false, ..hears("Off", &[NoticeKind::Clone]) }).await;
        happens(&it, 1, NoticeKind::Clone, 1, json!({})).await;
        assert!(it.messages(1).await.is_empty());
        // Switched off while it waits.
        let made = it.subscribe(hears("Clones", &[NoticeKind::Clone])).await;
        happens(&it, 2, NoticeKind::Clone, 1, json!({})).await;
        let (db, secrets, may) = (&it.place.db, &it.place.secrets, may(Action::PreferencesManage));
        let set = async |is_on| {
            let fields = AlertSubscriptionFields { is_on, ..hears("Clones", &[NoticeKind::Clone]) };
            subscriptions::change(db, secrets, may, act(2), made.id, fields).await.unwrap();
        };
        set(false).await;
        assert!(it.messages(2).await.is_empty());
        set(true).await;
        assert!(it.messages(3).await.is_empty(), "what waited is gone");
        for filter in [
            Wanted { alerts: false, ..Wanted::default() },
            Wanted { notices: vec![NoticeKind::Clone], customers: vec![it.customer], ..Wanted::default() },
            Wanted { notices: vec![NoticeKind::Clone; 4], ..Wanted::default() },
        ] {
            let fields = AlertSubscriptionFields { filter, ..by_mail("Wrong") };
            let refused = subscriptions::create(db, secrets, may, act(3), fields).await;
            assert!(matches!(refused, Err(SubscriptionError::Invalid(..))), "{refused:?}");
        }
        // Alerts and notices are one message.
        let both = Wanted { notices: vec![NoticeKind::Clone], ..Wanted::default() };
        let both = it.subscribe(AlertSubscriptionFields { filter: both, ..by_mail("Both") }).await;
        it.raise(4, disk("/", Severity::Major, 91.0)).await;
        happens(&it, 4, NoticeKind::Clone, 3, json!({})).await;
        // A node's first look brings the notice; the alert settles meanwhile.
        let mut found = it.messages(5).await;
        found.retain(|message| message.subscription == both.id);
        assert_eq!((found.len(), found[0].told.len(), counted(&found[0])), (1, 1, vec![(NoticeKind::Clone, 3)]));
    }

    async fn a_notice_that_is_not_through_is_a_dead_letter_that_can_be_sent_again(test: TestDatabase) {
        let it = Told::new(&test.db).await;
        it.subscribe(hears("Clones", &[NoticeKind::Clone])).await;
        happens(&it, 1, NoticeKind::Clone, 7, json!({})).await;
        let mut minutes = 1;
        let id = it.messages(minutes).await[0].id;
        while !deliveries::finished(&it.place.db, id, Err("no route".into()), at(minutes)).await.unwrap() {
            minutes += 61;
            assert_eq!(counted(&it.messages(minutes).await[0]), [(NoticeKind::Clone, 7)]);
        }
        let may = may(Action::PreferencesManage);
        assert!(deliveries::again(&it.place.db, may, act(minutes), id).await.unwrap());
        assert_eq!(counted(&it.messages(minutes).await[0]), [(NoticeKind::Clone, 7)], "what it said is kept");
    }
}
