//! The agent's settings: command line before environment before the file `agent.toml` ([`places`]). An unknown key is an
//! error that names the line and the key; a setting that is needed and missing is named too.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use ureq::http::Uri;

use crate::{files, places, update};

/// Where the settings are when nothing else is said, as people know the place.
pub const DEFAULT_FILE: &str =
    if cfg!(windows) { r"C:\ProgramData\Vigie\Inventory Agent\agent.toml" } else { "/etc/vigie-agent/agent.toml" };
/// Longest file of settings, bytes.
const MAX_FILE: u64 = 256 << 10;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// What may be set, in the file as on the command line. All may be left out here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, default)]
pub struct Given {
    /// Address of the Vigie server, https://…
    #[arg(long, value_name = "URL", env = "VIGIE_AGENT_SERVER")]
    pub server: Option<String>,
    /// File with the certificates (PEM) of the CAs to trust; without it the system's are trusted
    #[arg(long, value_name = "FILE", env = "VIGIE_AGENT_CA")]
    pub ca: Option<PathBuf>,
    /// Id of the API client that agents use
    #[arg(long, value_name = "ID", env = "VIGIE_AGENT_CLIENT_ID")]
    pub client_id: Option<String>,
    /// Its secret; others on this machine may see the command line, so better set it in the file
    #[arg(long, value_name = "SECRET", env = "VIGIE_AGENT_CLIENT_SECRET", hide_env_values = true)]
    pub client_secret: Option<Secret>,
    /// Folder for the agent's key and state
    #[arg(long, value_name = "DIR", env = "VIGIE_AGENT_STATE_DIR")]
    pub state_dir: Option<PathBuf>,
    /// Names the customer that this machine belongs to
    #[arg(long, value_name = "TAG", env = "VIGIE_AGENT_TAG")]
    pub tag: Option<String>,
    /// HTTP proxy to go through, http://HOST:PORT
    #[arg(long, value_name = "URL", env = "VIGIE_AGENT_PROXY")]
    pub proxy: Option<String>,
    /// User at the proxy
    #[arg(long, value_name = "NAME", env = "VIGIE_AGENT_PROXY_USER")]
    pub proxy_user: Option<String>,
    /// Password at the proxy
    #[arg(long, value_name = "PASSWORD", env = "VIGIE_AGENT_PROXY_PASSWORD", hide_env_values = true)]
    pub proxy_password: Option<Secret>,
    /// Folder for the log beside standard error
    #[arg(long, value_name = "DIR", env = "VIGIE_AGENT_LOG_DIR")]
    pub log_dir: Option<PathBuf>,
    /// minisign public key of who may release versions of this agent, instead of the one it was built with
    #[arg(long, value_name = "KEY", env = "VIGIE_AGENT_RELEASE_KEY")]
    pub release_key: Option<String>,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{}, line {line}: {words}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, with the key.
        words: String,
    },
    /// Something needed is not set.
    #[error("{0} is not set: give --{1}, set VIGIE_AGENT_{2}, or write {3} = \"…\" to {file}", file = DEFAULT_FILE)]
    Missing(&'static str, &'static str, &'static str, &'static str),
    /// A value is not right.
    #[error("{key}: {words}")]
    Invalid {
        /// The setting.
        key: &'static str,
        /// What is wrong with it.
        words: String,
    },
}

/// How to reach the server and sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Address of the server without a slash at the end.
    pub server: String,
    /// Host of the server.
    pub host: String,
    /// Port of the server.
    pub port: u16,
    /// File with the CAs to trust; the system's without it.
    pub ca: Option<PathBuf>,
    /// API client's id.
    pub client_id: String,
    /// API client's secret.
    pub client_secret: Secret,
    /// Proxy to go through.
    pub proxy: Option<Proxy>,
}

/// An HTTP proxy that tunnels with CONNECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User and password.
    pub credentials: Option<(String, Secret)>,
}

/// Everything that synchronising needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The way to the server.
    pub connection: Connection,
    /// Folder for key and state.
    pub state_dir: PathBuf,
    /// Names the customer.
    pub tag: Option<String>,
    /// Folder for the log.
    pub log_dir: Option<PathBuf>,
    /// Who may release versions of this agent, a minisign public key; without one it does not update itself.
    pub release_key: Option<String>,
}

impl Given {
    /// Reads the file. A file that was not asked for by name need not be there, nor be readable by this user.
    pub fn read(path: Option<&Path>) -> Result<Self, Error> {
        let asked = path.is_some();
        let path = path.map_or_else(places::settings, Path::to_owned);
        match files::read_bounded(&path, MAX_FILE) {
            Ok(content) => Self::parse(&path, &String::from_utf8_lossy(&content)),
            Err(error)
                if !asked && matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) =>
            {
                log::debug!("{}: {error}", path.display());
                Ok(Self::default())
            }
            Err(source) => Err(Error::Unreadable { path, source }),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::Malformed {
            path: path.to_owned(),
            line: error
                .span()
                .map_or(1, |span| 1 + text.bytes().take(span.start).filter(|byte| *byte == b'\n').count()),
            words: error.message().to_owned(),
        })
    }

    /// What is set here, else what is set in `file`.
    #[must_use]
    pub fn or(self, file: Self) -> Self {
        Self {
            server: self.server.or(file.server),
            ca: self.ca.or(file.ca),
            client_id: self.client_id.or(file.client_id),
            client_secret: self.client_secret.or(file.client_secret),
            state_dir: self.state_dir.or(file.state_dir),
            tag: self.tag.or(file.tag),
            proxy: self.proxy.or(file.proxy),
            proxy_user: self.proxy_user.or(file.proxy_user),
            proxy_password: self.proxy_password.or(file.proxy_password),
            log_dir: self.log_dir.or(file.log_dir),
            release_key: self.release_key.or(file.release_key),
        }
    }

    /// Where the state is.
    pub fn state_dir(&self) -> PathBuf {
        self.state_dir.clone().unwrap_or_else(places::state)
    }

    /// Checks that everything needed is there and makes sense.
    pub fn settings(self) -> Result<Settings, Error> {
        let state_dir = self.state_dir();
        let server = text(self.server).ok_or(Error::Missing("the server's address", "server", "SERVER", "server"))?;
        let (host, port) = address("server", &server, "https", 443)?;
        let proxy = match text(self.proxy) {
            Some(proxy) => Some(proxy_of(&proxy, text(self.proxy_user), self.proxy_password)?),
            None => None,
        };
        let connection =
            Connection {
                server: server.trim_end_matches('/').to_owned(),
                host,
                port,
                ca: self.ca,
                client_id: text(self.client_id).ok_or(Error::Missing(
                    "the API client's id",
                    "client-id",
                    "CLIENT_ID",
                    "client_id",
                ))?,
                client_secret: self.client_secret.filter(|secret| !secret.expose().is_empty()).ok_or(
                    Error::Missing("the API client's secret", "client-secret", "CLIENT_SECRET", "client_secret"),
                )?,
                proxy,
            };
        let release_key = text(self.release_key);
        if release_key.as_deref().is_some_and(|key| vigie_wire::update::public_key(key).is_none()) {
            return Err(Error::Invalid { key: "release_key", words: "is not a minisign public key".to_owned() });
        }
        let release_key = release_key.or_else(|| update::RELEASE_KEY.map(str::to_owned));
        Ok(Settings { connection, state_dir, tag: text(self.tag), log_dir: self.log_dir, release_key })
    }
}

pub(crate) fn text(value: Option<String>) -> Option<String> {
    value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

pub(crate) fn address(key: &'static str, url: &str, scheme: &str, port: u16) -> Result<(String, u16), Error> {
    let invalid = |words: String| Error::Invalid { key, words };
    let uri: Uri = url.parse().map_err(|_| invalid(format!("{url} is not an address of the form {scheme}://HOST")))?;
    if uri.scheme_str() != Some(scheme) {
        return Err(invalid(format!("{url} must begin with {scheme}://")));
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(invalid("user and password have settings of their own".to_owned()));
    }
    if uri.query().is_some() {
        return Err(invalid(format!("{url} must not have a query")));
    }
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| invalid(format!("{url} names no host")))?;
    Ok((host.trim_matches(['[', ']']).to_owned(), uri.port_u16().unwrap_or(port)))
}

pub(crate) fn proxy_of(proxy: &str, user: Option<String>, password: Option<Secret>) -> Result<Proxy, Error> {
    let (scheme, rest) = proxy.split_once("://").unwrap_or(("http", proxy));
    // User and password may stand in the address, where they are percent-encoded.
    let (credentials, rest) = match rest.rsplit_once('@') {
        Some((credentials, rest)) => (Some(credentials), rest),
        None => (None, rest),
    };
    let (host, port) = address("proxy", &format!("{scheme}://{rest}"), "http", 3128)?;
    let in_address = credentials.map(|credentials| credentials.split_once(':').unwrap_or((credentials, "")));
    let credentials = match (user, in_address) {
        (Some(user), _) => Some((user, password.unwrap_or_else(|| Secret(String::new())))),
        (None, Some((user, password))) => Some((decoded(user)?, Secret(decoded(password)?))),
        (None, None) => None,
    };
    Ok(Proxy { host, port, credentials })
}

fn decoded(text: &str) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let digits = tail.get(..2).and_then(|digits| hex::decode(digits).ok());
            let [byte] = digits.as_deref().unwrap_or_default() else {
                return Err(Error::Invalid { key: "proxy", words: "a % is not followed by two digits".to_owned() });
            };
            bytes.push(*byte);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> Given {
        Given {
            server: Some("https://vigie.example:7080/".into()),
            client_id: Some("office-agent".into()),
            client_secret: Some(Secret("hush".into())),
            ..Given::default()
        }
    }

    #[test]
    fn an_unknown_key_is_told_with_its_line() {
        let error = Given::parse(Path::new("agent.toml"), "server = \"https://a\"\n\nclientid = \"x\"\n").unwrap_err();
        let words = error.to_string();
        assert!(words.starts_with("agent.toml, line 3: ") && words.contains("clientid"), "{words}");
    }

    #[test]
    fn a_wrong_kind_of_value_never_shows_a_secret() {
        let error = Given::parse(Path::new("f"), "client_secret = 12345678\n").unwrap_err().to_string();
        assert!(error.starts_with("f, line 1: ") && !error.contains("\"12345678\""), "{error}");
        assert!(!format!("{:?}", given()).contains("hush"));
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let file = Given { tag: Some("file".into()), client_id: Some("file".into()), ..Given::default() };
        let merged = given().or(file);
        assert_eq!(merged.client_id.as_deref(), Some("office-agent"));
        assert_eq!(merged.tag.as_deref(), Some("file"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let words = Given { client_id: None, ..given() }.settings().unwrap_err().to_string();
        assert!(words.contains("--client-id") && words.contains("VIGIE_AGENT_CLIENT_ID"), "{words}");
    }

    #[test]
    fn addresses_are_https_and_have_a_host() {
        let settings = given().settings().unwrap();
        assert_eq!(settings.connection.server, "https://vigie.example:7080");
        assert_eq!((settings.connection.host.as_str(), settings.connection.port), ("vigie.example", 7080));
        let six = Given { server: Some("https://[2001:db8::1]".into()), ..given() }.settings().unwrap();
        assert_eq!((six.connection.host.as_str(), six.connection.port), ("2001:db8::1", 443));
        for wrong in ["http://vigie.example", "vigie.example", "https://", "https://u:p@vigie.example", "ftp://x"] {
            assert!(Given { server: Some(wrong.into()), ..given() }.settings().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_proxy_may_carry_its_user() {
        let proxy =
            |proxy: &str| Given { proxy: Some(proxy.into()), ..given() }.settings().map(|it| it.connection.proxy);
        let found = proxy("http://jo:p%40ss@proxy.example:8080").unwrap().unwrap();
        assert_eq!((found.host.as_str(), found.port), ("proxy.example", 8080));
        assert_eq!(found.credentials, Some(("jo".into(), Secret("p@ss".into()))));
        assert_eq!(proxy("proxy.example:8080").unwrap().unwrap().port, 8080);
        assert!(proxy("socks5://proxy.example").is_err());
        assert!(proxy("http://jo:%zz@proxy.example").is_err());
    }
}
