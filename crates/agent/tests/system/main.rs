//! The agent's *system* role as its owner and its server meet it: the program itself, against a server in miniature.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs, unreachable_pub, dead_code)]

mod agent;
mod alerts;
mod certificates;
#[path = "../double/mod.rs"]
mod double;
mod join;
mod network;
mod owner;
mod server;
mod told;
mod tunnels;
mod way;

use std::{collections::BTreeMap, fs};

use agent::{Agent, Place, mode, program};
use server::{Server, TOKEN};
use vigie_wire::link::message::{NoteBody, RefusalCode, Standing, Switches};

#[test]
fn a_system_enrols_once_and_is_there() {
    let (server, place) = (Server::start(), Place::new());
    let agent = place.start(&server);
    let about = server.until("a greeting", |kept| kept.abouts.first().cloned());
    assert_eq!((about.switches, about.platform.as_str()), (Switches::default(), "linux"));
    assert_eq!(about.address, "127.0.0.1");
    assert!(!about.name.is_empty() && !about.agent_version.is_empty() && about.started_at.is_some());
    let (id, enrolment) = server.kept().enrolments[0].clone();
    assert_eq!(enrolment.about.name, about.name);
    let user = enrolment.service_user.clone().unwrap();
    assert_eq!((user.name.as_str(), user.password.len()), ("vigie", 24));
    assert_eq!(server.sign_in(1, &user.name, &user.password), Standing::SignedIn);
    for file in ["system.key", "system.json", "service-user.json", "spool.log"] {
        assert_eq!(mode(&place.state().join(file)), 0o600, "{file}");
    }
    assert!(!place.state().join("enrolment.json").exists(), "the password is not kept in words");
    agent.says("the link to");
    assert!(!agent.log().contains(&user.password) && !agent.log().contains(TOKEN));
    let shown = place.done(&["show"]);
    assert!(shown.contains(&id.to_string()) && shown.contains("connected since"), "{shown}");
    assert!(shown.contains("remote-access          off") && shown.contains("vigie, on"), "{shown}");
    agent.kill();
    let shown = place.done(&["show"]);
    assert!(shown.contains("the agent does not run"), "{shown}");
    // The second run needs neither token nor server.
    let _agent = Agent::start(place.system(&["run", "--ca"]).arg(&server.ca));
    server.until("a second link", |kept| (kept.links == 2).then_some(()));
    assert_eq!(server.kept().enrolments.len(), 1);
}

#[test]
fn one_folder_is_for_one_agent_and_a_first_run_needs_a_token() {
    let (server, place) = (Server::start(), Place::new());
    let output = place.run(&server).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--enrolment-token"));
    let _agent = place.start(&server);
    server.linked();
    let output = place.run(&server).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("another vigie-agent"));
}

#[test]
fn a_token_that_is_refused_may_become_good() {
    let (server, place) = (Server::start(), Place::new());
    server.kept().token_is_bad = true;
    let agent = place.start(&server);
    agent.says("another enrolment token");
    let password = |kept: &str| kept.split('"').find(|it| it.len() == 24).map(str::to_owned);
    let pending = password(&fs::read_to_string(place.state().join("enrolment.json")).unwrap());
    server.kept().token_is_bad = false;
    server.linked();
    let user = server.kept().enrolments[0].1.service_user.clone().unwrap();
    assert_eq!(Some(user.password), pending, "the same password as in the first try");
}

#[test]
fn notes_arrive_once_and_in_order_over_cuts_and_crashes_of_both_ends() {
    let (mut server, place) = (Server::start(), Place::new());
    let mut agent = place.start(&server);
    server.linked();
    for round in 0..6 {
        match round {
            1 => server.kill(),
            3 => {
                agent.kill();
                agent = Agent::start(&mut place.run(&server));
            }
            // Stored, and never said so: it comes again.
            4 => server.kept().forgets = true,
            _ => {}
        }
        let state = if round % 2 == 0 { "central-logs=on" } else { "central-logs=off" };
        place.done(&["set", state]);
        let taken_down = format!("\"central_logs\": {}", round % 2 == 0);
        place.until("about.json", |text| text.contains(&taken_down));
        if round == 1 {
            server.listen();
        }
        if round == 4 {
            server.kept().forgets = false;
            server.kill();
            server.listen();
        }
    }
    server.until("six notes", |kept| (kept.notes.len() == 6).then_some(()));
    let kept = server.kept();
    assert_eq!(kept.notes.iter().map(|note| note.sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    let on: Vec<_> = kept
        .notes
        .iter()
        .map(|note| match &note.body {
            NoteBody::About(about) => about.switches.central_logs,
            _ => panic!("{note:?}"),
        })
        .collect();
    assert_eq!(on, [true, false, true, false, true, false]);
}

#[test]
fn a_disk_that_went_back_in_time_does_not_end_the_link_for_good() {
    let (server, place) = (Server::start(), Place::new());
    server.kept().claims = Some(500);
    let agent = place.start(&server);
    agent.says("its notes get new numbers");
    server.until("another link", |kept| (kept.links >= 2).then_some(()));
    place.done(&["set", "central-logs=on"]);
    assert_eq!(server.until("a note", |kept| kept.notes.first().map(|note| note.sequence)), 1);
}

#[test]
fn a_connection_on_which_nothing_comes_any_more_is_given_up() {
    let (server, place) = (Server::start(), Place::new());
    let agent = place.start(&server);
    server.linked();
    server.kept().is_mute = true;
    agent.says("nothing was heard for too long");
    server.kept().is_mute = false;
    server.until("another link", |kept| (kept.links == 2).then_some(()));
}

#[test]
fn a_server_that_refuses_is_understood_and_asked_again() {
    let (server, place) = (Server::start(), Place::new());
    server.kept().problems.extend([
        (503, "busy", "retry-after: 1\r\n"),
        (409, "clock-skew", ""),
        (401, "signature-invalid", ""),
    ]);
    let agent = place.start(&server);
    server.linked();
    for words in ["status 503, busy", "NTP", "the key in the state folder"] {
        agent.says(words);
    }
    assert_eq!(server.kept().asked, 4);
    server.refuse(RefusalCode::Busy);
    server.until("another link", |kept| (kept.links == 2).then_some(()));
}

#[test]
fn a_deleted_system_stays_away_until_it_is_enrolled_again_by_a_new_run() {
    let (server, place) = (Server::start(), Place::new());
    let agent = place.start(&server);
    server.linked();
    let key = server.kept().enrolments[0].1.public_key.clone();
    server.kept().removed.push(key.clone());
    server.refuse(RefusalCode::Removed);
    agent.says("to enrol this system again");
    assert!(place.done(&["show"]).contains("last failure"));
    assert_eq!(server.kept().enrolments.len(), 1, "a token left behind brings nothing back by itself");
    agent.kill();
    let agent = place.start(&server);
    agent.says("trying with another key");
    server.until("another system", |kept| (kept.enrolments.len() == 2 && kept.links == 2).then_some(()));
    let kept = server.kept();
    assert_ne!(kept.enrolments[1].1.public_key, key);
    assert_ne!(kept.enrolments[1].0, kept.enrolments[0].0);
}

#[test]
fn the_profile_says_what_kind_of_system_it_is_and_a_broken_one_is_not_used() {
    let (server, place) = (Server::start(), Place::new());
    let good = "name = \"tool\"\ntitle = \"Tool\"\nplatform = \"linux\"\n\n[version]\ncommand = [\"echo\", \"tool 1.2\"]\n\
                pattern = 'tool (\\S+)'\n";
    let profile = place.file("tool.toml", good);
    let start = || {
        let mut command = place.run(&server);
        Agent::start(command.args(["--enrolment-token", TOKEN, "--profile"]).arg(&profile))
    };
    let agent = start();
    server.linked();
    let about = server.kept().abouts[0].clone();
    assert_eq!((about.profile.as_str(), about.version.as_str()), ("tool", "1.2"));
    assert_eq!(server.kept().enrolments[0].1.about.version, "1.2");
    fs::write(&profile, good.replace("1.2", "1.3")).unwrap();
    let noted = |version: &str, kept: &mut server::Kept| {
        kept.notes.iter().find(|note| matches!(&note.body, NoteBody::About(it) if it.version == version)).map(drop)
    };
    server.until("the new version", |kept| noted("1.3", kept));
    agent.kill();
    fs::write(&profile, good.replace("[version]", "[versoin]")).unwrap();
    let agent = start();
    agent.says("line 5, column 2, key versoin");
    agent.says("the profile tool from before is used");
    server.until("a second link", |kept| (kept.links == 2).then_some(()));
    assert_eq!(server.kept().abouts[1].version, "1.3");
}

#[test]
fn profiles_are_checked_before_they_are_used() {
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../profiles/linux.toml");
    let output = program(&["profile", "check", "--read"]).arg(&shipped).output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && words.contains("/etc/os-release"), "{words}");
    assert!(words.contains("it reads"), "{words}");
    let place = Place::new();
    let broken =
        place.file("broken.toml", "name = \"x\"\ntitle = \"X\"\nplatform = \"linux\"\n[[service]]\nunit = \"a\"\n");
    let output = program(&["profile", "check"]).arg(&broken).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in ["broken.toml: line 5, column 1, key service.unit", "key service.name: this key is missing"] {
        assert!(words.contains(part), "{words}");
    }
}

#[test]
fn help_names_every_switch_and_right() {
    let words: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("set", &["central-management", "co-located-servers", "=on"][..]),
        ("service-user", &["read-service-monitoring", "--unlock", "--password-stdin"]),
        ("synchronise", &["--generate", "--password-stdin", "repeat it"]),
        ("join", &["--primary", "--via-primary", "--link-password-file"]),
        ("link-password", &["--off", "--generate"]),
        ("run", &["--enrolment-token", "by-hand", "HTTPS_PROXY"]),
    ]);
    for (command, words) in words {
        let output = program(&["system", command, "--help"]).output().unwrap();
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(words.iter().all(|word| help.contains(word)), "{help}");
    }
}
