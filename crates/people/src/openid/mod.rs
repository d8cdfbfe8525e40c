//! Signing in at an OpenID provider: what the administrator set up ([`Settings`]), and whose account it is that comes back
//! ([`accounts`]). Talking to the provider is the server's.

pub mod accounts;

use sea_orm::{DbErr, EntityTrait as _};
use serde::{Deserialize, Serialize};
use url::{Host, Url};
use utoipa::ToSchema;
use vigie_db::{Database, secrets::Secrets};
use vigie_kernel::{Act, AuditEntry, Granted, Role};

use crate::{entity::setting, settings, text, users::fields};

const NAME: &str = "openid";
/// What the sealed client secret is bound to.
const PURPOSE: &str = "openid client";
/// Most lines of the mapping.
pub const MOST_MAPPINGS: usize = 100;
const MOST_SCOPES: usize = 20;

/// Which role a group of the provider gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OpenIdMapping)]
pub struct Mapping {
    /// The group, as the provider writes it.
    #[schema(min_length = 1, max_length = 200)]
    pub group: String,
    /// The role.
    pub role: Role,
    /// Labels, for roles that see assigned customers.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub labels: Vec<String>,
}

/// How people sign in at an OpenID provider, without the client's secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = OpenIdSettings)]
pub struct Settings {
    /// The provider: below this address it describes itself.
    pub issuer: String,
    /// What the provider calls this server.
    pub client_id: String,
    /// Whether a secret is kept.
    pub has_secret: bool,
    /// What is asked for, with `openid`.
    pub scopes: Vec<String>,
    /// What the button says after *Sign in with*.
    pub label: String,
    /// The claim that lists someone's groups.
    pub groups_claim: String,
    /// Which role a group gives; the first that fits counts. Empty: roles are given here, by hand.
    pub mappings: Vec<Mapping>,
    /// Whether people who have no account get one.
    pub create_users: bool,
}

/// The settings to be; all of them.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOpenIdSettings)]
pub struct NewSettings {
    /// The provider, `https://…`; plain HTTP on this machine only.
    #[schema(max_length = 500)]
    pub issuer: String,
    /// What the provider calls this server.
    #[schema(min_length = 1, max_length = 200)]
    pub client_id: String,
    /// The client's secret. Absent: the one that is kept, if the provider stays the same; empty: none.
    #[schema(max_length = 500, format = Password)]
    pub client_secret: Option<String>,
    /// What is asked for beside `openid`.
    #[serde(default = "default_scopes")]
    #[schema(max_items = 20)]
    pub scopes: Vec<String>,
    /// What the button says after *Sign in with*.
    #[schema(min_length = 1, max_length = 40)]
    pub label: String,
    /// The claim that lists someone's groups.
    #[serde(default = "default_claim")]
    #[schema(max_length = 100)]
    pub groups_claim: String,
    /// Which role a group gives; the first that fits counts.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub mappings: Vec<Mapping>,
    /// Whether people who have no account get one.
    #[serde(default)]
    pub create_users: bool,
}

impl std::fmt::Debug for NewSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewSettings({})", self.issuer)
    }
}

fn default_scopes() -> Vec<String> {
    ["openid", "profile", "email"].map(str::to_owned).to_vec()
}

fn default_claim() -> String {
    "groups".to_owned()
}

/// What is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    settings: Settings,
    /// Sealed, hexadecimal.
    secret: Option<String>,
}

/// A value is not acceptable.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A member is not acceptable.
    #[error("{field}: {reason}")]
    Value {
        /// Which member.
        field: String,
        /// Why not.
        reason: String,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

fn refused(field: impl Into<String>, reason: impl std::fmt::Display) -> SettingsError {
    SettingsError::Value { field: field.into(), reason: reason.to_string() }
}

/// Whether the server may talk to this address about people: over HTTPS, or to its own machine.
pub fn is_safe(address: &Url) -> bool {
    let own_machine = match address.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => return false,
    };
    match address.scheme() {
        "https" => true,
        "http" => own_machine,
        _ => false,
    }
}

/// What is set up; none: nothing is.
pub async fn load(db: &Database) -> Result<Option<Settings>, DbErr> {
    Ok(settings::get::<Kept>(db.reads(), NAME).await?.map(|kept| kept.settings))
}

/// The same with the client's secret, for talking to the provider.
pub async fn load_with_secret(db: &Database, secrets: &Secrets) -> Result<Option<(Settings, Option<String>)>, DbErr> {
    let Some(kept) = settings::get::<Kept>(db.reads(), NAME).await? else { return Ok(None) };
    let open = |sealed: String| {
        let bytes = hex::decode(sealed).ok().and_then(|sealed| secrets.open(PURPOSE, &sealed).ok());
        bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| DbErr::Custom("the secret of the OpenID client does not open".to_owned()))
    };
    Ok(Some((kept.settings, kept.secret.map(open).transpose()?)))
}

/// Sets single sign-on up, or changes it.
pub async fn put(
    db: &Database,
    _granted: Granted,
    secrets: &Secrets,
    act: Act,
    new: NewSettings,
) -> Result<Settings, SettingsError> {
    let secrets = secrets.clone();
    let (mut checked, secret) = check(new)?;
    let sealed = match &secret {
        Some(secret) if !secret.is_empty() => Some(hex::encode(secrets.seal(&*act.rng, PURPOSE, secret.as_bytes()))),
        _ => None,
    };
    db.write(move |tx| {
        Box::pin(async move {
            let before = settings::get::<Kept>(tx, NAME).await?;
            let sealed = match (&secret, before) {
                (None, Some(before)) if before.secret.is_some() => {
                    // A secret is for one provider: another must not be sent it.
                    if before.settings.issuer != checked.issuer || before.settings.client_id != checked.client_id {
                        return Err(refused("client_secret", "is needed again for another provider or client"));
                    }
                    before.secret
                }
                _ => sealed,
            };
            checked.has_secret = sealed.is_some();
            settings::put(tx, NAME, &Kept { settings: checked.clone(), secret: sealed }, act.at).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "openid.change", "openid")
                .detail(serde_json::json!({ "settings": checked, "secret_changed": secret.is_some() }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(checked)
        })
    })
    .await
}

/// Ends single sign-on. Accounts stay, and who is known at the provider. False: there was none.
pub async fn remove(db: &Database, _granted: Granted, act: Act) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let gone = setting::Entity::delete_by_id(NAME.to_owned()).exec(tx).await?;
            if gone.rows_affected == 0 {
                return Ok(false);
            }
            let entry = AuditEntry::new(act.at, &act.actor, "openid.remove", "openid");
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(true)
        })
    })
    .await
}

fn check(new: NewSettings) -> Result<(Settings, Option<String>), SettingsError> {
    let issuer = text::word(&new.issuer, 500).map_err(|error| refused("issuer", error))?;
    let address = Url::parse(&issuer).map_err(|error| refused("issuer", error))?;
    if !is_safe(&address) || !address.username().is_empty() || address.query().is_some() || address.fragment().is_some()
    {
        return Err(refused("issuer", "must be an address that begins with https://, without ? and #"));
    }
    let client_id = text::word(&new.client_id, 200).map_err(|error| refused("client_id", error))?;
    let label = text::word(&new.label, 40).map_err(|error| refused("label", error))?;
    let groups_claim = text::word(&new.groups_claim, 100).map_err(|error| refused("groups_claim", error))?;
    if new.client_secret.as_ref().is_some_and(|it| it.len() > 500 || it.chars().any(char::is_control)) {
        return Err(refused("client_secret", "must be at most 500 bytes without control characters"));
    }
    let mut scopes = vec!["openid".to_owned()];
    for scope in new.scopes {
        // RFC 6749 §3.3.
        let fits = |it: u8| it == 0x21 || (0x23..=0x5b).contains(&it) || (0x5d..=0x7e).contains(&it);
        if scope.is_empty() || scope.len() > 100 || !scope.bytes().all(fits) {
            return Err(refused("scopes", format!("{scope:?} is none")));
        }
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.len() > MOST_SCOPES {
        return Err(refused("scopes", format!("must not be more than {MOST_SCOPES}")));
    }
    if new.mappings.len() > MOST_MAPPINGS {
        return Err(refused("mappings", format!("must not be more than {MOST_MAPPINGS}")));
    }
    let mut mappings = Vec::with_capacity(new.mappings.len());
    for (at, mapping) in new.mappings.into_iter().enumerate() {
        let group = text::word(&mapping.group, 200).map_err(|error| refused(format!("mappings.{at}.group"), error))?;
        let labels =
            fields::labels(&mapping.labels).map_err(|error| refused(format!("mappings.{at}.labels"), error.reason))?;
        if !labels.is_empty() && !mapping.role.is_assigned() {
            return Err(refused(format!("mappings.{at}.labels"), "this role sees all customers: it has no labels"));
        }
        let labels = labels.into_iter().map(|(_, label)| label).collect();
        mappings.push(Mapping { group, role: mapping.role, labels });
    }
    let settings = Settings {
        issuer,
        client_id,
        has_secret: false,
        scopes,
        label,
        groups_claim,
        mappings,
        create_users: new.create_users,
    };
    Ok((settings, new.client_secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_talks_over_https_or_to_its_own_machine() {
        for (address, safe) in [
            ("https://login.example.com/realms/a", true),
            ("http://127.0.0.1:9400", true),
            ("http://localhost:9400", true),
            ("http://[::1]:9400", true),
            ("http://login.example.com", false),
            ("http://192.0.2.1", false),
            ("http://localhost.example.com", false),
            ("ftp://127.0.0.1", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_safe(&Url::parse(address).unwrap()), safe, "{address}");
        }
    }
}
