//! Agents as they are installed: Debian's FusionInventory and OCS Inventory agents, unmodified, and our own. `cargo xtask
//! test` installs the one and builds the other; these tests do not skip.

use std::{collections::BTreeSet, path::Path, process::Command};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::Value;

use crate::server::{Server, printed, program};

/// Name, version and architecture of every installed package.
fn dpkg() -> BTreeSet<(String, String, String)> {
    let list = printed(
        Command::new("dpkg-query")
            .args(["--show", "--showformat=${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\n"]),
    );
    list.lines()
        .filter_map(|line| line.strip_prefix("installed\t"))
        .map(|line| {
            let mut fields = line.split('\t').map(ToOwned::to_owned);
            (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap())
        })
        .collect()
}

fn names_and_versions(packages: &[Value]) -> BTreeSet<(String, String)> {
    packages
        .iter()
        .map(|software| {
            (software["name"].as_str().unwrap().to_owned(), software["version"].as_str().unwrap_or_default().to_owned())
        })
        .collect()
}

fn assert_same_packages(found: &[Value]) {
    let expected: BTreeSet<_> = dpkg().into_iter().map(|(name, version, _)| (name, version)).collect();
    let names = names_and_versions(found);
    let (missing, more): (Vec<_>, Vec<_>) =
        (expected.difference(&names).collect(), names.difference(&expected).collect());
    assert!(missing.is_empty() && more.is_empty(), "missing {missing:?}, too many {more:?}");
    assert_eq!(found.len(), dpkg().len());
}

fn fusioninventory(server: &Server) {
    printed(
        Command::new("fusioninventory-agent")
            .args(["--server", &format!("{}/inventory", server.url)])
            .args(["--user", &server.client_id, "--password", &server.client_secret])
            .args(["--ca-cert-file", &server.ca().display().to_string()])
            .args(["--tasks", "inventory", "--force", "--logger", "stderr", "--no-httpd"]),
    );
}

fn ocsinventory(server: &Server, state: &Path) {
    printed(
        Command::new("ocsinventory-agent")
            .args([
                &format!("--server={}/ocsinventory", server.url),
                "--realm=Vigie",
                "--force",
                "--ssl=1",
                "--nolocal",
            ])
            // This agent keeps both in base64, and takes them so.
            .args([format!("--user={}", BASE64.encode(&server.client_id))])
            .args([format!("--password={}", BASE64.encode(&server.client_secret))])
            .args([&format!("--ca={}", server.ca().display()), &format!("--basevardir={}", state.display())]),
    );
}

fn native(server: &Server, state: &Path) {
    let program = program("vigie-agent");
    printed(
        Command::new(program)
            .args(["sync", "--now", "--server", &server.url, "--client-id", &server.client_id])
            .args(["--client-secret", &server.client_secret, "--ca", &server.ca().display().to_string()])
            .args(["--state-dir", &state.display().to_string()])
            // It finds everything without asking other programs.
            .env("PATH", ""),
    );
}

#[tokio::test]
async fn fusioninventory_delivers_twice_and_is_one_machine() {
    let server = Server::start().await;
    fusioninventory(&server);
    let first = server.only_pending("fusioninventory").await;
    assert_same_packages(&server.packages(&first).await);
    fusioninventory(&server);
    let again = server.only_pending("fusioninventory").await;
    assert_eq!(first["id"], again["id"]);
    assert_ne!(first["received_at"], again["received_at"], "the second one arrived, too");
    assert_same_packages(&server.packages(&again).await);
}

#[tokio::test]
async fn ocsinventory_delivers_twice_and_is_one_machine() {
    let server = Server::start().await;
    let state = server.folder("ocs");
    ocsinventory(&server, &state);
    let first = server.only_pending("ocs").await;
    assert_same_packages(&server.packages(&first).await);
    ocsinventory(&server, &state);
    let again = server.only_pending("ocs").await;
    assert_eq!(first["id"], again["id"]);
    assert_ne!(first["received_at"], again["received_at"], "the second one arrived, too");
    assert_same_packages(&server.packages(&again).await);
}

#[tokio::test]
async fn our_agent_lists_exactly_what_dpkg_lists_with_an_empty_path() {
    let server = Server::start().await;
    let state = server.folder("agent");
    native(&server, &state);
    let first = server.only_pending("vigie").await;
    let packages = server.packages(&first).await;
    let found: BTreeSet<_> = packages
        .iter()
        .map(|software| {
            let text = |name: &str| software[name].as_str().unwrap().to_owned();
            (text("name"), text("version"), text("architecture"))
        })
        .collect();
    assert_eq!(found, dpkg());
    assert_eq!(packages.len(), dpkg().len());
    native(&server, &state);
    assert_eq!(server.only_pending("vigie").await["id"], first["id"]);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_and_the_agent_says_so() {
    let mut server = Server::start().await;
    server.client_secret = "wrong".to_owned();
    let state = server.folder("agent");
    let output = Command::new(program("vigie-agent"))
        .args(["sync", "--now", "--server", &server.url, "--client-id", &server.client_id])
        .args(["--client-secret", &server.client_secret, "--ca", &server.ca().display().to_string()])
        .args(["--state-dir", &state.display().to_string()])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("secret") || said.contains("client-unknown"), "{said}");
    let list = server.get("/api/v1/pending-equipment").await;
    assert_eq!(list["total"], 0, "{list}");
}
