//! Sign-in, lock-out, passwords, sessions and tokens.

use super::*;
use crate::{
    api_tokens::{self, NewApiToken},
    passwords::Rules,
    sessions::{self, Begun},
    sign_in::{self, Attempt, SignInError},
    users::{
        User,
        mine::{self, MyChanges},
        password::{self, PasswordError},
    },
};

const HERE: &str = "192.0.2.1";

impl Place {
    async fn sign_in(&self, login: &str, password: &str, from: &str) -> Result<(User, Begun), SignInError> {
        let attempt = Attempt {
            licence: None,
            licence_accepted: false,
            login: login.into(),
            password: password.into(),
            source_address: from.into(),
            user_agent: "test".into(),
        };
        sign_in::sign_in(&self.db, &self.hasher, self.act(), attempt).await
    }

    async fn right(&self) -> (User, Begun) {
        self.sign_in("admin", &self.one_time_password, HERE).await.unwrap()
    }

    async fn change_password(
        &self,
        user: &User,
        present: &str,
        new: &str,
        remembered: u32,
    ) -> Result<(), PasswordError> {
        let (present, new) = (present.to_owned(), new.to_owned());
        let rules = Rules { remembered: usize::try_from(remembered).unwrap(), ..Rules::default() };
        password::change(&self.db, &self.hasher, self.act(), user.id, present, new, rules).await
    }

    async fn alive(&self, token: &str) -> bool {
        sessions::authenticate(&self.db, token, self.clock.now(), 15).await.unwrap().is_some()
    }
}

fn is_wrong(result: &Result<(User, Begun), SignInError>) -> bool {
    matches!(result, Err(SignInError::Wrong))
}

fn is_locked(result: &Result<(User, Begun), SignInError>) -> bool {
    matches!(result, Err(SignInError::Locked))
}

on_both_engines! {
    async fn three_failures_lock_the_account_for_that_source_for_ten_minutes(test: TestDatabase) {
        let place = Place::new(&test).await;
        for _ in 0..3 {
            assert!(is_wrong(&place.sign_in("admin", "wrong", HERE).await));
            place.wait(1);
        }
        let right = place.one_time_password.clone();
        assert!(is_locked(&place.sign_in("ADMIN ", &right, HERE).await), "the right password does not open it");
        assert!(place.sign_in("admin", &right, "192.0.2.2").await.is_ok(), "elsewhere it is not locked");
        place.wait(8);
        assert!(is_locked(&place.sign_in("admin", &right, HERE).await));
        place.wait(1);
        assert!(place.sign_in("admin", &right, HERE).await.is_ok());
    }

    async fn old_failures_do_not_count_and_a_success_forgets_them(test: TestDatabase) {
        let place = Place::new(&test).await;
        for _ in 0..8 {
            assert!(is_wrong(&place.sign_in("admin", "wrong", HERE).await));
            place.wait(6);
        }
        assert!(is_wrong(&place.sign_in("admin", "wrong", HERE).await));
        place.right().await;
        assert!(is_wrong(&place.sign_in("admin", "wrong", HERE).await));
        assert!(is_wrong(&place.sign_in("admin", "wrong", HERE).await));
        place.right().await;
        place.wait(60);
        assert_eq!(sign_in::purge(&place.db, place.clock.now()).await.unwrap(), 0, "nothing was left");
    }

    async fn a_name_that_does_not_exist_is_answered_and_locked_alike(test: TestDatabase) {
        let place = Place::new(&test).await;
        for _ in 0..3 {
            assert!(is_wrong(&place.sign_in("nobody", "wrong", HERE).await));
        }
        assert!(is_locked(&place.sign_in("nobody", "wrong", HERE).await));
        assert!(is_wrong(&place.sign_in("no\0body", "wrong\0", HERE).await));
        let trail = trail(&place.db).await;
        assert!(!trail.contains(&"session.refused".to_owned()), "what is typed there may be a password: {trail:?}");
    }

    async fn many_attempts_at_once_are_no_way_around_the_lock(test: TestDatabase) {
        let place = Arc::new(Place::new(&test).await);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let place = place.clone();
            tasks.spawn(async move { is_wrong(&place.sign_in("admin", "wrong", HERE).await) });
        }
        let tried = tasks.join_all().await.into_iter().filter(|wrong| *wrong).count();
        assert_eq!(tried, 3);
    }

    async fn a_password_follows_the_rules_is_new_and_ends_all_sessions(test: TestDatabase) {
        let place = Place::new(&test).await;
        let (user, begun) = place.right().await;
        assert!(user.must_change_password);
        let first = place.one_time_password.clone();
        let wrong = place.change_password(&user, "wrong", "another Password 1", 3).await;
        assert!(matches!(wrong, Err(PasswordError::Wrong)));
        assert!(matches!(place.change_password(&user, &first, "short", 3).await, Err(PasswordError::Weak(_))));
        assert!(matches!(place.change_password(&user, &first, &first, 3).await, Err(PasswordError::Reused)));
        assert!(place.alive(&begun.token).await);
        place.change_password(&user, &first, "Password nr 1", 3).await.unwrap();
        assert!(!place.alive(&begun.token).await);
        assert!(is_wrong(&place.sign_in("admin", &first, HERE).await));
        place.change_password(&user, "Password nr 1", "Password nr 2", 3).await.unwrap();
        // The last three: number 2, number 1 and the one-time password.
        for used in ["Password nr 1", &first] {
            let reused = place.change_password(&user, "Password nr 2", used, 3).await;
            assert!(matches!(reused, Err(PasswordError::Reused)), "{used}");
        }
        place.change_password(&user, "Password nr 2", "Password nr 3", 3).await.unwrap();
        place.change_password(&user, "Password nr 3", &first, 3).await.unwrap();
        let (user, _) = place.sign_in("admin", &first, HERE).await.unwrap();
        assert!(!user.must_change_password);
    }

    async fn a_reset_password_works_once_and_must_be_changed(test: TestDatabase) {
        let place = Place::new(&test).await;
        let (_, begun) = place.right().await;
        let password = password::reset(&place.db, &place.hasher, place.act(), "Admin").await.unwrap();
        assert!(!place.alive(&begun.token).await);
        let (user, _) = place.sign_in("admin", &password, HERE).await.unwrap();
        assert!(user.must_change_password);
        let nobody = password::reset(&place.db, &place.hasher, place.act(), "nobody").await;
        assert!(matches!(nobody, Err(PasswordError::NotFound)));
        assert!(trail(&place.db).await.contains(&"password.reset".to_owned()));
    }

    async fn an_idle_session_ends_and_use_keeps_it(test: TestDatabase) {
        let place = Place::new(&test).await;
        let (user, begun) = place.right().await;
        for _ in 0..3 {
            place.wait(14);
            let now = place.clock.now();
            let session = sessions::authenticate(&place.db, &begun.token, now, 15).await.unwrap().unwrap();
            assert!(sessions::goes_on(&place.db, &session, now, 15).await.unwrap());
            sessions::touch(&place.db, &session, now).await.unwrap();
        }
        place.wait(16);
        assert!(!place.alive(&begun.token).await);
        // A time-out of one's own goes before the preference.
        let changes = MyChanges { session_timeout_minutes: Some(Some(30)), ..MyChanges::default() };
        mine::change(&place.db, place.act(), user.id, changes).await.unwrap();
        assert!(place.alive(&begun.token).await);
        place.wait(15);
        assert!(!place.alive(&begun.token).await);
        let odd = MyChanges { session_timeout_minutes: Some(Some(7)), ..MyChanges::default() };
        assert!(matches!(
            mine::change(&place.db, place.act(), user.id, odd).await,
            Err(mine::ChangeError::Field(_))
        ));
        assert_eq!(sessions::purge(&place.db, place.clock.now()).await.unwrap(), 1);
    }

    async fn sessions_are_listed_and_ended(test: TestDatabase) {
        let place = Place::new(&test).await;
        let (user, first) = place.right().await;
        let (_, second) = place.right().await;
        let listed = sessions::list(&place.db, &user, place.clock.now(), 15).await.unwrap();
        assert_eq!(listed.len(), 2);
        let now = place.clock.now();
        let mine = sessions::authenticate(&place.db, &first.token, now, 15).await.unwrap().unwrap();
        assert!(sessions::end(&place.db, place.act(), &user, mine.id).await.unwrap());
        assert!(!place.alive(&first.token).await && place.alive(&second.token).await);
        assert!(!sessions::end(&place.db, place.act(), &user, mine.id).await.unwrap(), "it has ended already");
    }

    async fn a_token_does_what_it_may_until_its_end(test: TestDatabase) {
        let place = Place::new(&test).await;
        let (user, _) = place.right().await;
        let expires_at = Some(place.clock.now().plus(Duration::from_hours(1)));
        let new = NewApiToken { name: "script".into(), scope: api_tokens::Scope::Read, expires_at };
        let (made, secret) = api_tokens::create(&place.db, place.act(), &user, new.clone()).await.unwrap();
        assert!(secret.starts_with("vgt_"));
        let authenticate = |secret: String| {
            let now = place.clock.now();
            let db = place.db.clone();
            async move { api_tokens::authenticate(&db, &secret, now).await.unwrap() }
        };
        let (owner, scope, end) = authenticate(secret.clone()).await.unwrap();
        assert_eq!((owner.id, scope, end), (user.id, api_tokens::Scope::Read, expires_at));
        assert!(authenticate(format!("{secret}x")).await.is_none());
        let listed = api_tokens::list(&place.db, user.id).await.unwrap();
        assert_eq!(listed[0].last_used_at, Some(place.clock.now()));
        place.wait(60);
        assert!(authenticate(secret.clone()).await.is_none(), "its time is over");
        let past = api_tokens::create(&place.db, place.act(), &user, new).await;
        assert!(matches!(past, Err(api_tokens::CreateError::Expired)));
        assert!(api_tokens::delete(&place.db, place.act(), user.id, made.id).await.unwrap());
        assert!(!api_tokens::delete(&place.db, place.act(), user.id, made.id).await.unwrap());
    }
}
