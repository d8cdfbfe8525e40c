//! Systems that join at a primary by its link password, and reach the server by themselves or through it.

use std::{
    io::Write as _,
    net::TcpListener,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use vigie_wire::join::TokenRefusal;

use crate::{
    agent::{Agent, Place, mode},
    server::{PATIENCE, Server, TOKEN},
};

const PASSWORD: &str = "a good long password";

/// A primary whose agent runs.
struct Primary {
    place: Place,
    agent: Agent,
}

impl Primary {
    fn new(server: &Server) -> Self {
        let place = Place::new();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut run = place.run(server);
        run.args(["--enrolment-token", TOKEN, "--link-listen", &format!("127.0.0.1:{port}")]);
        let agent = Agent::start(&mut run);
        server.linked();
        Self { place, agent }
    }

    /// Sets a link password; where to join from then on.
    fn open(&self, password: &str) -> String {
        let word = "can join at ";
        let before = self.agent.log().matches(word).count();
        let set = said(&mut self.place.system(&["link-password", "--password-stdin"]), password);
        assert!(set.status.success() && words(&set).contains("link password          on"), "{}", words(&set));
        let began = Instant::now();
        loop {
            let log = self.agent.log();
            if let Some(found) = log.split(word).nth(1 + before) {
                return found.lines().next().unwrap().to_owned();
            }
            assert!(began.elapsed() < PATIENCE, "{log}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// What a command says that is told something.
fn said(command: &mut Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{input}").unwrap();
    child.wait_with_output().unwrap()
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn join(place: &Place, at: &str, password: &str, more: &[&str]) -> Output {
    said(place.system(&["join", "--primary", at]).args(more), password)
}

#[test]
fn who_knows_the_link_password_joins_and_nobody_else() {
    let (server, place) = (Server::start(), Place::new());
    let primary = Primary::new(&server);
    assert!(primary.place.done(&["link-password"]).contains("link password          off"));
    assert!(!said(&mut primary.place.system(&["link-password", "--password-stdin"]), "too short").status.success());
    let at = primary.open(PASSWORD);
    let wrong = join(&place, &at, "another long password", &[]);
    assert!(!wrong.status.success() && words(&wrong).contains("the link password is another one"), "{}", words(&wrong));
    server.kept().token_refusal = Some(TokenRefusal::TooMany);
    let refused = join(&place, &at, PASSWORD, &[]);
    assert!(words(&refused).contains("too many systems joined"), "{}", words(&refused));
    server.kept().token_refusal = None;
    let joined = join(&place, &at, PASSWORD, &[]);
    assert!(joined.status.success() && words(&joined).contains("joined the network"), "{}", words(&joined));
    let (id, enrolment) = server.kept().enrolments.last().cloned().unwrap();
    assert!(!enrolment.about.via_primary && enrolment.service_user.is_some());
    for file in ["primary.json", "primary-ca.pem", "system.json"] {
        assert_eq!(mode(&place.state().join(file)), 0o600, "{file}");
    }
    let kept = std::fs::read_to_string(place.state().join("primary.json")).unwrap();
    assert!(!kept.contains(PASSWORD), "the password is not kept in words");
    let again = join(&place, &at, PASSWORD, &[]);
    assert!(words(&again).contains(&format!("stays what it is, {id}")), "{}", words(&again));
    assert_eq!(server.kept().enrolments.len(), 2, "it did not enrol once more");
    // The agent needs neither token nor address nor certificate.
    let _agent = Agent::start(&mut place.system(&["run"]));
    server.until("a second link", |kept| (kept.links == 2).then_some(()));
    assert!(place.done(&["show"]).contains(&id.to_string()));
    // From the beginning it obeys that primary and no other.
    let key =
        |shown: String, what: &str| shown.lines().find_map(|line| line.strip_prefix(what)).unwrap().trim().to_owned();
    let of_primary = key(primary.place.done(&["network"]), "this system's key");
    assert_eq!(key(place.done(&["network"]), "primary's key"), of_primary);
    assert!(primary.place.done(&["link-password", "--off"]).contains("link password          off"));
    primary.agent.says("the link password changed");
    let late = join(&Place::new(), &at, PASSWORD, &[]);
    assert!(!late.status.success() && words(&late).contains("nothing listens"), "{}", words(&late));
    assert!(!primary.agent.log().contains(PASSWORD));
}

#[test]
fn who_guesses_is_not_heard_any_more() {
    let (server, place) = (Server::start(), Place::new());
    let primary = Primary::new(&server);
    let at = primary.open(PASSWORD);
    for guess in 0..5 {
        let output = join(&place, &at, &format!("guess number {guess} of some"), &[]);
        assert!(words(&output).contains("the link password is another one"), "{}", words(&output));
    }
    let locked = join(&place, &at, PASSWORD, &[]);
    assert!(words(&locked).contains("too many wrong link passwords"), "{}", words(&locked));
    assert_eq!(server.kept().enrolments.len(), 1);
}

#[test]
fn a_system_without_a_way_of_its_own_reaches_the_server_through_the_primary_while_it_may() {
    let (server, place) = (Server::start(), Place::new());
    let primary = Primary::new(&server);
    let at = primary.open(PASSWORD);
    // Nothing is at this proxy: the system itself does not come through.
    let nowhere = |command: &mut Command| {
        command.env("VIGIE_AGENT_PROXY", "http://127.0.0.1:1");
    };
    let mut command = place.system(&["join", "--primary", &at]);
    nowhere(&mut command);
    let joined = said(&mut command, PASSWORD);
    assert!(joined.status.success(), "{}", words(&joined));
    let mut run = place.system(&["run"]);
    nowhere(&mut run);
    let agent = Agent::start(&mut run);
    server.until("a link through the primary", |kept| {
        (kept.links == 2 && kept.abouts.last().is_some_and(|it| it.via_primary)).then_some(())
    });
    primary.agent.says("reaches the server through this system");
    agent.says("the link to");
    // Another password ends what the one before let in.
    primary.open("another long password");
    agent.says("the link was lost");
    agent.says("the link password was changed on the primary: join again");
    drop(agent);
    let again = join(&place, &at, "another long password", &[]);
    assert!(again.status.success() && words(&again).contains("stays what it is"), "{}", words(&again));
    let links = server.kept().links;
    let mut run = place.system(&["run"]);
    nowhere(&mut run);
    let _agent = Agent::start(&mut run);
    server.until("a link through the primary again", |kept| (kept.links > links).then_some(()));
    assert_eq!(server.kept().enrolments.len(), 2, "it is the system that it was");
}

#[test]
fn the_only_way_may_be_through_the_primary_and_another_primary_is_not_taken_for_it() {
    let (server, place) = (Server::start(), Place::new());
    let primary = Primary::new(&server);
    let at = primary.open(PASSWORD);
    let joined = join(&place, &at, PASSWORD, &["--via-primary"]);
    assert!(joined.status.success(), "{}", words(&joined));
    assert!(server.kept().enrolments.last().unwrap().1.about.via_primary);
    let other = Primary::new(&server);
    let elsewhere = other.open(PASSWORD);
    let path = place.state().join("primary.json");
    let moved = std::fs::read_to_string(&path).unwrap().replace(&at, &elsewhere);
    std::fs::write(&path, moved).unwrap();
    let agent = Agent::start(&mut place.system(&["run"]));
    agent.says("its key is another one");
}
