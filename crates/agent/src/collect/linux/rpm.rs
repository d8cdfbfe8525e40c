//! Installed packages of Red Hat, SUSE and their relatives. Their database has had three formats, none for others to
//! read: `rpm` itself is asked, with a list of arguments, a time limit and a bound on what it may say.

use std::{
    io::Read as _,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use vigie_wire::inventory::Software;

use super::{
    Context,
    cache::{remembered, stamp},
    text::day,
};

/// Where the program is looked for; the service's `PATH` says nothing.
const PROGRAMS: &[&str] = &["/usr/bin/rpm", "/bin/rpm"];
/// The database's files, whichever of its formats is in use; what was written last may stand in a log beside it.
const DATABASES: &[&str] = &[
    "/usr/lib/sysimage/rpm/rpmdb.sqlite",
    "/usr/lib/sysimage/rpm/rpmdb.sqlite-wal",
    "/var/lib/rpm/rpmdb.sqlite",
    "/var/lib/rpm/rpmdb.sqlite-wal",
    "/usr/lib/sysimage/rpm/Packages.db",
    "/var/lib/rpm/Packages.db",
    "/var/lib/rpm/Packages",
];
const FORMAT: &str = "%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t%{VENDOR}\t%{INSTALLTIME}\n";
const TIME: Duration = Duration::from_mins(2);
const MAX_OUTPUT: u64 = 16 << 20;
const MAX_PACKAGES: usize = 20_000;

/// The installed packages; none when there is no such database here.
pub(crate) fn installed(context: &Context<'_>) -> Result<Option<Vec<Software>>, String> {
    // In a tree of a test there is nothing to run.
    let (true, true) = (context.root.is_real(), DATABASES.iter().any(|path| context.root.exists(path))) else {
        return Ok(None);
    };
    let Some(program) = PROGRAMS.iter().find(|path| context.root.exists(path)) else { return Ok(None) };
    let stamp = stamp(context, DATABASES.iter().copied());
    remembered(context, "rpm", stamp, || Ok(parse(&output(program)?))).map(Some)
}

fn output(program: &str) -> Result<String, String> {
    let mut child = Command::new(Path::new(program))
        .args(["-qa", "--qf", FORMAT])
        .env_clear()
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            let mut text = Vec::new();
            let read = stdout.take(MAX_OUTPUT).read_to_end(&mut text);
            // Whoever waited too long has gone.
            let _ = sender.send(read.map(|_| text));
        });
    }
    let outcome = receiver.recv_timeout(TIME);
    // Ended already in the good case; in the other it must not go on.
    let _ = child.kill();
    let status = child.wait().map_err(|error| format!("{program}: {error}"))?;
    match outcome {
        Ok(Ok(text)) if status.code().is_none_or(|code| code == 0) => Ok(String::from_utf8_lossy(&text).into_owned()),
        Ok(Ok(_)) => Err(format!("{program} ended with {status}")),
        Ok(Err(error)) => Err(format!("{program}: {error}")),
        Err(_) => Err(format!("{program} did not end within {} s", TIME.as_secs())),
    }
}

fn parse(text: &str) -> Vec<Software> {
    let known = |value: &str| (!value.is_empty() && value != "(none)").then(|| value.to_owned());
    let package = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let &[name, version, architecture, vendor, installed] = columns.as_slice() else { return None };
        // Keys for signatures are kept among the packages.
        if name == "gpg-pubkey" {
            return None;
        }
        Some(Software {
            name: Some(name.to_owned()),
            version: Some(version.to_owned()),
            publisher: known(vendor),
            source: Some("rpm".to_owned()),
            architecture: known(architecture),
            install_date: installed.parse().ok().and_then(day),
            ..Software::default()
        })
    };
    text.lines().filter_map(package).take(MAX_PACKAGES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_and_keys_are_none() {
        let packages = parse(
            "bash\t5.2.26-3.fc40\tx86_64\tFedora Project\t1715000000\n\
             gpg-pubkey\ta15b79cc-63d04c2c\t(none)\t(none)\t1715000000\n\
             own\t1-1\tnoarch\t(none)\t1715000000\ngarbage\n",
        );
        assert_eq!(packages.len(), 2);
        assert_eq!(packages[0].version.as_deref(), Some("5.2.26-3.fc40"));
        assert_eq!(packages[0].install_date.as_deref(), Some("2024-05-06"));
        assert_eq!(packages[1].publisher, None);
    }

    #[test]
    fn a_program_that_fails_is_told() {
        let error = output("/bin/false").unwrap_err();
        assert!(error.contains("/bin/false"), "{error}");
        assert!(output("/no/such/program").is_err());
    }
}
