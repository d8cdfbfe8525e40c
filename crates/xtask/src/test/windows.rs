//! The agent for Windows, under Wine: its tests, and its package from the first installation to the last trace.

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, anyhow, ensure};
use minisign::KeyPair;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::{
    dist::pack_msi,
    server::{AgentClient, Server},
    shell::{Scratch, Started, command, free_port, output, run, wait_for},
    windows::{self, Wine},
};

const SERVICE: &str = "VigieInventoryAgent";
const KEY: &str = r"HKLM\SOFTWARE\Vigie Inventory Agent";
const PATIENCE: Duration = Duration::from_mins(2);
/// What the agent updates itself to, and what comes after that.
const NEXT: &str = "99.0.0";
const BROKEN: &str = "99.0.1";
/// Windows Installer's answers as a host sees them, of which the last byte is left: 1603 before anything is done; after that
/// Wine says 1627.
const REFUSED: i32 = 1603 % 256;
const ROLLED_BACK: i32 = 1627 % 256;
/// A secret with all that a command line or a file might stumble over, but for the quote, which Wine's own start takes away.
const SECRET: &str = "a b;c=d/e+f#g'h%i[j]";

/// Builds the agent once, runs its tests, then installs it in every way against a server.
pub(super) fn agent(server: &Server) -> anyhow::Result<()> {
    let scratch = Scratch::new("windows")?;
    let next = scratch.path().join("next.exe");
    windows::quick_agent_as(NEXT, &next)?;
    let agent = windows::quick_agent()?;
    let wine = Wine::start()?;
    wine.tests()?;
    let stripped = scratch.path().join("vigie-agent.exe");
    windows::stripped(&agent, &stripped)?;
    let package = |version: &str| -> anyhow::Result<PathBuf> {
        let path = scratch.path().join(format!("any name of {version}.msi"));
        pack_msi(&stripped, version, None, &path)?;
        Ok(path)
    };
    let first = package("1.0.0")?;
    // Windows tells a product that is removed by its upgrade so (UPGRADINGPRODUCTCODE), and it then keeps what it knows; Wine
    // does not.
    let upgraded = scratch.path().join("upgraded.msi");
    fs::copy(&first, &upgraded)?;
    let keep = "UPDATE `InstallExecuteSequence` SET `Condition`='0' WHERE `Action`='Purge'";
    run(command("msibuild", [upgraded.as_os_str()]).args(["-q", keep]))?;
    let machine = Machine {
        client: server.agent_client()?,
        first,
        upgraded,
        second: package("1.1.0")?,
        next,
        token: server.token()?,
        server,
        wine,
        scratch,
    };
    machine.what_is_wrong_is_refused_by_name()?;
    machine.installed_it_synchronises()?;
    machine.values_stay_over_upgrade_and_repair()?;
    machine.settings_in_the_registry_are_taken_over()?;
    machine.it_updates_itself_and_comes_back_from_what_does_not_start()?;
    machine.removed_it_leaves_nothing()?;
    machine.through_a_proxy()
}

struct Machine<'a> {
    server: &'a Server,
    client: AgentClient,
    token: String,
    first: PathBuf,
    upgraded: PathBuf,
    second: PathBuf,
    /// The agent in the version [`NEXT`].
    next: PathBuf,
    wine: Wine,
    scratch: Scratch,
}

impl Machine<'_> {
    /// Runs Windows Installer silently; its exit code and its log.
    fn install(&self, action: &str, package: &Path, properties: &[(&str, &str)]) -> anyhow::Result<(i32, String)> {
        let log = self.scratch.path().join("install.log");
        let _ = fs::remove_file(&log);
        let mut install = self.wine.program(PATIENCE, &["msiexec", "/qn", "/l*v"]);
        install.arg(on_drive_z(&log)).arg(action).arg(on_drive_z(package));
        install.args(properties.iter().map(|(name, value)| format!("{name}={value}")));
        let status = quiet(&mut install).status()?;
        let log = fs::read(&log).context("the log of the installation")?;
        Ok((status.code().unwrap_or(-1), String::from_utf8_lossy(&log).replace('\0', "")))
    }

    fn installs(&self, action: &str, package: &Path, properties: &[(&str, &str)]) -> anyhow::Result<()> {
        let (code, log) = self.install(action, package, properties)?;
        ensure!(code == 0, "msiexec {action} {properties:?} ended with {code}:\n{log}");
        Ok(())
    }

    fn connection(&self) -> Vec<(&'static str, String)> {
        vec![
            ("PORTALURL1", self.server.url()),
            ("CLIENTID", self.client.id.clone()),
            ("CLIENTSECRET", self.client.secret.clone()),
            ("CAFILE", on_drive_z(&self.server.ca())),
        ]
    }

    fn data(&self) -> PathBuf {
        self.wine.drive().join("ProgramData/Vigie/Inventory Agent")
    }

    fn settings(&self) -> anyhow::Result<toml::Table> {
        Ok(fs::read_to_string(self.data().join("agent.toml"))?.parse()?)
    }

    fn runs(&self) -> anyhow::Result<bool> {
        let said = quiet(&mut self.wine.program(PATIENCE, &["sc", "query", SERVICE])).output()?;
        Ok(String::from_utf8_lossy(&said.stdout).contains("RUNNING"))
    }

    /// That nothing of it is on the machine.
    fn is_clean(&self) -> anyhow::Result<()> {
        for trace in ["Program Files/Vigie Inventory Agent", "ProgramData/Vigie"] {
            ensure!(!self.wine.drive().join(trace).exists(), "{trace} is left");
        }
        for query in [vec!["sc", "query", SERVICE], vec!["reg", "query", KEY]] {
            let found = quiet(&mut self.wine.program(PATIENCE, &query)).output()?;
            ensure!(!found.status.success(), "{query:?} finds: {}", String::from_utf8_lossy(&found.stdout));
        }
        let programs = quiet(&mut self.wine.program(PATIENCE, &["uninstaller", "--list"])).output()?;
        let programs = String::from_utf8_lossy(&programs.stdout);
        ensure!(!programs.contains("Vigie"), "it is among the installed programs: {programs}");
        Ok(())
    }

    fn what_is_wrong_is_refused_by_name(&self) -> anyhow::Result<()> {
        let good = self.connection();
        let with = |changes: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
            let kept = good.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name)).cloned();
            kept.chain(changes.iter().map(|(name, value)| (*name, (*value).to_owned()))).collect()
        };
        let proxied = |changes: &[(&'static str, &str)]| {
            let mut all = with(changes);
            all.push(("PROXYENABLED", "1".to_owned()));
            all
        };
        let cases = [
            ("PORTALURL1_is_required", with(&[("PORTALURL1", "")])),
            ("CLIENTID_is_required", with(&[("CLIENTID", "")])),
            ("CLIENTSECRET_is_required", with(&[("CLIENTSECRET", "")])),
            ("PORTALURL1_is_invalid", with(&[("PORTALURL1", "http://vigie.example")])),
            ("Verify_PORTALURL1", with(&[("PORTALURL1", "https://vigie.example/?q")])),
            ("PROXYENABLED_is_invalid", with(&[("PROXYENABLED", "yes")])),
            ("PROXYURL_is_required", proxied(&[("PROXYPORT", "3128")])),
            ("PROXYURL_is_invalid", proxied(&[("PROXYURL", "socks5://p.example"), ("PROXYPORT", "3128")])),
            ("Verify_PROXYURL", proxied(&[("PROXYURL", "p.example/path"), ("PROXYPORT", "3128")])),
            ("PROXYPORT_is_required", proxied(&[("PROXYURL", "p.example")])),
            ("PROXYPORT_is_invalid", proxied(&[("PROXYURL", "p.example"), ("PROXYPORT", "0")])),
            ("PROXYPORT_is_invalid", proxied(&[("PROXYURL", "p.example"), ("PROXYPORT", "65536")])),
            ("PROXYPORT_is_invalid", proxied(&[("PROXYURL", "p.example"), ("PROXYPORT", "80x")])),
            ("Verify_CAFILE", with(&[("CAFILE", r"C:\windows\win.ini")])),
        ];
        for (named, properties) in cases {
            let (code, log) = self.install("/i", &self.first, &borrowed(&properties))?;
            let expected = if named.starts_with("Verify_") { ROLLED_BACK } else { REFUSED };
            ensure!(code == expected, "{named}: msiexec ended with {code}\n{log}");
            // Those of the system, which undo what was done, have no such names.
            let mut own = log.lines().filter(|line| line.starts_with("Action start") && line.contains('_'));
            let last = own.next_back().unwrap_or_default();
            ensure!(last.contains(named), "{named} does not end it but: {last}\n{log}");
            self.is_clean().context(named)?;
        }
        Ok(())
    }

    fn installed_it_synchronises(&self) -> anyhow::Result<()> {
        let before = self.pending()?;
        self.installs("/i", &self.upgraded, &borrowed(&self.connection()))?;
        ensure!(self.runs()?, "the service does not run after the installation");
        wait_for("the first synchronisation", PATIENCE, || Ok((self.pending()? > before).then_some(())))?;
        let programs = quiet(&mut self.wine.program(PATIENCE, &["uninstaller", "--list"])).output()?;
        ensure!(
            String::from_utf8_lossy(&programs.stdout).contains("Vigie Inventory Agent"),
            "it is no installed program"
        );
        let key = quiet(&mut self.wine.program(PATIENCE, &["reg", "query", KEY])).status()?;
        ensure!(!key.success(), "what was handed over is still in the registry");
        let log = fs::read_to_string(self.data().join("agent.log"))?;
        ensure!(log.contains("synchronised: Full") && !log.contains(&self.client.secret), "{log}");
        let program =
            self.wine.drive().join("Program Files/Vigie Inventory Agent/vigie-agent.exe").display().to_string();
        for (arguments, expected) in [(["check"], "known as"), (["status"], "last synchronisation")] {
            let said = quiet(self.wine.program(PATIENCE, &[&program]).args(arguments)).output()?;
            let words = String::from_utf8_lossy(&said.stdout);
            ensure!(said.status.success() && words.contains(expected), "{arguments:?}: {words}");
        }
        let stop = quiet(&mut self.wine.program(Duration::from_secs(20), &["net", "stop", SERVICE])).status()?;
        ensure!(stop.success() && !self.runs()?, "the service does not stop");
        let log = fs::read_to_string(self.data().join("agent.log"))?;
        ensure!(log.contains("ending on Stop"), "{log}");
        Ok(())
    }

    fn values_stay_over_upgrade_and_repair(&self) -> anyhow::Result<()> {
        let before = self.settings()?;
        self.installs("/i", &self.second, &[("TAG", "north of the river")])?;
        ensure!(self.runs()?, "the service does not run after the upgrade");
        let mut expected = before;
        expected.insert("tag".to_owned(), "north of the river".into());
        ensure!(self.settings()? == expected, "the upgrade changed settings");
        let state = fs::read(self.data().join("state/agent.key"))?;
        let (code, log) = self.install("/i", &self.first, &[])?;
        ensure!(code == REFUSED && self.runs()?, "the downgrade ended with {code}\n{log}");
        ensure!(log.contains("WIX_DOWNGRADE_DETECTED"), "{log}");
        let program = self.wine.drive().join("Program Files/Vigie Inventory Agent/vigie-agent.exe");
        let stop = quiet(&mut self.wine.program(PATIENCE, &["net", "stop", SERVICE])).status()?;
        ensure!(stop.success(), "the service does not stop");
        fs::remove_file(&program)?;
        // What `/fa` means; Wine takes that with a product's code only.
        self.installs("/i", &self.second, &[("REINSTALL", "ALL"), ("REINSTALLMODE", "amus")])?;
        ensure!(program.exists() && self.runs()?, "the repair did not bring program and service back");
        ensure!(self.settings()? == expected, "the repair changed settings");
        ensure!(fs::read(self.data().join("state/agent.key"))? == state, "the agent's key changed");
        Ok(())
    }

    /// As a group policy would write them. A quote in a value comes through this way, too.
    fn settings_in_the_registry_are_taken_over(&self) -> anyhow::Result<()> {
        let file = self.scratch.path().join("values.reg");
        let secret = format!("{SECRET}\"k\\l").replace('\\', "\\\\").replace('"', "\\\"");
        fs::write(
            &file,
            format!(
                "REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Vigie Inventory Agent]\r\n\"CLIENTSECRET\"=\"{secret}\"\r\n"
            ),
        )?;
        run(quiet(self.wine.program(PATIENCE, &["regedit"]).arg(on_drive_z(&file))))?;
        run(quiet(&mut self.wine.program(PATIENCE, &["net", "stop", SERVICE])))?;
        run(quiet(&mut self.wine.program(PATIENCE, &["net", "start", SERVICE])))?;
        wait_for("the settings of the registry", PATIENCE, || {
            let taken = self.settings()?["client_secret"].as_str() == Some(&format!("{SECRET}\"k\\l"));
            Ok(taken.then_some(()))
        })?;
        self.installs("/i", &self.second, &[("CLIENTSECRET", SECRET), ("REINSTALL", "ALL")])?;
        ensure!(self.settings()?["client_secret"].as_str() == Some(SECRET), "the secret did not come through whole");
        Ok(())
    }

    fn it_updates_itself_and_comes_back_from_what_does_not_start(&self) -> anyhow::Result<()> {
        let releaser = KeyPair::generate_unencrypted_keypair().map_err(|error| anyhow!("{error}"))?;
        let service = |action: &str| run(quiet(&mut self.wine.program(PATIENCE, &["net", action, SERVICE])));
        service("stop")?;
        let mut settings = self.settings()?;
        settings.insert("release_key".to_owned(), releaser.pk.to_base64().into());
        settings.insert("client_secret".to_owned(), self.client.secret.clone().into());
        fs::write(self.data().join("agent.toml"), settings.to_string())?;
        self.as_new()?;
        let updated = self.roll_out(&releaser, NEXT, &fs::read(&self.next)?)?;
        service("start")?;
        self.becomes(&updated, "updated")?;
        let program =
            self.wine.drive().join("Program Files/Vigie Inventory Agent/vigie-agent.exe").display().to_string();
        let said = quiet(&mut self.wine.program(PATIENCE, &[&program, "status"])).output()?;
        let words = String::from_utf8_lossy(&said.stdout);
        ensure!(words.contains(&format!("version in use         {NEXT}")), "{words}");
        service("stop")?;
        wait_for("the end of the version beside the service", PATIENCE, || Ok((!runs_beside()?).then_some(())))?;
        self.ask(&format!("rollouts/{updated}"), Some(("PATCH", &json!({ "state": "ended" }))))?;
        // The version that works takes its turn after a restart, too, and is there while the next one fails.
        let broken = self.roll_out(&releaser, BROKEN, b"no program of Windows")?;
        self.as_new()?;
        service("start")?;
        self.becomes(&broken, "reverted")?;
        let agents = self.list("agents")?;
        ensure!(agents.iter().any(|it| it["version"] == NEXT), "nobody is at {NEXT}: {agents:?}");
        ensure!(agents.iter().all(|it| it["version"] != BROKEN), "{agents:?}");
        ensure!(runs_beside()? && self.runs()?, "the version that works does not run");
        Ok(())
    }

    /// Forgets who the agent is, and keeps which versions there are: a new machine synchronises at once, others wait for a
    /// moment of their own.
    fn as_new(&self) -> anyhow::Result<()> {
        for entry in fs::read_dir(self.data().join("state"))? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Offers a version to every agent; the roll-out's id.
    fn roll_out(&self, releaser: &KeyPair, version: &str, program: &[u8]) -> anyhow::Result<String> {
        let folder = self.server.folder().join("distribution");
        fs::create_dir_all(&folder)?;
        let name = format!("vigie-agent-{version}-windows-x86_64.zst");
        let (packed, words) = (zstd::bulk::compress(program, 1)?, format!("vigie-agent {version} windows-x86_64"));
        let signature = minisign::sign(None, &releaser.sk, Cursor::new(&packed), Some(&words), None);
        let signature = signature.map_err(|error| anyhow!("{error}"))?.into_string();
        fs::write(folder.join(format!("{name}.minisig")), signature)?;
        fs::write(folder.join(name), packed)?;
        let wanted = json!({ "version": version, "share": 100, "spread_minutes": 0 });
        let started = self.ask("rollouts", Some(("POST", &wanted)))?;
        Ok(started["id"].as_str().context("a roll-out has an id")?.to_owned())
    }

    /// Waits until the roll-out counts this machine so.
    fn becomes(&self, rollout: &str, state: &str) -> anyhow::Result<()> {
        let reached = wait_for("an agent that is there", PATIENCE, || {
            Ok((self.ask(&format!("rollouts/{rollout}"), None)?["counts"][state] == 1).then_some(()))
        });
        let log = || fs::read_to_string(self.data().join("agent.log")).unwrap_or_default();
        reached.with_context(|| format!("nobody is {state}:\n{}", log()))
    }

    fn removed_it_leaves_nothing(&self) -> anyhow::Result<()> {
        self.installs("/x", &self.second, &[])?;
        self.is_clean()
    }

    fn through_a_proxy(&self) -> anyhow::Result<()> {
        let proxy = Tinyproxy::start(&self.scratch)?;
        let port = proxy.port.to_string();
        let mut properties = self.connection();
        for (name, value) in [
            ("PROXYENABLED", "1"),
            ("PROXYURL", "http://localhost"),
            ("PROXYPORT", &port),
            ("PROXYUSER", "jo"),
            ("PROXYPASSWORD", "pr0xypassw0rd"),
        ] {
            properties.push((name, value.to_owned()));
        }
        self.installs("/i", &self.first, &borrowed(&properties))?;
        let log = self.data().join("agent.log");
        wait_for("a synchronisation through the proxy", PATIENCE, || {
            Ok(fs::read_to_string(&log).is_ok_and(|log| log.contains("synchronised: ")).then_some(()))
        })?;
        let told = fs::read_to_string(&proxy.log)?;
        ensure!(told.contains("CONNECT localhost:"), "it went past the proxy: {told}");
        let log = fs::read_to_string(&log)?;
        ensure!(!log.contains("pr0xypassw0rd") && !log.contains(&self.client.secret), "a secret is in the log");
        self.installs("/x", &self.first, &[])?;
        self.is_clean()
    }

    /// The machines that wait in the queue and whose agent runs on Windows.
    fn pending(&self) -> anyhow::Result<usize> {
        let agents = self.list("agents")?;
        let windows = |id: &Value| agents.iter().any(|agent| agent["id"] == *id && agent["platform"] == "windows");
        Ok(self.list("pending-equipment")?.iter().filter(|it| windows(&it["agent"]["id"])).count())
    }

    /// What the server's API says, or does where it is told something.
    fn ask(&self, path: &str, told: Option<(&str, &Value)>) -> anyhow::Result<Value> {
        let mut ask = command("curl", ["--silent", "--show-error", "--fail-with-body", "--max-time", "20", "--cacert"]);
        ask.arg(self.server.ca()).args(["--header", &format!("Authorization: Bearer {}", self.token)]);
        if let Some((method, body)) = told {
            ask.args(["--request", method, "--header", "Content-Type: application/json", "--data", &body.to_string()]);
        }
        Ok(serde_json::from_str(&output(ask.arg(format!("{}/api/v1/{path}", self.server.url())))?)?)
    }

    fn list(&self, what: &str) -> anyhow::Result<Vec<Value>> {
        let list = self.ask(what, None)?;
        list["items"].as_array().cloned().with_context(|| format!("{what} is no list"))
    }
}

fn borrowed<'p>(properties: &'p [(&'static str, String)]) -> Vec<(&'static str, &'p str)> {
    properties.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// Whether a version that the agent fetched runs.
fn runs_beside() -> anyhow::Result<bool> {
    let found = command("pgrep", ["--full", r"\\versions\\.*vigie-agent"]).stdout(Stdio::null()).status()?;
    Ok(found.success())
}

/// A file of the host as Wine names it.
fn on_drive_z(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null())
}

/// A proxy that wants a user.
struct Tinyproxy {
    port: u16,
    log: PathBuf,
    _process: Started,
}

impl Tinyproxy {
    fn start(scratch: &Scratch) -> anyhow::Result<Self> {
        let (port, log) = (free_port()?, scratch.path().join("tinyproxy.log"));
        let settings = scratch.path().join("tinyproxy.conf");
        let text = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 60\nLogFile \"{}\"\nLogLevel Connect\nMaxClients 20\nBasicAuth jo pr0xypassw0rd\n",
            log.display()
        );
        fs::write(&settings, text)?;
        let process = Started::start(command("tinyproxy", ["-d", "-c"]).arg(&settings), Signal::SIGTERM)?;
        wait_for("the proxy", PATIENCE, || Ok(std::net::TcpStream::connect(("127.0.0.1", port)).ok().map(drop)))?;
        Ok(Self { port, log, _process: process })
    }
}
