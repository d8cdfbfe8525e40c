//! `vigie-agent system link-password` on a primary, and `vigie-agent system join` on a system that joins there.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::{ArgGroup, Args};
use vigie_kernel::{Clock as _, SystemClock, SystemRng};
use vigie_wire::{
    join::PASSWORD,
    link::message::{About, Switches},
};

use super::{
    about::about,
    cli::{Outcome, Place, small_runtime, word},
    connect::{Way, proxy_of_environment},
    enrol::{SetUp, enrol, service_user},
    failure::Failure,
    folder::{ABOUT, Folder, IDENTITY, Identity, PENDING},
    join::{
        gate,
        guest::{self, Granted, Primary},
        secret::{FILE, LinkSecret},
    },
    network::{NETWORK, Network},
    network_cli::PasswordArgs,
};
use crate::config::{Secret, text};

/// The file in the system's folder with the CAs that the primary handed over.
pub(super) const CA: &str = "primary-ca.pem";

/// What to do about the link password.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("off_or_on").args(["off", "password_stdin", "password_file", "generate"]))]
pub struct LinkPasswordArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    password: PasswordArgs,
    /// Nobody joins any more, and nobody reaches the server through this system
    #[arg(long)]
    off: bool,
}

/// Where to join.
#[derive(Debug, Args)]
pub struct JoinArgs {
    #[command(flatten)]
    place: Place,
    /// Address of the primary, as this system reaches it
    #[arg(long, value_name = "HOST[:PORT]")]
    primary: String,
    /// File with the link password in its first line; without it, it is read from standard input
    #[arg(long, value_name = "FILE")]
    link_password_file: Option<PathBuf>,
    /// Always reach the server through the primary; without it, only when there is no other way
    #[arg(long)]
    via_primary: bool,
    /// Whoever sets up the service user
    #[arg(long, value_enum, default_value_t = SetUp::Made, env = "VIGIE_SYSTEM_SERVICE_USER")]
    service_user: SetUp,
    /// HTTP proxy to go through, http://USER:PASSWORD@HOST:PORT [default: that of `HTTPS_PROXY`, heeding `NO_PROXY`]
    #[arg(long, value_name = "URL", env = "VIGIE_AGENT_PROXY", hide_env_values = true)]
    proxy: Option<Secret>,
}

/// Sets the link password, puts it off, or shows whether there is one.
pub(super) fn link_password(args: &LinkPasswordArgs, out: &mut impl Write) -> Outcome {
    let folder = Folder::at(&args.place.state_dir);
    if args.off {
        gate::set(&folder, None)?;
    } else if let Some((password, is_made)) = args.password.take(&PASSWORD)? {
        gate::set(&folder, Some(&LinkSecret::make(&password, &SystemRng)?))?;
        if is_made {
            writeln!(out, "password: {password}")?;
        }
    }
    let is_on = folder.read::<LinkSecret>(FILE)?.is_some();
    writeln!(out, "{:<22} {}", "link password", word(is_on))?;
    Ok(ExitCode::SUCCESS)
}

/// Joins a primary's network.
pub(super) fn join(args: JoinArgs, out: &mut impl Write) -> Outcome {
    let folder = Folder::hold(&args.place.state_dir)?;
    guest::address(&args.primary)?;
    let password = PasswordArgs::of_file(args.link_password_file).read(&PASSWORD)?;
    let runtime = small_runtime()?;
    let words = |failure: Failure| failure.words;
    if let Some(Identity { system_id, server, .. }) = folder.read(IDENTITY)? {
        let primary = runtime.block_on(guest::meet(&args.primary, &password, args.via_primary)).map_err(words)?;
        keep(&folder, &primary)?;
        writeln!(
            out,
            "This system stays what it is, {system_id} at {server}; it can go through {} now.",
            args.primary
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let granted = runtime.block_on(guest::join(&args.primary, &password, args.via_primary)).map_err(words)?;
    let Granted { server, token, ca, primary } = granted;
    keep(&folder, &primary)?;
    match &ca[..] {
        [] => folder.remove(CA)?,
        ca => folder.write_bytes(CA, ca)?,
    }
    let given = args.proxy.and_then(|proxy| text(Some(proxy.expose().to_owned())));
    let way = way(&folder, &server, None, given)?;
    let key = folder.key(&SystemRng)?;
    let system_id = runtime
        .block_on(async {
            let connected = way.connect().await?;
            let here = Some((connected.local, connected.is_through_primary));
            let told = about(&About::default(), None, Switches::default(), Vec::new(), here);
            let user = service_user(&folder, args.service_user).map_err(Failure::never)?;
            folder.write(ABOUT, &told).map_err(Failure::never)?;
            enrol(&way, connected, &key, &token, told, user).await
        })
        .map_err(words)?;
    folder.write(IDENTITY, &Identity { server: server.clone(), system_id, enrolled_at: SystemClock.now() })?;
    folder.remove(PENDING)?;
    writeln!(out, "This system joined the network of {}, as {system_id} at {server}.", args.primary)?;
    writeln!(out, "Start its agent now: it needs neither token nor address.")?;
    Ok(ExitCode::SUCCESS)
}

/// What the joiner knows of its primary from now on: that no other is obeyed, either.
fn keep(folder: &Folder, primary: &Primary) -> Result<(), String> {
    folder.write(guest::FILE, primary)?;
    folder.write(NETWORK, &Network { primary: Some(primary.public_key.clone()), ..Network::read(folder)? })
}

/// The way to the server, as the command line, the environment and the primary have it.
pub(super) fn way(
    folder: &Folder,
    server: &str,
    ca: Option<PathBuf>,
    proxy: Option<String>,
) -> Result<Way, Box<dyn std::error::Error>> {
    let host = Way::new(server, None, None)?.host;
    let proxy = proxy.or_else(|| proxy_of_environment(&host, |name| std::env::var(name).ok()));
    let handed = Some(folder.file(CA)).filter(|path| path.exists());
    Ok(Way::new(server, ca.or(handed), proxy.as_deref())?.or_through(folder.read(guest::FILE)?))
}
