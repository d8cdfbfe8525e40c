//! What the owner of a system decides: switches and the service user.

use std::fs;

use vigie_wire::link::message::{NoteBody, Standing, Switches};

use crate::{
    agent::{Agent, Place},
    server::{Server, TOKEN},
};

fn noted(server: &Server, what: &str, wanted: Switches) {
    server.until(what, |kept| match &kept.notes.last()?.body {
        NoteBody::About(about) if about.switches == wanted => Some(()),
        _ => None,
    });
}

#[test]
fn a_switch_counts_at_once_and_a_broken_file_changes_nothing() {
    let (server, place) = (Server::start(), Place::new());
    let agent = place.start(&server);
    server.linked();
    let words = place.done(&["set", "remote-access=on", "central-management=on"]);
    assert!(words.contains("remote-access          on"), "{words}");
    let on = Switches { remote_access: true, central_management: true, ..Switches::default() };
    noted(&server, "two switches", on);
    let path = place.state().join("switches.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("# the server may open connections"), "{text}");
    fs::write(&path, text.replace("central-logs = false", "central-log = true")).unwrap();
    agent.says("key central-log: there is no such switch");
    let output = place.system(&["set", "remote-access=off"]).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && words.contains("nothing was changed") && words.contains("central-log"),
        "{words}"
    );
    assert!(place.done(&["show"]).contains("key central-log"));
    fs::write(&path, "# by hand\nremote-upgrade = true\n").unwrap();
    noted(&server, "the file by hand", Switches { remote_upgrade: true, ..Switches::default() });
    place.done(&["set", "remote-upgrade=off"]);
    noted(&server, "all off", Switches::default());
    assert_eq!(fs::read_to_string(&path).unwrap(), "# by hand\nremote-upgrade = false\n");
}

#[test]
fn every_standing_of_the_service_user_has_its_cause() {
    let (server, place) = (Server::start(), Place::new());
    let mut command = place.run(&server);
    let _agent = Agent::start(command.args(["--enrolment-token", TOKEN, "--service-user", "by-hand"]));
    server.linked();
    assert_eq!(server.kept().enrolments[0].1.service_user, None);
    let (name, password) = ("vigie", "a good password");
    let mut number = 0;
    let mut is = |expected: Standing, name: &str, password: &str| {
        number += 1;
        assert_eq!(server.sign_in(number, name, password), expected);
    };
    is(Standing::NoAuthorisation, "", "");
    is(Standing::InvalidCredentials, "root", password);
    is(Standing::DisabledByAdministrator, name, password);
    place.user(&["--enable"]);
    is(Standing::AuthorisationFailed, name, password);
    place.set_password(password);
    is(Standing::SignedIn, name, password);
    let mut one = |change: &[&str], expected: Standing, back: &[&str]| {
        place.user(change);
        is(expected, name, password);
        place.user(back);
        is(Standing::SignedIn, name, password);
    };
    let (never, always) = ("never", "always");
    one(&["--disable"], Standing::DisabledByAdministrator, &["--enable"]);
    one(&["--valid-until", "2020-01-31"], Standing::CurrentlyDisabled, &["--valid-until", never]);
    one(&["--valid-from", "2200-01-31"], Standing::CurrentlyDisabled, &["--valid-from", always]);
    one(&["--password-expires", "2020-01-31"], Standing::PasswordExpired, &["--password-expires", never]);
    one(&["--remote-operations", "off"], Standing::RemoteOperationsNotAllowed, &["--remote-operations", "on"]);
    let right = |name: &str, state: &str| format!("--right={name}={state}");
    let all = |state: &str| {
        ["write-own-password", "back-up", "upgrade", "read-service-monitoring"].map(|it| right(it, state))
    };
    let (on, off) = (all("on"), all("off"));
    let (on, off) = (on.each_ref().map(String::as_str), off.each_ref().map(String::as_str));
    one(&off, Standing::NoRightEnabled, &on);
    one(&off[3..], Standing::ServiceMonitoringMissing, &on);
    one(&off[2..3], Standing::UpgradeMissing, &on);
    one(&off[1..2], Standing::InsufficientRights, &on);
    one(&["--sessions", "0"], Standing::TooManySessions, &["--sessions", "2"]);
    one(&["--name", "other"], Standing::InvalidCredentials, &["--name", name]);
    place.user(&["--must-change"]);
    is(Standing::PasswordMustBeChanged, name, password);
    let password = "another good password";
    place.set_password(password);
    is(Standing::SignedIn, name, password);
    for _ in 0..5 {
        is(Standing::AuthorisationFailed, name, "a wrong one");
    }
    is(Standing::TemporarilyLocked, name, password);
    assert!(place.user(&[]).contains("locked until"));
    let before = server.kept().sign_in_again;
    place.user(&["--unlock"]);
    is(Standing::SignedIn, name, password);
    server.until("a word that the user changed", |kept| (kept.sign_in_again > before).then_some(()));
    assert!(!fs::read_to_string(place.state().join("service-user.json")).unwrap().contains(password));
}

#[test]
fn what_is_no_change_is_refused() {
    let place = Place::new();
    for wrong in [
        &["--right", "fly=on"][..],
        &["--right", "upgrade"],
        &["--enable", "--disable"],
        &["--valid-until", "soon"],
        &["--remote-operations", "maybe"],
        &["--name", ""],
    ] {
        let arguments = [&["service-user"], wrong].concat();
        assert!(!place.system(&arguments).output().unwrap().status.success(), "{wrong:?}");
    }
    assert!(!place.state().join("service-user.json").exists());
}
