//! How a server is configured: one TOML file, then `VIGIE_*` in the environment, then flags; the last one said counts.
//! Everything has a default. A key that is not known is an error that names the file, the line and the key.

#![allow(clippy::doc_markdown, reason = "the words beside settings are what the program prints")]

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, ValueEnum};
use serde::Deserialize;
use vigie_db::Options;

use crate::{files::read_if_there, releases, tls::is_dns_name};

/// Where the file is looked for when nothing is said. It may be missing there.
pub const DEFAULT_FILE: &str = "/etc/vigie/vigie.toml";
/// Where data is kept when nothing is said.
pub const DEFAULT_DATA_DIR: &str = "/var/lib/vigie";
/// Where the server listens when nothing is said.
pub const DEFAULT_LISTEN: &str = "0.0.0.0:7080";

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What can be said of it, in the file, in the environment or by flags. The same names everywhere.
#[derive(Debug, Clone, Default, Deserialize, Args)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Database, keys, certificate and files; made at the first start [default: /var/lib/vigie]
    #[arg(long, value_name = "DIR", env = "VIGIE_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// postgres://USER:PASSWORD@HOST/DATABASE; SQLite in the data directory where nothing is said
    #[arg(long, value_name = "URL", env = "VIGIE_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
    /// Console and API over HTTPS, agents too [default: 0.0.0.0:7080]
    #[arg(long, value_name = "ADDRESS:PORT", env = "VIGIE_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// A listener of the agents' own, HTTPS; the other one then serves people only
    #[arg(long, value_name = "ADDRESS:PORT", env = "VIGIE_AGENTS_LISTEN")]
    pub agents_listen: Option<SocketAddr>,
    /// Metrics for Prometheus, plain HTTP; off where nothing is said
    #[arg(long, value_name = "ADDRESS:PORT", env = "VIGIE_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    /// Answers to ACME servers (HTTP-01), plain HTTP, and leads all else to HTTPS; off where nothing is said
    #[arg(long, value_name = "ADDRESS:PORT", env = "VIGIE_ACME_LISTEN")]
    pub acme_listen: Option<SocketAddr>,
    /// Further names and addresses that the certificate is for, with commas between them
    #[arg(long, value_name = "NAME,…", env = "VIGIE_NAMES", value_delimiter = ',')]
    #[serde(default)]
    pub names: Vec<String>,
    /// The address that agents are told, where it is not this host's name, such as https://vigie.example.com:7080
    #[arg(long, value_name = "URL", env = "VIGIE_URL")]
    pub url: Option<String>,
    /// What this server is called among those that share its database, 1 to 64 characters [default: this host's name]
    #[arg(long, value_name = "NAME", env = "VIGIE_NODE_NAME")]
    pub node_name: Option<String>,
    /// How the log is written [default: text]
    #[arg(long, value_name = "FORMAT", env = "VIGIE_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
    /// error, warn, info, debug or trace; or by part, as in info,vigie_server=debug. Counts from the start until the
    /// preference in the console is changed [default: as the preference says]
    #[arg(long, value_name = "LEVEL", env = "VIGIE_LOG_LEVEL")]
    pub log_level: Option<String>,
    /// Where traces of requests are sent, OTLP over HTTP, such as http://localhost:4318; off where nothing is said
    #[arg(long, value_name = "URL", env = "VIGIE_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
    /// minisign public key of who may release versions of the agent, instead of the one this server was built with
    #[arg(long, value_name = "KEY", env = "VIGIE_RELEASE_KEY")]
    pub release_key: Option<String>,
    /// Most connections at once [default: 20000]
    #[arg(long, value_name = "NUMBER", env = "VIGIE_CONNECTIONS")]
    pub connections: Option<usize>,
    /// Most connections at once from one address; an office may stand behind one [default: 4000]
    #[arg(long, value_name = "NUMBER", env = "VIGIE_CONNECTIONS_PER_ADDRESS")]
    pub connections_per_address: Option<usize>,
    /// Most MiB of unpacked inventories in work at once; beyond it agents are told to come again [default: 96]
    #[arg(long, value_name = "MIB", env = "VIGIE_INFLIGHT_MIB")]
    pub inflight_mib: Option<usize>,
}

impl Settings {
    /// What `self` says, and `other` where it says nothing.
    fn or(self, other: Self) -> Self {
        Self {
            data_dir: self.data_dir.or(other.data_dir),
            database: self.database.or(other.database),
            listen: self.listen.or(other.listen),
            agents_listen: self.agents_listen.or(other.agents_listen),
            metrics_listen: self.metrics_listen.or(other.metrics_listen),
            acme_listen: self.acme_listen.or(other.acme_listen),
            names: if self.names.is_empty() { other.names } else { self.names },
            url: self.url.or(other.url),
            node_name: self.node_name.or(other.node_name),
            log_format: self.log_format.or(other.log_format),
            log_level: self.log_level.or(other.log_level),
            otlp_endpoint: self.otlp_endpoint.or(other.otlp_endpoint),
            release_key: self.release_key.or(other.release_key),
            connections: self.connections.or(other.connections),
            connections_per_address: self.connections_per_address.or(other.connections_per_address),
            inflight_mib: self.inflight_mib.or(other.inflight_mib),
        }
    }
}

/// A server's configuration, complete.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where database, keys and files are.
    pub data_dir: PathBuf,
    /// Where console and API listen; agents too, unless they have a listener of their own.
    pub listen: SocketAddr,
    /// Where agents listen.
    pub agents_listen: Option<SocketAddr>,
    /// Where metrics are served, in the clear.
    pub metrics_listen: Option<SocketAddr>,
    /// Where ACME servers are answered, in the clear.
    pub acme_listen: Option<SocketAddr>,
    /// Which database.
    pub database: Options,
    /// Further names and addresses that the server's certificate is for.
    pub names: Vec<String>,
    /// The address that agents are told; none: this host's name and the listener's port.
    pub url: Option<String>,
    /// What this server is called among those that share its database; none: this host's name.
    pub node_name: Option<String>,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What is logged: `info`, `debug`, or `tracing`'s directives; none: as the preferences say.
    pub log_level: Option<String>,
    /// Where traces of requests are sent (OTLP over HTTP); none: nowhere.
    pub otlp_endpoint: Option<String>,
    /// Who may release versions of the agent, a minisign public key; none: this server checks no signature of theirs.
    pub release_key: Option<String>,
    /// Most connections at once.
    pub connections: usize,
    /// Most connections at once from one address. An office of a thousand machines may stand behind one.
    pub connections_per_address: usize,
    /// Most bytes of unpacked inventories in work at once.
    pub inflight_bytes: usize,
}

impl Config {
    /// Flags and environment (clap has joined them) over the file. `file` none: the usual place, where it may be missing.
    pub fn load(said: Settings, file: Option<&Path>) -> anyhow::Result<Self> {
        let path = file.unwrap_or_else(|| Path::new(DEFAULT_FILE));
        let content = read_if_there(path).with_context(|| format!("cannot read {}", path.display()))?;
        let settings = match content {
            Some(content) => said.or(parse(path, &content)?),
            None if file.is_some() => bail!("{}: there is no such file", path.display()),
            None => said,
        };
        Self::complete(settings)
    }

    /// Fills in the defaults and checks the values.
    pub fn complete(settings: Settings) -> anyhow::Result<Self> {
        let data_dir = settings.data_dir.unwrap_or_else(|| DEFAULT_DATA_DIR.into());
        let database = match settings.database {
            None => Options::Sqlite(data_dir.join("vigie.db")),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => Options::Postgres(url),
            // Not shown: it may hold a password.
            Some(_) => bail!("database: must begin with postgres://"),
        };
        for name in &settings.names {
            if !is_dns_name(name) && name.parse::<IpAddr>().is_err() {
                bail!("names: {name:?} is neither a host name nor an address");
            }
        }
        let url = settings.url.map(|it| it.trim_end_matches('/').to_owned());
        if let Some(url) = &url
            && (!url.starts_with("https://")
                || url.len() <= "https://".len()
                || url.contains(['"', '\'', ' ', '\\', '$', '`']))
        {
            bail!("url: {url:?} is not an address that begins with https://");
        }
        if let Some(name) = &settings.node_name {
            vigie_people::text::word(name, 64).map_err(|error| anyhow!("node_name: {error}"))?;
        }
        if settings.release_key.as_deref().is_some_and(|key| vigie_wire::update::public_key(key).is_none()) {
            bail!("release_key: not a minisign public key");
        }
        let at_least_one = |key: &str, value: Option<usize>, default: usize| match value.unwrap_or(default) {
            0 => bail!("{key}: must be 1 or more"),
            value => Ok(value),
        };
        Ok(Self {
            listen: match settings.listen {
                Some(address) => address,
                None => DEFAULT_LISTEN.parse()?,
            },
            agents_listen: settings.agents_listen,
            metrics_listen: settings.metrics_listen,
            acme_listen: settings.acme_listen,
            database,
            names: settings.names,
            url,
            node_name: settings.node_name,
            log_format: settings.log_format.unwrap_or_default(),
            log_level: settings.log_level,
            release_key: settings.release_key.or_else(|| releases::RELEASE_KEY.map(str::to_owned)),
            otlp_endpoint: settings.otlp_endpoint.map(|it| otlp_address(&it)).transpose()?,
            connections: at_least_one("connections", settings.connections, 20_000)?,
            connections_per_address: at_least_one("connections_per_address", settings.connections_per_address, 4_000)?,
            inflight_bytes: at_least_one("inflight_mib", settings.inflight_mib, 96)?.saturating_mul(1 << 20),
            data_dir,
        })
    }
}

/// The standard's path is added where the address has none (OpenTelemetry, *OTLP exporter configuration*).
fn otlp_address(url: &str) -> anyhow::Result<String> {
    let address: http::Uri = url.trim().parse().map_err(|_| anyhow!("otlp_endpoint: {url:?} is not an address"))?;
    if !matches!(address.scheme_str(), Some("http" | "https")) || address.host().is_none_or(str::is_empty) {
        bail!("otlp_endpoint: {url:?} does not begin with http:// or https://");
    }
    let address = url.trim().trim_end_matches('/');
    Ok(if address.ends_with("/v1/traces") { address.to_owned() } else { format!("{address}/v1/traces") })
}

fn parse(path: &Path, content: &[u8]) -> anyhow::Result<Settings> {
    let text = std::str::from_utf8(content).with_context(|| format!("{}: not UTF-8 text", path.display()))?;
    match toml::from_str(text) {
        Ok(settings) => Ok(settings),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start).min(text.len());
            let line = text.get(..at).unwrap_or_default().matches('\n').count();
            // The words of a wrong value do not name its key.
            let key = text.lines().nth(line).and_then(|it| it.split_once('=')).map_or("", |(key, _)| key.trim());
            let place = if key.is_empty() { String::new() } else { format!(" {key}:") };
            bail!("{}, line {}:{place} {}", path.display(), line + 1, error.message())
        }
    }
}

/// Variables that begin like ours but are not: probably a slip of the pen.
pub fn unknown_variables(names: impl Iterator<Item = String>) -> Vec<String> {
    use clap::CommandFactory as _;
    #[derive(clap::Parser)]
    struct Known {
        #[command(flatten)]
        _settings: Settings,
    }
    let command = Known::command();
    let known: Vec<String> =
        command.get_arguments().filter_map(|it| it.get_env()?.to_str().map(str::to_owned)).collect();
    let ours = |name: &String| {
        name.starts_with("VIGIE_")
            && !name.starts_with("VIGIE_TEST_")
            && name != "VIGIE_CONFIG"
            && !known.contains(name)
    };
    let mut unknown: Vec<String> = names.filter(ours).collect();
    unknown.sort();
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(content: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vigie.toml");
        std::fs::write(&path, content).unwrap();
        Config::load(Settings::default(), Some(&path)).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_a_wrong_value_and_bad_syntax_name_file_line_and_key() {
        let unknown = refused("listen = \"127.0.0.1:1\"\n\nlisten_adress = 5\n");
        assert!(unknown.contains("vigie.toml, line 3: ") && unknown.contains("`listen_adress`"), "{unknown}");
        let wrong = refused("# comment\nlisten = \"nowhere\"\n");
        assert!(wrong.contains("line 2: listen: ") && wrong.contains("socket address"), "{wrong}");
        let syntax = refused("listen = \n");
        assert!(syntax.contains("line 1: listen: "), "{syntax}");
        let twice = refused("connections = 3\nconnections = 4\n");
        assert!(twice.contains("line 2") && twice.contains("duplicate key"), "{twice}");
    }

    #[test]
    fn values_are_checked_and_a_password_is_not_repeated() {
        assert!(refused("connections = 0").contains("connections"));
        assert!(refused("names = [\"a b\"]").contains("names"));
        assert!(refused("url = \"http://x\"").contains("url"));
        assert!(refused("url = \"https://x'; rm\"").contains("url"));
        let database = refused("database = \"mysql://u:secret@h/d\"");
        assert!(database.contains("database") && !database.contains("secret"), "{database}");
    }

    #[test]
    fn what_is_said_counts_over_the_file_and_the_file_over_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vigie.toml");
        std::fs::write(&path, "data_dir = \"/data\"\nlisten = \"127.0.0.1:1\"\nlog_format = \"json\"\n").unwrap();
        let said = Settings { listen: Some("127.0.0.1:2".parse().unwrap()), ..Settings::default() };
        let config = Config::load(said, Some(&path)).unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.log_format, LogFormat::Json);
        assert!(matches!(config.database, Options::Sqlite(path) if path == Path::new("/data/vigie.db")));
        assert_eq!(config.inflight_bytes, 96 << 20);
        let missing = Config::load(Settings::default(), Some(&folder.path().join("none.toml")));
        assert!(missing.unwrap_err().to_string().contains("none.toml"));
    }

    #[test]
    fn a_mistyped_variable_is_noticed() {
        let names = ["VIGIE_LISTEN", "VIGIE_LISTENN", "VIGIE_TEST_POSTGRES", "HOME"].map(str::to_owned);
        assert_eq!(unknown_variables(names.into_iter()), ["VIGIE_LISTENN"]);
    }
}
