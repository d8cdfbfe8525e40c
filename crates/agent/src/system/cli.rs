//! `vigie-agent system …`: keeping the link, and what the owner of a system decides about it.

use std::{
    io::{self, Write},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    str::FromStr,
};

use clap::{ArgGroup, Args, Subcommand};
use vigie_kernel::{Clock as _, Day, SystemClock, SystemRng, Timestamp};
use vigie_wire::{join::PORT, link::message::About};

use super::{
    account::{ATTEMPTS, Account, Attempts, FILE, LENGTH, Rights},
    enrol::SetUp,
    folder::{ABOUT, DEFAULT, Folder, IDENTITY, Identity, SPOOL, STATUS, Status},
    join_cli::{self, JoinArgs, LinkPasswordArgs},
    network::LONGEST_NAME,
    network_cli::{self, NetworkArgs, SynchroniseArgs},
    run::{Options, run},
    spool,
    switches::{self, Setting},
};
use crate::{
    alerts::Kept,
    config::{Secret, text},
    portal::printable,
};

/// Keep this machine's link to a Vigie server, and decide what the server may do here
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keep the link, in the foreground
    ///
    /// The first run makes this system's key and enrols it with a token; later runs need no token. What the server may do
    /// is decided with `vigie-agent system set`; all of it is off at first.
    Run(RunArgs),
    /// Switch what the server may do on or off; a running agent heeds it at once
    Set(SetArgs),
    /// Show how the system stands: link, alerts that go on, switches, service user
    Show(Place),
    /// Show the service user, or change it; the server signs in again then
    ServiceUser(Box<UserArgs>),
    /// Enable the service user and set its password on every system of the network; on the primary
    ///
    /// Systems that are not connected follow when they are. One that is added later does not: repeat it then.
    Synchronise(SynchroniseArgs),
    /// Show or decide what the primary of the network may order here
    Network(NetworkArgs),
    /// Let application servers join the network at this system, its primary, or stop that; shows whether it is on
    ///
    /// While a link password is set, the running agent listens for systems that know it, and connects them to the server.
    LinkPassword(LinkPasswordArgs),
    /// Join the network of a primary, as an application server
    Join(JoinArgs),
}

/// Where a system keeps what it knows.
#[derive(Debug, Args)]
pub struct Place {
    /// Folder for the system's key and state
    #[arg(long, value_name = "DIR", env = "VIGIE_SYSTEM_STATE_DIR", default_value = DEFAULT)]
    pub(super) state_dir: PathBuf,
}

/// How to keep a link.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Address of the Vigie server, https://… [default: where the system is enrolled]
    #[arg(long, value_name = "URL", env = "VIGIE_AGENT_SERVER")]
    server: Option<String>,
    /// File with the certificates (PEM) of the CAs to trust; without it the system's are trusted
    #[arg(long, value_name = "FILE", env = "VIGIE_AGENT_CA")]
    ca: Option<PathBuf>,
    /// Token to enrol this system with, if it is not enrolled, or the server does not know it any more
    #[arg(long, value_name = "TOKEN", env = "VIGIE_ENROLMENT_TOKEN", hide_env_values = true)]
    enrolment_token: Option<Secret>,
    #[command(flatten)]
    place: Place,
    /// Profile of this kind of system (see `vigie-agent profile check`)
    #[arg(long, value_name = "FILE", env = "VIGIE_SYSTEM_PROFILE")]
    profile: Option<PathBuf>,
    /// HTTP proxy to go through, http://USER:PASSWORD@HOST:PORT [default: that of `HTTPS_PROXY`, heeding `NO_PROXY`]
    #[arg(long, value_name = "URL", env = "VIGIE_AGENT_PROXY", hide_env_values = true)]
    proxy: Option<Secret>,
    /// Whoever sets up the service user when the system is enrolled
    #[arg(long, value_enum, default_value_t = SetUp::Made, env = "VIGIE_SYSTEM_SERVICE_USER")]
    service_user: SetUp,
    /// Where systems that know the link password join (see `vigie-agent system link-password`), ADDRESS:PORT
    #[arg(long, value_name = "ADDRESS", env = "VIGIE_SYSTEM_LINK_LISTEN", default_value_t = ANYWHERE)]
    link_listen: SocketAddr,
}

/// What to switch.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// central-management, central-logs, remote-upgrade, remote-access, co-located-servers, automatic-certificates,
    /// device-certificates: each =on or =off
    #[arg(required = true, value_name = "NAME=on|off")]
    settings: Vec<Setting>,
    #[command(flatten)]
    place: Place,
}

/// What to change about the service user.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").multiple(true))]
pub struct UserArgs {
    #[command(flatten)]
    place: Place,
    /// Switch the service user on
    #[arg(long, group = "change", conflicts_with = "disable")]
    enable: bool,
    /// Switch the service user off
    #[arg(long, group = "change")]
    disable: bool,
    /// Read a new password (8 to 128 characters) from the first line of standard input
    #[arg(long, group = "change")]
    password_stdin: bool,
    /// The password is for once: until another one is set, nobody signs in with it
    #[arg(long, group = "change")]
    must_change: bool,
    /// Until when the password is good: a day (to its end, UTC), a moment (RFC 3339), or never
    #[arg(long, group = "change", value_name = "DATE", value_parser = end_of)]
    password_expires: Option<Limit>,
    /// From when the user may sign in: a day (from its beginning, UTC), a moment, or always
    #[arg(long, group = "change", value_name = "DATE", value_parser = beginning_of)]
    valid_from: Option<Limit>,
    /// Until when the user may sign in: a day (to its end, UTC), a moment, or never
    #[arg(long, group = "change", value_name = "DATE", value_parser = end_of)]
    valid_until: Option<Limit>,
    /// Give or take a right: write-own-password, back-up, upgrade, read-service-monitoring
    #[arg(long = "right", group = "change", value_name = "NAME=on|off")]
    rights: Vec<Right>,
    /// Most management sessions at once
    #[arg(long, group = "change", value_name = "N")]
    sessions: Option<u32>,
    /// Whether the user may do anything from elsewhere
    #[arg(long, group = "change", value_name = "on|off", value_parser = on_or_off)]
    remote_operations: Option<bool>,
    /// Another name
    #[arg(long, group = "change", value_name = "NAME")]
    name: Option<String>,
    /// Forget the wrong passwords that locked the user
    #[arg(long, group = "change")]
    unlock: bool,
}

#[derive(Debug, Clone, Copy)]
struct Limit(Option<Timestamp>);

#[derive(Debug, Clone)]
struct Right(String, bool);

impl FromStr for Right {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, state) = text.split_once('=').ok_or("NAME=on or NAME=off is needed")?;
        let mut all = Rights::ALL;
        let names = all.named().map(|(name, _)| name);
        if !names.contains(&name) {
            return Err(format!("no such right; there are {}", names.join(", ")));
        }
        Ok(Self(name.to_owned(), on_or_off(state)?))
    }
}

pub(super) fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(format!("{other} is neither on nor off")),
    }
}

fn limit(text: &str, none: &str, time: &str) -> Result<Limit, String> {
    if text == none {
        return Ok(Limit(None));
    }
    let moment = match text.parse::<Day>() {
        Ok(day) if text.len() == 10 => format!("{day}T{time}Z").parse(),
        _ => text.parse::<Timestamp>(),
    };
    moment
        .map(|moment| Limit(Some(moment)))
        .map_err(|_| format!("2027-01-31, 2027-01-31T08:30:00Z or {none} is needed"))
}

fn beginning_of(text: &str) -> Result<Limit, String> {
    limit(text, "always", "00:00:00")
}

fn end_of(text: &str) -> Result<Limit, String> {
    limit(text, "never", "23:59:59.999")
}

/// Every address of this machine.
const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), PORT);

pub(super) type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

/// Does what was asked.
pub fn main(command: Command) -> Outcome {
    match command {
        Command::Run(args) => keep(args),
        Command::Set(args) => set(&args),
        Command::Show(place) => show(&place, &mut io::stdout().lock()),
        Command::ServiceUser(args) => service_user(&args, &mut io::stdout().lock()),
        Command::Synchronise(args) => network_cli::synchronise(&args, &mut io::stdout().lock()),
        Command::LinkPassword(args) => join_cli::link_password(&args, &mut io::stdout().lock()),
        Command::Join(args) => join_cli::join(args, &mut io::stdout().lock()),
        Command::Network(args) => network_cli::network(&args, &mut io::stdout().lock()),
    }
}

fn keep(args: RunArgs) -> Outcome {
    let enrolled_at = || Folder::at(&args.place.state_dir).read::<Identity>(IDENTITY).map(|it| it.map(|it| it.server));
    let server = match text(args.server) {
        Some(server) => server,
        None => enrolled_at()?.ok_or("the server's address is not set: give --server or set VIGIE_AGENT_SERVER")?,
    };
    let given = args.proxy.and_then(|proxy| text(Some(proxy.expose().to_owned())));
    let options = Options {
        way: join_cli::way(&Folder::at(&args.place.state_dir), &server, args.ca, given)?,
        token: args.enrolment_token.and_then(|token| text(Some(token.expose().to_owned()))),
        state_dir: args.place.state_dir,
        profile: args.profile,
        set_up: args.service_user,
        link_listen: args.link_listen,
    };
    crate::service::end_on_signal()?;
    crate::memory::give_back();
    match small_runtime()?.block_on(run(options)) {
        Ok(never) => match never {},
        Err(words) => {
            log::error!("{words}");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// One link is one thread's work; names and passwords are looked at on others, which go when they have nothing to do.
pub(super) fn small_runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(16)
        .thread_stack_size(512 << 10)
        .build()
}

fn set(args: &SetArgs) -> Outcome {
    let folder = Folder::at(&args.place.state_dir);
    let path = folder.file(switches::FILE);
    let text = folder.text(switches::FILE).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = switches::with(text.as_deref(), &args.settings).map_err(|faults| {
        let faults: Vec<_> = faults.iter().map(|fault| format!("{}, {fault}", path.display())).collect();
        format!("nothing was changed: {}", faults.join("; "))
    })?;
    folder.write_bytes(switches::FILE, text.as_bytes())?;
    let switches = switches::parse(&text).unwrap_or_default();
    write_switches(&mut io::stdout().lock(), &switches::listed(switches))?;
    Ok(ExitCode::SUCCESS)
}

fn write_switches(out: &mut impl Write, listed: &[(&str, bool)]) -> io::Result<()> {
    for (name, on) in listed {
        writeln!(out, "{name:<22} {}", word(*on))?;
    }
    Ok(())
}

pub(super) const fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn show(place: &Place, out: &mut impl Write) -> Outcome {
    let folder = Folder::at(&place.state_dir);
    let identity: Option<Identity> = folder.read(IDENTITY)?;
    let status: Status = folder.read(STATUS)?.unwrap_or_default();
    let about: About = folder.read(ABOUT)?.unwrap_or_default();
    let mut line = |what: &str, value: &str| writeln!(out, "{what:<22} {value}");
    line("system", &identity.as_ref().map_or_else(|| "not enrolled".to_owned(), |it| it.system_id.to_string()))?;
    if let Some(identity) = &identity {
        line("server", &identity.server)?;
    }
    let connection = match status.connected_since {
        _ if !folder.is_held() => "the agent does not run".to_owned(),
        Some(since) => format!("connected since {since}"),
        None => "not connected".to_owned(),
    };
    line("link", &connection)?;
    if let Some((at, words)) = &status.last_failure {
        line("last failure", &format!("{at}: {}", printable(words)))?;
    }
    if !about.profile.is_empty() {
        line("profile", format!("{} {}", about.profile, about.version).trim())?;
    }
    let waiting = match spool::waiting(&folder.file(SPOOL))? {
        Some(count) => count.to_string(),
        None => "none".to_owned(),
    };
    line("notes that wait", &waiting)?;
    for alert in Kept::read(&folder)?.unwrap_or_default().ongoing {
        let words = [&alert.condition, &alert.subject, &alert.summary].map(|it| printable(it));
        let words: Vec<_> = words.into_iter().filter(|it| !it.is_empty()).collect();
        line(&format!("alert, {}", alert.severity.as_str()), &words.join(": "))?;
    }
    for it in &about.certificates {
        let mut words = format!("{} of {} installed", it.installed, it.wanted);
        if let Some(end) = it.ends_at {
            words = format!("{words}, good until {end}");
        }
        if !it.trouble.is_empty() {
            words = format!("{words}: {}", printable(&it.trouble));
        }
        line(&format!("certificate {}", it.key), &words)?;
    }
    match switches::parse(&folder.text(switches::FILE)?.unwrap_or_default()) {
        Ok(read) => write_switches(out, &switches::listed(read))?,
        Err(faults) => {
            let path = folder.file(switches::FILE);
            for fault in faults {
                writeln!(out, "{:<22} {}, {fault}", "switches", path.display())?;
            }
        }
    }
    match Account::read(&folder)? {
        Some(account) => write_user(&folder, &account, out)?,
        None => writeln!(out, "{:<22} none yet", "service user")?,
    }
    Ok(ExitCode::SUCCESS)
}

fn write_user(folder: &Folder, account: &Account, out: &mut impl Write) -> io::Result<()> {
    let mut line = |what: &str, value: &str| writeln!(out, "{what:<22} {value}");
    line("service user", &format!("{}, {}", printable(&account.name), word(account.enabled)))?;
    let mut password = if account.password.is_some() { "set" } else { "none: nobody signs in" }.to_owned();
    if let Some(end) = account.password_expires {
        password = format!("{password}, good until {end}");
    }
    if account.must_change {
        password += ", must be changed";
    }
    line("  password", &password)?;
    let attempts: Attempts = folder.read(ATTEMPTS).ok().flatten().unwrap_or_default();
    if let Some(until) = attempts.locked_until(SystemClock.now()) {
        line("  locked until", &until.to_string())?;
    }
    if let Some(from) = account.valid_from {
        line("  valid from", &from.to_string())?;
    }
    if let Some(until) = account.valid_until {
        line("  valid until", &until.to_string())?;
    }
    let mut rights = account.rights;
    let rights: Vec<_> = rights.named().into_iter().filter_map(|(name, on)| on.then_some(name)).collect();
    line("  rights", &if rights.is_empty() { "none".to_owned() } else { rights.join(", ") })?;
    line("  sessions at once", &account.sessions.to_string())?;
    line("  remote operations", word(account.remote_operations))
}

fn service_user(args: &UserArgs, out: &mut impl Write) -> Outcome {
    let folder = Folder::at(&args.place.state_dir);
    let before = Account::read(&folder)?;
    let mut account = before.clone().unwrap_or_else(Account::by_hand);
    change(&mut account, args)?;
    if args.password_stdin || args.unlock {
        folder.remove(ATTEMPTS)?;
    }
    // Written even if it is as before after an unlocking: by that the agent knows that the server is to sign in again.
    if before.as_ref() != Some(&account) || args.unlock {
        folder.write(FILE, &account)?;
    }
    write_user(&folder, &account, out)?;
    Ok(ExitCode::SUCCESS)
}

fn change(account: &mut Account, args: &UserArgs) -> Result<(), String> {
    if args.password_stdin {
        let password = network_cli::typed_password(&LENGTH)?;
        account.set_password(&password, SystemClock.now(), &SystemRng)?;
    }
    if let Some(name) = &args.name {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(format!("a name of 1 to {LONGEST_NAME} characters is needed"));
        }
        name.clone_into(&mut account.name);
    }
    account.enabled = (account.enabled || args.enable) && !args.disable;
    account.must_change |= args.must_change;
    account.password_expires = args.password_expires.map_or(account.password_expires, |it| it.0);
    account.valid_from = args.valid_from.map_or(account.valid_from, |it| it.0);
    account.valid_until = args.valid_until.map_or(account.valid_until, |it| it.0);
    account.sessions = args.sessions.unwrap_or(account.sessions);
    account.remote_operations = args.remote_operations.unwrap_or(account.remote_operations);
    for Right(name, on) in &args.rights {
        for (known, is) in account.rights.named() {
            if known == name {
                *is = *on;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole() {
        let moment = |limit: Result<Limit, String>| limit.unwrap().0.map(|it| it.to_string());
        assert_eq!(moment(beginning_of("2027-01-31")).as_deref(), Some("2027-01-31T00:00:00Z"));
        assert_eq!(moment(end_of("2027-01-31")).as_deref(), Some("2027-01-31T23:59:59.999Z"));
        assert_eq!(moment(end_of("2027-01-31T08:00:00+01:00")).as_deref(), Some("2027-01-31T07:00:00Z"));
        assert_eq!((moment(end_of("never")), moment(beginning_of("always"))), (None, None));
        assert!(end_of("soon").is_err() && end_of("2027-02-30").is_err());
    }
}
