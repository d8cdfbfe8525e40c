//! What agents are to connect with: the configuration in use, and the next one, which the answers to their synchronisations
//! announce until it is withdrawn or becomes the one in use. Each has an API client of its own.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _,
};
use serde_json::json;
use vigie_db::{Database, Tx, Violation, secrets::Secrets, violation};
use vigie_kernel::{Act, ApiClientId, AuditEntry, Granted, Timestamp};

use crate::{
    api_clients::{self, LONGEST_CLIENT_ID},
    entity::{agent_configuration as row, api_client},
};

/// Longest address, bytes.
pub const LONGEST_URL: usize = 255;
/// Shortest client secret, characters.
pub const SHORTEST_SECRET: usize = 20;
/// Longest client secret, characters.
pub const LONGEST_SECRET: usize = 128;
/// Fewest different characters of a client secret.
pub const FEWEST_DIFFERENT: usize = 10;

/// Where a configuration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Announced.
    Next,
    /// In use.
    Current,
    /// Was in use.
    Former,
    /// Was taken back.
    Withdrawn,
}

impl Stage {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Former => "former",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A configuration for agents, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Grows from one to the next.
    pub revision: i64,
    /// Address of the portal, without a slash at the end.
    pub url: String,
    /// Its API client here.
    pub api_client: ApiClientId,
    /// What agents sign in with.
    pub client_id: String,
    /// The only authorities to trust there, PEM; none: those that agents trust already.
    pub ca: Option<String>,
    /// Since when it is announced.
    pub announced_at: Timestamp,
    /// Since when it is the one in use.
    pub current_at: Option<Timestamp>,
}

/// The configurations there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configurations {
    /// In use; none: the server's own address, and its first API client.
    pub current: Option<Configuration>,
    /// Announced.
    pub next: Option<Configuration>,
}

impl Configurations {
    /// What agents that sign in with something else are told.
    pub fn announced(&self) -> Option<&Configuration> {
        self.next.as_ref().or(self.current.as_ref())
    }

    /// What is signed in with today.
    pub fn client_id(&self) -> &str {
        self.current.as_ref().map_or(api_clients::OFFICE_AGENT, |it| &it.client_id)
    }
}

/// A configuration to be announced, not yet checked. It shows itself nowhere: the secret is in it.
#[derive(Clone)]
pub struct NewConfiguration {
    /// `https://HOST[:PORT]`.
    pub url: String,
    /// An id that no API client has.
    pub client_id: String,
    /// The secret.
    pub client_secret: String,
    /// PEM that was read and found good.
    pub ca: Option<String>,
}

/// A configuration could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Members that are not acceptable, and why.
    #[error("not acceptable: {0:?}")]
    Invalid(Vec<(&'static str, String)>),
    /// An API client has the id.
    #[error("the client id is in use")]
    Taken,
    /// One is announced already.
    #[error("a configuration is announced already")]
    Exists,
    /// None is announced.
    #[error("no configuration is announced")]
    None,
    /// The database.
    #[error(transparent)]
    Db(DbErr),
}

impl From<DbErr> for ChangeError {
    fn from(error: DbErr) -> Self {
        match violation(&error) {
            // Somebody else announced one in the same moment: what is unique beside the client's id.
            Some(Violation::Unique) => Self::Exists,
            _ => Self::Db(error),
        }
    }
}

/// The configurations there are.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Configurations, DbErr> {
    let wanted = row::Column::State.is_in([Stage::Next.as_str(), Stage::Current.as_str()]);
    let mut all = Configurations::default();
    for row in row::Entity::find().filter(wanted).all(connection).await? {
        let next = row.state == Stage::Next.as_str();
        let view = Some(view(connection, row).await?);
        *(if next { &mut all.next } else { &mut all.current }) = view;
    }
    Ok(all)
}

async fn view<C: ConnectionTrait>(connection: &C, row: row::Model) -> Result<Configuration, DbErr> {
    let client = api_client::Entity::find_by_id(row.api_client_id).one(connection).await?;
    Ok(Configuration {
        revision: row.revision,
        url: row.url,
        api_client: row.api_client_id,
        client_id: client.map(|it| it.client_id).unwrap_or_default(),
        ca: Some(row.ca).filter(|it| !it.is_empty()),
        announced_at: row.announced_at,
        current_at: row.current_at,
    })
}

/// The secret of a configuration, for the agents that it is announced to.
pub async fn secret(db: &Database, secrets: &Secrets, configuration: &Configuration) -> Result<String, DbErr> {
    let row = api_client::Entity::find_by_id(configuration.api_client).one(db.reads()).await?;
    let row = row.ok_or_else(|| DbErr::Custom("a configuration without its API client".into()))?;
    api_clients::opened(secrets, &row)
}

/// Makes the configuration's API client, and announces it to agents from now on. There is one at a time.
pub async fn announce(
    db: &Database,
    _granted: Granted,
    secrets: &Secrets,
    act: Act,
    new: NewConfiguration,
) -> Result<Configuration, ChangeError> {
    let new = checked(new)?;
    let secrets = secrets.clone();
    db.write(move |tx| {
        Box::pin(async move {
            if in_stage(tx, Stage::Next).await?.is_some() {
                return Err(ChangeError::Exists);
            }
            let same = api_client::Column::ClientId.eq(new.client_id.as_str());
            if api_client::Entity::find().filter(same).one(tx).await?.is_some() {
                return Err(ChangeError::Taken);
            }
            let secret = new.client_secret;
            let client = api_clients::insert(tx, &secrets, &act, &new.client_id, None, true, secret).await?;
            let row = row::ActiveModel {
                url: Set(new.url),
                api_client_id: Set(client.id),
                ca: Set(new.ca.unwrap_or_default()),
                state: Set(Stage::Next.as_str().to_owned()),
                announced_at: Set(act.at),
                current_at: Set(None),
                ended_at: Set(None),
                ..Default::default()
            };
            let revision = row::Entity::insert(row).exec(tx).await?.last_insert_id;
            let row = row::Entity::find_by_id(revision).one(tx).await?.ok_or(ChangeError::None)?;
            note(tx, &act, "agent-configuration.announce", &row, &client.client_id);
            Ok(view(tx, row).await?)
        })
    })
    .await
}

/// Takes the announced configuration back. Its API client stays, for agents that use it already.
pub async fn withdraw(db: &Database, _granted: Granted, act: Act) -> Result<(), ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let row = in_stage(tx, Stage::Next).await?.ok_or(ChangeError::None)?;
            let row = end(tx, row, Stage::Withdrawn, act.at).await?;
            let client_id = view(tx, row.clone()).await?.client_id;
            note(tx, &act, "agent-configuration.withdraw", &row, &client_id);
            Ok(())
        })
    })
    .await
}

/// Makes the announced configuration of this revision the one in use. Agents that sign in with another one go on being told
/// of it. `left_behind` agents have not moved yet, which is noted.
pub async fn promote(
    db: &Database,
    _granted: Granted,
    act: Act,
    revision: i64,
    left_behind: u64,
) -> Result<Configuration, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let next = in_stage(tx, Stage::Next).await?.filter(|row| row.revision == revision);
            let next = next.ok_or(ChangeError::None)?;
            if let Some(current) = in_stage(tx, Stage::Current).await? {
                end(tx, current, Stage::Former, act.at).await?;
            }
            let mut next = next.into_active_model();
            next.state = Set(Stage::Current.as_str().to_owned());
            next.current_at = Set(Some(act.at));
            let row = next.update(tx).await?;
            let view = view(tx, row).await?;
            let detail = json!({ "url": view.url, "client_id": view.client_id, "left_behind": left_behind });
            let entry = AuditEntry::new(act.at, &act.actor, "agent-configuration.promote", "agent-configuration");
            vigie_db::audit::append(tx, &*act.rng, entry.object(revision, &view.url).detail(detail));
            Ok(view)
        })
    })
    .await
}

async fn in_stage(tx: &Tx, stage: Stage) -> Result<Option<row::Model>, DbErr> {
    row::Entity::find().filter(row::Column::State.eq(stage.as_str())).one(tx).await
}

async fn end(tx: &Tx, row: row::Model, stage: Stage, at: Timestamp) -> Result<row::Model, DbErr> {
    let mut row = row.into_active_model();
    row.state = Set(stage.as_str().to_owned());
    row.ended_at = Set(Some(at));
    row.update(tx).await
}

fn note(tx: &Tx, act: &Act, action: &'static str, row: &row::Model, client_id: &str) {
    let detail = json!({ "url": row.url, "client_id": client_id, "ca": !row.ca.is_empty() });
    let entry = AuditEntry::new(act.at, &act.actor, action, "agent-configuration").object(row.revision, &row.url);
    vigie_db::audit::append(tx, &*act.rng, entry.detail(detail));
}

/// Everything that is wrong is told at once.
fn checked(new: NewConfiguration) -> Result<NewConfiguration, ChangeError> {
    let mut wrong = Vec::new();
    let url = address(&new.url).unwrap_or_else(|why| {
        wrong.push(("url", why.to_owned()));
        String::new()
    });
    let client_id = new.client_id.trim().to_owned();
    if client_id.is_empty() {
        wrong.push(("client_id", "is required".to_owned()));
    } else if !api_clients::is_client_id(&client_id) {
        wrong.push(("client_id", format!("must be 1 to {LONGEST_CLIENT_ID} letters, digits, '-', '_' or '.'")));
    }
    if let Err(why) = strong(&new.client_secret, &client_id) {
        wrong.push(("client_secret", why));
    }
    let checked = NewConfiguration { url, client_id, ..new };
    if wrong.is_empty() { Ok(checked) } else { Err(ChangeError::Invalid(wrong)) }
}

/// An address of a portal as agents are told it: `https://HOST`, with a port where that is not 443.
fn address(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is required");
    }
    if text.len() > LONGEST_URL {
        return Err("must not be longer than 255 characters");
    }
    let form = "must be an address of the form https://HOST or https://HOST:PORT";
    let url = url::Url::parse(text).map_err(|_| form)?;
    if url.scheme() != "https" {
        return Err("must begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must hold neither user nor password");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("must hold nothing behind host and port");
    }
    if url.port() == Some(0) {
        return Err(form);
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(form)?;
    Ok(url.port().map_or_else(|| format!("https://{host}"), |port| format!("https://{host}:{port}")))
}

/// A secret that every agent shares is not to be guessed: long, and of many different characters.
fn strong(secret: &str, client_id: &str) -> Result<(), String> {
    if secret.is_empty() {
        return Err("is required".to_owned());
    }
    if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("must be letters, digits and signs of ASCII, without spaces".to_owned());
    }
    let different = secret.bytes().collect::<std::collections::HashSet<_>>().len();
    if !(SHORTEST_SECRET..=LONGEST_SECRET).contains(&secret.len()) || different < FEWEST_DIFFERENT {
        return Err(format!(
            "must be {SHORTEST_SECRET} to {LONGEST_SECRET} characters, at least {FEWEST_DIFFERENT} of them different"
        ));
    }
    if !client_id.is_empty() && secret.to_ascii_lowercase().contains(&client_id.to_ascii_lowercase()) {
        return Err("must not hold the client id".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_over_https_and_nothing_else() {
        for (text, kept) in [
            (" https://Vigie.Example.com/ ", "https://vigie.example.com"),
            ("https://vigie.example.com:443", "https://vigie.example.com"),
            ("https://192.0.2.7:7443", "https://192.0.2.7:7443"),
            ("https://[2001:db8::1]:7080", "https://[2001:db8::1]:7080"),
        ] {
            assert_eq!(address(text), Ok(kept.to_owned()), "{text}");
        }
        let long = format!("https://{}.example", "a".repeat(LONGEST_URL));
        for text in [
            "",
            "vigie.example.com",
            "http://vigie.example.com",
            "https://",
            "https://u:p@vigie.example.com",
            "https://vigie.example.com/portal",
            "https://vigie.example.com?a=b",
            "https://vigie.example.com#x",
            "https://vigie example",
            "https://vigie.example:99999",
            "https://vigie.example:0",
            "ftp://x",
            &long,
        ] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_is_long_and_varied() {
        assert_eq!(strong("Zt5q-9LmX-3rWc-7vBn-Hs2k", "agents-2"), Ok(()));
        let long = "ab1".repeat(43);
        for weak in [
            "",
            "short",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabcabcabc",
            "Zt5q 9LmX 3rWc 7vBn Hs2k",
            &long,
        ] {
            assert!(strong(weak, "agents-2").is_err(), "{weak}");
        }
        assert!(strong("Agents-2-Zt5q-9LmX-3rWc", "agents-2").is_err());
    }
}
