//! An agent on its way from one portal to another, over real TLS: what it keeps, when it moves, and that it is never without
//! a portal that works.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs, unreachable_pub, dead_code)]

mod double;

use std::{path::Path, time::Duration};

use double::{CLIENT_ID, CLIENT_SECRET, Double, Fault};
use vigie_agent::{
    collect::Collection,
    config::{Given, Secret, Settings},
    moving::{Portals, round},
    portal::Failure,
    sync::{Delivered, Taken, When},
};
use vigie_kernel::{Clock as _, Code, SystemRng, Timestamp, time::ManualClock};
use vigie_wire::{
    Sections,
    inventory::{Software, System},
    portal::PortalState,
    sync::Outcome,
};

/// A machine with a state folder and a clock; its settings name the first portal.
struct Machine {
    _folder: tempfile::TempDir,
    settings: Settings,
    clock: ManualClock,
}

impl Machine {
    fn of(double: &Double) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let given = Given {
            server: Some(double.url()),
            ca: Some(double.ca.clone()),
            client_id: Some(CLIENT_ID.into()),
            client_secret: Some(Secret::from(CLIENT_SECRET.to_owned())),
            state_dir: Some(folder.path().join("state")),
            ..Given::default()
        };
        let clock = ManualClock::new(Timestamp::from_millis(1_800_000_000_000));
        Self { settings: given.settings().unwrap(), _folder: folder, clock }
    }

    fn take(&self) -> Taken {
        let package = |name: &str| Software { name: Some(name.into()), ..Software::default() };
        let sections = Sections {
            system: Some(System { name: Some("pc-1".into()), serial: Some("S1".into()), ..System::default() }),
            software: Some((0..40).map(|at| package(&format!("package-{at}"))).collect()),
            ..Sections::default()
        };
        Taken::new(Collection { sections, ..Collection::default() }, self.clock.now())
    }

    fn round(&self, when: When) -> Result<Delivered, Failure> {
        round(&self.settings, &self.clock, &SystemRng, when, &self.take(), &|| self.take())
    }

    fn now(&self) -> Outcome {
        match self.round(When::Now).unwrap() {
            Delivered::Done { outcome, .. } => outcome,
            Delivered::NotDue => panic!("nothing was sent"),
        }
    }

    fn state_dir(&self) -> &Path {
        &self.settings.state_dir
    }

    fn portals(&self) -> Portals {
        Portals::of(&self.settings)
    }

    fn server(&self) -> String {
        self.portals().connection(&self.settings).unwrap().server
    }

    fn later(&self, hours: u64) {
        self.clock.advance(Duration::from_hours(hours));
    }
}

fn announced(a: &Double, b: &Double) -> Machine {
    a.kept().next_portal = Some(b.as_next(7));
    Machine::of(a)
}

#[test]
fn an_agent_that_hears_of_a_portal_that_works_moves_there_with_everything_and_says_farewell() {
    let (a, b) = (Double::start(), Double::start());
    let machine = announced(&a, &b);
    assert_eq!(machine.now(), Outcome::Full);
    assert_eq!(machine.server(), b.url());
    {
        let (a, b) = (a.kept(), b.kept());
        assert_eq!((a.taken.len(), b.taken.len()), (1, 1), "each was told everything, once");
        assert_eq!(b.taken[0].1.sections, machine.take().collection.sections);
        let keys = [&a, &b].map(|kept| kept.agents.values().next().unwrap().enrolment.public_key.clone());
        assert_eq!(keys[0], keys[1], "the same key");
        assert_eq!(a.farewells, [(*a.agents.keys().next().unwrap(), 7)]);
    }
    machine.later(1);
    assert_eq!(machine.now(), Outcome::Unchanged, "what the new one acknowledged counts");
    assert_eq!((a.kept().taken.len(), b.kept().taken.len()), (1, 2), "the former one hears nothing more");
    for _ in 0..3 {
        machine.now();
    }
    assert_eq!(machine.portals().former, None, "it has proven itself");
    assert_eq!(machine.server(), b.url());
}

#[test]
fn a_portal_of_a_version_without_farewells_is_left_all_the_same() {
    let (a, b) = (Double::start(), Double::start());
    a.kept().knows_no_farewell = true;
    let machine = announced(&a, &b);
    machine.now();
    assert_eq!(machine.server(), b.url());
    assert_eq!(machine.portals().former.unwrap().farewells, 0);
}

#[test]
fn a_portal_that_does_not_work_costs_nothing_is_reported_once_and_left_alone_for_growing_pauses() {
    let (a, b) = (Double::start(), Double::start());
    b.kept().client_inactive = true;
    let machine = announced(&a, &b);
    machine.now();
    assert_eq!(machine.server(), a.url());
    let tested = machine.portals().next.unwrap().tested.unwrap();
    assert_eq!(tested.step, "sign-in");
    assert!(tested.words.contains("inactive"), "{}", tested.words);
    machine.later(1);
    assert!(matches!(machine.round(When::Due).unwrap(), Delivered::Done { .. }), "there is news for the portal in use");
    {
        let a = a.kept();
        let report = a.taken[1].1.agent.portal.clone().unwrap();
        assert_eq!((report.revision, report.state, report.step.as_deref()), (7, PortalState::Failed, Some("sign-in")));
    }
    let mut tests = Vec::new();
    for _ in 0..24 {
        machine.later(1);
        assert_eq!(machine.round(When::Due), Ok(Delivered::NotDue), "told already");
        tests.push(machine.portals().next.unwrap().tests);
    }
    assert!((5..12).contains(tests.last().unwrap()), "{tests:?}");
    b.kept().client_inactive = false;
    machine.later(10);
    machine.round(When::Due).unwrap();
    assert_eq!(machine.server(), b.url(), "it works now");
}

#[test]
fn a_portal_that_takes_no_synchronisation_is_not_moved_to() {
    let (a, b) = (Double::start(), Double::start());
    let machine = announced(&a, &b);
    for fault in [Fault::Page, Fault::Problem(Code::AgentRevoked), Fault::Busy("60")] {
        b.fault(fault);
        machine.now();
        assert_eq!(machine.server(), a.url());
        assert_eq!(machine.portals().next.unwrap().tested.unwrap().step, "synchronisation");
    }
    b.fault(Fault::LoseAnswer);
    machine.now();
    assert_eq!(machine.server(), a.url());
    machine.now();
    assert_eq!(machine.server(), b.url());
    let sequences: Vec<u64> = b.kept().taken.iter().map(|(_, message)| message.sequence).collect();
    assert_eq!(sequences.len(), 1, "what was lost was sent again with the same bytes: {sequences:?}");
    assert_eq!(a.kept().taken.len(), 5, "meanwhile the portal in use got everything");
}

#[test]
fn what_is_withdrawn_is_forgotten_and_who_has_moved_stays() {
    let (a, b) = (Double::start(), Double::start());
    b.kept().client_inactive = true;
    let machine = announced(&a, &b);
    machine.now();
    assert!(machine.portals().next.is_some());
    a.kept().next_portal = None;
    machine.now();
    assert_eq!(machine.portals().next, None);
    machine.now();
    assert_eq!(a.kept().taken.last().unwrap().1.agent.portal, None);
    let left: Vec<_> = std::fs::read_dir(machine.state_dir()).unwrap().map(|it| it.unwrap().file_name()).collect();
    let left: Vec<_> =
        left.iter().filter_map(|it| it.to_str()).filter(|it| it.contains("ca-") || *it == "next").collect();
    assert!(left.is_empty(), "{left:?}");
    a.kept().next_portal = Some(b.as_next(8));
    b.kept().client_inactive = false;
    machine.now();
    a.kept().next_portal = None;
    machine.now();
    assert_eq!(machine.server(), b.url());
}

#[test]
fn while_the_portal_in_use_is_gone_the_announced_one_is_tried_and_saves_the_agent() {
    let (a, b) = (Double::start(), Double::start());
    b.kept().client_inactive = true;
    let machine = announced(&a, &b);
    machine.now();
    b.kept().client_inactive = false;
    a.kept().client_inactive = true;
    machine.later(24 * 7);
    assert!(matches!(machine.round(When::Due), Ok(Delivered::Done { outcome: Outcome::Full, .. })));
    assert_eq!(machine.server(), b.url());
}

#[test]
fn a_new_portal_that_goes_silent_at_once_is_given_up_and_nothing_is_lost() {
    let (a, b) = (Double::start(), Double::start());
    let machine = announced(&a, &b);
    machine.now();
    assert_eq!(machine.server(), b.url());
    b.kept().client_inactive = true;
    for _ in 0..30 {
        machine.later(1);
        let _ = machine.round(When::Now);
    }
    assert_eq!(machine.server(), a.url());
    assert!(a.kept().taken.len() > 2, "the former portal hears of this machine again");
    b.kept().client_inactive = false;
    machine.now();
    assert_eq!(machine.server(), b.url(), "and when the new one is back, so is the agent");
}

#[test]
fn a_crash_between_the_steps_of_a_move_leaves_an_agent_that_works() {
    let (a, b) = (Double::start(), Double::start());
    let machine = announced(&a, &b);
    let before = machine.state_dir().with_file_name("before");
    b.kept().client_inactive = true;
    machine.now();
    copy(machine.state_dir(), &before);
    b.kept().client_inactive = false;
    machine.now();
    // Moved, but nothing of what the new portal acknowledged was taken over.
    for file in ["state.json", "inventory.json"] {
        std::fs::copy(before.join(file), machine.state_dir().join(file)).unwrap();
    }
    assert_eq!(machine.server(), b.url());
    machine.later(1);
    assert_eq!(machine.now(), Outcome::Full, "then everything is sent once more");
    assert_eq!(machine.server(), b.url());
    // The test was acknowledged, but the move was not written down: it is made again.
    std::fs::remove_dir_all(machine.state_dir()).unwrap();
    copy(&before, machine.state_dir());
    machine.later(1);
    machine.now();
    assert_eq!(machine.server(), b.url());
    assert_eq!(b.kept().agents.len(), 1, "and it is one agent there");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap).filter(|it| it.path().is_file()) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn secrets_are_kept_for_the_service_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (a, b) = (Double::start(), Double::start());
    let machine = announced(&a, &b);
    b.kept().client_inactive = true;
    machine.now();
    let mut held = 0;
    for entry in std::fs::read_dir(machine.state_dir()).unwrap().map(Result::unwrap).filter(|it| it.path().is_file()) {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", entry.path().display());
        held += usize::from(std::fs::read_to_string(entry.path()).unwrap_or_default().contains(CLIENT_SECRET));
    }
    assert!(held > 0);
    assert!(!format!("{:?}", machine.portals()).contains(CLIENT_SECRET));
}
