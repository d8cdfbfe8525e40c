//! Who is notified of which alerts and notices, and how: by e-mail, by a webhook, by ntfy's push messages.

use std::time::Duration;

use jiff::tz::TimeZone;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde::{Deserialize, Serialize};
use vigie_db::{Database, secrets::Secrets};
use vigie_kernel::{Act, AlertSubscriptionId, AuditEntry, CustomerId, Granted, Timestamp};
use vigie_wire::link::alert::{AlertType, Severity};

use super::{check_name, notices::NoticeKind};
use crate::entity::alert_subscription;

/// Most subscriptions.
pub const MOST: u64 = 200;
/// Most addresses, customers of one.
pub const MOST_NAMED: usize = 200;
/// Longest address and longest secret, characters.
pub const LONGEST_ADDRESS: usize = 500;
/// Longest time from one message to the next, seconds.
pub const LONGEST_INTERVAL: u32 = 86_400;

/// What its secrets are sealed for.
const PURPOSE: &str = "alert-subscription";

/// How it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AlertChannel))]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Channel {
    /// By e-mail.
    Email {
        /// To these addresses.
        to: Vec<String>,
        /// In which language: `fr` or `en`.
        #[serde(default = "english")]
        language: String,
    },
    /// By a request to this address, signed with the subscription's secret.
    Webhook {
        /// `https://…`.
        url: String,
    },
    /// By a message to a topic of an ntfy server; the secret is an access token, where the topic needs one.
    Ntfy {
        /// The server and the topic: `https://ntfy.example.com/topic`.
        url: String,
        /// In which language: `fr` or `en`.
        #[serde(default = "english")]
        language: String,
    },
}

fn english() -> String {
    "en".to_owned()
}

/// What becomes of alerts outside the hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Outside {
    /// They are not told: others are there then.
    #[default]
    Skip,
    /// They are told when the hours begin, in one message.
    Later,
}

/// When one is notified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AlertHours))]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// Days of the week, 1 (Monday) to 7: those on which the hours begin.
    pub days: Vec<u8>,
    /// Begin, `HH:MM`.
    pub from: String,
    /// End, `HH:MM`; before or at the begin: on the next day.
    pub to: String,
    /// Where: `Europe/Paris`.
    pub time_zone: String,
    /// What becomes of alerts at other times.
    #[serde(default)]
    pub outside: Outside,
}

/// Of what one is notified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AlertSubscriptionFilter))]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    /// Of alerts.
    pub alerts: bool,
    /// Of these notices, too: of what the bell tells of. They are of all customers together, and need `customers` to be empty.
    pub notices: Vec<NoticeKind>,
    /// At least as bad as this.
    pub least_severity: Severity,
    /// About one of these; none: about anything.
    pub types: Vec<AlertType>,
    /// Of one of these customers; none: of all.
    pub customers: Vec<CustomerId>,
    /// At these times; null: always.
    pub hours: Option<Hours>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            alerts: true,
            notices: Vec::new(),
            least_severity: Severity::default(),
            types: Vec::new(),
            customers: Vec::new(),
            hours: None,
        }
    }
}

/// What a subscription is to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AlertSubscriptionFields {
    /// Name, unique, 1 to 100 characters.
    pub name: String,
    /// Whether anybody is notified.
    #[serde(default = "yes")]
    pub is_on: bool,
    /// How it is told.
    pub channel: Channel,
    /// A webhook's secret of 16 characters or more, an ntfy access token. Left out: the one there is stays; a new webhook
    /// is given one.
    #[serde(default)]
    pub secret: Option<String>,
    /// Of which alerts.
    #[serde(default)]
    pub filter: Wanted,
    /// Whether it is told, too, that alerts ended.
    #[serde(default = "yes")]
    pub tells_ends: bool,
    /// Seconds from one message to the next at least: what happens meanwhile is one message. At most a day.
    #[serde(default = "minute")]
    #[cfg_attr(feature = "openapi", schema(maximum = 86_400))]
    pub interval_seconds: u32,
    /// Of a change: what it was when it was read. Left out: whatever it is now.
    #[serde(default)]
    pub revision: Option<i64>,
}

const fn yes() -> bool {
    true
}

const fn minute() -> u32 {
    60
}

/// Who is notified of which alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertSubscription {
    /// Id.
    pub id: AlertSubscriptionId,
    /// Name.
    pub name: String,
    /// Whether anybody is notified.
    pub is_on: bool,
    /// How it is told.
    pub channel: Channel,
    /// Whether there is a secret.
    pub has_secret: bool,
    /// Of which alerts.
    pub filter: Wanted,
    /// Whether it is told, too, that alerts ended.
    pub tells_ends: bool,
    /// Seconds from one message to the next at least.
    pub interval_seconds: u32,
    /// Changes with every change.
    pub revision: i64,
    /// When its last message was made.
    pub last_at: Option<Timestamp>,
}

/// Why a subscription is not stored.
#[derive(Debug, thiserror::Error)]
pub enum SubscriptionError {
    /// There is none of that id.
    #[error("there is no such subscription")]
    NotFound,
    /// Somebody changed it meanwhile.
    #[error("somebody changed it meanwhile")]
    Stale,
    /// There are very many.
    #[error("there are {MOST} subscriptions")]
    TooMany,
    /// A value does not fit.
    #[error("{0}: {1}")]
    Invalid(&'static str, &'static str),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

fn minutes(text: &str) -> Option<i16> {
    let (hour, minute) = text.split_once(':')?;
    let is_two = |it: &str| it.len() == 2 && it.bytes().all(|byte| byte.is_ascii_digit());
    let (hour, minute): (i16, i16) = (hour.parse().ok()?, minute.parse().ok()?);
    let fits = text.split(':').all(is_two) && hour < 24 && minute < 60;
    fits.then_some(hour * 60 + minute)
}

impl Hours {
    fn check(&self) -> Result<(), SubscriptionError> {
        use SubscriptionError::Invalid;
        if self.days.is_empty() || self.days.len() > 7 || self.days.iter().any(|day| !(1..=7).contains(day)) {
            return Err(Invalid("filter.hours.days", "are days of the week, 1 to 7"));
        }
        if minutes(&self.from).is_none() {
            return Err(Invalid("filter.hours.from", "is a time of day, as 08:00"));
        }
        if minutes(&self.to).is_none() {
            return Err(Invalid("filter.hours.to", "is a time of day, as 18:30"));
        }
        if TimeZone::get(&self.time_zone).is_err() {
            return Err(Invalid("filter.hours.time_zone", "is the name of a time zone, as Europe/Paris"));
        }
        Ok(())
    }

    /// Whether a moment lies within them.
    pub(crate) fn hold(&self, now: Timestamp) -> bool {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let Ok(moment) = jiff::Timestamp::from_millisecond(now.millis()) else { return true };
        let there = moment.to_zoned(zone);
        let (Some(from), Some(to)) = (minutes(&self.from), minutes(&self.to)) else { return true };
        let time = i16::from(there.hour()) * 60 + i16::from(there.minute());
        let today = u8::try_from(there.weekday().to_monday_one_offset()).unwrap_or(1);
        let before = if today == 1 { 7 } else { today - 1 };
        let begins = |day: u8| self.days.contains(&day);
        if from < to {
            begins(today) && (from..to).contains(&time)
        } else {
            (begins(today) && time >= from) || (begins(before) && time < to)
        }
    }
}

impl AlertSubscription {
    /// Whether one is notified of an alert, as far as it does not depend on the time.
    pub(crate) fn wants(&self, severity: Severity, alert_type: AlertType, customer: CustomerId) -> bool {
        let filter = &self.filter;
        self.is_on
            && filter.alerts
            && severity >= filter.least_severity
            && (filter.types.is_empty() || filter.types.contains(&alert_type))
            && (filter.customers.is_empty() || filter.customers.contains(&customer))
    }

    /// Whether what happens now is to be told, now or later.
    pub(crate) fn wants_at(&self, now: Timestamp) -> bool {
        self.filter.hours.as_ref().is_none_or(|hours| hours.outside == Outside::Later || hours.hold(now))
    }

    /// Whether a message may leave now.
    pub(crate) fn may_leave(&self, now: Timestamp) -> bool {
        let paused =
            self.last_at.is_some_and(|last| now < last.plus(Duration::from_secs(u64::from(self.interval_seconds))));
        !paused && self.filter.hours.as_ref().is_none_or(|hours| hours.outside == Outside::Skip || hours.hold(now))
    }
}

fn is_mail_address(text: &str) -> bool {
    let fits =
        text.len() <= 254 && !text.chars().any(|it| it.is_whitespace() || it.is_control() || "<>,;\"".contains(it));
    fits && text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
}

fn check(fields: &AlertSubscriptionFields) -> Result<(), SubscriptionError> {
    use SubscriptionError::Invalid;
    check_name(&fields.name).map_err(|reason| Invalid("name", reason))?;
    let is_url =
        |url: &str| url.chars().count() <= LONGEST_ADDRESS && !url.chars().any(|it| it.is_control() || it == ' ');
    let is_language = |it: &str| matches!(it, "fr" | "en");
    match &fields.channel {
        Channel::Email { to, language } => {
            if to.is_empty() || to.len() > MOST_NAMED || !to.iter().all(|it| is_mail_address(it)) {
                return Err(Invalid("channel.to", "are 1 to 200 e-mail addresses"));
            }
            if !is_language(language) {
                return Err(Invalid("channel.language", "is fr or en"));
            }
        }
        Channel::Webhook { url } => {
            if !is_url(url) {
                return Err(Invalid("channel.url", "is an address that begins with https://"));
            }
        }
        Channel::Ntfy { url, language } => {
            let topic = url.rsplit_once('/').map(|(_, topic)| topic).unwrap_or_default();
            let is_topic = (1..=64).contains(&topic.len())
                && topic.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_');
            if !is_url(url) || !is_topic {
                return Err(Invalid("channel.url", "is an address that begins with https:// and ends in the topic"));
            }
            if !is_language(language) {
                return Err(Invalid("channel.language", "is fr or en"));
            }
        }
    }
    if let Some(secret) = &fields.secret {
        let length = secret.chars().count();
        let least = if matches!(fields.channel, Channel::Webhook { .. }) { 16 } else { 1 };
        let plain = secret.chars().all(|it| it.is_ascii_graphic());
        if !(least..=LONGEST_ADDRESS).contains(&length) || !plain {
            return Err(Invalid("secret", "has up to 500 plain characters; a webhook's at least 16"));
        }
    }
    if fields.filter.customers.len() > MOST_NAMED {
        return Err(Invalid("filter.customers", "are at most 200"));
    }
    if !fields.filter.alerts && fields.filter.notices.is_empty() {
        return Err(Invalid("filter.alerts", "or notices are needed: otherwise nothing is told"));
    }
    if !fields.filter.notices.is_empty() && !fields.filter.customers.is_empty() {
        return Err(Invalid("filter.notices", "are of all customers together: name no customers"));
    }
    if fields.filter.notices.len() > NoticeKind::ALL.len() {
        return Err(Invalid("filter.notices", "are each named once"));
    }
    if fields.interval_seconds > LONGEST_INTERVAL {
        return Err(Invalid("interval_seconds", "is a day at most"));
    }
    fields.filter.hours.as_ref().map_or(Ok(()), Hours::check)
}

pub(crate) fn view(row: alert_subscription::Model) -> AlertSubscription {
    AlertSubscription {
        id: row.id,
        name: row.name,
        is_on: row.is_on,
        // Both were written from these very types.
        channel: serde_json::from_str(&row.channel).unwrap_or(Channel::Email { to: Vec::new(), language: english() }),
        has_secret: row.secret.is_some(),
        filter: serde_json::from_str(&row.filter).unwrap_or_default(),
        tells_ends: row.tells_ends,
        interval_seconds: u32::try_from(row.interval_seconds).unwrap_or(LONGEST_INTERVAL),
        revision: row.revision,
        last_at: row.last_at,
    }
}

/// All of them, by name.
pub async fn list(db: &Database, _granted: Granted) -> Result<Vec<AlertSubscription>, DbErr> {
    let select = alert_subscription::Entity::find().order_by_asc(alert_subscription::Column::NameKey);
    Ok(select.all(db.reads()).await?.into_iter().map(view).collect())
}

/// Whose settings are sent with, and the secret in the clear.
pub async fn with_secret(
    db: &Database,
    secrets: &Secrets,
    id: AlertSubscriptionId,
) -> Result<Option<(AlertSubscription, Option<String>)>, DbErr> {
    let Some(row) = alert_subscription::Entity::find_by_id(id).one(db.reads()).await? else { return Ok(None) };
    // One that was sealed under another key is none: whoever needs it says so.
    let opened = row.secret.as_ref().and_then(|sealed| secrets.open(PURPOSE, sealed).ok());
    let secret = opened.and_then(|plain| String::from_utf8(plain).ok());
    Ok(Some((view(row), secret)))
}

/// Makes one; answers a webhook's new secret, which is shown this once.
pub async fn create(
    db: &Database,
    secrets: &Secrets,
    _granted: Granted,
    act: Act,
    fields: AlertSubscriptionFields,
) -> Result<(AlertSubscription, Option<String>), SubscriptionError> {
    check(&fields)?;
    let is_webhook = matches!(fields.channel, Channel::Webhook { .. });
    let made = (is_webhook && fields.secret.is_none()).then(|| vigie_db::digest::random_token(&*act.rng));
    let secret = fields.secret.clone().or_else(|| made.clone());
    let sealed = secret.map(|it| secrets.seal(&*act.rng, PURPOSE, it.as_bytes()));
    let stored = db
        .write(move |tx| {
            Box::pin(async move {
                if alert_subscription::Entity::find().count(tx).await? >= MOST {
                    return Err(SubscriptionError::TooMany);
                }
                let id = AlertSubscriptionId::new(act.at, &*act.rng);
                free(tx, &fields.name, None).await?;
                let row = alert_subscription::ActiveModel {
                    id: Set(id),
                    name: Set(fields.name.trim().to_owned()),
                    name_key: Set(fields.name.trim().to_lowercase()),
                    is_on: Set(fields.is_on),
                    channel: Set(serde_json::to_string(&fields.channel).unwrap_or_default()),
                    secret: Set(sealed),
                    filter: Set(serde_json::to_string(&fields.filter).unwrap_or_default()),
                    tells_ends: Set(fields.tells_ends),
                    interval_seconds: Set(fields.interval_seconds.into()),
                    revision: Set(1),
                    created_at: Set(act.at),
                    last_at: Set(None),
                };
                alert_subscription::Entity::insert(row).exec_without_returning(tx).await?;
                audit(tx, &act, "alert-subscription.create", id, &fields);
                let row = alert_subscription::Entity::find_by_id(id).one(tx).await?;
                Ok(view(row.ok_or(SubscriptionError::NotFound)?))
            })
        })
        .await?;
    Ok((stored, made))
}

fn audit(
    tx: &vigie_db::Tx,
    act: &Act,
    action: &'static str,
    id: AlertSubscriptionId,
    fields: &AlertSubscriptionFields,
) {
    let entry = AuditEntry::new(act.at, &act.actor, action, "alert-subscription")
        .object(id, fields.name.trim())
        .detail(serde_json::json!({ "is_on": fields.is_on, "channel": fields.channel, "filter": fields.filter }));
    vigie_db::audit::append(tx, &*act.rng, entry);
}

async fn free(tx: &vigie_db::Tx, name: &str, own: Option<AlertSubscriptionId>) -> Result<(), SubscriptionError> {
    let same = alert_subscription::Column::NameKey.eq(name.trim().to_lowercase());
    let found = alert_subscription::Entity::find().filter(same).one(tx).await?;
    match found {
        Some(row) if own != Some(row.id) => Err(SubscriptionError::Invalid("name", "is another subscription's")),
        _ => Ok(()),
    }
}

/// Changes one.
pub async fn change(
    db: &Database,
    secrets: &Secrets,
    _granted: Granted,
    act: Act,
    id: AlertSubscriptionId,
    fields: AlertSubscriptionFields,
) -> Result<AlertSubscription, SubscriptionError> {
    check(&fields)?;
    let sealed = fields.secret.as_ref().map(|it| secrets.seal(&*act.rng, PURPOSE, it.as_bytes()));
    db.write(move |tx| {
        Box::pin(async move {
            let row = alert_subscription::Entity::find_by_id(id).one(tx).await?.ok_or(SubscriptionError::NotFound)?;
            let revision = row.revision;
            if fields.revision.is_some_and(|seen| seen != revision) {
                return Err(SubscriptionError::Stale);
            }
            free(tx, &fields.name, Some(id)).await?;
            let before: Channel = serde_json::from_str(&row.channel).unwrap_or(fields.channel.clone());
            let is_other_kind = std::mem::discriminant(&before) != std::mem::discriminant(&fields.channel);
            if is_other_kind && sealed.is_none() && matches!(fields.channel, Channel::Webhook { .. }) {
                return Err(SubscriptionError::Invalid("secret", "is needed for a webhook"));
            }
            let mut active = row.into_active_model();
            active.name = Set(fields.name.trim().to_owned());
            active.name_key = Set(fields.name.trim().to_lowercase());
            active.is_on = Set(fields.is_on);
            active.channel = Set(serde_json::to_string(&fields.channel).unwrap_or_default());
            active.filter = Set(serde_json::to_string(&fields.filter).unwrap_or_default());
            active.tells_ends = Set(fields.tells_ends);
            active.interval_seconds = Set(fields.interval_seconds.into());
            active.revision = Set(revision + 1);
            // A secret of one place is not shown to another.
            if sealed.is_some() || before != fields.channel && !same_place(&before, &fields.channel) {
                active.secret = Set(sealed);
            }
            audit(tx, &act, "alert-subscription.change", id, &fields);
            Ok(view(active.update(tx).await?))
        })
    })
    .await
}

fn same_place(one: &Channel, other: &Channel) -> bool {
    match (one, other) {
        (Channel::Webhook { .. }, Channel::Webhook { .. }) => true,
        (Channel::Ntfy { url, .. }, Channel::Ntfy { url: other, .. }) => url == other,
        _ => false,
    }
}

/// Deletes one, with what waits for it. False: there is none of that id.
pub async fn delete(db: &Database, _granted: Granted, act: Act, id: AlertSubscriptionId) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let Some(row) = alert_subscription::Entity::find_by_id(id).one(tx).await? else { return Ok(false) };
            let entry = AuditEntry::new(act.at, &act.actor, "alert-subscription.delete", "alert-subscription")
                .object(id, &row.name);
            vigie_db::audit::append(tx, &*act.rng, entry);
            alert_subscription::Entity::delete_by_id(id).exec(tx).await?;
            Ok(true)
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_of_the_night_belong_to_the_day_on_which_they_begin() {
        let hours = |days: &[u8], from: &str, to: &str| Hours {
            days: days.to_vec(),
            from: from.into(),
            to: to.into(),
            time_zone: "Europe/Paris".into(),
            outside: Outside::Skip,
        };
        let holds = |hours: &Hours, at: &str| hours.hold(at.parse().unwrap());
        let work = hours(&[1, 2, 3, 4, 5], "08:00", "18:00");
        // 2026-11-20 is a Friday; Paris is an hour ahead.
        assert!(holds(&work, "2026-11-20T07:00:00Z"));
        assert!(!holds(&work, "2026-11-20T06:59:00Z"));
        assert!(!holds(&work, "2026-11-20T17:00:00Z"));
        assert!(!holds(&work, "2026-11-21T10:00:00Z"), "Saturday");
        let night = hours(&[5], "22:00", "06:00");
        assert!(holds(&night, "2026-11-20T21:30:00Z"));
        assert!(holds(&night, "2026-11-21T04:00:00Z"), "Friday's night");
        assert!(!holds(&night, "2026-11-20T04:00:00Z"), "Thursday's night");
        assert!(night.check().is_ok());
        assert!(hours(&[8], "22:00", "06:00").check().is_err());
        assert!(hours(&[5], "24:00", "06:00").check().is_err());
        assert!(hours(&[5], "6:00", "06:00").check().is_err());
    }

    #[test]
    fn mail_addresses_are_no_headers() {
        assert!(is_mail_address("on-call+vigie@example.com"));
        for it in ["a@b\r\nBcc: c@d", "a@@b", "@b", "a@", "a b@c", "<a@b>"] {
            assert!(!is_mail_address(it), "{it:?}");
        }
    }
}
