//! What an agent and its server say to each other, over real TLS, in good days and bad.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs, unreachable_pub, dead_code)]

mod double;

use std::{cell::Cell, path::Path, time::Duration};

use double::{CLIENT_ID, CLIENT_SECRET, Certificate, Double, Fault};
use vigie_agent::{
    collect::{Collection, PLATFORM},
    config::{Given, Secret, Settings},
    portal::{Failure, Portal},
    sync::{Delivered, StateDir, Taken, When, synchronise},
};
use vigie_kernel::{Clock as _, Code, SystemRng, Timestamp, time::ManualClock};
use vigie_wire::{
    Section, Sections,
    inventory::{Runtime, Service, Software, System},
    sync::Outcome,
};

/// A machine with a state folder, its clock and what it would find now.
struct Machine {
    folder: tempfile::TempDir,
    settings: Settings,
    clock: ManualClock,
    sections: Sections,
    not_taken: Vec<Section>,
    collected: Cell<u32>,
}

impl Machine {
    fn of(double: &Double) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Given {
            server: Some(double.url()),
            ca: Some(double.ca.clone()),
            client_id: Some(CLIENT_ID.into()),
            client_secret: Some(Secret::from(CLIENT_SECRET.to_owned())),
            state_dir: Some(folder.path().join("state")),
            tag: Some("north".into()),
            ..Given::default()
        };
        Self {
            folder,
            settings: settings.settings().unwrap(),
            clock: ManualClock::new(Timestamp::from_millis(1_800_000_000_000)),
            sections: Sections {
                system: Some(System { name: Some("pc-1".into()), serial: Some("S1".into()), ..System::default() }),
                software: Some(vec![package("bash", "5.2")]),
                services: Some(vec![Service { name: Some("ssh".into()), ..Service::default() }]),
                runtime: Some(Runtime { processes: Some(7), ..Runtime::default() }),
                ..Sections::default()
            },
            not_taken: Vec::new(),
            collected: Cell::new(0),
        }
    }

    fn take(&self) -> Taken {
        self.collected.set(self.collected.get() + 1);
        let problems = self.not_taken.iter().map(|section| format!("{}: unreadable", section.as_str())).collect();
        let not_taken = self.not_taken.clone();
        let collection = Collection { sections: self.sections.clone(), problems, not_taken, ..Collection::default() };
        Taken::new(collection, self.clock.now())
    }

    fn state_dir(&self) -> &Path {
        &self.settings.state_dir
    }

    fn sync(&self, when: When) -> Result<Delivered, Failure> {
        self.sync_taken(when, &self.take())
    }

    fn sync_taken(&self, when: When, taken: &Taken) -> Result<Delivered, Failure> {
        let dir = StateDir::open(self.state_dir())?;
        let mut portal = Portal::new(&self.settings.connection)?;
        let Settings { connection, tag, .. } = &self.settings;
        let (server, tag) = (connection.server.as_str(), tag.as_deref());
        synchronise(&dir, &mut portal, server, tag, &self.clock, &SystemRng, when, taken, &|| self.take())
    }

    fn outcome(&self, when: When) -> Outcome {
        match self.sync(when).unwrap() {
            Delivered::Done { outcome, .. } => outcome,
            Delivered::NotDue => panic!("nothing was sent"),
        }
    }

    fn later(&self, hours: u64) {
        self.clock.advance(Duration::from_secs(hours * 3600));
    }
}

fn package(name: &str, version: &str) -> Software {
    Software { name: Some(name.into()), version: Some(version.into()), ..Software::default() }
}

#[test]
fn the_first_call_enrols_and_sends_everything() {
    let double = Double::start();
    let machine = Machine::of(&double);
    assert_eq!(machine.outcome(When::Due), Outcome::Full);
    let kept = double.kept();
    let agent = kept.agents.values().next().unwrap();
    assert_eq!(agent.enrolment.name.as_deref(), Some("pc-1"));
    assert_eq!(agent.enrolment.tag.as_deref(), Some("north"));
    let message = &kept.taken[0].1;
    assert_eq!(message.sections, machine.sections);
    assert_eq!(message.identity.serial.as_deref(), Some("S1"));
    assert_eq!((message.agent.status.as_str(), message.agent.platform.as_str()), ("ok", PLATFORM));
    assert_eq!(message.tag.as_deref(), Some("north"));
}

#[cfg(unix)]
#[test]
fn the_key_is_for_the_service_only_and_the_last_inventory_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let double = Double::start();
    let mut machine = Machine::of(&double);
    machine.outcome(When::Now);
    machine.sections.software = Some(vec![package("bash", "5.3")]);
    machine.sections.services = None;
    machine.outcome(When::Due);
    for file in ["agent.key", "state.json", "inventory.json"] {
        let mode = std::fs::metadata(machine.state_dir().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert_eq!(std::fs::metadata(machine.state_dir()).unwrap().permissions().mode() & 0o777, 0o700);
    let kept: Sections =
        serde_json::from_slice(&std::fs::read(machine.state_dir().join("inventory.json")).unwrap()).unwrap();
    assert_eq!(kept, machine.sections);
    let state = std::fs::read_to_string(machine.state_dir().join("state.json")).unwrap();
    assert!(!state.contains(CLIENT_SECRET));
}

#[test]
fn unchanged_data_is_sent_after_seven_days_or_on_demand_only() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    machine.outcome(When::Due);
    machine.later(1);
    machine.sections.runtime = Some(Runtime { processes: Some(99), ..Runtime::default() });
    assert_eq!(machine.sync(When::Due), Ok(Delivered::NotDue));
    assert_eq!(machine.outcome(When::Now), Outcome::Unchanged);
    {
        let kept = double.kept();
        let message = &kept.taken[1].1;
        assert_eq!(message.base.as_ref(), Some(&message.state));
        assert_eq!(message.sections.present(), [Section::Runtime]);
        assert_eq!(message.agent.version, env!("CARGO_PKG_VERSION"));
    }
    machine.later(7 * 24 - 1);
    assert_eq!(machine.sync(When::Due), Ok(Delivered::NotDue));
    machine.later(1);
    assert_eq!(machine.outcome(When::Due), Outcome::Unchanged);
}

#[test]
fn only_what_changed_travels_and_what_is_gone_is_named() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    machine.outcome(When::Due);
    machine.later(1);
    machine.sections.software = Some(vec![package("bash", "5.2"), package("zsh", "5.9")]);
    machine.sections.services = None;
    assert_eq!(machine.outcome(When::Due), Outcome::Delta);
    let kept = double.kept();
    let (before, message) = (&kept.taken[0].1, &kept.taken[1].1);
    assert_eq!(message.base.as_ref(), Some(&before.state));
    assert_eq!(message.sections.present(), [Section::Software, Section::Runtime]);
    assert_eq!(message.removed, [Section::Services]);
    assert!(message.sequence > before.sequence);
    assert!(kept.bodies[1].len() < 1024, "a delta of one package has {} bytes", kept.bodies[1].len());
}

/// As many packages as a workstation has, with what dpkg tells of each.
fn workstation() -> Vec<Software> {
    let package = |number: usize| Software {
        publisher: Some(format!("Maintainers of area {} <area{}@lists.example>", number % 40, number % 40)),
        source: Some("dpkg".into()),
        architecture: Some("amd64".into()),
        install_date: Some(format!("2025-{:02}-{:02}", 1 + number % 12, 1 + number % 28)),
        size_bytes: Some(number as u64 * 7919 % 90_000_000),
        ..package(&format!("package-{}", number * 2_654_435_761 % 100_003), &format!("{}.{number}-1", number % 9))
    };
    (0..900).map(package).collect()
}

#[test]
fn of_a_long_list_only_the_items_that_changed_travel() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    machine.sections.software = Some(workstation());
    machine.outcome(When::Due);
    machine.later(1);
    machine.sections.software.as_mut().unwrap()[450].version = Some("9.9-1".into());
    machine.sections.software.as_mut().unwrap().remove(100);
    assert_eq!(machine.outcome(When::Due), Outcome::Delta);
    {
        let kept = double.kept();
        let message = &kept.taken[1].1;
        assert_eq!(message.sections.software.as_ref().map(Vec::len), Some(1));
        assert_eq!(kept.agents.values().next().unwrap().sections, machine.sections);
        assert!(kept.bodies[1].len() < 1024, "a delta of two packages has {} bytes", kept.bodies[1].len());
    }
    // The next one builds on what the last one made.
    machine.later(1);
    machine.sections.software.as_mut().unwrap()[0].version = Some("9.9-2".into());
    assert_eq!(machine.outcome(When::Due), Outcome::Delta);
    let kept = double.kept();
    assert_eq!(kept.taken[2].1.edits.len(), 1);
    assert_eq!(kept.agents.values().next().unwrap().sections, machine.sections);
}

#[test]
fn without_the_last_inventory_at_hand_whole_sections_travel() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    machine.sections.software = Some(workstation());
    machine.outcome(When::Due);
    for damage in ["", "{\"software\":[]}", "no JSON"] {
        machine.later(1);
        std::fs::write(machine.state_dir().join("inventory.json"), damage).unwrap();
        machine.sections.software.as_mut().unwrap().pop();
        assert_eq!(machine.outcome(When::Due), Outcome::Delta);
        let kept = double.kept();
        assert!(kept.taken.last().unwrap().1.edits.is_empty());
        assert_eq!(kept.agents.values().next().unwrap().sections, machine.sections);
    }
    machine.later(1);
    machine.sections.software.as_mut().unwrap().pop();
    machine.outcome(When::Due);
    assert_eq!(double.kept().taken.last().unwrap().1.edits.len(), 1, "the whole section was kept again");
}

#[test]
fn a_message_that_was_kept_before_the_power_failed_is_kept_once() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    machine.sections.software = Some(workstation());
    machine.outcome(When::Due);
    machine.later(1);
    let path = machine.state_dir().join("inventory.json");
    machine.sections.software.as_mut().unwrap().remove(5);
    double.fault(Fault::LoseAnswer);
    machine.sync(When::Due).unwrap_err();
    let before: Sections = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_ne!(before.software, machine.sections.software, "not before it is acknowledged");
    // The answer came, the inventory was kept, and the power failed before that was noted.
    std::fs::rename(machine.state_dir().join("inventory.next"), &path).unwrap();
    machine.outcome(When::Due);
    let after: Sections = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(after.software, machine.sections.software);
    machine.later(1);
    machine.sections.software.as_mut().unwrap().remove(5);
    machine.outcome(When::Due);
    assert_eq!(double.kept().agents.values().next().unwrap().sections, machine.sections);
}

#[test]
fn a_section_that_could_not_be_taken_stays_as_the_server_has_it() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    machine.outcome(When::Due);
    machine.later(1);
    machine.sections.software = None;
    machine.not_taken = vec![Section::Software];
    assert_eq!(machine.sync(When::Due), Ok(Delivered::NotDue));
    machine.sections.services = Some(vec![]);
    assert_eq!(machine.outcome(When::Due), Outcome::Delta);
    {
        let kept = double.kept();
        let message = &kept.taken[1].1;
        assert_eq!(message.removed, []);
        assert_eq!(message.agent.status, "degraded");
        assert_eq!(message.agent.messages, ["software: unreadable"]);
    }
    machine.later(1);
    machine.sections.software = Some(vec![package("bash", "5.2")]);
    machine.not_taken.clear();
    assert_eq!(machine.sync(When::Due), Ok(Delivered::NotDue), "it is again what the server has");
}

#[test]
fn a_server_that_lost_the_base_gets_everything() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    machine.outcome(When::Due);
    double.kept().agents.values_mut().next().unwrap().state = Some("restored from an old backup".into());
    machine.later(1);
    machine.sections.software = Some(vec![]);
    assert_eq!(machine.outcome(When::Due), Outcome::Full);
    assert_eq!(double.kept().taken[1].1.sections, machine.sections);
}

#[test]
fn a_clock_that_was_set_back_catches_up_with_the_sequence() {
    let double = Double::start();
    let machine = Machine::of(&double);
    machine.outcome(When::Due);
    double.kept().agents.values_mut().next().unwrap().sequence = 9_000_000_000_000;
    assert_eq!(machine.outcome(When::Now), Outcome::Unchanged);
    assert_eq!(double.kept().taken[1].1.sequence, 9_000_000_000_001);
}

#[test]
fn a_lost_answer_is_asked_for_again_with_the_same_bytes() {
    let double = Double::start();
    let machine = Machine::of(&double);
    let taken = machine.take();
    double.fault(Fault::LoseAnswer);
    let failure = machine.sync_taken(When::Due, &taken).unwrap_err();
    assert!(matches!(failure, Failure::Unanswered { .. }), "{failure:?}");
    machine.later(2);
    let delivered = machine.sync_taken(When::Due, &taken).unwrap();
    assert!(matches!(delivered, Delivered::Done { outcome: Outcome::Full, .. }), "{delivered:?}");
    let kept = double.kept();
    assert_eq!(kept.bodies.len(), 2);
    assert_eq!(kept.bodies[0], kept.bodies[1]);
    assert_eq!(kept.taken.len(), 1, "the second changed nothing");
}

#[test]
fn after_a_restart_the_unanswered_message_comes_first_and_then_what_changed() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    double.fault(Fault::LoseAnswer);
    machine.sync(When::Due).unwrap_err();
    machine.later(1);
    machine.sections.software = Some(vec![package("bash", "5.3")]);
    assert_eq!(machine.outcome(When::Due), Outcome::Delta);
    let kept = double.kept();
    assert_eq!(kept.bodies[0], kept.bodies[1]);
    assert_eq!(kept.taken[1].1.sections.present(), [Section::Software, Section::Runtime]);
}

#[test]
fn a_busy_server_says_when_to_come_back_and_nothing_is_lost() {
    let double = Double::start();
    let machine = Machine::of(&double);
    double.fault(Fault::Busy("17"));
    match machine.sync(When::Due).unwrap_err() {
        Failure::Unanswered { retry_after, words } => {
            assert_eq!(retry_after, Some(Duration::from_secs(17)));
            assert!(words.contains("503") && words.contains("busy"), "{words}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(machine.outcome(When::Due), Outcome::Full);
    let kept = double.kept();
    assert_eq!(kept.bodies[0], kept.bodies[1], "the same message, sent again");
}

#[test]
fn an_inactive_client_is_told_in_words_and_the_data_is_kept() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    machine.outcome(When::Due);
    double.kept().client_inactive = true;
    machine.later(1);
    machine.sections.software = Some(vec![]);
    let failure = machine.sync(When::Due).unwrap_err();
    assert_eq!(failure.code(), Some(Code::ClientInactive));
    assert!(failure.to_string().contains("inactive"), "{failure}");
    double.kept().client_inactive = false;
    assert!(matches!(machine.sync(When::Due).unwrap(), Delivered::Done { .. }));
    assert_eq!(double.kept().taken.last().unwrap().1.state, machine_state(&machine));
}

fn machine_state(machine: &Machine) -> String {
    vigie_wire::sections::state_of(&machine.sections.digests())
}

#[test]
fn a_wrong_secret_is_refused_in_words() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    machine.settings.connection.client_secret = Secret::from("wrong".to_owned());
    let failure = machine.sync(When::Now).unwrap_err();
    assert_eq!(failure.code(), Some(Code::ClientUnknown));
    assert!(!failure.to_string().contains("wrong"), "{failure}");
}

#[test]
fn an_agent_that_the_server_forgot_enrols_again_with_its_key() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    machine.outcome(When::Due);
    let key = double.kept().agents.values().next().unwrap().enrolment.public_key.clone();
    double.kept().agents.clear();
    machine.later(1);
    machine.sections.services = Some(vec![]);
    assert_eq!(machine.outcome(When::Due), Outcome::Full);
    let kept = double.kept();
    assert_eq!(kept.agents.values().next().unwrap().enrolment.public_key, key);
    assert_eq!(kept.taken.last().unwrap().1.sections, machine.sections);
}

#[test]
fn a_token_whose_time_is_over_is_replaced() {
    let double = Double::start();
    let machine = Machine::of(&double);
    let dir = StateDir::open(machine.state_dir()).unwrap();
    let mut portal = Portal::new(&machine.settings.connection).unwrap();
    let server = machine.settings.connection.server.clone();
    for _ in 0..2 {
        let taken = machine.take();
        let again = || machine.take();
        let when = When::Now;
        synchronise(&dir, &mut portal, &server, None, &machine.clock, &SystemRng, when, &taken, &again).unwrap();
        let mut kept = double.kept();
        kept.oldest_token = kept.tokens;
    }
    assert_eq!(double.kept().tokens, 2);
}

#[test]
fn a_refusal_that_would_repeat_for_ever_is_given_up() {
    let double = Double::start();
    let machine = Machine::of(&double);
    double.fault(Fault::Problem(Code::InventoryMalformed));
    let failure = machine.sync(When::Due).unwrap_err();
    assert_eq!(failure.code(), Some(Code::InventoryMalformed));
    assert_eq!(machine.outcome(When::Due), Outcome::Full);
    let kept = double.kept();
    assert_ne!(kept.bodies[0], kept.bodies[1]);
}

#[test]
fn a_wish_for_a_fresh_inventory_is_fulfilled_at_once() {
    let double = Double::start();
    let machine = Machine::of(&double);
    machine.outcome(When::Due);
    double.kept().want_fresh = true;
    machine.later(1);
    assert_eq!(machine.outcome(When::Now), Outcome::Full);
    assert_eq!(machine.collected.get(), 3);
    let outcomes: Vec<_> = double.kept().taken.iter().map(|(outcome, _)| *outcome).collect();
    assert_eq!(outcomes, [Outcome::Full, Outcome::Unchanged, Outcome::Full]);
}

#[test]
fn a_page_from_something_in_between_is_not_taken_for_an_answer() {
    let double = Double::start();
    let machine = Machine::of(&double);
    double.fault(Fault::Page);
    let failure = machine.sync(When::Due).unwrap_err();
    assert!(failure.to_string().contains("on the way"), "{failure}");
    assert!(machine.state_dir().join("outbox").exists());
}

#[test]
fn a_damaged_state_begins_anew_with_the_same_key() {
    let double = Double::start();
    let machine = Machine::of(&double);
    machine.outcome(When::Due);
    std::fs::write(machine.state_dir().join("state.json"), "{\"agent_id\":").unwrap();
    machine.later(1);
    assert_eq!(machine.outcome(When::Due), Outcome::Full);
    assert_eq!(double.kept().agents.len(), 1);
}

#[test]
fn another_server_is_told_everything() {
    let (first, second) = (Double::start(), Double::start());
    let mut machine = Machine::of(&first);
    machine.outcome(When::Due);
    machine.settings.connection = Machine::of(&second).settings.connection;
    assert_eq!(machine.outcome(When::Due), Outcome::Full);
    assert_eq!(second.kept().taken.len(), 1);
}

fn words_with(certificate: &Certificate) -> String {
    let double = Double::with(certificate);
    let words = Machine::of(&double).sync(When::Now).unwrap_err().to_string();
    assert!(double.kept().bodies.is_empty() && double.kept().tokens == 0, "nothing was said to it");
    words
}

#[test]
fn an_unknown_issuer_is_refused_and_named() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    // Both CAs have one name; only the key differs, as with a device that copies names.
    let other = machine.folder.path().join("other.pem");
    let elsewhere = Double::start();
    std::fs::copy(&elsewhere.ca, &other).unwrap();
    machine.settings.connection.ca = Some(other);
    let failure = machine.sync(When::Now).unwrap_err();
    assert!(matches!(failure, Failure::Untrusted(_)), "{failure:?}");
    let words = failure.to_string();
    assert!(words.contains("certificate") && words.contains("Test CA of the double"), "{words}");
    assert_eq!(double.kept().tokens, 0);
}

#[test]
fn a_wrong_name_is_refused_and_the_right_ones_are_named() {
    let words = words_with(&Certificate { names: &["other.example", "192.0.2.9"], ..Certificate::default() });
    assert!(words.contains("localhost") && words.contains("other.example, 192.0.2.9"), "{words}");
}

#[test]
fn an_expired_certificate_is_refused_with_its_date() {
    let words = words_with(&Certificate { expired: true, ..Certificate::default() });
    assert!(words.contains("expired") && words.contains("2021-02-03"), "{words}");
}

#[test]
fn a_closed_port_and_an_unknown_name_are_told_apart() {
    let double = Double::start();
    let mut machine = Machine::of(&double);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    machine.settings.connection.server = format!("https://localhost:{free}");
    machine.settings.connection.port = free;
    let words = machine.sync(When::Now).unwrap_err().to_string();
    assert!(words.contains("connection:") && words.contains("nothing listens"), "{words}");
    machine.settings.connection.server = "https://no-such-host.invalid".into();
    machine.settings.connection.host = "no-such-host.invalid".into();
    let words = machine.sync(When::Now).unwrap_err().to_string();
    assert!(words.contains("name:") && words.contains("cannot be resolved"), "{words}");
}
