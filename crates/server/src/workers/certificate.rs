//! Looks after certificates: every node presents what the database says; the own certificate is issued again before its
//! end; where the server gets its certificate automatically, it is ordered in time; people are warned of what ends.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::MissedTickBehavior;
use vigie_db::{DbErr, Engine};
use vigie_kernel::{Action, AuditEntry, Granted};
use vigie_people::{
    certificates::{self, Ending, Mode, WARN_DAYS, acme, trusted},
    notifications,
};

use crate::{events::Topic, http::AppState};

/// How long a node may go on with what another one changed, when it did not hear of it.
const FRESH: Duration = Duration::from_secs(3);
/// How often it is asked whether a certificate is to be ordered.
const LOOK_FOR_ORDERS_EVERY: Duration = Duration::from_mins(1);
const LOOK_AT_CERTIFICATES_EVERY: Duration = Duration::from_hours(24);

/// Presents what the database says, from now on.
pub(crate) async fn present(state: &AppState) -> anyhow::Result<()> {
    let _turn = state.identity.turn().await;
    let presented = certificates::presented(&state.db, &state.secrets).await?;
    let (identity, now) = (state.identity.clone(), state.clock.now());
    if tokio::task::spawn_blocking(move || identity.present(presented, now)).await?? {
        let server = state.identity.server();
        tracing::info!(subject = %server.subject, not_after = %server.not_after, "another certificate is in use");
    }
    Ok(())
}

/// Takes what other nodes changed.
pub(super) async fn follow(state: AppState) {
    let mut listener = state.events.listen();
    let mut again = tokio::time::interval(FRESH);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = state.stopping.cancelled() => return,
            topics = listener.next() => match topics {
                None => return,
                Some(topics) if !topics.contains(&Topic::Certificates) => continue,
                Some(_) => {}
            },
            _ = again.tick(), if state.db.engine() == Engine::Postgres => {}
        }
        if let Err(error) = present(&state).await {
            tracing::error!(error = format!("{error:#}"), "the certificate of the database cannot be used");
        }
    }
}

/// Orders the certificate where it is got automatically: at once when that is switched on, then in time.
pub(super) async fn order(state: AppState) {
    let mut listener = state.events.listen();
    loop {
        let ordered = state.stopping.clone().run_until_cancelled(order_where_due(&state)).await;
        match ordered {
            None => return,
            Some(Err(error)) => {
                tracing::error!(error = format!("{error:#}"), "ordering a certificate failed; it is tried again");
            }
            Some(Ok(())) => {}
        }
        let end = tokio::time::sleep(LOOK_FOR_ORDERS_EVERY);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = state.stopping.cancelled() => return,
                () = &mut end => break,
                topics = listener.next() => match topics {
                    None => return,
                    Some(topics) if topics.contains(&Topic::Certificates) => break,
                    Some(_) => {}
                },
            }
        }
    }
}

async fn order_where_due(state: &AppState) -> anyhow::Result<()> {
    let Some(order) = acme::claim(&state.db, &state.secrets, state.own_act()).await? else { return Ok(()) };
    tracing::info!(directory = order.settings.directory, names = ?order.settings.names, "ordering a certificate");
    match crate::acme::place(state, &order).await {
        Ok(new) => {
            acme::issued(&state.db, &state.secrets, state.own_act(), order.id, new).await?;
        }
        Err(error) => {
            let reason = format!("{error:#}");
            tracing::error!(reason, "no certificate was issued; it is tried again");
            acme::failed(&state.db, state.own_act(), order.id, &reason).await?;
        }
    }
    present(state).await?;
    state.events.changed(&[Topic::Certificates, Topic::Notifications]);
    Ok(())
}

/// The own certificate is issued again before its end. What cannot renew itself, people are told of in time.
pub(super) async fn look_after(state: AppState) {
    loop {
        if let Err(error) = look_at_certificates(&state).await {
            tracing::error!(%error, "the certificates could not be looked after; it is tried again tomorrow");
        }
        let rested = state.stopping.run_until_cancelled(tokio::time::sleep(LOOK_AT_CERTIFICATES_EVERY)).await;
        if rested.is_none() {
            return;
        }
    }
}

/// Renews the own certificate where it must be, and warns people of what ends.
pub async fn look_at_certificates(state: &AppState) -> anyhow::Result<()> {
    let now = state.clock.now();
    let identity = state.identity.clone();
    if tokio::task::spawn_blocking(move || identity.renew(now)).await?? && state.identity.other().is_none() {
        let server = state.identity.server();
        tracing::info!(not_after = %server.not_after, "the certificate was issued again");
        tell_renewed(state, json!({ "event": "renewed", "not_after": server.not_after })).await?;
    }
    let mut endings = Vec::new();
    let mut look = |subject: &'static str, name: &str, sha256: &str, days_left: i64| {
        if days_left <= WARN_DAYS {
            tracing::warn!(subject, name, days_left, "a certificate ends");
            endings.push(Ending { subject, name: name.to_owned(), sha256: sha256.to_owned(), days_left });
        }
    };
    let ca = state.identity.ca();
    look("authority", &ca.subject, &ca.sha256, ca.days_left(now));
    if !renews_itself(state).await? {
        let server = state.identity.server();
        look("identity", &server.subject, &server.sha256, server.days_left(now));
    }
    for one in trusted::list(&state.db, Granted::by_server(Action::PreferencesManage)).await? {
        let days_left = (one.not_after.millis() - now.millis()).div_euclid(86_400_000);
        look("trusted", &one.subject, &hex::encode(&one.sha256), days_left);
    }
    if certificates::tell_of(&state.db, state.own_act(), endings).await? {
        state.events.changed(&[Topic::Notifications]);
    }
    Ok(())
}

/// Whether the certificate in use is replaced in time without anyone's doing.
pub(crate) async fn renews_itself(state: &AppState) -> Result<bool, DbErr> {
    let mode = state.identity.other().map_or(Mode::Own, |it: Arc<_>| it.mode);
    Ok(match mode {
        Mode::Own => true,
        Mode::Replaced => false,
        Mode::Acme => acme::get(&state.db).await?.is_some(),
    })
}

async fn tell_renewed(state: &AppState, data: serde_json::Value) -> Result<(), DbErr> {
    let act = state.own_act();
    let told = state.db.write(move |tx| {
        Box::pin(async move {
            notifications::raise(tx, &*act.rng, act.at, "certificate", "renewed", &data, 1).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "certificate.notice", "certificate").detail(data);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok::<_, vigie_db::DbErr>(())
        })
    });
    told.await?;
    state.events.changed(&[Topic::Notifications]);
    Ok(())
}
