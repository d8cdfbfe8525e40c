//! Notifying people of alerts and notices: decides what is told to whom, makes messages, and sends them by e-mail, webhook or ntfy. All
//! of it is durable between its steps; a message may arrive twice, never not at all.

mod ntfy;
mod webhook;
mod words;

use std::time::Duration;

use vigie_fleet::alerts::{
    deliveries::{self, Outgoing},
    news,
    subscriptions::{self, AlertSubscription, Channel},
    unreachable,
};

use crate::{
    events::Topic,
    http::{AppState, Problem},
    mail::{self, Message},
};

/// How often is looked whether something is due; what happens on this node wakes it at once.
const EVERY: Duration = Duration::from_secs(2);
/// How often is looked which systems are gone.
const GONE_EVERY: Duration = Duration::from_secs(10);
/// Messages that are sent at the same time.
const AT_ONCE: usize = 4;

/// Whether a subscription may send there.
pub(crate) fn check_address(channel: &Channel) -> Result<(), Problem> {
    let (Channel::Webhook { url } | Channel::Ntfy { url, .. }) = channel else { return Ok(()) };
    let parsed: reqwest::Url = url.parse().map_err(|_| Problem::invalid("channel.url", "is no address"))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(Problem::invalid("channel.url", "has no name and password in it: give the secret instead"));
    }
    crate::outgoing::permitted(&parsed).map_err(|error| Problem::invalid("channel.url", error))
}

/// Tells people, until the server stops.
pub(crate) async fn tell(state: AppState) {
    loop {
        tokio::select! {
            () = state.stopping.cancelled() => return,
            () = state.alert_news.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = once(&state).await {
            tracing::error!(%error, "notifications of alerts cannot be made; it is tried again");
        }
        // Many alerts at once are looked at together.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn once(state: &AppState) -> anyhow::Result<()> {
    while news::decide(&state.db, state.clock.now()).await? {}
    deliveries::gather(&state.db, state.rng.clone(), state.clock.now()).await?;
    loop {
        let taken = deliveries::take(&state.db, state.clock.now()).await?;
        if taken.is_empty() {
            return Ok(());
        }
        // One that hangs does not keep the others.
        let sending = taken.into_iter().map(|it| send_and_note(state, it));
        futures_util::StreamExt::for_each_concurrent(futures_util::stream::iter(sending), AT_ONCE, |it| it).await;
    }
}

async fn send_and_note(state: &AppState, message: Outgoing) {
    let id = message.id;
    let became = deliver(state, &message).await;
    if let Err(why) = &became {
        tracing::warn!(delivery = %id, why, "a notification of alerts was not delivered");
    }
    match deliveries::finished(&state.db, id, became, state.clock.now()).await {
        Ok(true) => {
            tracing::error!(delivery = %id, "a notification of alerts is given up; it can be sent again");
            state.events.changed(&[Topic::Alerts]);
        }
        Ok(false) => {}
        Err(error) => tracing::error!(delivery = %id, %error, "what became of a notification could not be stored"),
    }
}

async fn deliver(state: &AppState, message: &Outgoing) -> Result<(), String> {
    let found = subscriptions::with_secret(&state.db, &state.secrets, message.subscription).await;
    let Some((subscription, secret)) = found.map_err(|error| error.to_string())? else { return Ok(()) };
    if message.told.is_empty() && message.notices.is_empty() {
        // What it told of was deleted with its customer.
        return Ok(());
    }
    send(state, &subscription, secret.as_deref(), message).await
}

/// Sends a message as its subscription says.
pub(crate) async fn send(
    state: &AppState,
    subscription: &AlertSubscription,
    secret: Option<&str>,
    message: &Outgoing,
) -> Result<(), String> {
    match &subscription.channel {
        Channel::Email { to, language } => {
            let letter = words::letter(state, subscription, message, language);
            let mut sender = mail::Mailer::open(state).await.map_err(|error| error.to_string())?;
            let mut failed = Vec::new();
            for to in to {
                let letter = Message { to: to.clone(), ..letter.clone() };
                if let Err(error) = sender.send(&letter).await {
                    failed.push(format!("{to}: {error}"));
                    if error.is_worth_a_retry() {
                        break;
                    }
                }
            }
            sender.close().await;
            if failed.is_empty() { Ok(()) } else { Err(failed.join("; ")) }
        }
        Channel::Webhook { url } => webhook::post(state, url, secret, subscription, message).await,
        Channel::Ntfy { url, language } => ntfy::publish(state, url, secret, language, message).await,
    }
}

/// Raises alerts of systems that are gone, until the server stops.
pub(crate) async fn watch_for_gone(state: AppState) {
    loop {
        tokio::time::sleep(GONE_EVERY).await;
        let grace = match state.preferences.get(state.clock.now()).await {
            Ok(preferences) => Duration::from_secs(u64::from(preferences.unreachable_after_seconds)),
            Err(error) => {
                tracing::error!(%error, "the preferences cannot be read");
                continue;
            }
        };
        match unreachable::look(&state.db, state.own_act(), grace).await {
            Ok(0) => {}
            Ok(_) => {
                state.events.changed(&[Topic::Alerts]);
                state.alert_news.notify_one();
            }
            Err(error) => tracing::error!(%error, "systems that are gone cannot be looked for; it is tried again"),
        }
    }
}
