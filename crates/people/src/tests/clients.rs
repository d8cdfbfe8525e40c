//! API clients and preferences.

use super::*;
use crate::{
    api_clients::{self, ApiClientChanges, AuthenticateError, ChangeError, NewApiClient, OFFICE_AGENT, Status},
    preferences::{self, Cache, PreferenceChanges, RetentionChanges},
};
use vigie_db::paging::Page;

on_both_engines! {
    async fn a_client_signs_in_with_its_secret_while_it_is_active(test: TestDatabase) {
        let place = Place::new(&test).await;
        let manage = granted(Action::AgentsManage);
        let secret =
            api_clients::reveal(&place.db, manage, &place.secrets, place.act(), OFFICE_AGENT).await.unwrap();
        let now = place.clock.now();
        let client = api_clients::authenticate(&place.db, OFFICE_AGENT, &secret, now).await.unwrap();
        assert_eq!(client.scope, "agents");
        for (id, secret) in [(OFFICE_AGENT, "wrong"), ("nobody", secret.as_str()), ("OFFICE-AGENT", secret.as_str()), ("a\0b", "x")] {
            let refused = api_clients::authenticate(&place.db, id, secret, now).await;
            assert!(matches!(refused, Err(AuthenticateError::Unknown)), "{id}");
        }
        let listed = api_clients::list(&place.db, manage, None, &Page::default()).await.unwrap();
        assert_eq!(listed.items[0].last_used_at, Some(now));
        let off = ApiClientChanges { status: Some(Status::Inactive), customer_id: None };
        let changed = api_clients::change(&place.db, manage, place.act(), client.id, off).await.unwrap();
        assert_eq!(changed.status, Status::Inactive);
        let refused = api_clients::authenticate(&place.db, OFFICE_AGENT, &secret, now).await;
        assert!(matches!(refused, Err(AuthenticateError::Inactive)));
        let refused = api_clients::recognise(&place.db, client.id, now).await;
        assert!(matches!(refused, Err(AuthenticateError::Inactive)), "a token from before does not help");
        let trail = trail(&place.db).await;
        assert_eq!(trail[trail.len() - 2..], ["api-client.reveal-secret", "api-client.change"]);
    }

    async fn only_the_status_of_the_built_in_client_can_be_changed(test: TestDatabase) {
        let place = Place::new(&test).await;
        let manage = granted(Action::AgentsManage);
        let customer = vigie_db::owners::default_customer(place.db.reads()).await.unwrap().id;
        let new = |id: &str| NewApiClient { client_id: id.into(), customer_id: None };
        let create = |new| api_clients::create(&place.db, manage, &place.secrets, place.act(), new);
        let (made, secret) = create(new("branch-1")).await.unwrap();
        assert!(api_clients::authenticate(&place.db, "branch-1", &secret, place.clock.now()).await.is_ok());
        assert!(matches!(create(new("branch-1")).await, Err(ChangeError::Taken)));
        assert!(matches!(create(new("a b")).await, Err(ChangeError::ClientId)));
        let unknown = vigie_kernel::CustomerId::new(place.clock.now(), &SystemRng);
        let stray = NewApiClient { client_id: "branch-2".into(), customer_id: Some(unknown) };
        assert!(matches!(create(stray).await, Err(ChangeError::NoCustomer)));
        let given = ApiClientChanges { status: None, customer_id: Some(customer) };
        let changed = api_clients::change(&place.db, manage, place.act(), made.id, given.clone()).await.unwrap();
        assert_eq!(changed.customer.unwrap().id, customer);
        let listed = api_clients::list(&place.db, manage, Some("office"), &Page::default()).await.unwrap();
        assert_eq!(listed.total.count, 1);
        let refused = api_clients::change(&place.db, manage, place.act(), listed.items[0].id, given).await;
        assert!(matches!(refused, Err(ChangeError::BuiltIn)));
    }

    async fn preferences_change_at_once_and_are_checked(test: TestDatabase) {
        let place = Place::new(&test).await;
        let cache = Cache::new(place.db.clone());
        assert_eq!(cache.get(place.clock.now()).await.unwrap().stale_after_days, 14);
        let manage = granted(Action::PreferencesManage);
        let changes = PreferenceChanges {
            stale_after_days: Some(30),
            retention: Some(RetentionChanges { history_days: Some(10), ..RetentionChanges::default() }),
            ..PreferenceChanges::default()
        };
        preferences::change(&place.db, &place.secrets, manage, place.act(), changes).await.unwrap();
        cache.forget().await;
        let preferences = cache.get(place.clock.now()).await.unwrap();
        assert_eq!((preferences.stale_after_days, preferences.retention.history_days), (30, 10));
        assert_eq!(preferences.retention.pending_days, 60, "what was not said stays");
        for wrong in [
            PreferenceChanges { session_timeout_minutes: Some(7), ..PreferenceChanges::default() },
            PreferenceChanges { stale_after_days: Some(0), ..PreferenceChanges::default() },
            PreferenceChanges { server_name: Some(" ".into()), ..PreferenceChanges::default() },
        ] {
            let refused = preferences::change(&place.db, &place.secrets, manage, place.act(), wrong).await;
            assert!(matches!(refused, Err(preferences::ChangeError::Value { .. })), "{refused:?}");
        }
        assert_eq!(preferences::load(&place.db).await.unwrap(), *preferences, "a refused change changes nothing");
    }

    async fn another_nodes_change_is_seen_within_seconds_on_a_shared_database(test: TestDatabase) {
        let place = Place::new(&test).await;
        let other_node = Cache::new(place.db.clone());
        other_node.get(place.clock.now()).await.unwrap();
        let changes = PreferenceChanges { foreign_intake: Some(false), ..PreferenceChanges::default() };
        preferences::change(&place.db, &place.secrets, granted(Action::PreferencesManage), place.act(), changes).await.unwrap();
        place.clock.advance(Duration::from_secs(4));
        let seen = other_node.get(place.clock.now()).await.unwrap();
        // SQLite belongs to one server, which forgets its copy itself.
        assert_eq!(seen.foreign_intake, place.db.engine() == vigie_db::Engine::Sqlite);
    }
}
