//! The command line.

#![allow(clippy::doc_markdown, reason = "the words beside commands are what the program prints")]

use std::{io::Write as _, net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Context as _;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use vigie_kernel::SystemId;

use crate::{
    admin::{self, Ask},
    boot::{self, Surroundings, Vigie},
    cli_backup,
    config::{self, Config, Settings},
    doctor,
    files::HeldByAnother,
    http, logging,
    metrics::Stopwatch,
    otlp, serve,
    tunnel::{self, Tunnel},
};

/// How long a server may take to start before the command line gives up on it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Inventory of thousands of machines: agents bring it, this server keeps it and shows it.
#[derive(Debug, Parser)]
#[command(name = "vigie", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or Ctrl-C
    ///
    /// The first start makes the data directory, keys, a certificate authority (DIR/tls/ca.pem) and the administrator,
    /// whose one-time password is printed once on standard output. The log goes to standard error.
    Serve(Common),
    /// Manage a server on its own machine, whether it runs or not
    #[command(subcommand)]
    Admin(Admin),
    /// The audit trail: who did what
    #[command(subcommand)]
    Audit(Audit),
    /// Back up and restore the server itself, whole: database, keys, certificates, files
    #[command(subcommand)]
    Backup(cli_backup::Backup),
    /// Listen here and carry each connection through a customer's system, to where that system can reach
    ///
    /// Stays until Ctrl-C. The system's owner decides what may be reached; a connection that is refused is closed, and why
    /// is printed.
    Tunnel {
        /// Configuration file [default: /etc/vigie/vigie.toml where it exists]
        #[arg(long, value_name = "FILE", env = "VIGIE_CONFIG")]
        config: Option<PathBuf>,
        /// Data directory of the running server
        #[arg(long, value_name = "DIR", env = "VIGIE_DATA_DIR")]
        data_dir: Option<PathBuf>,
        /// Through which system: its id
        #[arg(long, value_name = "ID")]
        system: SystemId,
        /// Where to, as the system sees it; 127.0.0.1 is the system itself
        #[arg(long, value_name = "ADDRESS:PORT", value_parser = tunnel::target)]
        to: (String, u16),
        /// Where to listen on this machine; port 0: any free one
        #[arg(long, value_name = "ADDRESS:PORT")]
        listen: SocketAddr,
    },
    /// Print the HTTP API's OpenAPI 3.1 document
    Openapi,
    /// Check configuration, data directory, certificate and database, and say what is wrong
    Doctor(Common),
    /// Print the completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
enum Admin {
    /// Print a new API token for a user, alone on standard output
    Token {
        #[command(flatten)]
        common: Common,
        /// Whose token it is: it may do what this user may do
        #[arg(long, value_name = "LOGIN")]
        user: String,
        /// What the token is called in the user's profile
        #[arg(long, value_name = "NAME", default_value = "command line")]
        name: String,
    },
    /// Print what agents need to sign in, as JSON: url, client_id, client_secret
    AgentClient {
        #[command(flatten)]
        common: Common,
    },
    /// Let someone in when nobody can sign in any more: print a one-time password for a user who becomes an enabled administrator
    ///
    /// Makes the user where there is none. It is written to the audit trail.
    BreakGlass {
        #[command(flatten)]
        common: Common,
        /// Who is let in
        #[arg(long, value_name = "LOGIN", default_value = vigie_people::first_start::ADMINISTRATOR)]
        user: String,
    },
    /// Print a new one-time password for a user, who changes it at the next sign-in; enables the account
    ResetPassword {
        #[command(flatten)]
        common: Common,
        /// Whose password it is
        #[arg(long, value_name = "LOGIN")]
        user: String,
    },
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Read the whole trail and say whether every entry is as it was written; exits with 1 where not
    Verify {
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Configuration file; the flags here count over it [default: /etc/vigie/vigie.toml where it exists]
    #[arg(long, value_name = "FILE", env = "VIGIE_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Common {
    pub(crate) fn load(self) -> anyhow::Result<Config> {
        Config::load(self.settings, self.config.as_deref())
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "vigie: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(common) => {
            let config = common.load()?;
            let (more, traces) = otlp::layer(&config)?.unzip();
            let logs = logging::start(&config, more)?;
            warn_of_variables();
            serve::allow_open_files();
            let served = runtime()?.block_on(serve::run(config, Surroundings { logs, ..Surroundings::real() }));
            if let Some(traces) = traces {
                traces.finish();
            }
            served?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Admin(admin) => {
            let (common, ask) = match admin {
                Admin::Token { common, user, name } => (common, Ask::Token { user, name }),
                Admin::AgentClient { common } => (common, Ask::AgentClient),
                Admin::BreakGlass { common, user } => (common, Ask::BreakGlass { user }),
                Admin::ResetPassword { common, user } => (common, Ask::ResetPassword { user }),
            };
            let said = runtime()?.block_on(ask_or_do(common.load()?, ask))?;
            print(&said)
        }
        Command::Audit(Audit::Verify { common }) => {
            print(&runtime()?.block_on(ask_or_do(common.load()?, Ask::VerifyAudit))?)
        }
        Command::Backup(backup) => runtime()?.block_on(cli_backup::run(backup)),
        Command::Tunnel { config, data_dir, system, to: (host, port), listen } => {
            let common = Common { config, settings: Settings { data_dir, ..Settings::default() } };
            let data_dir = common.load()?.data_dir;
            runtime()?.block_on(tunnel::ask(&data_dir, Tunnel { system, host, port, listen }))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Openapi => print(&http::document_text()?),
        Command::Doctor(common) => runtime()?.block_on(doctor::examine(common.load())),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "vigie", &mut text);
            std::io::stdout().write_all(&text)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")
}

pub(crate) fn print(text: &str) -> anyhow::Result<ExitCode> {
    match writeln!(std::io::stdout(), "{text}") {
        // Whoever reads may have read enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn warn_of_variables() {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in config::unknown_variables(names) {
        tracing::warn!("the environment's {name} is not a setting of this program; it is ignored");
    }
}

/// Asks the running server; where none runs, does it on the spot, holding the data directory.
async fn ask_or_do(config: Config, ask: Ask) -> anyhow::Result<String> {
    let began = Stopwatch::start();
    let said = loop {
        if let Some(said) = admin::ask_running(&config.data_dir, &ask).await? {
            break said;
        }
        match boot::open(config.clone(), Surroundings::real()).await {
            Ok(vigie) => break on_the_spot(&vigie, ask).await?,
            // A server that is just starting answers in a moment.
            Err(error) if error.is::<HeldByAnother>() && began.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(error) => return Err(error),
        }
    };
    said.map_err(anyhow::Error::msg)
}

async fn on_the_spot(vigie: &Vigie, ask: Ask) -> anyhow::Result<admin::Answer> {
    if let Some(password) = &vigie.one_time_password {
        // Standard output belongs to what was asked for.
        let login = vigie_people::first_start::ADMINISTRATOR;
        writeln!(std::io::stderr(), "Administrator: {login}  One-time password: {password}")?;
    }
    let said = admin::answer(&vigie.state, ask).await;
    vigie.state.db.close().await;
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn scripts_find_the_promised_commands() {
        for line in [
            "vigie serve --data-dir D --listen 127.0.0.1:7080 --agents-listen 127.0.0.1:7443 --metrics-listen [::1]:9",
            "vigie serve --database postgres://h/d --config F --names a,b --log-format json",
            "vigie admin token --data-dir D --user admin",
            "vigie admin token --data-dir D --user admin --name N",
            "vigie admin agent-client --data-dir D",
            "vigie admin reset-password --data-dir D --user admin",
            "vigie admin break-glass --data-dir D",
            "vigie audit verify --data-dir D",
            "vigie backup create --data-dir D --to F",
            "vigie backup restore --from F --data-dir D",
            "vigie backup restore --from F --data-dir D --database postgres://h/d --replace",
            "vigie backup verify --from F",
            "vigie tunnel --data-dir D --system sy_0190163d8694739bb06f4a0f4d3f5d1e --to 127.0.0.1:22 --listen 127.0.0.1:0",
            "vigie openapi",
            "vigie doctor --data-dir D",
            "vigie completions bash",
        ] {
            Cli::try_parse_from(line.split(' ')).unwrap();
        }
        assert!(Cli::try_parse_from(["vigie", "serve", "--listen", "here"]).is_err());
    }
}
