//! What the commands need of the machine: found, installed where that is possible, or named with the one line to run.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::shell::{answers, cargo, command, npm, output, root, run, target};

/// A Debian package and the files by one of which it is known to be there.
pub(crate) type Package = (&'static str, &'static [&'static str]);

const PACKAGES_OF_TESTS: &[Package] = &[
    ("curl", &["/usr/bin/curl"]),
    ("ca-certificates", &["/etc/ssl/certs/ca-certificates.crt"]),
    ("postgresql", &[]),
    // Makes the certificate files that people bring.
    ("openssl", &["/usr/bin/openssl"]),
    // An ACME server and the name server that it asks.
    ("pebble", &["/usr/bin/pebble"]),
    ("python3-venv", &[]),
    // A mail server, and the passwords that it asks for.
    ("postfix", &["/usr/sbin/postfix"]),
    ("sasl2-bin", &["/usr/sbin/saslpasswd2"]),
    (
        "libsasl2-modules",
        &["/usr/lib/x86_64-linux-gnu/sasl2/libplain.so", "/usr/lib/aarch64-linux-gnu/sasl2/libplain.so"],
    ),
];
const PACKAGES_OF_CLIENTS: &[Package] = &[
    ("chromium", &["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]),
    ("fusioninventory-agent", &["/usr/bin/fusioninventory-agent"]),
    // Both agents speak HTTPS through it, and only recommend it.
    ("liblwp-protocol-https-perl", &["/usr/share/perl5/LWP/Protocol/https.pm"]),
    // Tells when files were made durable.
    ("strace", &["/usr/bin/strace"]),
    // Reached through a customer's system, and who reaches it.
    ("openssh-server", &["/usr/sbin/sshd"]),
    ("openssh-client", &["/usr/bin/ssh"]),
    // Trunks that go, a network that loses packets, a service that stops, a disk that fills.
    ("kamailio", &["/usr/sbin/kamailio"]),
    // Presents certificates that the server issued.
    ("kamailio-tls-modules", &["/usr/lib/x86_64-linux-gnu/kamailio/modules/tls.so"]),
    ("iproute2", &["/usr/sbin/ip", "/sbin/ip"]),
    ("iputils-ping", &["/usr/bin/ping", "/bin/ping"]),
    ("cron", &["/usr/sbin/cron"]),
    ("e2fsprogs", &["/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4"]),
    // A system whose clock is wrong.
    ("faketime", &["/usr/bin/faketime"]),
    // A proxy on the way of the agent for Windows.
    ("tinyproxy", &["/usr/bin/tinyproxy", "/usr/sbin/tinyproxy"]),
    ("ocsinventory-agent", &["/usr/bin/ocsinventory-agent", "/usr/sbin/ocsinventory-agent"]),
];

/// Whether this is root.
pub(crate) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Rust and Node: without them nothing can be built.
pub(crate) fn toolchains() -> anyhow::Result<()> {
    if !answers("node", "--version") || !answers("npm", "--version") {
        bail!("Node.js 20 or later with npm is missing: install it from https://nodejs.org/ or your distribution");
    }
    let version = output(&mut command("node", ["--version"]))?;
    let major: u32 = version.trim().trim_start_matches('v').split('.').next().unwrap_or("").parse().unwrap_or(0);
    if major < 20 {
        bail!("Node.js {} is too old: 20 or later is needed", version.trim());
    }
    if !answers("cc", "--version") {
        bail!("a C compiler is missing (for SQLite and zstd); on Debian: apt-get install build-essential");
    }
    if !answers("make", "--version") {
        bail!("make is missing (for the server's allocator); on Debian: apt-get install build-essential");
    }
    if !answers("curl", "--version") {
        bail!("curl is missing; on Debian: apt-get install curl");
    }
    Ok(())
}

/// The console's packages, as its lock file says.
pub(crate) fn console_packages() -> anyhow::Result<()> {
    let console = root().join("console");
    let mark = console.join("node_modules/.package-lock.json");
    let modified = |path: &Path| path.metadata().and_then(|it| it.modified()).ok();
    if modified(&mark)
        .is_some_and(|installed| modified(&console.join("package-lock.json")).is_none_or(|lock| lock <= installed))
    {
        return Ok(());
    }
    run(&mut npm(["ci", "--no-audit", "--no-fund"]))
}

/// Everything that `cargo xtask test` needs.
pub(crate) fn of_tests(fast: bool) -> anyhow::Result<()> {
    toolchains()?;
    let clients = if fast { &[] } else { PACKAGES_OF_CLIENTS };
    packages(&[PACKAGES_OF_TESTS, clients].concat())?;
    for (tool, argument) in [("cargo-nextest", "nextest"), ("cargo-deny", "deny")] {
        let present = cargo([argument, "--version"]).output().is_ok_and(|it| it.status.success());
        if !present {
            run(&mut cargo(["install", "--locked", tool]))?;
        }
    }
    openid_provider()?;
    console_packages()
}

/// The OpenID provider that the server's tests sign in at, in an environment of its own.
fn openid_provider() -> anyhow::Result<()> {
    const PACKAGE: &str = "oidc-provider-mock==0.3.4";
    let environment = target().join("openid-provider");
    if environment.join("bin/oidc-provider-mock").exists() {
        return Ok(());
    }
    run(command("python3", ["-m", "venv"]).arg(&environment))?;
    let pip = environment.join("bin/pip").display().to_string();
    run(&mut command(&pip, ["install", "--quiet", PACKAGE])).context("the OpenID provider of the tests")
}

/// Everything that `cargo xtask bench` needs, but for what single benches add.
pub(crate) fn of_bench() -> anyhow::Result<()> {
    toolchains()?;
    packages(&[PACKAGES_OF_TESTS, PACKAGES_OF_CLIENTS].concat())?;
    console_packages()
}

/// Sees to it that these Debian packages are there; each is known by one of its files.
pub(crate) fn packages(wanted: &[Package]) -> anyhow::Result<()> {
    let missing: Vec<&str> =
        wanted.iter().filter(|(package, files)| !is_there(package, files)).map(|(package, _)| *package).collect();
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

fn is_there(package: &str, files: &[&str]) -> bool {
    match package {
        "postgresql" => postgres_programs().is_some(),
        "python3-venv" => {
            command("python3", ["-c", "import venv, ensurepip"]).output().is_ok_and(|it| it.status.success())
        }
        _ => files.iter().any(|file| Path::new(file).exists()),
    }
}

fn install(packages: &[&str]) -> anyhow::Result<()> {
    let line = format!("apt-get install --yes --no-install-recommends {}", packages.join(" "));
    if !is_root() {
        bail!("missing: {}\nrun this once, then again:\n\n    sudo {line}\n", packages.join(", "));
    }
    if !answers("apt-get", "--version") {
        bail!("missing, and there is no apt-get here to install them: {}", packages.join(", "));
    }
    run(command("apt-get", ["update", "--quiet"]).env("DEBIAN_FRONTEND", "noninteractive"))?;
    let mut install = command("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends"]);
    run(install.args(packages).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// The folder with PostgreSQL's programs: the newest version that is installed.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists() && bin.join("postgres").exists())
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}
