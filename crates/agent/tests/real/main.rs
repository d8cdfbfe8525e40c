//! Alerts of real things: a disk that fills, a network that loses packets, an sshd that somebody tries to break into, a
//! service that stops, a trunk that goes. All of it needs root.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs, unreachable_pub, dead_code)]

#[path = "../system/agent.rs"]
mod agent;
#[path = "../double/mod.rs"]
mod double;
mod kamailio;
#[path = "../system/server.rs"]
mod server;
#[path = "../system/told.rs"]
mod told;

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use agent::{Agent, Place};
use server::{PATIENCE, Server, TOKEN};
use vigie_wire::link::alert::{AlertType, Severity};

/// A process that ends with the test, and all that it started.
pub struct Running(Child);

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn();
        Self(child.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = Command::new("/bin/sh").args(["-c", &format!("kill -s KILL -- -{}", self.0.id())]).status();
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a command prints; fails when the command does.
pub fn printed(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output =
        output.unwrap_or_else(|error| panic!("{program} is missing (`cargo xtask test` installs it): {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {arguments:?} (these tests need root): {}\n{out}{err}", output.status);
    out.into_owned()
}

/// A port where nothing listens.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_full_disk() {
    let (server, place) = (Server::start(), Place::new());
    let folder = tempfile::tempdir().unwrap();
    let (image, point) = (folder.path().join("image"), folder.path().join("disk"));
    fs::File::create(&image).unwrap().set_len(16 << 20).unwrap();
    fs::create_dir(&point).unwrap();
    printed("mkfs.ext4", &["-q", image.to_str().unwrap()]);
    let condition = "key = \"disks\"\nkind = \"disk\"\npath = \"*\"\nabove = 95\ncritical_above = 99.5\nfor = \"8s\"\nevery = \"5s\"";
    let profile =
        place.file("profile.toml", &told::profile(&[]).replace("\n\n", &format!("\n[[condition]]\n{condition}\n")));
    // Mounted where nobody else sees it; the agent takes the place of the shell.
    let script = "mount -o loop \"$1\" \"$2\" && shift 2 && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "/bin/sh", "-c", script, "sh"]).args([&image, &point]);
    let mut run = place.run(&server);
    run.args(["--enrolment-token", TOKEN, "--profile"]).arg(&profile);
    command.arg(run.get_program()).args(run.get_args()).env("VIGIE_SYSTEM_STATE_DIR", place.state());
    let agent = Agent::start(&mut command);
    server.tells("ongoing");
    let inside = PathBuf::from(format!("/proc/{}/root{}", agent.id(), point.display()));
    let content = inside.join("content");
    let mut full = fs::File::create(&content).unwrap();
    // Until nothing goes in any more.
    while full.write_all(&[7; 4096]).is_ok() {}
    drop(full);
    let alert = server.raised("disks");
    assert_eq!((Path::new(&alert.subject), alert.severity), (point.as_path(), Severity::Critical), "{alert:?}");
    assert!(alert.summary.starts_with("100 % used") && alert.value == Some(100.0), "{alert:?}");
    fs::remove_file(&content).unwrap();
    server.ended("disks");
}

#[test]
fn failed_sign_ins() {
    let (server, place) = (Server::start(), Place::new());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for name in ["host", "user", "stranger"] {
        printed("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &path(name)]);
    }
    let port = free_port();
    // What it drops its rights in; the package makes it at its service's start.
    let _ = fs::create_dir_all("/run/sshd");
    let log = path("auth.log");
    let options = [
        format!("ListenAddress=127.0.0.1:{port}"),
        format!("HostKey={}", path("host")),
        format!("AuthorizedKeysFile={}", path("user.pub")),
        "StrictModes=no".to_owned(),
        "UsePAM=no".to_owned(),
        "PermitRootLogin=yes".to_owned(),
        "PidFile=none".to_owned(),
    ];
    let mut sshd = Command::new("/usr/sbin/sshd");
    sshd.args(["-D", "-E", &log, "-f", "/dev/null"]).args(options.iter().flat_map(|it| ["-o", it]));
    let _sshd = Running::start(&mut sshd);
    // As the profile for Linux has it, but for where the log is.
    let shipped = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../profiles/linux.toml")).unwrap();
    let shipped: toml::Table = shipped.parse().unwrap();
    let is_it = |it: &&toml::Value| it["key"].as_str() == Some("sign-ins");
    let shipped = shipped["condition"].as_array().unwrap().iter().find(is_it).unwrap();
    let pattern = shipped["pattern"].as_str().unwrap();
    let condition = format!("key = \"sign-ins\"\nkind = \"log\"\nfile = \"{log}\"\npattern = '{pattern}'\nabove = 3");
    let _agent = place.watch(&server, &[&condition]);
    server.tells("ongoing");
    let ssh = |key: &str| {
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", "/dev/null", "-p", &port.to_string(), "-i", &path(key)]);
        for option in
            ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "IdentitiesOnly=yes"]
        {
            ssh.args(["-o", option]);
        }
        ssh.args(["root@127.0.0.1", "true"]).stdin(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    };
    let began = Instant::now();
    while !ssh("user") {
        assert!(began.elapsed() < PATIENCE, "sshd lets nobody in: {}", fs::read_to_string(&log).unwrap());
        thread::sleep(Duration::from_millis(100));
    }
    for _ in 0..5 {
        assert!(!ssh("stranger"));
    }
    let alert = server.raised("sign-ins");
    assert_eq!((alert.alert_type, alert.bound), (AlertType::Security, Some(3.0)));
    assert!(alert.value.is_some_and(|count| count > 3.0), "{alert:?}");
}

#[test]
fn a_network_that_loses_packets() {
    /// A host behind a cable, in a network of its own.
    struct Network;
    impl Drop for Network {
        fn drop(&mut self) {
            let _ = Command::new("ip").args(["netns", "del", "vigie-lossy"]).status();
        }
    }
    let (server, place) = (Server::start(), Place::new());
    drop(Network);
    let inside = |script: &str| printed("ip", &["netns", "exec", "vigie-lossy", "/bin/sh", "-e", "-c", script]);
    printed("ip", &["netns", "add", "vigie-lossy"]);
    let _network = Network;
    printed("ip", &["link", "add", "vigie-0", "type", "veth", "peer", "name", "vigie-1", "netns", "vigie-lossy"]);
    printed("ip", &["address", "add", "198.51.100.1/30", "dev", "vigie-0"]);
    printed("ip", &["link", "set", "vigie-0", "up"]);
    inside("ip address add 198.51.100.2/30 dev vigie-1; ip link set vigie-1 up");
    let condition = "key = \"way\"\nkind = \"ping\"\nhost = \"198.51.100.2\"\nfor = \"0s\"\nloss_above = 10";
    let _agent = place.watch(&server, &[condition]);
    server.tells("ongoing");
    // It answers one echo a second, after some at once: what comes faster is lost.
    inside("echo 1 > /proc/sys/net/ipv4/icmp_ratemask; echo 1000 > /proc/sys/net/ipv4/icmp_ratelimit");
    let alert = server.raised("way");
    let loss = alert.value.unwrap();
    assert!(loss > 10.0 && loss < 100.0 && alert.alert_type == AlertType::QualityOfService, "{alert:?}");
    assert!(alert.summary.contains("of the packets lost"), "{alert:?}");
    inside("echo 0 > /proc/sys/net/ipv4/icmp_ratelimit");
    server.ended("way");
}

#[test]
fn a_service_that_stops() {
    /// As it was before: not running.
    struct Cron;
    impl Drop for Cron {
        fn drop(&mut self) {
            let _ = Command::new("service").args(["cron", "stop"]).status();
        }
    }
    // What is started keeps its output open.
    let service = |action: &str| {
        let mut service = Command::new("service");
        service.args(["cron", action]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(service.status().unwrap().success(), "service cron {action}: this test needs root");
    };
    let (server, place) = (Server::start(), Place::new());
    service("start");
    let _cron = Cron;
    let condition = "key = \"cron\"\nkind = \"unit\"\nname = \"cron.service\"\nfor = \"0s\"";
    let absent = "key = \"absent\"\nkind = \"unit\"\nname = \"vigie-absent\"\nfor = \"0s\"\nparent = \"cron\"";
    let optional = "key = \"optional\"\nkind = \"unit\"\nname = \"vigie-absent\"\nfor = \"0s\"\noptional = true";
    let _agent = place.watch(&server, &[condition, absent, optional]);
    assert_eq!(server.tells("ongoing absent"), ["raised absent", "ongoing absent"]);
    let alert = server.raised("absent");
    assert_eq!((alert.summary.as_str(), alert.parent.as_deref()), ("not installed", Some("cron")));
    service("stop");
    let alert = server.raised("cron");
    assert!(["stopped", "inactive (dead)"].contains(&alert.summary.as_str()), "{alert:?}");
    service("start");
    server.ended("cron");
}
