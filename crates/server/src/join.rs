//! Where the contexts meet what they must not know: the links' port on what the fleet keeps, and what several tell of.

use std::net::IpAddr;

use futures_util::{FutureExt as _, future::BoxFuture};
use vigie_db::{DbErr, Tx};
use vigie_fleet::{
    Connectivity,
    alerts::{
        notices::{self, NoticeKind},
        rules,
    },
    certificates::{self, IssueError},
    enrolment::MakeCustomer,
    links::{self, LinkError},
    service_user,
    synchronise::{self, GiveError},
    systems,
    tokens::{self, JoinError},
};
use vigie_kernel::{Act, Action, Actor, ActorKind, AuditEntry, Granted, SystemId, Timestamp};
use vigie_link::{Opened, Refusal, Systems};
use vigie_people::hierarchy::{self, manage};
use vigie_wire::{
    join::TokenRefusal,
    link::{
        FORMAT,
        alert::AlertRule,
        certificate::{CertificateRefusal, Issued, Wanted},
        message::{About, Note, RefusalCode, ServiceUser, Standing},
        order::{Order, OrderRefusal, Report},
    },
};

use crate::{
    events::Topic,
    http::{AppState, authority::is_ours},
    workers::links::{Word, say},
};

/// Tells the bell of what happened, and those who want it told elsewhere, too; in the transaction of what it is about. Ring
/// `alert_news` after it.
pub(crate) async fn notice(
    tx: &Tx,
    act: &Act,
    kind: NoticeKind,
    subject: &str,
    data: &serde_json::Value,
    times: u64,
) -> Result<(), DbErr> {
    let count = i64::try_from(times).unwrap_or(i64::MAX);
    vigie_people::notifications::raise(tx, &*act.rng, act.at, kind.as_str(), subject, data, count).await?;
    notices::raise(tx, act.at, kind, times, data).await
}

/// What the server knows of systems, for their links.
#[derive(Debug, Clone)]
pub(crate) struct KnownSystems(pub(crate) AppState);

fn refusal(error: LinkError) -> Refusal {
    match error {
        LinkError::Removed => Refusal::Ended(RefusalCode::Removed, "the system was removed from the server"),
        LinkError::Replaced => Refusal::Ended(RefusalCode::Replaced, "the system opened another link"),
        LinkError::Db(error) => Refusal::Failed(error.into()),
    }
}

impl KnownSystems {
    fn changed(&self) {
        self.0.events.changed(&[Topic::Systems]);
    }

    /// What a system does by itself.
    fn act_of_system(&self, system: SystemId) -> Act {
        let name = system.to_string();
        self.0.act_of(Actor { kind: ActorKind::Agent, id: None, name, source_address: None })
    }

    fn alerts_changed(&self) {
        self.0.events.changed(&[Topic::Alerts]);
        self.0.alert_news.notify_one();
    }
}

impl Systems for KnownSystems {
    fn greeted(&self, system: SystemId, about: About, spool: u64) -> BoxFuture<'_, Result<Opened, Refusal>> {
        async move {
            let (db, node, now) = (&self.0.db, self.0.node.id, self.0.clock.now());
            let greeted = links::greeted(db, system, node, about, spool, now).await.map_err(refusal)?;
            tracing::debug!(%system, epoch = greeted.epoch, "a system opened its link");
            self.changed();
            if greeted.alerts {
                self.alerts_changed();
            }
            Ok(Opened { system, epoch: greeted.epoch, stored: greeted.stored })
        }
        .boxed()
    }

    fn service_user(&self, system: SystemId) -> BoxFuture<'_, Result<Option<ServiceUser>, Refusal>> {
        async move {
            let found = service_user::of_system(&self.0.db, &self.0.secrets, system).await;
            found.map_err(|error| Refusal::Failed(error.into()))
        }
        .boxed()
    }

    fn alert_rules(&self, system: SystemId) -> BoxFuture<'_, Result<Vec<AlertRule>, Refusal>> {
        async move { rules::of_system(&self.0.db, system).await.map_err(|error| Refusal::Failed(error.into())) }.boxed()
    }

    fn synchronise(&self, link: Opened, order: Order) -> BoxFuture<'_, Result<Option<OrderRefusal>, Refusal>> {
        async move {
            let act = self.act_of_system(link.system);
            let given = synchronise::give(&self.0.db, &self.0.secrets, act, link.system, link.epoch, order).await;
            match given {
                Ok(systems) => {
                    tracing::info!(primary = %link.system, systems = systems.len(), "a primary synchronises its network");
                    say(&self.0, Word::Order, &systems).await;
                    self.changed();
                    Ok(None)
                }
                Err(GiveError::Refused(code)) => Ok(Some(code)),
                Err(GiveError::Link(error)) => Err(refusal(error)),
            }
        }
        .boxed()
    }

    fn token(&self, link: Opened) -> BoxFuture<'_, Result<Result<String, TokenRefusal>, Refusal>> {
        async move {
            let (db, act, see) =
                (&self.0.db, self.act_of_system(link.system), Granted::by_server(Action::CustomersSee));
            let failed = |error: vigie_db::DbErr| Refusal::Failed(error.into());
            let system = systems::get(db, see, link.system, act.at).await.map_err(failed)?;
            let Some(system) = system else { return Err(refusal(LinkError::Removed)) };
            let customer = hierarchy::customer(db, see, system.customer.id).await.map_err(failed)?;
            let Some(customer) = customer else { return Err(refusal(LinkError::Removed)) };
            match tokens::for_network(db, act, link.system, link.epoch, customer.reseller.id).await {
                Ok(token) => Ok(Ok(token)),
                Err(JoinError::Refused(code)) => Ok(Err(code)),
                Err(JoinError::Link(error)) => Err(refusal(error)),
            }
        }
        .boxed()
    }

    fn certificate(
        &self,
        link: Opened,
        wanted: Wanted,
    ) -> BoxFuture<'_, Result<Result<Issued, CertificateRefusal>, Refusal>> {
        async move {
            let (state, act) = (&self.0, self.act_of_system(link.system));
            // Addresses are the same in many networks, and every machine is its own local host.
            let is_own = |name: &str| {
                let name = name.to_lowercase();
                name != "localhost" && name.parse::<IpAddr>().is_err() && is_ours(&name, state)
            };
            let (key, device) = (wanted.key.clone(), wanted.device.clone());
            let issued =
                certificates::issue(&state.db, &state.secrets, act, link.system, link.epoch, wanted, is_own).await;
            match issued {
                Ok(issued) => {
                    tracing::info!(system = %link.system, key, device, "a certificate was issued to a system");
                    Ok(Ok(issued))
                }
                Err(IssueError::Refused(code)) => {
                    tracing::info!(system = %link.system, key, device, ?code, "a system gets no certificate");
                    Ok(Err(code))
                }
                Err(IssueError::Link(error)) => Err(refusal(error)),
            }
        }
        .boxed()
    }

    fn certificates_anew(&self, system: SystemId) -> BoxFuture<'_, Result<Option<Timestamp>, Refusal>> {
        async move {
            let since = certificates::anew_since(&self.0.db, system).await;
            since.map_err(|error| Refusal::Failed(error.into()))
        }
        .boxed()
    }

    fn report(&self, system: SystemId, at: Timestamp) -> BoxFuture<'_, Result<Report, Refusal>> {
        async move {
            let report = synchronise::report(&self.0.db, system, at).await;
            report.map_err(|error| Refusal::Failed(error.into()))
        }
        .boxed()
    }

    fn order(&self, system: SystemId) -> BoxFuture<'_, Result<Option<Order>, Refusal>> {
        async move {
            let due = synchronise::due(&self.0.db, &self.0.secrets, system).await;
            due.map_err(|error| Refusal::Failed(error.into()))
        }
        .boxed()
    }

    fn ordered(
        &self,
        link: Opened,
        at: Timestamp,
        refused: Option<OrderRefusal>,
    ) -> BoxFuture<'_, Result<(), Refusal>> {
        async move {
            if synchronise::ordered(&self.0.db, link.system, link.epoch, at, refused).await.map_err(refusal)? {
                self.changed();
            }
            Ok(())
        }
        .boxed()
    }

    fn stands(&self, link: Opened, standing: Standing) -> BoxFuture<'_, Result<(), Refusal>> {
        async move {
            let now = self.0.clock.now();
            if links::stands(&self.0.db, link.system, link.epoch, standing, now).await.map_err(refusal)? {
                self.changed();
            }
            Ok(())
        }
        .boxed()
    }

    fn store(&self, link: Opened, notes: Vec<Note>) -> BoxFuture<'_, Result<(), Refusal>> {
        async move {
            let act = self.0.own_act();
            let changed = links::store(&self.0.db, link.system, link.epoch, notes, act).await.map_err(refusal)?;
            if changed.system {
                self.changed();
            }
            if changed.alerts {
                self.alerts_changed();
            }
            Ok(())
        }
        .boxed()
    }

    fn lost(&self, link: Opened, notes: u64) -> BoxFuture<'_, Result<(), Refusal>> {
        async move {
            tracing::warn!(system = %link.system, notes, "a system had no room for notes while it had no link");
            let act = self.0.own_act();
            let written = self.0.db.write(move |tx| {
                Box::pin(async move {
                    let entry = AuditEntry::new(act.at, &act.actor, "system.notes-lost", "system")
                        .object(link.system, "")
                        .detail(serde_json::json!({ "notes": notes }));
                    vigie_db::audit::append(tx, &*act.rng, entry);
                    Ok::<_, vigie_db::DbErr>(())
                })
            });
            written.await.map_err(|error| Refusal::Failed(error.into()))
        }
        .boxed()
    }

    fn failed(&self, system: SystemId, other: Option<u32>) -> BoxFuture<'_, ()> {
        async move {
            let older = other.is_some_and(|it| it < FORMAT);
            let state = if older { Connectivity::Legacy } else { Connectivity::ConnectionFailed };
            knocked(&self.0, system, state).await;
        }
        .boxed()
    }

    fn left(&self, link: Opened, why: String) -> BoxFuture<'_, ()> {
        async move {
            tracing::info!(system = %link.system, why, "a system's link is over");
            match links::left(&self.0.db, link.system, link.epoch, self.0.clock.now()).await {
                Ok(true) => self.changed(),
                Ok(false) => {}
                Err(error) => tracing::error!(system = %link.system, %error, "a system's state could not be stored"),
            }
        }
        .boxed()
    }
}

/// Makes customers for systems that enrol with a reseller's token.
pub(crate) fn customer_maker(act: Act) -> MakeCustomer {
    Box::new(move |tx, reseller, name| {
        Box::pin(async move { manage::create_for_system(tx, &act, reseller, &name).await })
    })
}

/// Someone tried to open a link of a system, and it came to nothing.
pub(crate) async fn knocked(state: &AppState, system: SystemId, as_what: Connectivity) {
    match links::knocked(&state.db, system, as_what, state.clock.now()).await {
        Ok(true) => state.events.changed(&[Topic::Systems]),
        Ok(false) => {}
        Err(error) => tracing::warn!(%system, %error, "a system's state could not be stored"),
    }
}
