//! The way to the server: proxies, addresses, certificates.

use crate::{
    agent::{Agent, Place},
    double::{Certificate, proxy::Proxy},
    server::{Server, TOKEN},
};

/// `jo:p@ss`, as the header has it.
const CREDENTIALS: &str = "Basic am86cEBzcw==";

#[test]
fn a_proxy_that_wants_a_password_is_passed() {
    let (server, place) = (Server::start(), Place::new());
    let proxy = Proxy::start(Some(CREDENTIALS));
    let url = |credentials: &str| format!("http://{credentials}127.0.0.1:{}", proxy.port);
    let start = |proxy: &str| {
        let mut command = place.run(&server);
        Agent::start(command.args(["--enrolment-token", TOKEN, "--proxy", proxy]))
    };
    let agent = start(&url(""));
    agent.says("wants a user and a password");
    agent.kill();
    let agent = start(&url("jo:wrong@"));
    agent.says("refuses this user and password");
    assert!(!agent.log().contains("wrong"), "{}", agent.log());
    agent.kill();
    assert!(server.kept().enrolments.is_empty());
    let _agent = start(&url("jo:p%40ss@"));
    server.linked();
    assert!(proxy.tunnels() >= 2, "the enrolment and the link");
}

#[test]
fn the_proxy_of_the_environment_is_used_unless_it_excepts_the_server() {
    let (server, place) = (Server::start(), Place::new());
    let proxy = Proxy::start(None);
    let url = format!("http://127.0.0.1:{}", proxy.port);
    let mut command = place.run(&server);
    let agent = Agent::start(command.args(["--enrolment-token", TOKEN]).env("HTTPS_PROXY", &url));
    server.linked();
    let tunnels = proxy.tunnels();
    assert!(tunnels >= 2);
    agent.kill();
    let _agent = Agent::start(place.run(&server).env("https_proxy", &url).env("NO_PROXY", "localhost,127.0.0.1"));
    server.until("a second link", |kept| (kept.links == 2).then_some(()));
    assert_eq!(proxy.tunnels(), tunnels);
}

#[test]
fn ipv6_is_a_way_as_good_as_the_other() {
    let (server, place) = (Server::at("[::1]:0", &Certificate::default()), Place::new());
    let _agent = place.start(&server);
    server.linked();
    assert_eq!(server.kept().abouts[0].address, "::1");
}

#[test]
fn a_name_with_two_addresses_is_tried_at_both() {
    // `localhost` is ::1 and 127.0.0.1, or only the latter: the server is at the one that comes last.
    let (server, place) = (Server::start(), Place::new());
    let mut command = place.system(&["run", "--enrolment-token", TOKEN, "--ca"]);
    let _agent = Agent::start(
        command.arg(&server.ca).args(["--server", &format!("https://localhost:{}", server.address.port())]),
    );
    server.linked();
}

#[test]
fn a_server_whose_certificate_is_not_good_hears_nothing() {
    let (server, other, place) = (Server::start(), Server::start(), Place::new());
    let refused = |server: &Server, ca: &Server, words: &str| {
        let mut command = place.system(&["run", "--enrolment-token", TOKEN, "--server", &server.url(), "--ca"]);
        let agent = Agent::start(command.arg(&ca.ca));
        agent.says(words);
        assert!(server.kept().enrolments.is_empty());
    };
    refused(&server, &other, "another CA of the same name");
    let expired = Server::at("127.0.0.1:0", &Certificate { expired: true, ..Certificate::default() });
    refused(&expired, &expired, "has expired");
    let named = Server::at("127.0.0.1:0", &Certificate { names: &["vigie.example"], expired: false });
    refused(&named, &named, "wrong name");
}

#[test]
fn what_is_no_server_is_told() {
    let place = Place::new();
    let server = Server::start();
    let mut command = place.system(&["run", "--enrolment-token", TOKEN, "--server", "https://127.0.0.1:1", "--ca"]);
    let agent = Agent::start(command.arg(&server.ca));
    agent.says("nothing listens at this port");
    let output =
        place.system(&["run", "--enrolment-token", TOKEN, "--server", "http://vigie.example"]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("https://"));
}
