//! The server itself is backed up while agents report without a pause, lost with all it had, and restored on an empty
//! machine: what was acknowledged before the backup is there, and people and agents come in as before.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use vigie_db::{Engine, Options, testing::TestDatabase};

use crate::{
    durability::{Portal, Told, nothing_is_lost_or_half},
    server::{Server, Settings, printed},
};

const AGENTS: u64 = 12;

type Rounds = Arc<Mutex<HashMap<u64, Told>>>;

fn acknowledged(rounds: &Rounds) -> u64 {
    rounds.lock().unwrap().values().map(|it| u64::from(it.acknowledged)).sum()
}

async fn until_acknowledged(rounds: &Rounds, number: u64) {
    while acknowledged(rounds) < number {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Backs up while agents report; what each had been told before, and what each had sent at the end.
async fn back_up_under_load(server: &Server, portal: &Portal, file: &Path) -> HashMap<u64, Told> {
    let rounds = Rounds::default();
    let enough = Arc::new(AtomicBool::new(false));
    let mut agents = tokio::task::JoinSet::new();
    for machine in 0..AGENTS {
        let (portal, rounds, enough) = (portal.clone(), rounds.clone(), enough.clone());
        let agent = portal.enrol(machine).await;
        agents.spawn(async move {
            for round in 1.. {
                if enough.load(Ordering::Relaxed) {
                    return;
                }
                rounds.lock().unwrap().entry(machine).or_default().sent = round;
                assert!(portal.deliver(&agent, round).await, "the server takes inventories all the time");
                rounds.lock().unwrap().entry(machine).or_default().acknowledged = round;
            }
        });
    }
    until_acknowledged(&rounds, 2 * AGENTS).await;
    let before = rounds.lock().unwrap().clone();
    let mut command = server.vigie(&["backup", "create", "--to"]);
    command.arg(file);
    let said = tokio::task::spawn_blocking(move || printed(&mut command)).await.unwrap();
    assert!(said.contains("SHA-256 "), "{said}");
    // They go on as if nothing had been.
    until_acknowledged(&rounds, acknowledged(&rounds) + AGENTS).await;
    enough.store(true, Ordering::Relaxed);
    while let Some(ended) = agents.join_next().await {
        ended.unwrap();
    }
    let after = rounds.lock().unwrap().clone();
    let told = |(machine, told): (u64, Told)| (machine, Told { sent: after[&machine].sent, ..told });
    before.into_iter().map(told).collect()
}

async fn comes_back(database: Option<String>, elsewhere: Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vigie.tar.zst");
    let mut server = Server::start_with(Settings { database, trace: None }).await;
    let password = printed(&mut server.vigie(&["admin", "reset-password", "--user", "admin"]));
    let client = printed(&mut server.vigie(&["admin", "agent-client"]));
    let portal = Portal::open(&server).await;
    let told = back_up_under_load(&server, &portal, &file).await;
    printed(
        std::process::Command::new(crate::server::program("vigie")).args(["backup", "verify", "--from"]).arg(&file),
    );
    let trail = server.get("/api/v1/audit?action=backup.create").await;
    assert_eq!(trail["items"][0]["object"]["name"], "vigie.tar.zst", "{trail}");

    server.restore_elsewhere(&file, elsewhere).await;

    nothing_is_lost_or_half(&server, &portal, &told).await;
    assert_eq!(printed(&mut server.vigie(&["admin", "agent-client"])), client, "the agents' secret opens");
    let sign_in = json!({ "login": "admin", "password": password.trim() });
    let answer = server.http.post(format!("{}/api/v1/session", server.url)).json(&sign_in).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    // The same agents with the same keys report to the same authority.
    let portal = Portal::open(&server).await;
    for (machine, told) in &told {
        let agent = portal.enrol(*machine).await;
        assert!(portal.deliver(&agent, told.sent + 1).await);
    }
    let trail: Value = server.get("/api/v1/audit?action=backup.restore").await;
    assert_eq!(trail["items"][0]["object"]["name"], "vigie.tar.zst", "{trail}");
}

async fn postgres() -> String {
    let database = TestDatabase::new(Engine::Postgres).await;
    let Options::Postgres(url) = database.options.clone() else { unreachable!("a PostgreSQL was asked for") };
    database.db.close().await;
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_backed_up_under_load_comes_back_on_sqlite() {
    comes_back(None, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_backed_up_under_load_comes_back_on_postgresql() {
    comes_back(Some(postgres().await), Some(postgres().await)).await;
}
