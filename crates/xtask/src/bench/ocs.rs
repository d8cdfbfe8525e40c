//! The same documents of an OCS Inventory agent, to OCS's own server and to ours.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use nix::{
    sys::signal::Signal,
    unistd::{User, chown},
};
use serde_json::Value;

use super::{
    Measure, Sample, Size,
    fleet::{Api, serve},
    process::{as_f64, cpu_seconds_of_tree, disk_bytes},
    sample,
};
use crate::{
    prerequisites::{self, is_root},
    server::Server,
    shell::{Scratch, Started, command, free_port, output, wait_for},
};

const PEER: &str = "OCS Inventory NG server";
const OURS: &str = "vigie (SQLite)";
/// Inventories of one run: OCS takes two or three a second.
const COUNT: u64 = 40;
const CONNECTIONS: u64 = 8;
const PACKAGES: &[(&str, &[&str])] = &[
    ("mariadb-server", &["/usr/sbin/mariadbd"]),
    ("apache2", &["/usr/sbin/apache2"]),
    ("libapache2-mod-perl2", &["/usr/lib/apache2/modules/mod_perl.so"]),
    ("ocsinventory-server", &["/usr/share/perl5/Apache/Ocsinventory.pm"]),
];
const MODULES: [&str; 5] = ["mpm_prefork", "authz_core", "authz_host", "env", "perl"];

/// OCS's server with its database, as Debian packages them, in a folder of their own.
struct Ocs {
    apache: Started,
    database: Started,
    port: u16,
    database_port: u16,
    data: PathBuf,
    // Removed last.
    _scratch: Scratch,
}

fn mariadb(port: u16) -> Command {
    let port = port.to_string();
    command("mariadb", ["--no-defaults", "--host=127.0.0.1", "--port", &port, "--user=root", "--skip-column-names"])
}

fn own(folder: &Path, account: &str) -> anyhow::Result<()> {
    if let Some(user) = is_root().then(|| User::from_name(account)).transpose()?.flatten() {
        chown(folder, Some(user.uid), Some(user.gid))?;
    }
    Ok(())
}

impl Ocs {
    fn start(scratch: Scratch) -> anyhow::Result<Self> {
        let folder = scratch.path();
        let (data, log) = (folder.join("db"), folder.join("log"));
        for (folder, account) in [(&data, "mysql"), (&log, "www-data")] {
            std::fs::create_dir_all(folder)?;
            own(folder, account)?;
        }
        let data_text = data.display().to_string();
        let account: &[&str] = if is_root() { &["--user=mysql"] } else { &[] };
        let mut install = command("mariadb-install-db", ["--no-defaults", "--auth-root-authentication-method=normal"]);
        output(install.args(account).args(["--skip-test-db", &format!("--datadir={data_text}")]))?;
        let database_port = free_port()?;
        // As the package comes: InnoDB waits for the disk at each commit.
        let mut mariadbd = command("mariadbd", ["--no-defaults", "--bind-address=127.0.0.1"]);
        mariadbd
            .args(account)
            .args([format!("--datadir={data_text}"), format!("--port={database_port}")])
            .args([format!("--socket={data_text}/socket"), format!("--pid-file={data_text}/pid")])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let database = Started::start(&mut mariadbd, Signal::SIGTERM)?;
        wait_for("MariaDB's start", Duration::from_mins(1), || {
            Ok(mariadb(database_port).args(["--execute", "select 1"]).output()?.status.success().then_some(()))
        })?;
        let sql = "create database ocsweb character set utf8mb4; create user ocs@'%' identified by 'ocs'; \
                   grant all on ocsweb.* to ocs@'%'";
        output(mariadb(database_port).args(["--execute", sql]))?;
        let schema = format!("source {}", schema(folder)?.display());
        output(mariadb(database_port).args(["ocsweb", "--execute", &schema])).context("OCS's tables")?;

        let port = free_port()?;
        let settings = folder.join("httpd.conf");
        std::fs::write(&settings, configuration(folder, port, database_port)?)?;
        let mut httpd = command("apache2", ["-DFOREGROUND", "-f"]);
        httpd.arg(&settings).stdout(Stdio::null()).stderr(Stdio::null());
        let apache = Started::start(&mut httpd, Signal::SIGTERM)?;
        wait_for("Apache's start", Duration::from_mins(1), || {
            Ok(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(()))
        })?;
        Ok(Self { apache, database, port, database_port, data, _scratch: scratch })
    }

    fn cpu(&self) -> anyhow::Result<f64> {
        Ok(cpu_seconds_of_tree(self.apache.id())? + cpu_seconds_of_tree(self.database.id())?)
    }

    fn kept(&self) -> anyhow::Result<u64> {
        let text = output(mariadb(self.database_port).args(["ocsweb", "--execute", "select count(*) from hardware"]))?;
        Ok(text.trim().parse()?)
    }
}

/// The tables are in the package of OCS's console; only that file of it is wanted.
fn schema(folder: &Path) -> anyhow::Result<PathBuf> {
    const FILE: &str = "usr/share/ocsinventory-reports/files/ocsbase.sql";
    let installed = Path::new("/").join(FILE);
    if installed.exists() {
        return Ok(installed);
    }
    output(command("apt-get", ["download", "ocsinventory-reports"]).current_dir(folder))?;
    let package = std::fs::read_dir(folder)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|it| it == "deb"))
        .ok_or_else(|| anyhow!("apt-get downloaded no package"))?;
    output(command("dpkg-deb", ["--extract"]).arg(package).arg(folder.join("reports")))?;
    Ok(folder.join("reports").join(FILE))
}

/// The package's own configuration with our places in it, and without the SOAP interface.
fn configuration(folder: &Path, port: u16, database_port: u16) -> anyhow::Result<String> {
    let packaged = std::fs::read_to_string("/etc/apache2/conf-available/ocsinventory-server.conf")?;
    let place = folder.display();
    let mut text = String::new();
    for name in MODULES {
        let _ = writeln!(text, "LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so");
    }
    let _ = write!(
        text,
        "ServerRoot {place}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {place}/httpd.pid\n\
         ErrorLog {place}/log/error.log\nUser www-data\nGroup www-data\nDocumentRoot {place}\n"
    );
    let mut in_soap = false;
    for line in packaged.lines() {
        in_soap |= line.contains("Apache::Ocsinventory::SOAP") || line.contains("<location /ocsinterface>");
        if !in_soap {
            let line = line
                .replace("OCS_DB_HOST localhost", "OCS_DB_HOST 127.0.0.1")
                .replace("OCS_DB_PORT 3306", &format!("OCS_DB_PORT {database_port}"))
                .replace("/var/log/ocsinventory-server/", &format!("{place}/log/"));
            text.push_str(&line);
            text.push('\n');
        }
        if line.trim() == "</location>" {
            in_soap = false;
        }
    }
    if !text.trim_end().ends_with("</IfModule>") {
        bail!("the configuration of Debian's ocsinventory-server is not as expected");
    }
    Ok(text)
}

pub(super) fn prepare(_: &Size) -> anyhow::Result<Measure<'static>> {
    prerequisites::packages(PACKAGES)?;
    let scratch = Scratch::new("bench-ocs")?;
    // One real inventory; the script makes others of it.
    let mut agent = command("ocsinventory-agent", ["--force"]);
    let place = scratch.path().display();
    output(agent.args([format!("--local={place}"), format!("--basevardir={place}")]))?;
    let document = std::fs::read_dir(scratch.path())?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|it| it == "ocs"))
        .ok_or_else(|| anyhow!("ocsinventory-agent wrote no inventory"))?;
    let script = scratch.path().join("load.py");
    std::fs::write(&script, include_str!("ocs_load.py"))?;
    let ocs = Ocs::start(scratch)?;
    let data = Scratch::new("bench-ocs-ours")?;
    let server = serve(data.path(), None)?;
    let api = Api::new(&server)?;
    Ok(Box::new(move |nth| {
        let first = u64::from(nth - 1) * COUNT;
        let peer = of_peer(&ocs, &document, &script, first)?;
        let ours = of_ours(&server, &api, data.path(), &document, &script, first)?;
        let mut samples = Vec::new();
        let ratio = ours[1].value / peer[1].value;
        samples.extend(peer);
        samples.extend(ours);
        samples.push(sample("CPU, share of OCS's", OURS, ratio, ""));
        Ok(samples)
    }))
}

fn load(script: &Path, url: &str, document: &Path, first: u64, more: &[&str]) -> anyhow::Result<Value> {
    let mut load = command("python3", [""; 0]);
    load.arg(script).arg(url).arg(document).args([first, COUNT, CONNECTIONS].map(|it| it.to_string())).args(more);
    let report: Value = serde_json::from_str(output(&mut load)?.trim())?;
    if report["answered"].as_u64() != Some(COUNT) {
        bail!("not all were answered with success: {report}");
    }
    Ok(report)
}

fn samples(subject: &str, report: &Value, cpu: f64, kept: u64, disk: f64, first: u64) -> Vec<Sample> {
    let each = as_f64(COUNT);
    vec![
        sample("new, a second", subject, each / report["seconds"].as_f64().unwrap_or(f64::NAN), ""),
        sample("new, CPU each", subject, cpu * 1000.0 / each, "ms"),
        sample("kept of what was acknowledged", subject, as_f64(kept) / as_f64(first + COUNT), ""),
        sample("disk, a machine", subject, disk / as_f64(first + COUNT) / 1000.0, "KB"),
        sample("document", subject, report["raw"].as_f64().unwrap_or(0.0) / 1000.0, "KB"),
    ]
}

fn of_peer(ocs: &Ocs, document: &Path, script: &Path, first: u64) -> anyhow::Result<Vec<Sample>> {
    let before = ocs.cpu()?;
    let report = load(script, &format!("http://127.0.0.1:{}/ocsinventory", ocs.port), document, first, &[])?;
    let cpu = ocs.cpu()? - before;
    Ok(samples(PEER, &report, cpu, ocs.kept()?, disk_bytes(&ocs.data.join("ocsweb"))?, first))
}

fn of_ours(
    server: &Server,
    api: &Api,
    data: &Path,
    document: &Path,
    script: &Path,
    first: u64,
) -> anyhow::Result<Vec<Sample>> {
    let client = server.agent_client()?;
    let ca = server.ca().display().to_string();
    let before = cpu_seconds_of_tree(server.id())?;
    let url = format!("{}/ocsinventory", server.url());
    let report = load(script, &url, document, first, &[&ca, &client.id, &client.secret])?;
    let cpu = cpu_seconds_of_tree(server.id())? - before;
    let kept = api.get("/api/v1/pending-equipment?limit=1")?["total"].as_u64().unwrap_or(0);
    Ok(samples(OURS, &report, cpu, kept, disk_bytes(data)?, first))
}
