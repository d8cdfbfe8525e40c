//! Fills a database with many customers of a hundred resellers, and an operator, `op`, who is assigned to those of five of
//! them by their labels. `cargo xtask bench people` runs it.
//!
//! usage: `many_customers FILE COUNT`

use std::sync::Arc;

use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _};
use vigie_db::{Database, Options};
use vigie_kernel::{Act, Action, Actor, Clock as _, Granted, ResellerId, SystemClock, SystemRng};
use vigie_people::{
    hierarchy::manage::{self, NewCustomer, NewProvider, NewReseller},
    passwords::{Hasher, Rules},
    users,
};

const RESELLERS: usize = 100;
const CALLERS: usize = 64;

fn act() -> Act {
    Act { actor: Actor::server(), at: SystemClock.now(), rng: Arc::new(SystemRng) }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (file, count) = arguments.next().zip(arguments.next()).context("usage: many_customers FILE COUNT")?;
    let count: usize = count.parse()?;
    let db = Database::open(&Options::Sqlite(file.into())).await?;
    let granted = Granted::by_server(Action::CustomersAdd);
    let provider = manage::create_provider(&db, granted, act(), NewProvider { name: "Many".into() }).await?;
    let mut resellers: Vec<ResellerId> = Vec::with_capacity(RESELLERS);
    for number in 0..RESELLERS {
        let new = NewReseller { name: format!("Reseller {number:03}"), provider_id: provider.id };
        resellers.push(manage::create_reseller(&db, granted, act(), new).await?.id);
    }
    let labels: Vec<String> = (0..5).map(|number| format!("Reseller {:03}", number * 20)).collect();
    let new =
        serde_json::json!({ "login": "op", "password": "a good Password 1", "role": "operator", "labels": labels });
    let rules = Rules::default();
    users::manage::create(&db, &Hasher::cheap(), granted, act(), serde_json::from_value(new)?, rules).await?;
    let make = |number: usize| {
        // Names in no order, as people give them.
        let name = format!("{:06} Customer {number}", number.wrapping_mul(7919) % 1_000_003);
        let new = NewCustomer { name, reseller_id: Some(resellers[number % RESELLERS]), ..NewCustomer::default() };
        manage::create_customer(&db, granted, act(), new)
    };
    futures_util::stream::iter(0..count).map(make).buffer_unordered(CALLERS).try_collect::<Vec<_>>().await?;
    db.close().await;
    Ok(())
}
