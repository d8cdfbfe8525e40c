//! Both ends against a network that cuts, delays and delivers late, and a server that stores late and forgets to say so:
//! whatever happens, each note is stored once and in order, and when the network is well again, all are.

use std::{collections::VecDeque, time::Duration};

use proptest::prelude::*;
use vigie_kernel::Timestamp;

use super::{
    FORMAT, Fault, SILENCE,
    agent::{self, Agent, Spool},
    frame,
    message::{About, FromServer, NoteBody, RefusalCode},
    server::{self, Server},
};

#[derive(Debug, Clone)]
enum Step {
    /// The agent takes something down.
    Note,
    /// So many bytes arrive at the server, or at the agent.
    Up(u16),
    Down(u16),
    /// What the server heard becomes durable, or only some of it.
    Store(u8),
    /// The agent loses its connection and opens another; the server has not noticed.
    Reopen,
    /// The server's end is gone, with what was not durable.
    ServerRestarts,
    /// The agent starts again from its disk.
    AgentRestarts,
    /// Time passes, seconds.
    Wait(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Note),
        8 => (1_u16..600).prop_map(Step::Up),
        8 => (1_u16..600).prop_map(Step::Down),
        4 => (1_u8..10).prop_map(Step::Store),
        1 => Just(Step::Reopen),
        1 => Just(Step::ServerRestarts),
        1 => Just(Step::AgentRestarts),
        2 => (1_u8..12).prop_map(Step::Wait),
    ]
}

/// One connection: both ends and what is on the way.
struct Connection {
    agent: Agent,
    server: Server,
    up: VecDeque<u8>,
    down: VecDeque<u8>,
    /// Notes that this end of the server heard and has not stored.
    heard: VecDeque<u64>,
}

struct World {
    spool: Spool,
    /// What the server stored, in the order in which it did.
    stored: Vec<u64>,
    now: Duration,
    /// The last is the present one; the server still hears from those before it.
    connections: Vec<Connection>,
    made: u64,
}

impl World {
    fn new() -> Self {
        let mut world =
            Self { spool: Spool::new(1), stored: vec![], now: Duration::ZERO, connections: vec![], made: 0 };
        world.open();
        world
    }

    fn open(&mut self) {
        let agent = Agent::open(About::default(), &self.spool, self.now);
        let server = Server::open(self.now);
        let (up, down, heard) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        self.connections.push(Connection { agent, server, up, down, heard });
    }

    fn last_stored(&self) -> u64 {
        self.stored.last().copied().unwrap_or(0)
    }

    /// Moves what the ends have said, and does what they ask for. Answers whether the present link is over.
    fn settle(&mut self) -> bool {
        let (count, stored) = (self.connections.len(), self.last_stored());
        let mut over = false;
        let mut greeted = None;
        for (at, it) in self.connections.iter_mut().enumerate() {
            while let Some(event) = it.server.next_event() {
                match event {
                    server::Event::Hello { spool, .. } => {
                        assert_eq!(spool, 1);
                        it.server.welcome(stored, Timestamp::from_millis(0));
                        greeted = Some(at);
                    }
                    server::Event::Heartbeat { number } => it.server.alive(number, Timestamp::from_millis(0)),
                    server::Event::Note(note) => it.heard.push_back(note.sequence),
                    server::Event::Lost(_) => panic!("nothing was let go of"),
                    other @ (server::Event::Standing { .. }
                    | server::Event::SignInAgain
                    | server::Event::Synchronise(_)
                    | server::Event::WantToken { .. }
                    | server::Event::WantCertificate { .. }
                    | server::Event::Ordered { .. }) => {
                        panic!("nobody said {other:?}")
                    }
                    server::Event::Ended(fault) => assert_eq!(fault, Fault::Silent, "the server found fault"),
                }
            }
            while let Some(event) = it.agent.next_event() {
                match event {
                    agent::Event::Ended(Fault::Silent | Fault::Refused { .. }) => over |= at + 1 == count,
                    agent::Event::Ended(fault) => panic!("the agent found fault: {fault}"),
                    agent::Event::SignIn { .. } => panic!("nobody signed in"),
                    other @ (agent::Event::AlertRules(_)
                    | agent::Event::Order(_)
                    | agent::Event::Token { .. }
                    | agent::Event::Certificate { .. }
                    | agent::Event::CertificatesAnew { .. }
                    | agent::Event::Synchronised { .. }) => panic!("nobody said {other:?}"),
                    agent::Event::Welcome { .. } | agent::Event::Time { .. } | agent::Event::Stored { .. } => {}
                }
            }
        }
        if let Some(at) = greeted {
            // The newest link of a system is the one that counts.
            for before in &mut self.connections[..at] {
                before.server.refuse(RefusalCode::Replaced, "another link was opened");
                before.heard.clear();
            }
        }
        for it in &mut self.connections {
            it.up.extend(it.agent.take_output());
            it.down.extend(it.server.take_output());
        }
        over
    }

    fn act(&mut self, step: &Step) {
        let last = self.connections.len() - 1;
        match *step {
            Step::Note => {
                self.made = self.spool.add(Timestamp::from_millis(0), NoteBody::About(About::default()));
                self.connections[last].agent.pump(&self.spool);
            }
            Step::Up(bytes) => {
                // Also what a connection of before still carries.
                for it in &mut self.connections {
                    let piece: Vec<u8> = it.up.drain(..usize::from(bytes).min(it.up.len())).collect();
                    if !piece.is_empty() {
                        it.server.received(&piece, self.now);
                    }
                }
            }
            Step::Down(bytes) => {
                let it = &mut self.connections[last];
                let piece: Vec<u8> = it.down.drain(..usize::from(bytes).min(it.down.len())).collect();
                if !piece.is_empty() {
                    it.agent.received(&piece, &mut self.spool, self.now);
                }
            }
            Step::Store(count) => {
                let end = self.connections.iter().rposition(|it| !it.heard.is_empty());
                let Some(it) = end.map(|at| &mut self.connections[at]) else { return };
                for _ in 0..count {
                    let Some(sequence) = it.heard.pop_front() else { break };
                    self.stored.push(sequence);
                    it.server.stored(sequence);
                }
            }
            Step::Reopen => self.open(),
            Step::ServerRestarts => {
                self.connections.clear();
                self.open();
            }
            Step::AgentRestarts => {
                let json = serde_json::to_string(&self.spool).unwrap();
                self.spool = serde_json::from_str(&json).unwrap();
                self.open();
            }
            Step::Wait(seconds) => {
                self.now += Duration::from_secs(seconds.into());
                for it in &mut self.connections {
                    it.agent.tick(self.now);
                    it.server.tick(self.now);
                }
            }
        }
        if self.settle() {
            self.open();
            self.settle();
        }
        let in_order: Vec<u64> = (1..=self.last_stored()).collect();
        assert_eq!(self.stored, in_order, "each once, in order");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn each_note_is_stored_once_and_in_order_whatever_happens(steps in proptest::collection::vec(step(), 0..160)) {
        let mut world = World::new();
        for step in &steps {
            world.act(step);
        }
        // The network is well again.
        world.act(&Step::Reopen);
        for _ in 0..2000 {
            for step in [Step::Up(600), Step::Store(50), Step::Down(600)] {
                world.act(&step);
            }
        }
        prop_assert_eq!(world.last_stored(), world.made);
        prop_assert_eq!(world.spool.kept().count(), 0, "and the agent knows it");
    }
}

#[test]
fn an_old_copy_of_a_spool_is_found_out_and_said_under_a_new_name() {
    let mut spool = Spool::new(1);
    spool.add(Timestamp::from_millis(0), NoteBody::Unknown);
    let mut agent = Agent::open(About::default(), &spool, Duration::ZERO);
    let mut welcome = Vec::new();
    let said = FromServer::Welcome { format: FORMAT, now: Timestamp::from_millis(0), stored: 5, heartbeat: 10 };
    frame::write(&said, &mut welcome).unwrap();
    agent.received(&welcome, &mut spool, Duration::ZERO);
    assert_eq!(agent.next_event(), Some(agent::Event::Ended(Fault::Behind)));
    let mut spool = spool.begun_anew(2);
    assert_eq!(spool.kept().map(|note| note.sequence).collect::<Vec<_>>(), [1], "nothing that is kept is lost");
    assert_eq!(spool.add(Timestamp::from_millis(0), NoteBody::Unknown), 2);
}

#[test]
fn silence_is_noticed_by_both_ends_and_heartbeats_break_it() {
    let mut world = World::new();
    for _ in 0..60 {
        for step in [Step::Up(600), Step::Down(600), Step::Wait(2)] {
            world.act(&step);
        }
    }
    assert_eq!(world.connections.len(), 1, "two minutes and still the same link");
    let mut waited = 0;
    while world.connections.len() == 1 {
        world.act(&Step::Wait(1));
        waited += 1;
    }
    // The last answer was heard at most a heartbeat ago.
    let least = SILENCE.as_secs() - super::HEARTBEAT.as_secs() - 3;
    assert!((least..=30).contains(&waited), "noticed after {waited} s");
}
