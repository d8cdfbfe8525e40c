//! The administrator's preferences: typed, all with defaults, one row.

pub mod mail;
mod platform;

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use tokio::sync::RwLock;
use utoipa::ToSchema;
use vigie_db::{Database, Engine, secrets::Secrets};
use vigie_kernel::{Act, AuditEntry, Granted, Role, Timestamp};

pub use mail::{Mail, MailSecurity, NewMail};
pub use platform::{AutomaticBackups, AutomaticBackupsChanges, DashboardLink, LogLevel};

use crate::{digest::sha256, markup, passwords, settings, syslog::Syslog, text, users};

const NAME: &str = "preferences";
/// How long another node may work with the old values.
const SHARED_FRESH: Duration = Duration::from_secs(3);

/// For how long things are kept, days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Retention {
    /// The record of synchronisations.
    #[schema(minimum = 1, maximum = 3650)]
    pub synchronisations_days: u32,
    /// What changed on a machine.
    #[schema(minimum = 1, maximum = 3650)]
    pub history_days: u32,
    /// Deleted customers, until they cannot be restored any more.
    #[schema(minimum = 1, maximum = 365)]
    pub deleted_customers_days: u32,
    /// Deleted equipment, until it cannot be restored any more.
    #[schema(minimum = 1, maximum = 3650)]
    pub deleted_equipment_days: u32,
    /// Pending equipment that is silent.
    #[schema(minimum = 1, maximum = 3650)]
    pub pending_days: u32,
    /// The audit trail.
    #[schema(minimum = 30, maximum = 3650)]
    pub audit_days: u32,
    /// Alerts that were cleared.
    #[schema(minimum = 1, maximum = 3650)]
    pub cleared_alerts_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            synchronisations_days: 90,
            history_days: 400,
            deleted_customers_days: 30,
            deleted_equipment_days: 30,
            pending_days: 60,
            audit_days: 180,
            cleared_alerts_days: 180,
        }
    }
}

/// What the sign-in page shows beside the form. Texts are HTML of headings, paragraphs, bold, italic and underlined; all
/// else is taken out when they are set. An empty one is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct SignInPage {
    /// Whether the banner is shown; what it says is kept while it is not.
    pub banner_shown: bool,
    /// Title of the banner, at most 100 characters.
    #[schema(max_length = 100)]
    pub banner_title: String,
    /// Text of the banner; what was typed had at most 5,000 characters.
    pub banner_text: String,
    /// Licence terms; what was typed had at most 100,000 characters. Each person accepts them once, and again when they change.
    pub licence_text: String,
}

impl Default for SignInPage {
    fn default() -> Self {
        Self {
            banner_shown: true,
            banner_title: String::new(),
            banner_text: String::new(),
            licence_text: String::new(),
        }
    }
}

impl SignInPage {
    /// What tells these licence terms from others; none when there are no terms.
    pub fn licence_digest(&self) -> Option<Vec<u8>> {
        (!self.licence_text.is_empty()).then(|| sha256(&self.licence_text))
    }
}

/// How strictly the server checks the certificates of others when it connects to them. There is no way to check nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CertificateCheck {
    /// A trusted chain, the right name, in date.
    #[default]
    Standard,
    /// Also: not self-signed, no weak key and no weak signature.
    Strict,
}

/// The preferences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Preferences {
    /// What the console calls this server, 1 to 32 characters.
    pub server_name: String,
    /// Days without contact after which a machine counts as silent.
    #[schema(minimum = 1, maximum = 365)]
    pub stale_after_days: u32,
    /// Whether GLPI, FusionInventory and OCS agents may deliver.
    pub foreign_intake: bool,
    /// Minutes after which an idle session ends, for users without a time-out of their own: 5 to 30 by 5.
    #[schema(minimum = 5, maximum = 30, multiple_of = 5)]
    pub session_timeout_minutes: u32,
    /// How many of the last passwords a new one must differ from.
    #[schema(minimum = 1, maximum = 24)]
    pub remembered_passwords: u32,
    /// Most characters of a password.
    #[schema(minimum = 31, maximum = 128)]
    pub longest_password: u32,
    /// For how long things are kept.
    pub retention: Retention,
    /// What the sign-in page shows beside the form.
    pub sign_in_page: SignInPage,
    /// Roles that need a second factor: who has none sets one up before anything else.
    pub second_factor_roles: Vec<Role>,
    /// Where the audit trail is sent as it is written.
    pub syslog: Syslog,
    /// How strictly the server checks the certificates of others when it connects to them.
    pub certificate_check: CertificateCheck,
    /// How much the server's log tells, on every node.
    pub log_level: LogLevel,
    /// For how many days the server's log is kept.
    #[schema(minimum = 1, maximum = 3650)]
    pub logs_days: u32,
    /// How long a system may be gone before that is an alert, seconds.
    #[schema(minimum = 30, maximum = 86_400)]
    pub unreachable_after_seconds: u32,
    /// Whether consoles tell the server's log of their errors.
    pub client_logging: bool,
    /// Backups that the server makes by itself.
    pub backups: AutomaticBackups,
    /// Links to the dashboards of what the server runs on.
    pub dashboard_links: Vec<DashboardLink>,
    /// Whether customers' codes, which begin host names, may be changed.
    pub customer_codes_may_change: bool,
    /// Who takes this server's e-mails.
    pub mail: Mail,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            server_name: "Vigie".to_owned(),
            stale_after_days: 14,
            foreign_intake: true,
            session_timeout_minutes: 15,
            remembered_passwords: 3,
            longest_password: 128,
            retention: Retention::default(),
            sign_in_page: SignInPage::default(),
            second_factor_roles: Vec::new(),
            syslog: Syslog::default(),
            certificate_check: CertificateCheck::default(),
            log_level: LogLevel::default(),
            logs_days: 30,
            unreachable_after_seconds: 120,
            client_logging: false,
            backups: AutomaticBackups::default(),
            dashboard_links: Vec::new(),
            customer_codes_may_change: false,
            mail: Mail::default(),
        }
    }
}

impl Preferences {
    /// What new passwords are held to.
    pub fn password_rules(&self) -> passwords::Rules {
        let number = |it| usize::try_from(it).unwrap_or(usize::MAX);
        passwords::Rules { longest: number(self.longest_password), remembered: number(self.remembered_passwords) }
    }
}

/// Changes of [`Retention`]; absent members stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetentionChanges {
    /// See [`Retention`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650)]
    pub synchronisations_days: Option<u32>,
    /// See [`Retention`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650)]
    pub history_days: Option<u32>,
    /// See [`Retention`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650)]
    pub deleted_equipment_days: Option<u32>,
    /// See [`Retention`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 365)]
    pub deleted_customers_days: Option<u32>,
    /// See [`Retention`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650)]
    pub pending_days: Option<u32>,
    /// See [`Retention`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 30, maximum = 3650)]
    pub audit_days: Option<u32>,
}

/// Changes of [`SignInPage`]; absent members stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInPageChanges {
    /// See [`SignInPage`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banner_shown: Option<bool>,
    /// See [`SignInPage`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub banner_title: Option<String>,
    /// See [`SignInPage`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 5000)]
    pub banner_text: Option<String>,
    /// See [`SignInPage`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100_000)]
    pub licence_text: Option<String>,
}

/// Changes of [`Preferences`]; absent members stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferenceChanges {
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 365)]
    pub stale_after_days: Option<u32>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign_intake: Option<bool>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 5, maximum = 30, multiple_of = 5)]
    pub session_timeout_minutes: Option<u32>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 24)]
    pub remembered_passwords: Option<u32>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 31, maximum = 128)]
    pub longest_password: Option<u32>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<RetentionChanges>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_page: Option<SignInPageChanges>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 7)]
    pub second_factor_roles: Option<Vec<Role>>,
    /// See [`Preferences`]; replaced whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub syslog: Option<Syslog>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_check: Option<CertificateCheck>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_level: Option<LogLevel>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650)]
    pub logs_days: Option<u32>,
    /// How long a system may be gone before that is an alert, seconds.
    #[schema(minimum = 30, maximum = 86_400)]
    pub unreachable_after_seconds: Option<u32>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_logging: Option<bool>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backups: Option<AutomaticBackupsChanges>,
    /// See [`Preferences`]; all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 20)]
    pub dashboard_links: Option<Vec<DashboardLink>>,
    /// See [`Preferences`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_codes_may_change: Option<bool>,
    /// See [`Preferences`]; replaced whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<NewMail>,
}

/// The preferences could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// A value is not allowed.
    #[error("{field}: {reason}")]
    Value {
        /// Which member.
        field: &'static str,
        /// Why not.
        reason: String,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Reads them from the database.
pub async fn load(db: &Database) -> Result<Preferences, DbErr> {
    Ok(settings::get(db.reads(), NAME).await?.unwrap_or_default())
}

/// Changes some of them.
pub async fn change(
    db: &Database,
    secrets: &Secrets,
    _granted: Granted,
    act: Act,
    mut changes: PreferenceChanges,
) -> Result<Preferences, ChangeError> {
    let secrets = secrets.clone();
    db.write(move |tx| {
        Box::pin(async move {
            let mut preferences: Preferences = settings::get(tx, NAME).await?.unwrap_or_default();
            // A password is no part of it.
            let detail = serde_json::to_string(&changes).unwrap_or_default();
            if let Some(new) = changes.mail.take() {
                mail::apply(tx, &secrets, &act, &mut preferences.mail, &new).await?;
            }
            apply(&mut preferences, changes)?;
            settings::put(tx, NAME, &preferences, act.at).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "preferences.change", "preferences").detail(detail);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(preferences)
        })
    })
    .await
}

fn apply(preferences: &mut Preferences, changes: PreferenceChanges) -> Result<(), ChangeError> {
    if let Some(name) = changes.server_name {
        preferences.server_name = text::word(&name, 32)
            .map_err(|error| ChangeError::Value { field: "server_name", reason: error.to_string() })?;
    }
    let number = |it| u32::try_from(it).unwrap_or(u32::MAX);
    let most_remembered = number(passwords::MOST_REMEMBERED);
    let retention = changes.retention.unwrap_or_default();
    let kept = &mut preferences.retention;
    set("stale_after_days", &mut preferences.stale_after_days, changes.stale_after_days, 1..=365)?;
    let remembered = &mut preferences.remembered_passwords;
    set("remembered_passwords", remembered, changes.remembered_passwords, 1..=most_remembered)?;
    let longest = 31..=number(passwords::LONGEST);
    set("longest_password", &mut preferences.longest_password, changes.longest_password, longest)?;
    let days = 1..=3650;
    for (field, place, value) in [
        ("retention.synchronisations_days", &mut kept.synchronisations_days, retention.synchronisations_days),
        ("retention.history_days", &mut kept.history_days, retention.history_days),
        ("retention.deleted_equipment_days", &mut kept.deleted_equipment_days, retention.deleted_equipment_days),
        ("retention.pending_days", &mut kept.pending_days, retention.pending_days),
    ] {
        set(field, place, value, days.clone())?;
    }
    let deleted = &mut kept.deleted_customers_days;
    set("retention.deleted_customers_days", deleted, retention.deleted_customers_days, 1..=365)?;
    set("retention.audit_days", &mut kept.audit_days, retention.audit_days, 30..=3650)?;
    if let Some(minutes) = changes.session_timeout_minutes {
        if !users::is_session_timeout(minutes) {
            let reason = "must be 5 to 30 minutes, by 5".to_owned();
            return Err(ChangeError::Value { field: "session_timeout_minutes", reason });
        }
        preferences.session_timeout_minutes = minutes;
    }
    if let Some(syslog) = changes.syslog {
        if let Some(reason) = syslog.fault() {
            return Err(ChangeError::Value { field: "syslog.address", reason: reason.to_owned() });
        }
        preferences.syslog = syslog;
    }
    if let Some(level) = changes.certificate_check {
        preferences.certificate_check = level;
    }
    if let Some(open) = changes.foreign_intake {
        preferences.foreign_intake = open;
    }
    if let Some(roles) = changes.second_factor_roles {
        // In the table's order, each once.
        preferences.second_factor_roles = Role::ALL.into_iter().filter(|role| roles.contains(role)).collect();
    }
    set("logs_days", &mut preferences.logs_days, changes.logs_days, 1..=3650)?;
    let (gone, wanted) = (&mut preferences.unreachable_after_seconds, changes.unreachable_after_seconds);
    set("unreachable_after_seconds", gone, wanted, 30..=86_400)?;
    preferences.log_level = changes.log_level.unwrap_or(preferences.log_level);
    preferences.customer_codes_may_change =
        changes.customer_codes_may_change.unwrap_or(preferences.customer_codes_may_change);
    preferences.client_logging = changes.client_logging.unwrap_or(preferences.client_logging);
    platform::apply_backups(&mut preferences.backups, changes.backups.unwrap_or_default())?;
    if let Some(links) = changes.dashboard_links {
        preferences.dashboard_links = platform::checked_links(links)?;
    }
    apply_sign_in_page(&mut preferences.sign_in_page, changes.sign_in_page.unwrap_or_default())
}

fn apply_sign_in_page(page: &mut SignInPage, changes: SignInPageChanges) -> Result<(), ChangeError> {
    let refused = |field| move |error: text::TextError| ChangeError::Value { field, reason: error.to_string() };
    if let Some(shown) = changes.banner_shown {
        page.banner_shown = shown;
    }
    if let Some(title) = changes.banner_title {
        page.banner_title = match title.trim() {
            "" => String::new(),
            title => text::word(title, 100).map_err(refused("sign_in_page.banner_title"))?,
        };
    }
    if let Some(typed) = changes.banner_text {
        page.banner_text = markup::safe(&typed, 5_000).map_err(refused("sign_in_page.banner_text"))?;
    }
    if let Some(typed) = changes.licence_text {
        page.licence_text = markup::safe(&typed, 100_000).map_err(refused("sign_in_page.licence_text"))?;
    }
    Ok(())
}

fn set(
    field: &'static str,
    place: &mut u32,
    value: Option<u32>,
    allowed: RangeInclusive<u32>,
) -> Result<(), ChangeError> {
    match value {
        None => Ok(()),
        Some(value) if allowed.contains(&value) => {
            *place = value;
            Ok(())
        }
        Some(_) => {
            let reason = format!("must be {} to {}", allowed.start(), allowed.end());
            Err(ChangeError::Value { field, reason })
        }
    }
}

/// A copy at hand, so that a request does not ask the database. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct Cache {
    db: Database,
    copy: Arc<RwLock<Option<Copy>>>,
}

/// When it was read, and what.
type Copy = (Timestamp, Arc<Preferences>);

impl Cache {
    /// Nothing is read yet.
    pub fn new(db: Database) -> Self {
        Self { db, copy: Arc::default() }
    }

    /// The preferences: as this server last changed them, at most three seconds after another node changed them.
    pub async fn get(&self, now: Timestamp) -> Result<Arc<Preferences>, DbErr> {
        if let Some((read_at, copy)) = &*self.copy.read().await
            && (self.db.engine() == Engine::Sqlite || now.since(*read_at) < SHARED_FRESH)
        {
            return Ok(copy.clone());
        }
        let mut place = self.copy.write().await;
        let fresh = Arc::new(load(&self.db).await?);
        *place = Some((now, fresh.clone()));
        Ok(fresh)
    }

    /// Call after a change.
    pub async fn forget(&self) {
        *self.copy.write().await = None;
    }
}
