//! Alerts, from what happens on the system to what the server hears of it.

use std::{fs, io::Write as _, net::TcpListener, path::Path, time::Duration};

use rcgen::{CertificateParams, KeyPair};
use vigie_kernel::{Clock as _, SystemClock};
use vigie_wire::link::{
    alert::{AlertRule, AlertType, Severity},
    message::NoteBody,
};

use crate::{
    agent::{Agent, Place, program},
    server::Server,
    told::{profile, told},
};

/// A plugin that says and answers what stands in a file: `2 all is bad`.
fn plugin(key: &str, state: &Path) -> String {
    let script = format!("read code words < {} || exit 3; echo $words; exit $code", state.display());
    format!("key = \"{key}\"\nkind = \"command\"\ncommand = [\"/bin/sh\", \"-c\", \"{script}\"]")
}

#[test]
fn what_a_program_says_is_an_alert_until_it_says_otherwise() {
    let (server, place) = (Server::start(), Place::new());
    let (fire, warm) = (place.file("fire", "2 BAD - it burns | heat=1\n"), place.file("warm", "1 warm\n"));
    let fires = plugin("fire", &fire) + "\ntitle = \"Fire\"\nseverity = \"critical\"";
    let agent = place.watch(&server, &[&fires, &plugin("warm", &warm)]);
    let alert = server.raised("fire");
    assert_eq!((alert.severity, alert.alert_type), (Severity::Critical, AlertType::Service));
    assert_eq!((alert.kind.as_str(), alert.title.as_str()), ("command", "Fire"));
    assert_eq!(alert.summary, "BAD - it burns");
    assert_eq!(server.raised("warm").severity, Severity::Warning);
    assert_eq!(server.tells("ongoing fire, warm").len(), 3);
    let about = server.kept().abouts[0].clone();
    assert_eq!(about.conditions.len(), 2);
    assert_eq!((about.conditions[0].key.as_str(), about.conditions[0].hold), ("fire", 0));
    agent.says("alert fire");
    let shown = place.done(&["show"]);
    assert!(shown.contains("alert, critical        fire: BAD - it burns"), "{shown}");
    fs::write(&fire, "0 fine\n").unwrap();
    assert_eq!(server.tells("ended fire").len(), 4);
    place.until("alerts.json", |text| !text.contains("it burns"));
    assert!(!place.done(&["show"]).contains("it burns"));
    // A condition that leaves the profile takes its alert with it.
    place.file("profile.toml", &profile(&[&fires]));
    assert_eq!(server.tells("ended warm").len(), 5);
    server.until("one condition", |kept| {
        kept.notes.iter().rev().find_map(|note| match &note.body {
            NoteBody::About(about) => (about.conditions.len() == 1).then_some(()),
            _ => None,
        })
    });
}

#[test]
fn what_happens_while_the_link_is_down_and_the_agent_is_killed_arrives_in_order() {
    let (mut server, place) = (Server::start(), Place::new());
    let states = ["one", "two", "three"].map(|name| (name, place.file(name, "0 fine\n")));
    let conditions = states.each_ref().map(|(name, state)| plugin(name, state));
    let conditions = conditions.each_ref().map(String::as_str);
    let agent = place.watch(&server, &conditions);
    server.tells("ongoing");
    let [one, two, three] = states.map(|(_, state)| state);
    fs::write(&three, "2 bad\n").unwrap();
    server.tells("raised three");
    server.kill();
    fs::write(&one, "2 bad\n").unwrap();
    place.until("alerts.json", |text| text.contains("\"one\""));
    agent.kill();
    fs::write(&one, "0 fine\n").unwrap();
    fs::write(&two, "2 bad\n").unwrap();
    let profile = place.state().parent().unwrap().join("profile.toml");
    let start = || Agent::start(place.run(&server).arg("--profile").arg(&profile));
    let agent = start();
    agent.says("alert one:  has ended");
    agent.says("alert two");
    place.until("alerts.json", |text| !text.contains("\"one\"") && text.contains("\"two\""));
    let back = SystemClock.now();
    server.listen();
    server.until("all of it", |kept| told(kept).iter().any(|(_, it)| it == "ongoing three, two").then_some(()));
    let all = told(&server.kept());
    let words: Vec<_> = all.iter().map(|(_, words)| words.as_str()).collect();
    assert_eq!(words[..3], ["ongoing", "raised three", "raised one"]);
    let mut rest = words[3..].to_vec();
    rest.sort_unstable();
    assert_eq!(rest, ["ended one", "ongoing three, two", "raised two"], "nothing is lost or invented");
    assert!(all.is_sorted_by_key(|(at, _)| *at) && all[2].0 < back, "{all:?}");
    let numbers: Vec<_> = server.kept().notes.iter().map(|note| note.sequence).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    drop(agent);
}

#[test]
fn people_change_bound_and_severity_and_switch_conditions_off() {
    let (server, place) = (Server::start(), Place::new());
    let mut certificate = CertificateParams::new(vec!["sip.example.org".to_owned()]).unwrap();
    let end = SystemClock.now().plus(Duration::from_hours(10 * 24 + 12));
    certificate.not_after = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_millis(end.millis().unsigned_abs());
    let pem = certificate.self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
    let file = place.file("tls.pem", &pem);
    let condition = format!("key = \"tls\"\nkind = \"certificate\"\nfile = \"{}\"", file.display());
    let agent = place.watch(&server, &[&condition]);
    let alert = server.raised("tls");
    assert_eq!((alert.severity, alert.value, alert.bound), (Severity::Major, Some(10.0), Some(30.0)));
    assert_eq!(alert.summary, format!("ends on {}", end.day()));
    server.tells("ongoing tls");
    let rule = || AlertRule { condition: "tls".to_owned(), ..AlertRule::default() };
    server.rule(vec![AlertRule { bound: Some(5.0), ..rule() }]);
    server.tells("ended tls");
    agent.kill();
    let profile = place.state().parent().unwrap().join("profile.toml");
    let start = || Agent::start(place.run(&server).arg("--profile").arg(&profile));
    let agent = start();
    assert_eq!(server.tells("ongoing"), ["raised tls", "ongoing tls", "ended tls", "ongoing"], "the rule is kept");
    let critical = AlertRule { severity: Some(Severity::Critical), ..rule() };
    server.rule(vec![critical]);
    server.tells("raised tls");
    assert_eq!(server.raised("tls").severity, Severity::Critical);
    server.rule(vec![AlertRule { off: true, ..rule() }, AlertRule { condition: "other".to_owned(), ..rule() }]);
    server.tells("ended tls");
    drop(agent);
}

#[test]
fn ports_logs_clocks_and_certificates_of_servers_are_looked_at() {
    let (server, place) = (Server::start(), Place::new());
    server.kept().ahead = Duration::from_secs(100);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap();
    let log = place.file("auth.log", "Failed password\nFailed password\nFailed password\n");
    let _agent = place.watch(
        &server,
        &[
            &format!("key = \"port\"\nkind = \"tcp\"\nconnect = \"{port}\"\nfor = \"0s\""),
            &format!(
                "key = \"log\"\nkind = \"log\"\nfile = \"{}\"\npattern = \"Failed\"\nabove = 1\nwithin = \"15s\"",
                log.display()
            ),
            // The server's own, which ends in some two thousand years.
            &format!("key = \"tls\"\nkind = \"certificate\"\nconnect = \"{}\"\ndays = 1000000", server.address),
            "key = \"items\"\nkind = \"items\"\ncommand = [\"/bin/echo\", \"a=up b=down\"]\n\
             pattern = '(?<subject>\\w)=(?<state>\\w+)'\nbad = 'down'",
            "key = \"clock\"\nkind = \"clock\"\nfor = \"0s\"",
        ],
    );
    let clock = server.raised("clock");
    assert!(clock.summary.ends_with("behind the server") && clock.value.is_some_and(|it| it > 95.0), "{clock:?}");
    server.kept().ahead = Duration::ZERO;
    server.ended("clock");
    let tls = server.raised("tls");
    assert!(tls.value.is_some_and(|days| days > 300_000.0) && tls.alert_type == AlertType::Security, "{tls:?}");
    let items = server.raised("items");
    assert_eq!((items.subject.as_str(), items.summary.as_str()), ("b", "down"));
    server.until("what goes on", |kept| {
        told(kept).iter().any(|(_, it)| it.contains("ongoing") && it.contains("items b, tls")).then_some(())
    });
    drop(listener);
    fs::OpenOptions::new().append(true).open(&log).unwrap().write_all(b"Failed one\nFailed two\n").unwrap();
    let alert = server.raised("port");
    assert!(alert.summary.contains("refused") && alert.alert_type == AlertType::Link, "{alert:?}");
    let alert = server.raised("log");
    assert_eq!((alert.value, alert.bound), (Some(2.0), Some(1.0)), "what stood there before does not count");
    server.ended("log");
    let _listener = TcpListener::bind(port).unwrap();
    server.ended("port");
}

#[test]
fn a_profile_is_tried_before_it_is_used() {
    let place = Place::new();
    let state = place.file("plugin", "2 BAD\n");
    let conditions = [
        plugin("fire", &state),
        "key = \"memory\"\nkind = \"memory\"".into(),
        "key = \"clock\"\nkind = \"clock\"".into(),
    ];
    let text = profile(&conditions.each_ref().map(String::as_str));
    let file = place.file("profile.toml", &text);
    let said = |arguments: &[&str]| {
        let output = program(arguments).arg(&file).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (is_good, words) = said(&["profile", "check"]);
    assert!(is_good && words.contains("condition    memory: memory above 95 %; major, service"), "{words}");
    let (is_good, words) = said(&["profile", "try"]);
    assert!(is_good && words.contains("fire: ALERT, major: BAD\nmemory: "), "{words}");
    fs::remove_file(&state).unwrap();
    let (is_good, words) = said(&["profile", "try"]);
    assert!(!is_good && words.contains("fire: cannot be looked at: exit code"), "{words}");
}
