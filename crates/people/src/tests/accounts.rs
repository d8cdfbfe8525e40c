//! Accounts of others: making, changing, deleting, expiring them, and that an administrator always remains.

use super::*;
use crate::{
    sessions,
    sign_in::{self, Attempt},
    users::{
        self,
        fields::UserChanges,
        listing::{self, Managed, Sort, UserFilter},
        manage::{self, BulkAction, ManageError},
        mine, rescue,
    },
};
use vigie_db::paging::Page;
use vigie_kernel::policy;

fn all() -> Granted {
    granted(Action::UsersManage)
}

fn changes(json: serde_json::Value) -> UserChanges {
    serde_json::from_value(json).unwrap()
}

impl Place {
    async fn change(
        &self,
        granted: Granted,
        act: Act,
        id: UserId,
        json: serde_json::Value,
    ) -> Result<Managed, ManageError> {
        manage::change(&self.db, &self.hasher, granted, act, id, changes(json), Rules::default()).await
    }

    async fn enters(&self, login: &str, password: &str) -> Option<String> {
        let attempt = Attempt {
            login: login.into(),
            password: password.into(),
            source_address: "192.0.2.9".into(),
            user_agent: "test".into(),
            licence: None,
            licence_accepted: false,
        };
        sign_in::sign_in(&self.db, &self.hasher, self.act(), attempt).await.ok().map(|(_, begun)| begun.token)
    }

    async fn is_open(&self, token: &str) -> bool {
        sessions::authenticate(&self.db, token, self.clock.now(), 15).await.unwrap().is_some()
    }

    async fn admin(&self) -> UserId {
        users::find_by_login(&self.db, "admin", self.clock.now()).await.unwrap().unwrap().id
    }
}

on_both_engines! {
    async fn an_account_works_at_once_until_it_is_disabled_or_its_day_comes(test: TestDatabase) {
        let place = Place::new(&test).await;
        let id = place.user("ada", Role::Support, &[]).await;
        let token = place.enters("ADA", PASSWORD).await.unwrap();
        assert!(place.is_open(&token).await);
        place.change(all(), place.act(), id, serde_json::json!({ "disabled": true })).await.unwrap();
        assert!(!place.is_open(&token).await, "disabling ends sessions");
        assert!(place.enters("ada", PASSWORD).await.is_none());
        let tomorrow = place.clock.now().plus(Duration::from_hours(24)).day();
        place.change(all(), place.act(), id, serde_json::json!({ "disabled": false, "expires_on": tomorrow })).await.unwrap();
        let token = place.enters("ada", PASSWORD).await.unwrap();
        let today = place.clock.now().day();
        let past = place.change(all(), place.act(), id, serde_json::json!({ "expires_on": today })).await;
        assert!(matches!(past, Err(ManageError::Field(_))));
        place.clock.advance(Duration::from_hours(24));
        assert!(!place.is_open(&token).await, "expiry ends sessions, also before anyone looks");
        assert!(place.enters("ada", PASSWORD).await.is_none());
        assert_eq!(manage::expire(&place.db, place.act()).await.unwrap(), 1);
        assert_eq!(manage::expire(&place.db, place.act()).await.unwrap(), 0);
        let user = listing::get(&place.db, all(), id).await.unwrap().unwrap();
        assert!(user.disabled && user.expires_on.is_none(), "until it is enabled by hand");
        place.change(all(), place.act(), id, serde_json::json!({ "disabled": false })).await.unwrap();
        assert!(place.enters("ada", PASSWORD).await.is_some());
    }

    async fn fields_are_checked_and_names_are_unique(test: TestDatabase) {
        let place = Place::new(&test).await;
        place.user("ada", Role::Operator, &[]).await;
        let again = place.user_by(all(), place.act(), "ADA", Role::Operator, &[]).await;
        assert!(matches!(again, Err(ManageError::Taken)));
        let labelled = place.user_by(all(), place.act(), "x", Role::Support, &["R"]).await;
        assert!(matches!(labelled, Err(ManageError::Field(error)) if error.field == "labels"));
        let id = place.user("bob", Role::Operator, &["R"]).await;
        for (field, value) in [
            ("wallboard", serde_json::json!(true)),
            ("phone", serde_json::json!("1234567890123456")),
            ("email", serde_json::json!("nobody")),
            ("session_timeout_minutes", serde_json::json!(7)),
            ("login", serde_json::json!("sixteen-letters-")),
            ("last_name", serde_json::json!("x".repeat(32))),
        ] {
            let refused = place.change(all(), place.act(), id, serde_json::json!({ field: value })).await;
            assert!(matches!(refused, Err(ManageError::Field(error)) if error.field == field), "{field}");
        }
        let weak = place.change(all(), place.act(), id, serde_json::json!({ "password": "short" })).await;
        assert!(matches!(weak, Err(ManageError::Weak(_))));
        // Who becomes someone who sees all loses labels; who stops being read-only is no wallboard any more.
        let changed = place.change(all(), place.act(), id, serde_json::json!({ "role": "support", "wallboard": true })).await.unwrap();
        assert!(changed.labels.is_empty() && changed.wallboard);
        let changed = place.change(all(), place.act(), id, serde_json::json!({ "role": "operator" })).await.unwrap();
        assert!(!changed.wallboard);
    }

    async fn a_new_password_by_another_ends_sessions_and_may_have_to_be_changed(test: TestDatabase) {
        let place = Place::new(&test).await;
        let id = place.user("ada", Role::Operator, &[]).await;
        let token = place.enters("ada", PASSWORD).await.unwrap();
        let new = serde_json::json!({ "password": "quite Another 2", "must_change_password": true });
        let changed = place.change(all(), place.act(), id, new).await.unwrap();
        assert!(changed.must_change_password && !place.is_open(&token).await);
        assert!(place.enters("ada", PASSWORD).await.is_none());
        assert!(place.enters("ada", "quite Another 2").await.is_some());
        let row = trail(&place.db).await;
        assert!(row.contains(&"password.reset".to_owned()) && row.contains(&"user.change".to_owned()));
    }

    async fn one_enabled_administrator_always_remains(test: TestDatabase) {
        let place = Place::new(&test).await;
        let admin = place.admin().await;
        let other = place.user("other", Role::Administrator, &[]).await;
        let (as_admin, as_other) = (place.act_of(admin, "admin"), place.act_of(other, "other"));
        // Nobody does it to themselves.
        for json in [serde_json::json!({ "disabled": true }), serde_json::json!({ "role": "support" })] {
            assert!(matches!(place.change(all(), as_admin.clone(), admin, json).await, Err(ManageError::Own)));
        }
        assert!(matches!(manage::delete(&place.db, all(), as_admin.clone(), admin).await, Err(ManageError::Own)));
        place.change(all(), as_other.clone(), admin, serde_json::json!({ "role": "support" })).await.unwrap();
        let day = serde_json::json!({ "expires_on": "2099-01-01" });
        assert!(matches!(place.change(all(), as_other.clone(), other, day).await, Err(ManageError::LastAdministrator)));
        let last = manage::delete(&place.db, all(), place.act(), other).await;
        assert!(matches!(last, Err(ManageError::LastAdministrator)));
        assert!(place.enters("other", PASSWORD).await.is_some(), "nothing was changed");
        // Two administrators who disable each other at once: one of them is refused.
        place.change(all(), as_other.clone(), admin, serde_json::json!({ "role": "administrator" })).await.unwrap();
        let off = || serde_json::json!({ "disabled": true });
        let (one, two) = tokio::join!(
            place.change(all(), as_admin, other, off()),
            place.change(all(), as_other, admin, off()),
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    }

    async fn supervisors_manage_the_operators_they_made_and_see_no_other(test: TestDatabase) {
        let place = Place::new(&test).await;
        let boss = place.user("boss", Role::Supervisor, &["R"]).await;
        let peer = place.user("peer", Role::Supervisor, &["R"]).await;
        let granted = |user| policy::require(user, Role::Supervisor, Action::UsersManage).unwrap();
        let act = place.act_of(boss, "boss");
        let own = place.user_by(granted(boss), act.clone(), "own", Role::Operator, &["r"]).await.unwrap();
        let higher = place.user_by(granted(boss), act.clone(), "x", Role::Supervisor, &[]).await;
        assert!(matches!(higher, Err(ManageError::Field(error)) if error.field == "role"));
        let label = place.user_by(granted(boss), act.clone(), "x", Role::Operator, &["S"]).await;
        assert!(matches!(label, Err(ManageError::Field(error)) if error.field == "labels"));
        let seen = |user| {
            let db = place.db.clone();
            async move {
                let page = Page::default();
                let listed = listing::list(&db, granted(user), &UserFilter::default(), None, Sort::Login, &page).await.unwrap();
                listed.items.into_iter().map(|it| it.login).collect::<Vec<_>>()
            }
        };
        assert_eq!(seen(boss).await, ["own"]);
        assert!(seen(peer).await.is_empty());
        let foreign = place.act_of(peer, "peer");
        for result in [
            place.change(granted(peer), foreign.clone(), own, serde_json::json!({ "first_name": "x" })).await.map(drop),
            manage::delete(&place.db, granted(peer), foreign, own).await,
            place.change(granted(boss), act.clone(), peer, serde_json::json!({ "disabled": true })).await.map(drop),
        ] {
            assert!(matches!(result, Err(ManageError::NotFound)), "{result:?}");
        }
        let promoted = place.change(granted(boss), act.clone(), own, serde_json::json!({ "role": "administrator" })).await;
        assert!(matches!(promoted, Err(ManageError::Field(_))));
        manage::delete(&place.db, granted(boss), act, own).await.unwrap();
    }

    async fn the_list_is_filtered_searched_sorted_and_changed_at_once(test: TestDatabase) {
        let place = Place::new(&test).await;
        let ids = [
            place.user("ada", Role::Operator, &["R"]).await,
            place.user("bob", Role::Technician, &[]).await,
            place.user("eve", Role::Operator, &[]).await,
        ];
        for (id, first, last, mail) in [(ids[0], "Ada", "Zed", "ada@x.example"), (ids[1], "Bob", "Young", ""), (ids[2], "Ève", "Xu", "")] {
            let named = serde_json::json!({ "first_name": first, "last_name": last, "email": mail });
            place.change(all(), place.act(), id, named).await.unwrap();
        }
        place.enters("bob", PASSWORD).await.unwrap();
        let list = |filter: serde_json::Value, q: Option<&'static str>, sort, descending| {
            let (db, filter): (_, UserFilter) = (place.db.clone(), serde_json::from_value(filter).unwrap());
            async move {
                let page = Page { descending, ..Page::default() };
                let listed = listing::list(&db, all(), &filter, q, sort, &page).await.unwrap();
                listed.items.into_iter().map(|it| it.login).collect::<Vec<_>>()
            }
        };
        let any = || serde_json::json!({});
        assert_eq!(list(any(), None, Sort::Login, false).await, ["ada", "admin", "bob", "eve"]);
        assert_eq!(list(any(), None, Sort::Name, false).await, ["admin", "eve", "bob", "ada"]);
        assert_eq!(list(any(), None, Sort::LastSignIn, true).await[0], "bob");
        assert_eq!(list(serde_json::json!({ "role": "operator" }), None, Sort::Login, true).await, ["eve", "ada"]);
        assert_eq!(list(serde_json::json!({ "label": "r" }), None, Sort::Login, false).await, ["ada"]);
        assert_eq!(list(any(), Some("ÈVE"), Sort::Login, false).await, ["eve"]);
        assert_eq!(list(any(), Some("X.EXAMPLE"), Sort::Login, false).await, ["ada"]);
        let bulk = |action, ids: &[UserId]| manage::bulk(&place.db, all(), place.act(), action, ids.to_vec());
        bulk(BulkAction::Disable, &ids[..2]).await.unwrap();
        assert_eq!(list(serde_json::json!({ "disabled": true }), None, Sort::Login, false).await, ["ada", "bob"]);
        let stranger = UserId::new(place.clock.now(), &SystemRng);
        assert!(matches!(bulk(BulkAction::Delete, &[ids[0], stranger]).await, Err(ManageError::NotFound)));
        assert_eq!(list(any(), None, Sort::Login, false).await.len(), 4, "all or none");
        bulk(BulkAction::Delete, &ids).await.unwrap();
        assert_eq!(list(any(), None, Sort::Login, false).await, ["admin"]);
    }

    async fn an_idle_wallboard_goes_on_showing_and_nothing_else(test: TestDatabase) {
        let place = Place::new(&test).await;
        let id = place.user("wall", Role::ReadOnly, &[]).await;
        place.change(all(), place.act(), id, serde_json::json!({ "wallboard": true })).await.unwrap();
        let token = place.enters("wall", PASSWORD).await.unwrap();
        let session = || async { sessions::authenticate(&place.db, &token, place.clock.now(), 15).await.unwrap() };
        assert!(!session().await.unwrap().wallboard);
        for _ in 0..30 {
            place.wait(60);
            let session = session().await.expect("it goes on while its page asks");
            assert!(session.wallboard);
            sessions::keep_alive(&place.db, &session, place.clock.now()).await.unwrap();
            sessions::purge(&place.db, place.clock.now()).await.unwrap();
        }
        place.wait(25 * 60);
        assert!(session().await.is_none(), "a screen that was dark for a day signs in again");
        assert_eq!(sessions::purge(&place.db, place.clock.now()).await.unwrap(), 1);
    }

    async fn a_session_that_is_used_elsewhere_is_noticed_once(test: TestDatabase) {
        let place = Place::new(&test).await;
        place.user("ada", Role::Operator, &[]).await;
        let token = place.enters("ada", PASSWORD).await.unwrap();
        for (address, notes) in [("192.0.2.9", 0), ("198.51.100.7", 1), ("192.0.2.9", 1), ("198.51.100.7", 1), ("203.0.113.1", 2)] {
            let session = sessions::authenticate(&place.db, &token, place.clock.now(), 15).await.unwrap().unwrap();
            sessions::notice(&place.db, place.act(), &session, address, "other").await.unwrap();
            let noted = trail(&place.db).await.iter().filter(|it| *it == "session.elsewhere").count();
            assert_eq!(noted, notes, "{address}");
        }
    }

    async fn whoever_owns_the_machine_gets_in_again(test: TestDatabase) {
        let place = Place::new(&test).await;
        let admin = place.admin().await;
        let other = place.user("other", Role::Administrator, &[]).await;
        place.change(all(), place.act_of(other, "other"), admin, serde_json::json!({ "role": "read-only", "disabled": true })).await.unwrap();
        for _ in 0..4 {
            assert!(place.enters("admin", "wrong").await.is_none());
        }
        let password = rescue::break_glass(&place.db, &place.hasher, place.act(), "admin").await.unwrap();
        assert!(place.enters("admin", &password).await.is_some(), "enabled, and no longer locked");
        let user = listing::get(&place.db, all(), admin).await.unwrap().unwrap();
        assert_eq!((user.role, user.must_change_password), (Some(Role::Administrator), true));
        let password = rescue::break_glass(&place.db, &place.hasher, place.act(), "newcomer").await.unwrap();
        assert!(place.enters("newcomer", &password).await.is_some());
        assert_eq!(trail(&place.db).await.iter().filter(|it| *it == "user.break-glass").count(), 2);
    }

    async fn people_say_how_they_can_be_reached(test: TestDatabase) {
        let place = Place::new(&test).await;
        let id = place.user("ada", Role::Operator, &[]).await;
        let mine: mine::MyChanges =
            serde_json::from_value(serde_json::json!({ "first_name": "Ada", "phone": "+33 1 23", "email": "a@b.example" })).unwrap();
        mine::change(&place.db, place.act(), id, mine).await.unwrap();
        let user = listing::get(&place.db, all(), id).await.unwrap().unwrap();
        assert_eq!((user.first_name.as_str(), user.phone.as_str(), user.email.as_str()), ("Ada", "+33123", "a@b.example"));
        let wrong: mine::MyChanges = serde_json::from_value(serde_json::json!({ "mobile": "call me" })).unwrap();
        assert!(matches!(mine::change(&place.db, place.act(), id, wrong).await, Err(mine::ChangeError::Field(_))));
    }
}
