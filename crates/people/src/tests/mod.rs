//! The rules of people, on both engines, with a clock that the tests move.

mod access;
mod accounts;
mod certificates;
mod clients;
mod customers;
mod hierarchy;
mod notices;
mod signing_in;
mod views;

use std::{sync::Arc, time::Duration};

use vigie_db::{Database, on_both_engines, secrets::Secrets, testing::TestDatabase};
use vigie_kernel::{
    Act, Action, Actor, ActorKind, Clock as _, Granted, Role, SystemRng, Timestamp, UserId, time::ManualClock,
};

use crate::{
    first_start,
    passwords::{Hasher, Rules},
    users::manage,
};

/// A password that follows the rules.
const PASSWORD: &str = "a good Password 1";

/// A database with what a new server has.
struct Place {
    db: Database,
    clock: ManualClock,
    hasher: Hasher,
    secrets: Secrets,
    one_time_password: String,
}

impl Place {
    async fn new(test: &TestDatabase) -> Self {
        let clock = ManualClock::new(Timestamp::from_millis(1_790_000_000_000));
        let (hasher, secrets) = (Hasher::cheap(), Secrets::new(&[7; 32]));
        let act = act_at(clock.now());
        let password = first_start::ensure(&test.db, &hasher, &secrets, act).await.unwrap().unwrap();
        Self { db: test.db.clone(), clock, hasher, secrets, one_time_password: password }
    }

    fn act(&self) -> Act {
        act_at(self.clock.now())
    }

    /// Makes a user as the administrator does, with [`PASSWORD`].
    async fn user(&self, login: &str, role: Role, labels: &[&str]) -> UserId {
        self.user_by(granted(Action::UsersManage), self.act(), login, role, labels).await.unwrap()
    }

    async fn user_by(
        &self,
        granted: Granted,
        act: Act,
        login: &str,
        role: Role,
        labels: &[&str],
    ) -> Result<UserId, manage::ManageError> {
        let new = serde_json::json!({ "login": login, "password": PASSWORD, "role": role, "labels": labels });
        let new = serde_json::from_value(new).unwrap();
        manage::create(&self.db, &self.hasher, granted, act, new, Rules::default()).await.map(|made| made.id)
    }

    /// What someone does who is signed in.
    fn act_of(&self, user: UserId, login: &str) -> Act {
        let actor =
            Actor { kind: ActorKind::User, id: Some(user.to_string()), name: login.into(), source_address: None };
        Act { actor, ..self.act() }
    }

    fn wait(&self, minutes: u64) {
        self.clock.advance(Duration::from_mins(minutes));
    }
}

fn act_at(at: Timestamp) -> Act {
    Act { actor: Actor::server(), at, rng: Arc::new(SystemRng) }
}

fn granted(action: Action) -> Granted {
    Granted::by_server(action)
}

/// The actions in the trail, oldest first.
async fn trail(db: &Database) -> Vec<String> {
    use sea_orm::{EntityTrait as _, QueryOrder as _};
    let rows =
        vigie_db::audit::Entity::find().order_by_asc(vigie_db::audit::Column::Seq).all(db.reads()).await.unwrap();
    rows.into_iter().map(|row| row.action).collect()
}

on_both_engines! {
    async fn a_first_start_happens_once_even_when_two_begin_at_the_same_time(test: TestDatabase) {
        let (hasher, secrets) = (Hasher::cheap(), Secrets::new(&[7; 32]));
        let now = Timestamp::from_millis(1);
        let (one, other) = tokio::join!(
            first_start::ensure(&test.db, &hasher, &secrets, act_at(now)),
            first_start::ensure(&test.db, &hasher, &secrets, act_at(now)),
        );
        let passwords: Vec<_> = [one.unwrap(), other.unwrap()].into_iter().flatten().collect();
        assert_eq!(passwords.len(), 1);
        assert_eq!(first_start::ensure(&test.db, &hasher, &secrets, act_at(now)).await.unwrap(), None);
        let expected =
            ["provider.create", "reseller.create", "customer.create", "api-client.create", "user.create"];
        assert_eq!(trail(&test.db).await, expected);
    }
}
