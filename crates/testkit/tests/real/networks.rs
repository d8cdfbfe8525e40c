//! A customer's network: real agents and a real server. One system joins at the primary by the link password, one has no
//! way to the server but through it, and the primary's owner enables the service user on all of them.

use std::{
    io::Write as _,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::server::{Server, printed, program};

const PASSWORD: &str = "a good long password";

/// One system: its folder, and its agent while it runs.
struct System {
    folder: tempfile::TempDir,
    agent: Option<Child>,
}

impl Drop for System {
    fn drop(&mut self) {
        if let Some(mut agent) = self.agent.take() {
            let _ = agent.kill();
            let _ = agent.wait();
        }
    }
}

impl System {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), agent: None }
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut agent = Command::new(program("vigie-agent"));
        agent.arg("system").args(arguments).arg("--state-dir").arg(self.state());
        agent
    }

    /// What a command of the owner says that is told a password.
    fn told(&self, arguments: &[&str], password: &str, cut_off: bool) -> Output {
        let mut command = self.command(arguments);
        if cut_off {
            nowhere(&mut command);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        child.wait_with_output().unwrap()
    }

    fn run(&mut self, arguments: &[&str], cut_off: bool) {
        let mut command = self.command(&[&["run"], arguments].concat());
        if cut_off {
            nowhere(&mut command);
        }
        self.agent = Some(command.stdin(Stdio::null()).spawn().unwrap());
    }
}

/// Nothing is at this proxy: whoever has to go through it does not come to the server.
fn nowhere(command: &mut Command) {
    command.env("VIGIE_AGENT_PROXY", "http://127.0.0.1:1");
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What the server says of the systems, in the order in which they enrolled, once it is so.
async fn until(server: &Server, so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let mut systems = Vec::new();
    for _ in 0..600 {
        systems.clone_from(server.get("/api/v1/systems").await["items"].as_array().unwrap());
        systems.sort_by_key(|it| it["enrolled_at"].as_str().unwrap().to_owned());
        if so(&systems) {
            return systems;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it is not so: {systems:#?}");
}

fn are(systems: &[Value], member: &str, wanted: &[Value]) -> bool {
    systems.iter().map(|it| &it[member]).eq(wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn systems_join_at_the_primary_reach_the_server_through_it_and_are_synchronised_by_it() {
    let server = Server::start().await;
    let reseller = server.get("/api/v1/resellers").await["items"][0]["id"].clone();
    let path = format!("{}/api/v1/enrolment-tokens", server.url);
    let made = server.http.post(path).bearer_auth(&server.token).json(&json!({ "reseller_id": reseller })).send().await;
    let token = made.unwrap().json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let at = format!("127.0.0.1:{port}");
    let ca = server.ca();
    let mut primary = System::new();
    let place = ["--server", &server.url, "--ca", ca.to_str().unwrap(), "--link-listen", &at];
    primary.run(&[&place[..], &["--enrolment-token", &token]].concat(), false);
    until(&server, |it| are(it, "connectivity", &[json!("connected")])).await;

    // Off until its owner sets a password; then who knows it comes in.
    let (mut direct, mut through) = (System::new(), System::new());
    let join = ["join", "--primary", &at];
    let off = direct.told(&join, PASSWORD, false);
    assert!(!off.status.success() && words(&off).contains("nothing listens"), "{}", words(&off));
    let set = primary.told(&["link-password", "--password-stdin"], PASSWORD, false);
    assert!(words(&set).contains("link password          on"), "{}", words(&set));
    let mut joined = direct.told(&join, "another long password", false);
    for _ in 0..100 {
        // Its agent looks once a second.
        if !words(&joined).contains("nothing listens") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        joined = direct.told(&join, "another long password", false);
    }
    assert!(words(&joined).contains("the link password is another one"), "{}", words(&joined));
    let joined = direct.told(&join, PASSWORD, false);
    assert!(joined.status.success(), "{}", words(&joined));
    direct.run(&[], false);
    let joined = through.told(&[&join[..], &["--service-user", "by-hand"]].concat(), PASSWORD, true);
    assert!(joined.status.success(), "{}", words(&joined));
    through.run(&[], true);
    let states = [json!("connected"), json!("connected"), json!("no_authorisation")];
    let systems = until(&server, |it| are(it, "connectivity", &states)).await;
    assert!(are(&systems, "place", &[json!("primary"), json!("application"), json!("application")]), "{systems:#?}");
    assert!(are(&systems, "via_primary", &[json!(false), json!(false), json!(true)]), "{systems:#?}");
    assert!(systems.iter().all(|it| it["customer"] == systems[0]["customer"] && it["synchronised"].is_null()));

    // Enable and synchronise: also where the owner had not switched the service user on.
    let synchronised = primary.told(&["synchronise", "--password-stdin"], "one for all of them", false);
    assert!(synchronised.status.success(), "{}", words(&synchronised));
    assert!(words(&synchronised).contains("on all 3 systems"), "{}", words(&synchronised));
    let connected = [json!("connected"), json!("connected"), json!("connected")];
    let yes = [json!(true), json!(true), json!(true)];
    until(&server, |it| are(it, "connectivity", &connected) && are(it, "synchronised", &yes)).await;
    for system in [&primary, &direct, &through] {
        assert!(printed(&mut system.command(&["show"])).contains("vigie, on"));
    }
    let refused = direct.told(&["synchronise", "--password-stdin"], "not for it to say", false);
    assert!(!refused.status.success() && words(&refused).contains("not the primary"), "{}", words(&refused));

    // Added later: not synchronised until it is repeated.
    let mut late = System::new();
    assert!(late.told(&join, PASSWORD, false).status.success());
    late.run(&[], false);
    let not_yet = [json!(true), json!(true), json!(true), json!(false)];
    until(&server, |it| are(it, "synchronised", &not_yet)).await;
    let again = primary.told(&["synchronise", "--password-stdin"], "one for all four", false);
    assert!(again.status.success() && words(&again).contains("on all 4 systems"), "{}", words(&again));

    // Without the password there is no way through the primary any more.
    printed(&mut primary.command(&["link-password", "--off"]));
    let ways = [json!("connected"), json!("connected"), json!("unreachable"), json!("connected")];
    until(&server, |it| are(it, "connectivity", &ways)).await;
}
