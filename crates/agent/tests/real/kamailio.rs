//! A real Kamailio, and trunks that go and come.

use std::{fs, path::Path, process::Command, thread, time::Duration};

use vigie_wire::link::alert::AlertType;

use crate::{
    Running,
    agent::{Agent, Place},
    free_port, printed,
    server::{Server, TOKEN},
};

/// A Kamailio that answers every request; with trunks, it asks them each second how they are.
fn kamailio(folder: &Path, name: &str, port: u16, trunks: &[u16]) -> Running {
    let path = |extension: &str| folder.join(format!("{name}.{extension}")).display().to_string();
    let list: Vec<_> = trunks.iter().map(|port| format!("1 sip:127.0.0.1:{port}")).collect();
    fs::write(path("list"), list.join("\n") + "\n").unwrap();
    let dispatcher = format!(
        "loadmodule \"dispatcher.so\"\nmodparam(\"dispatcher\", \"list_file\", \"{}\")\n\
         modparam(\"dispatcher\", \"ds_ping_interval\", 1)\nmodparam(\"dispatcher\", \"ds_probing_mode\", 1)\n\
         modparam(\"dispatcher\", \"ds_probing_threshold\", 1)\nmodparam(\"tm\", \"fr_timer\", 1000)\n",
        path("list")
    );
    let configuration = format!(
        "#!KAMAILIO\nlog_stderror=yes\ndebug=-1\nchildren=1\nauto_aliases=no\nlisten=udp:127.0.0.1:{port}\n\
         loadmodule \"ctl.so\"\nloadmodule \"tm.so\"\nloadmodule \"sl.so\"\nloadmodule \"pv.so\"\n\
         modparam(\"ctl\", \"binrpc\", \"unix:{}\")\n{}request_route {{ sl_send_reply(\"200\", \"OK\"); }}\n",
        path("ctl"),
        if trunks.is_empty() { "" } else { &dispatcher }
    );
    fs::write(path("cfg"), configuration).unwrap();
    printed("/usr/sbin/kamailio", &["-c", "-f", &path("cfg")]);
    let mut command = Command::new("/usr/sbin/kamailio");
    Running::start(command.args(["-DD", "-E", "-f", &path("cfg"), "-Y"]).arg(folder))
}

/// The shipped profile, with what it looks at put where this test has it.
fn profile(folder: &Path) -> String {
    let shipped = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../profiles/kamailio.toml")).unwrap();
    let file = |name: &str| folder.join(name).display().to_string();
    let replaced = [
        ("/etc/kamailio/kamailio.cfg", file("main.cfg")),
        ("\"dispatcher.list\"", format!("\"-s\", \"unix:{}\", \"dispatcher.list\"", file("main.ctl"))),
        ("kind = \"items\"", "kind = \"items\"\nevery = \"5s\"\nfor = \"0s\"".to_owned()),
        ("key = \"configuration\"", "key = \"configuration\"\nevery = \"5s\"".to_owned()),
    ];
    let lines = shipped.lines().filter(|line| !line.starts_with("every") && !line.starts_with("for"));
    let shipped = lines.collect::<Vec<_>>().join("\n");
    replaced.iter().fold(shipped, |text, (from, to)| {
        assert!(text.contains(from), "the profile says nothing of {from}");
        text.replace(from, to)
    })
}

#[test]
fn a_trunk_that_goes_and_a_configuration_that_does_not_load() {
    let (server, place) = (Server::start(), Place::new());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (main, first, second) = (free_port(), free_port(), free_port());
    let _first = kamailio(folder, "first", first, &[]);
    let trunk = kamailio(folder, "second", second, &[]);
    let _main = kamailio(folder, "main", main, &[first, second]);
    let control = format!("unix:{}", folder.join("main.ctl").display());
    for _ in 0..100 {
        let told = Command::new("/usr/sbin/kamcmd").args(["-s", &control, "dispatcher.list"]).output().unwrap();
        if String::from_utf8_lossy(&told.stdout).matches("FLAGS: AP").count() == 2 {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    let profile = place.file("kamailio.toml", &profile(folder));
    let _agent = Agent::start(place.run(&server).args(["--enrolment-token", TOKEN, "--profile"]).arg(profile));
    let about = server.until("a greeting", |kept| kept.abouts.first().cloned());
    assert!(about.version.starts_with(|it: char| it.is_ascii_digit()), "{about:?}");
    server.until("what goes on at first", |kept| {
        crate::told::told(kept).iter().any(|(_, it)| it.starts_with("ongoing")).then_some(())
    });
    drop(trunk);
    let alert = server.raised("trunks");
    assert_eq!(
        (alert.subject.as_str(), alert.alert_type),
        (format!("sip:127.0.0.1:{second}").as_str(), AlertType::Trunk)
    );
    assert_eq!((alert.summary.as_str(), alert.parent.as_deref()), ("IP", Some("kamailio")));
    let _trunk = kamailio(folder, "second", second, &[]);
    server.ended("trunks");
    let configuration = folder.join("main.cfg");
    let good = fs::read_to_string(&configuration).unwrap();
    fs::write(&configuration, good.replace("request_route", "request_rout")).unwrap();
    let alert = server.raised("configuration");
    assert_eq!(alert.alert_type, AlertType::Configuration);
    fs::write(&configuration, good).unwrap();
    server.ended("configuration");
    assert!(!crate::told::told(&server.kept()).iter().any(|(_, it)| it.contains(&format!("sip:127.0.0.1:{first}"))));
}
