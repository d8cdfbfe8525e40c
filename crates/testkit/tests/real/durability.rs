//! What was acknowledged is there: after `kill -9` under load, and on the disk before the answer.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use vigie_db::{Engine, Options, testing::TestDatabase};
use vigie_kernel::{AgentId, Clock as _, SystemClock, Timestamp};
use vigie_testkit::sim::{Fleet, Options as Variety};
use vigie_wire::{
    Sections,
    sections::state_of,
    sync::{self, Enrolled, Enrolment, Synchronisation},
};

use crate::server::{Server, Settings};

/// An agent that sends its whole inventory at each round.
pub(crate) struct Agent {
    id: AgentId,
    machine: u64,
}

/// Speaks to a server as agents do.
#[derive(Clone)]
pub(crate) struct Portal {
    http: reqwest::Client,
    url: String,
    token: String,
    fleet: Fleet,
    /// When all inventories say that they were taken and sent: a resend is the same to the last byte.
    at: Timestamp,
}

impl Portal {
    pub(crate) async fn open(server: &Server) -> Self {
        let (id, secret) = (&server.client_id, &server.client_secret);
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=agents");
        let request = server.http.post(format!("{}{}", server.url, sync::TOKEN_PATH)).body(form);
        let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        let token: Value = answer.json().await.unwrap();
        Self {
            http: server.http.clone(),
            url: server.url.clone(),
            token: token["access_token"].as_str().unwrap().to_owned(),
            fleet: Fleet::with_options(11, Variety { changes: vec![1.0], ..Variety::default() }),
            at: SystemClock.now(),
        }
    }

    pub(crate) async fn enrol(&self, machine: u64) -> Agent {
        let key = self.fleet.machine(machine).signing_key();
        let public_key = sync::public_key(&key);
        let enrolment = Enrolment {
            format: sync::FORMAT,
            proof: sync::sign(&key, &sync::enrolment_text(&public_key)),
            public_key,
            name: None,
            agent_version: "1".to_owned(),
            platform: "linux".to_owned(),
            tag: None,
        };
        let request = self.http.post(format!("{}{}", self.url, sync::ENROLMENT_PATH)).bearer_auth(&self.token);
        let answer = request.json(&json!(enrolment)).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        Agent { id: answer.json::<Enrolled>().await.unwrap().agent_id, machine }
    }

    /// What the machine holds in a round: the first is installed, each later one changes something.
    fn sections(&self, machine: u64, round: u32) -> Sections {
        self.fleet.machine(machine).sections(round)
    }

    /// Whether the inventory of a round was acknowledged.
    pub(crate) async fn deliver(&self, agent: &Agent, round: u32) -> bool {
        let machine = self.fleet.machine(agent.machine);
        let sections = self.sections(agent.machine, round);
        let body = sync::pack(&Synchronisation {
            format: sync::FORMAT,
            sequence: u64::from(round),
            sent_at: self.at,
            collected_at: self.at,
            agent: machine.agent_status(),
            identity: machine.identity(),
            state: state_of(&sections.digests()),
            sections,
            ..Synchronisation::default()
        });
        let body = body.unwrap();
        let signature = sync::sign(&machine.signing_key(), &sync::synchronisation_text(agent.id, &body));
        let request = self.http.post(format!("{}{}", self.url, sync::SYNCHRONISATION_PATH)).bearer_auth(&self.token);
        let request =
            request.header("content-type", sync::CONTENT_TYPE).header(sync::AGENT_HEADER, agent.id.to_string());
        match request.header(sync::SIGNATURE_HEADER, signature).body(body).send().await {
            Ok(answer) if answer.status().is_success() => true,
            Ok(answer) => panic!("refused: {} {}", answer.status(), answer.text().await.unwrap_or_default()),
            // The server is gone.
            Err(_) => false,
        }
    }
}

/// The rounds of a machine that were sent last and acknowledged last; 0: none.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) sent: u32,
    pub(crate) acknowledged: u32,
}

/// Agents report without a pause until the server is killed; what each of them was told.
async fn report_until_killed(server: &mut Server, portal: &Portal) -> HashMap<u64, Told> {
    const AGENTS: u64 = 24;
    let told = Arc::new(Mutex::new(HashMap::<u64, Told>::new()));
    let mut agents = tokio::task::JoinSet::new();
    for machine in 0..AGENTS {
        let (portal, told) = (portal.clone(), Arc::clone(&told));
        let agent = portal.enrol(machine).await;
        agents.spawn(async move {
            for round in 1.. {
                told.lock().unwrap().entry(machine).or_default().sent = round;
                if !portal.deliver(&agent, round).await {
                    return;
                }
                told.lock().unwrap().entry(machine).or_default().acknowledged = round;
            }
        });
    }
    // In the midst of it: most have an inventory, all are sending the next.
    while told.lock().unwrap().values().map(|told| u64::from(told.acknowledged)).sum::<u64>() < 3 * AGENTS {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.kill();
    while let Some(ended) = agents.join_next().await {
        ended.unwrap();
    }
    let told = told.lock().unwrap().clone();
    assert!(told.values().any(|told| told.sent > told.acknowledged), "nothing was on its way: {told:?}");
    told
}

/// Every machine has what was acknowledged last, or what was on its way, and has it whole.
pub(crate) async fn nothing_is_lost_or_half(server: &Server, portal: &Portal, told: &HashMap<u64, Told>) {
    let list = server.get("/api/v1/pending-equipment?limit=200").await;
    let mut found = HashMap::new();
    for item in list["items"].as_array().unwrap() {
        let id = item["id"].as_str().unwrap();
        let inventory = server.get(&format!("/api/v1/pending-equipment/{id}/inventory")).await;
        let sections: Sections = serde_json::from_value(inventory["sections"].clone()).unwrap();
        found.insert(item["name"].as_str().unwrap().to_owned(), sections.digests());
    }
    for (machine, told) in told {
        let name = portal.fleet.machine(*machine).name().to_owned();
        let of = |round| portal.sections(*machine, round).digests();
        match found.remove(&name) {
            None => assert_eq!(told.acknowledged, 0, "{name} is lost: {told:?}"),
            Some(stored) => assert!(
                (told.acknowledged.max(1)..=told.sent).any(|round| of(round) == stored),
                "{name} holds none of the rounds that it may hold: {told:?}"
            ),
        }
    }
    assert!(found.is_empty(), "machines that never reported: {:?}", found.keys());
}

async fn survives_kill(database: Option<String>) {
    let mut server = Server::start_with(Settings { database, trace: None }).await;
    let portal = Portal::open(&server).await;
    let told = report_until_killed(&mut server, &portal).await;
    server.start_again().await;
    nothing_is_lost_or_half(&server, &portal, &told).await;
    // What was on its way arrives when it is sent again, whether it had arrived already or not.
    let portal = Portal { http: server.http.clone(), ..portal };
    for (machine, told) in &told {
        let agent = portal.enrol(*machine).await;
        assert!(portal.deliver(&agent, told.sent).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9_under_load_on_sqlite() {
    survives_kill(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9_under_load_on_postgresql() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let Options::Postgres(url) = database.options.clone() else { unreachable!("a PostgreSQL was asked for") };
    database.db.close().await;
    survives_kill(Some(url)).await;
}

/// When the write-ahead log was made durable, from and to, seconds since 1970; strace's lines.
fn syncs(trace: &Path) -> Vec<(f64, f64)> {
    let mut begun: HashMap<String, (f64, bool)> = HashMap::new();
    let mut syncs = Vec::new();
    for line in std::fs::read_to_string(trace).unwrap().lines() {
        let mut words = line.split_whitespace();
        let (Some(process), Some(Ok(at))) = (words.next(), words.next().map(str::parse::<f64>)) else { continue };
        let of_log = line.contains("-wal>");
        if line.contains("unfinished") {
            begun.insert(process.to_owned(), (at, of_log));
        } else if line.contains("resumed") {
            if let Some((start, true)) = begun.remove(process) {
                syncs.push((start, at));
            }
        } else if of_log
            && let Some(took) = line.rsplit_once('<').and_then(|(_, it)| it.trim_end_matches('>').parse::<f64>().ok())
        {
            syncs.push((at, at + took));
        }
    }
    syncs
}

#[expect(clippy::disallowed_methods, reason = "strace writes the time of the real clock")]
fn seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledgement_comes_after_the_disk_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let server = Server::start_with(Settings { database: None, trace: Some(trace.clone()) }).await;
    let portal = Portal::open(&server).await;
    let mut delivered = Vec::new();
    for machine in 0..8 {
        let agent = portal.enrol(machine).await;
        for round in 1..=3 {
            let sent = seconds();
            assert!(portal.deliver(&agent, round).await);
            delivered.push((sent, seconds()));
        }
    }
    drop(server);
    let syncs = syncs(&trace);
    for (sent, acknowledged) in delivered {
        assert!(
            syncs.iter().any(|(from, to)| *from > sent && *to < acknowledged),
            "sent at {sent}, acknowledged at {acknowledged}, and nothing was made durable between: {syncs:?}"
        );
    }
}
