//! What the tests of this context share: an agent that can be told what its machine has.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use vigie_db::{Database, Tx, testing::TestDatabase};
use vigie_kernel::{
    Act, Action, Actor, AgentId, ApiClientId, CustomerId, Granted, Rng, Timestamp, UserId, random::SequenceRng,
};
use vigie_wire::{
    Section, Sections,
    delta::{self, Edits},
    inventory::{NetworkInterface, OperatingSystem, Software, System},
    sections::state_of,
    sync::{AgentStatus, Enrolment, FORMAT, Identity, Synchronisation, enrolment_text, public_key, sign},
};

use crate::{
    agents::{self, AgentKind, Client},
    equipment::Staleness,
    intake::{Delivery, Intake, Receipt, Refusal, Sender},
};

/// A day and an hour at which the tests begin.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_760_000_000_000);
/// Nothing is ever silent.
pub(crate) const NEVER: Staleness = Staleness { before: Timestamp::from_millis(0), now: START };

pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(START.millis() + minutes * 60_000)
}

pub(crate) fn rng() -> Arc<dyn Rng> {
    static SEED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    Arc::new(SequenceRng::new(SEED.fetch_add(1, std::sync::atomic::Ordering::Relaxed) << 32))
}

pub(crate) fn see() -> Granted {
    Granted::by_server(Action::EquipmentSee)
}

pub(crate) fn edit() -> Granted {
    Granted::by_server(Action::EquipmentEdit)
}

pub(crate) fn act(minutes: i64) -> Act {
    Act { actor: Actor::command_line(), at: at(minutes), rng: rng() }
}

/// Provider, reseller and the default customer; answers the latter.
pub(crate) async fn hierarchy(db: &Database) -> CustomerId {
    add_customer(db, "Default", true).await
}

pub(crate) async fn add_customer(db: &Database, name: &'static str, is_default: bool) -> CustomerId {
    let rng = rng();
    let id = CustomerId::new(START, &*rng);
    let (provider, reseller) = (CustomerId::new(START, &*rng), CustomerId::new(START, &*rng));
    db.write(move |tx: &Tx| {
        Box::pin(async move {
            let insert = |text: &'static str, values| crate::sql::execute(tx, text, values);
            let text = "INSERT INTO provider (id, name, name_key, created_at) VALUES ($1, 'P', $2, 0)";
            insert(text, vec![provider.0.into(), provider.to_string().into()]).await?;
            let text = "INSERT INTO reseller (id, provider_id, name, name_key, created_at) \
                        VALUES ($1, $2, 'R', $3, 0)";
            insert(text, vec![reseller.0.into(), provider.0.into(), reseller.to_string().into()]).await?;
            let text = "INSERT INTO customer (id, reseller_id, name, name_key, code, is_default, created_at) \
                        VALUES ($1, $2, $3, $4, $4, $5, 0)";
            let values =
                vec![id.0.into(), reseller.0.into(), name.into(), name.to_lowercase().into(), is_default.into()];
            insert(text, values).await?;
            Ok::<_, vigie_db::DbErr>(())
        })
    })
    .await
    .unwrap();
    id
}

/// A user who sees one customer.
pub(crate) async fn assigned_user(db: &Database, customer: CustomerId) -> UserId {
    let user = UserId(customer.0);
    db.write(move |tx| {
        Box::pin(async move {
            let text = "INSERT INTO app_user (id, login, login_key, password_hash, role, must_change_password, disabled, \
                        color_scheme, density, created_at, updated_at) \
                        VALUES ($1, 'u', $2, '', 'operator', $3, $3, 'auto', 'compact', 0, 0)";
            crate::sql::execute(tx, text, vec![user.0.into(), user.to_string().into(), false.into()]).await?;
            let text = "INSERT INTO customer_seen (user_id, customer_id) VALUES ($1, $2)";
            crate::sql::execute(tx, text, vec![user.0.into(), customer.0.into()]).await?;
            Ok::<_, vigie_db::DbErr>(())
        })
    })
    .await
    .unwrap();
    user
}

/// A package as dpkg knows it.
pub(crate) fn package(name: &str, version: &str) -> Software {
    Software {
        name: Some(name.into()),
        version: Some(version.into()),
        publisher: Some("Debian".into()),
        source: Some("dpkg".into()),
        architecture: Some("amd64".into()),
        ..Software::default()
    }
}

/// A native agent and its machine.
pub(crate) struct TestAgent {
    pub(crate) id: AgentId,
    pub(crate) sections: Sections,
    /// What takes its inventories in.
    pub(crate) intake: Intake,
    sent: Option<Sections>,
    sequence: u64,
}

impl TestAgent {
    /// Enrols with a key made of `seed`, on a machine made of `machine`.
    pub(crate) async fn enrol(test: &TestDatabase, seed: u8, machine: u8) -> Self {
        Self::enrol_as(test, seed, machine, None).await
    }

    pub(crate) async fn enrol_as(test: &TestDatabase, seed: u8, machine: u8, customer: Option<CustomerId>) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public = public_key(&key);
        let enrolment = Enrolment {
            format: FORMAT,
            proof: sign(&key, &enrolment_text(&public)),
            public_key: public,
            name: Some(format!("host{machine}")),
            agent_version: "1.0.0".into(),
            platform: "linux".into(),
            tag: None,
        };
        let client = Client { id: client(), customer };
        let id = agents::enrol(&test.db, client, enrolment, "192.0.2.1".into(), START, &rng()).await.unwrap();
        let intake = Intake::new(test.db.clone(), rng());
        Self { id, sections: machine_of(machine), intake, sent: None, sequence: 1000 }
    }

    /// What the agent would send now: everything at first, then what changed.
    pub(crate) fn message(&mut self) -> Synchronisation {
        self.sequence += 1;
        let digests = self.sections.digests();
        let mut sections = self.sections.clone();
        let (mut removed, mut edits) = (Vec::new(), Edits::new());
        let base = self.sent.as_ref().map(|sent| {
            let before = sent.digests();
            let changed: Vec<Section> = digests
                .iter()
                .filter(|(section, digest)| before.get(section) != Some(digest))
                .map(|it| *it.0)
                .collect();
            removed = before.keys().filter(|section| !digests.contains_key(section)).copied().collect();
            sections = std::mem::take(&mut sections).only(&changed);
            edits = delta::narrow(&mut sections, sent);
            state_of(&before)
        });
        Synchronisation {
            format: FORMAT,
            sequence: self.sequence,
            sent_at: START,
            collected_at: START,
            agent: AgentStatus { version: "1.0.0".into(), status: "ok".into(), ..AgentStatus::default() },
            identity: self.sections.system.as_ref().map(Identity::from).unwrap_or_default(),
            tag: None,
            state: state_of(&digests),
            base,
            sections,
            edits,
            removed,
        }
    }

    /// Delivers a message at a minute.
    pub(crate) async fn deliver(&mut self, mut message: Synchronisation, minutes: i64) -> Result<Receipt, Refusal> {
        let now = at(minutes);
        (message.sent_at, message.collected_at) = (now, now);
        let body = serde_json::to_vec(&message).unwrap();
        let sender =
            Sender { agent: self.id, kind: AgentKind::Vigie, customer: None, source_address: "192.0.2.1".into() };
        let delivery = Delivery::native(message, &body);
        let receipt = self.intake.receive(sender, delivery, now).await?;
        self.sent = Some(self.sections.clone());
        Ok(receipt)
    }

    /// Synchronises at a minute.
    pub(crate) async fn sync(&mut self, minutes: i64) -> Receipt {
        let message = self.message();
        self.deliver(message, minutes).await.unwrap()
    }

    /// Forgets what was acknowledged: the next message is whole.
    pub(crate) fn forget(&mut self) {
        self.sent = None;
    }

    pub(crate) fn system(&mut self) -> &mut System {
        self.sections.system.as_mut().unwrap()
    }

    pub(crate) fn software(&mut self) -> &mut Vec<Software> {
        self.sections.software.as_mut().unwrap()
    }
}

/// The API client of all agents.
pub(crate) fn client() -> ApiClientId {
    "ac_0190163d8694739bb06f4a0f4d3f5d1e".parse().unwrap()
}

/// A small machine; different numbers, different identities.
pub(crate) fn machine_of(number: u8) -> Sections {
    Sections {
        system: Some(System {
            name: Some(format!("host{number}")),
            serial: Some(format!("SN7X{number:03}QK")),
            uuid: Some(format!("4c4c4544-0031-4a10-8053-b8c04f58{number:04}")),
            machine_id: Some(format!("{number:032x}").replace('0', "7")),
            manufacturer: Some("Dell Inc.".into()),
            model: Some("Latitude 7450".into()),
            chassis: Some("laptop".into()),
            ..System::default()
        }),
        operating_system: Some(OperatingSystem {
            family: Some("linux".into()),
            name: Some("Debian GNU/Linux 12 (bookworm)".into()),
            version: Some("12".into()),
            ..OperatingSystem::default()
        }),
        networks: Some(vec![NetworkInterface {
            name: Some("eth0".into()),
            mac: Some(format!("3c:ec:ef:12:34:{number:02x}")),
            ..NetworkInterface::default()
        }]),
        software: Some(vec![package("bash", "5.2-1"), package("openssl", "3.0.11-1~deb12u1"), package("zsh", "5.9-4")]),
        ..Sections::default()
    }
}
