//! `vigie-agent system …` for networks: what the owner of a primary does for all its systems, and what the owner of one of
//! them lets happen.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    ops::RangeInclusive,
    path::PathBuf,
    process::ExitCode,
};

use clap::{ArgGroup, Args};
use vigie_kernel::SystemRng;
use vigie_wire::{
    link::message::ServiceUser,
    sync::{public_key, read_public_key},
};

use super::{
    account::{Account, LENGTH, NAME, made_password},
    cli::{Outcome, Place, on_or_off, word},
    folder::{Folder, IDENTITY, Identity},
    network::{NETWORK, Network},
    synchronise::ask,
};

/// Longest line with a password that is read, bytes.
const LONGEST_LINE: u64 = 4096;

/// Where a password comes from. Never from the command line: others may see it.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("source"))]
pub(super) struct PasswordArgs {
    /// Read the password from the first line of standard input
    #[arg(long, group = "source")]
    password_stdin: bool,
    /// Read the password from the first line of a file
    #[arg(long, group = "source", value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Make a password that nobody guesses, and print it, once
    #[arg(long, group = "source")]
    generate: bool,
}

/// What to synchronise.
#[derive(Debug, Args)]
pub struct SynchroniseArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    password: PasswordArgs,
}

/// What the primary may order.
#[derive(Debug, Args)]
pub struct NetworkArgs {
    #[command(flatten)]
    place: Place,
    /// Whether orders of the primary about the service user are obeyed here
    #[arg(long, value_name = "on|off", value_parser = on_or_off)]
    obey: Option<bool>,
    /// The public key of the primary that is obeyed, as this command shows it there; none: the next that orders something
    #[arg(long, value_name = "KEY|none")]
    primary: Option<String>,
}

impl PasswordArgs {
    /// From a file, or else from standard input.
    pub(super) const fn of_file(password_file: Option<PathBuf>) -> Self {
        Self { password_stdin: password_file.is_none(), password_file, generate: false }
    }

    /// The password, and whether it was made; none: nobody named a source.
    pub(super) fn take(&self, length: &RangeInclusive<usize>) -> Result<Option<(String, bool)>, String> {
        if self.generate {
            return Ok(Some((made_password(&SystemRng), true)));
        }
        if self.password_file.is_none() && !self.password_stdin {
            return Ok(None);
        }
        self.read(length).map(|password| Some((password, false)))
    }

    /// The password of the file or of standard input.
    pub(super) fn read(&self, length: &RangeInclusive<usize>) -> Result<String, String> {
        match &self.password_file {
            Some(path) => {
                let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
                first_line(BufReader::new(file), length)
            }
            None => typed_password(length),
        }
    }
}

/// The first line of standard input.
pub(super) fn typed_password(length: &RangeInclusive<usize>) -> Result<String, String> {
    first_line(io::stdin().lock(), length)
}

fn first_line(from: impl BufRead, length: &RangeInclusive<usize>) -> Result<String, String> {
    let mut line = String::new();
    from.take(LONGEST_LINE).read_line(&mut line).map_err(|error| format!("no password: {error}"))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if !length.contains(&password.chars().count()) {
        return Err(format!("a password of {} to {} characters is needed", length.start(), length.end()));
    }
    Ok(password.to_owned())
}

/// Enables the service user everywhere in the network.
pub(super) fn synchronise(args: &SynchroniseArgs, out: &mut impl Write) -> Outcome {
    let folder = Folder::at(&args.place.state_dir);
    if folder.read::<Identity>(IDENTITY)?.is_none() {
        return Err("this system is not enrolled yet".into());
    }
    let given = args.password.take(&LENGTH)?;
    let (password, is_made) = given.ok_or("give --password-stdin, --password-file FILE or --generate")?;
    if !folder.is_held() {
        return Err("the agent does not run: start it first, it has the link to the server".into());
    }
    let name = Account::read(&folder)?.map_or_else(|| NAME.to_owned(), |it| it.name);
    if is_made {
        writeln!(out, "password: {password}")?;
        out.flush()?;
    }
    let is_whole = ask(&folder, ServiceUser { name, password }, out)?;
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Shows what is known of the network, and changes it.
pub(super) fn network(args: &NetworkArgs, out: &mut impl Write) -> Outcome {
    let folder = Folder::at(&args.place.state_dir);
    let before = Network::read(&folder)?;
    let mut network = before.clone();
    network.obeys = args.obey.unwrap_or(network.obeys);
    match args.primary.as_deref() {
        Some("none") => network.primary = None,
        Some(key) if read_public_key(key).is_none() => return Err("this is no public key, nor none".into()),
        Some(key) => network.primary = Some(key.to_owned()),
        None => {}
    }
    if network != before {
        folder.write(NETWORK, &network)?;
    }
    let mut line = |what: &str, value: &str| writeln!(out, "{what:<22} {value}");
    line("this system's key", &public_key(&folder.key(&SystemRng)?))?;
    line("primary's key", network.primary.as_deref().unwrap_or("not known yet: the first that orders something"))?;
    line("orders are obeyed", word(network.obeys))?;
    if let Some((_, at)) = &network.last {
        line("last order", &at.to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_one_line_of_a_fitting_length() {
        let read = |text: &str| first_line(text.as_bytes(), &LENGTH);
        assert_eq!(read("long enough\r\nand more\n").as_deref(), Ok("long enough"));
        assert_eq!(read("long enough").as_deref(), Ok("long enough"));
        for bad in ["", "short\n", &"x".repeat(10_000)] {
            assert!(read(bad).unwrap_err().contains("8 to 128"), "{bad}");
        }
    }
}
