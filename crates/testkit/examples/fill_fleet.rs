//! Fills a server's database with customers of a hundred resellers, three systems each, and alerts of some of them: most are
//! connected, as it seems, to another node that lives. Everything goes the way that it goes in the server.
//!
//! usage: `fill_fleet FILE|URL CUSTOMERS`, on the database of a server that ran once and does not now

use std::{future::Future, sync::Arc};

use anyhow::Context as _;
use ed25519_dalek::SigningKey;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};
use vigie_db::{Database, Options, secrets::Secrets};
use vigie_fleet::{
    enrolment, links,
    tokens::{self, NewEnrolmentToken},
};
use vigie_kernel::{
    Act, Action, Actor, Clock as _, CustomerId, Granted, NodeId, ResellerId, SystemClock, SystemId, SystemRng,
};
use vigie_people::{
    hierarchy::manage::{self, NewCustomer, NewProvider, NewReseller},
    platform::nodes::{self, Beat},
};
use vigie_wire::{
    link::{
        FORMAT,
        alert::{Alert, AlertType, Severity},
        message::{About, Note, NoteBody, Standing},
        opening::{Enrolment, enrolment_text},
    },
    sync::{public_key, sign},
};

const RESELLERS: usize = 100;
const SYSTEMS: u32 = 3;
const CALLERS: usize = 64;
const TAGS: [&str; 8] = ["gold", "silver", "bronze", "north", "south", "on call", "pilot", "public"];
/// How a system is, the likeliest first and often.
const STANDINGS: [Standing; 8] = [
    Standing::SignedIn,
    Standing::SignedIn,
    Standing::SignedIn,
    Standing::SignedIn,
    Standing::SignedIn,
    Standing::SignedIn,
    Standing::AuthorisationFailed,
    Standing::PasswordExpired,
];

fn act() -> Act {
    Act { actor: Actor::server(), at: SystemClock.now(), rng: Arc::new(SystemRng) }
}

/// The same for the same words.
fn drawn(words: &str) -> [u8; 32] {
    Sha256::digest(words).into()
}

fn about(number: usize, nth: u32) -> About {
    let drawn = drawn(&format!("about {number} {nth}"));
    let (profile, word, versions) = match drawn[0] % 4 {
        0 => ("linux", "srv", ["Debian GNU/Linux 12", "Debian GNU/Linux 13", "Ubuntu 24.04", "Ubuntu 22.04"]),
        1 => ("windows", "win", ["10.0.17763", "10.0.20348", "10.0.26100", "10.0.14393"]),
        _ => ("kamailio", "pbx", ["5.6.6", "5.7.7", "5.8.4", "6.0.1"]),
    };
    About {
        name: format!("{word}-{number:06}-{nth}"),
        profile: profile.to_owned(),
        version: versions[usize::from(drawn[1]) % versions.len()].to_owned(),
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: if profile == "windows" { "windows" } else { "linux" }.to_owned(),
        address: format!("10.{}.{}.{}", drawn[2], drawn[3], drawn[4]),
        ..About::default()
    }
}

fn alert(drawn: [u8; 32], nth: u8) -> Alert {
    let kinds = [AlertType::Service, AlertType::Trunk, AlertType::QualityOfService, AlertType::Security];
    Alert {
        condition: format!("condition-{}", (drawn[5].wrapping_add(nth)) % 12),
        kind: "unit".to_owned(),
        title: format!("Condition {}", drawn[5] % 12),
        alert_type: kinds[usize::from(drawn[6].wrapping_add(nth)) % kinds.len()],
        severity: Severity::ALL[usize::from(drawn[7].wrapping_add(nth)) % Severity::ALL.len()],
        summary: format!("found {}", drawn[8]),
        ..Alert::default()
    }
}

struct Filling {
    db: Database,
    secrets: Secrets,
    node: NodeId,
}

impl Filling {
    async fn customer(&self, number: usize, reseller: ResellerId) -> anyhow::Result<(usize, ResellerId, CustomerId)> {
        // Names in no order, as people give them.
        let name = format!("{:06} Customer {number}", number.wrapping_mul(7919) % 1_000_003);
        let drawn = drawn(&format!("customer {number}"));
        let tags = (0..usize::from(drawn[0] % 3)).map(|it| TAGS[(usize::from(drawn[1]) + it) % TAGS.len()].to_owned());
        let email = format!("it@customer-{number}.example");
        let new =
            NewCustomer { name, reseller_id: Some(reseller), email, tags: tags.collect(), ..NewCustomer::default() };
        let made = manage::create_customer(&self.db, Granted::by_server(Action::CustomersAdd), act(), new).await?;
        Ok((number, reseller, made.id))
    }

    async fn systems(&self, number: usize, reseller: ResellerId, customer: CustomerId) -> anyhow::Result<()> {
        let new =
            NewEnrolmentToken { reseller_id: None, customer_id: Some(customer), uses: Some(SYSTEMS), expires_at: None };
        let granted = Granted::by_server(Action::CustomersAdd);
        let (_, token) = tokens::create(&self.db, granted, act(), reseller, new).await?;
        for nth in 0..SYSTEMS {
            self.system(number, nth, &token).await?;
        }
        Ok(())
    }

    async fn system(&self, number: usize, nth: u32, token: &str) -> anyhow::Result<()> {
        let (about, drawn) = (about(number, nth), drawn(&format!("system {number} {nth}")));
        let key = SigningKey::from_bytes(&drawn);
        let public = public_key(&key);
        let enrolment = Enrolment {
            format: FORMAT,
            proof: sign(&key, &enrolment_text(&public, token)),
            public_key: public,
            token: token.to_owned(),
            about: about.clone(),
            service_user: None,
        };
        let no_customer: enrolment::MakeCustomer =
            Box::new(|_, _, _| Box::pin(async { Err(vigie_db::DbErr::Custom("a customer's token".to_owned())) }));
        let enrolled = enrolment::enrol(&self.db, &self.secrets, act(), enrolment, no_customer).await?;
        // One in ten was never there.
        if drawn[1] % 10 > 0 {
            self.link(enrolled.system, about, drawn).await?;
        }
        Ok(())
    }

    async fn link(&self, system: SystemId, about: About, drawn: [u8; 32]) -> anyhow::Result<()> {
        let now = SystemClock.now();
        let greeted = links::greeted(&self.db, system, self.node, about, 1, now).await?;
        let standing = STANDINGS[usize::from(drawn[2]) % STANDINGS.len()];
        links::stands(&self.db, system, greeted.epoch, standing, now).await?;
        // One in six has alerts.
        let alerts = if drawn[3].is_multiple_of(6) { 1 + drawn[4] % 3 } else { 0 };
        let mut notes: Vec<_> = (0..alerts).map(|nth| NoteBody::AlertRaised { alert: alert(drawn, nth) }).collect();
        // The first of one in three is over again.
        if alerts > 0 && drawn[10].is_multiple_of(3) {
            notes.push(NoteBody::AlertEnded { alert: alert(drawn, 0).key() });
        }
        let numbered = (1..).zip(notes).map(|(sequence, body)| Note { sequence, at: now, body });
        links::store(&self.db, system, greeted.epoch, numbered.collect(), act()).await?;
        if drawn[9].is_multiple_of(16) {
            links::left(&self.db, system, greeted.epoch, now).await?;
        }
        Ok(())
    }
}

async fn all<T>(work: impl Iterator<Item = impl Future<Output = anyhow::Result<T>>>) -> anyhow::Result<Vec<T>> {
    futures_util::stream::iter(work).buffer_unordered(CALLERS).try_collect().await
}

/// A node that lives for years: what it holds is not taken for lost.
async fn lasting_node(db: &Database) -> anyhow::Result<NodeId> {
    let now = SystemClock.now();
    let id = NodeId::new(now, &SystemRng);
    let beat = Beat {
        id,
        name: "elsewhere".to_owned(),
        host: "elsewhere".to_owned(),
        address: "https://elsewhere.example:7080".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: now,
        parts: Vec::new(),
    };
    nodes::beat(db, beat, now.plus(std::time::Duration::from_hours(10 * 365 * 24))).await?;
    Ok(id)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (place, count) = arguments.next().zip(arguments.next()).context("usage: fill_fleet FILE|URL CUSTOMERS")?;
    let count: usize = count.parse()?;
    let options =
        if place.starts_with("postgres://") { Options::Postgres(place) } else { Options::Sqlite(place.into()) };
    let db = Database::open(&options).await?;
    let granted = Granted::by_server(Action::CustomersAdd);
    let provider = manage::create_provider(&db, granted, act(), NewProvider { name: "Many".into() }).await?;
    let mut resellers = Vec::with_capacity(RESELLERS);
    for number in 0..RESELLERS {
        let new = NewReseller { name: format!("Reseller {number:03}"), provider_id: provider.id };
        resellers.push(manage::create_reseller(&db, granted, act(), new).await?.id);
    }
    let node = lasting_node(&db).await?;
    let filling = Filling { db, secrets: Secrets::new(&[7; 32]), node };
    let made = all((0..count).map(|number| filling.customer(number, resellers[number % RESELLERS]))).await?;
    all(made.into_iter().map(|(number, reseller, customer)| filling.systems(number, reseller, customer))).await?;
    filling.db.close().await;
    Ok(())
}
