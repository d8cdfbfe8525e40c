//! The bell, and reading the trail.

use super::*;
use crate::{
    audit::{self, AuditFilter},
    notifications::{self, MarkRead},
};
use vigie_db::{DbErr, paging::Page};

async fn raise(place: &Place, kind: &'static str, subject: &'static str, times: i64) {
    let act = place.act();
    let raised: Result<(), DbErr> = place
        .db
        .write(move |tx| {
            Box::pin(async move {
                let data = serde_json::json!({ "at": act.at });
                notifications::raise(tx, &*act.rng, act.at, kind, subject, &data, times).await
            })
        })
        .await;
    raised.unwrap();
}

on_both_engines! {
    async fn a_flood_is_one_notification_until_it_is_read(test: TestDatabase) {
        let place = Place::new(&test).await;
        let see = granted(Action::EquipmentSee);
        for _ in 0..5 {
            raise(&place, "pending-equipment", "", 400).await;
            place.wait(1);
        }
        raise(&place, "clone", "a", 1).await;
        let page = Page { descending: true, ..Page::default() };
        let (listed, unread) = notifications::list(&place.db, see, false, &page).await.unwrap();
        assert_eq!(unread, 2);
        let shown: Vec<_> = listed.items.iter().map(|it| (it.kind.as_str(), it.count)).collect();
        assert_eq!(shown, [("clone", 1), ("pending-equipment", 2000)]);
        let which = MarkRead { ids: vec![listed.items[1].id], all: false };
        assert_eq!(notifications::mark_read(&place.db, see, place.act(), which.clone()).await.unwrap(), 1);
        assert_eq!(notifications::mark_read(&place.db, see, place.act(), which).await.unwrap(), 0);
        raise(&place, "pending-equipment", "", 1).await;
        let (listed, unread) = notifications::list(&place.db, see, true, &page).await.unwrap();
        assert_eq!((listed.total.count, unread), (2, 2), "a new one, because the old one was read");
        let all = MarkRead { ids: vec![], all: true };
        assert_eq!(notifications::mark_read(&place.db, see, place.act(), all).await.unwrap(), 2);
        place.wait(60 * 24 * 31);
        let gone = notifications::purge(&place.db, place.clock.now(), Duration::from_hours(24 * 30)).await.unwrap();
        assert_eq!(gone, 3);
    }

    async fn the_trail_is_read_newest_first_by_object_action_and_words(test: TestDatabase) {
        let place = Place::new(&test).await;
        let see = granted(Action::PreferencesManage);
        let page = Page { descending: true, limit: 2, ..Page::default() };
        let first = audit::list(&place.db, see, &AuditFilter::default(), None, &page).await.unwrap();
        assert_eq!(first.items[0].action, "user.create");
        let next = Page { after: first.next.clone(), ..page.clone() };
        let second = audit::list(&place.db, see, &AuditFilter::default(), None, &next).await.unwrap();
        assert_eq!(second.items.iter().map(|it| it.action.as_str()).collect::<Vec<_>>(), ["customer.create", "reseller.create"]);
        let of = AuditFilter { object_id: first.items[0].object.id.clone(), ..AuditFilter::default() };
        assert_eq!(audit::list(&place.db, see, &of, None, &page).await.unwrap().total.count, 1);
        let doing = AuditFilter { action: Some("provider.create".into()), ..AuditFilter::default() };
        assert_eq!(audit::list(&place.db, see, &doing, None, &page).await.unwrap().total.count, 1);
        let words = audit::list(&place.db, see, &AuditFilter::default(), Some("OFFICE-agent"), &page).await.unwrap();
        assert_eq!(words.items[0].action, "api-client.create");
    }
}
