//! How an agent updates itself: with releases good and bad, over real TLS, and with the program itself as its service.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs, unreachable_pub, dead_code)]

mod double;

use std::{
    fs,
    io::Cursor,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use double::{CLIENT_ID, CLIENT_SECRET, Double};
use minisign::KeyPair;
use vigie_agent::{
    VERSION,
    config::{Given, Secret, Settings},
    portal::Portal,
    sync::StateDir,
    update::{Fetcher, Shelf, Standing, Trouble, fetch},
};
use vigie_kernel::{AgentId, SystemClock, SystemRng};
use vigie_wire::{
    sync::{Enrolment, FORMAT, enrolment_text, public_key, sign},
    update::{End, Offer, comment},
};

const NEWER: &str = "99.0.0";
const TARGET: &str = "linux-x86_64";

/// A releaser, an agent that trusts it, and a server.
struct World {
    double: Double,
    releaser: KeyPair,
    folder: tempfile::TempDir,
    settings: Settings,
}

fn releaser() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().unwrap()
}

fn signed(by: &KeyPair, packed: &[u8], words: &str) -> String {
    minisign::sign(None, &by.sk, Cursor::new(packed), Some(words), None).unwrap().into_string()
}

fn packed(program: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(program, 3).unwrap()
}

impl World {
    fn new() -> Self {
        let (double, releaser, folder) = (Double::start(), releaser(), tempfile::tempdir().unwrap());
        let settings = Given {
            server: Some(double.url()),
            ca: Some(double.ca.clone()),
            client_id: Some(CLIENT_ID.into()),
            client_secret: Some(Secret::from(CLIENT_SECRET.to_owned())),
            state_dir: Some(folder.path().join("state")),
            release_key: Some(releaser.pk.to_base64()),
            ..Given::default()
        };
        Self { double, releaser, settings: settings.settings().unwrap(), folder }
    }

    /// Has the server offer a release.
    fn offer(&self, packed: &[u8], signature: String) -> Offer {
        let offer = Offer {
            version: NEWER.into(),
            size: packed.len() as u64,
            signature,
            spread_seconds: 0,
            report_within_seconds: 5,
        };
        let mut kept = self.double.kept();
        (kept.offer, kept.release) = (Some(offer.clone()), Some(packed.to_vec()));
        offer
    }

    fn good(&self, program: &[u8]) -> Offer {
        let packed = packed(program);
        let signature = signed(&self.releaser, &packed, &comment(NEWER, TARGET));
        self.offer(&packed, signature)
    }

    fn shelf(&self) -> Shelf {
        Shelf::of(&self.settings.state_dir)
    }

    fn standing(&self) -> Standing {
        self.shelf().standing()
    }

    /// Fetches as the service does.
    fn fetch(&self, offer: &Offer) -> Result<(), Trouble> {
        let dir = StateDir::open(&self.settings.state_dir).unwrap();
        let key = dir.key(&SystemRng).unwrap();
        let mut portal = Portal::new(&self.settings.connection).unwrap();
        let public_key = public_key(&key);
        let enrolment = Enrolment {
            format: FORMAT,
            proof: sign(&key, &enrolment_text(&public_key)),
            public_key,
            name: None,
            agent_version: VERSION.into(),
            platform: "linux".into(),
            tag: None,
        };
        let agent: AgentId = portal.enrol(&enrolment).unwrap().agent_id;
        let releaser = self.settings.release_key.as_deref();
        fetch(
            &self.shelf(),
            offer,
            &mut Fetcher { portal: &mut portal, agent, key: &key, clock: &SystemClock, releaser },
        )
    }

    fn service(&self) -> Service {
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let connection = &self.settings.connection;
        let child = Command::new(env!("CARGO_BIN_EXE_vigie-agent"))
            .args(["run", "--server", &connection.server, "--client-id", CLIENT_ID])
            .args(["--client-secret", CLIENT_SECRET, "--ca", &self.double.ca.display().to_string()])
            .args(["--state-dir", &self.settings.state_dir.display().to_string()])
            .args(["--release-key", self.settings.release_key.as_deref().unwrap()])
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Service(child)
    }

    /// Waits for something to become true.
    fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        for _ in 0..900 {
            if is_so() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{what}\n{:#?}\n{}", self.standing(), fs::read_to_string(self.folder.path().join("log")).unwrap());
    }

    /// What the agent last said of its update.
    fn told(&self) -> Option<(String, End, String)> {
        let kept = self.double.kept();
        let report = kept.taken.last()?.1.agent.update.clone()?;
        Some((report.version, report.end, report.words))
    }
}

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

fn files_of(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter(|it| it != "lock" && it != "state.json").collect();
    names.sort();
    names
}

#[test]
fn a_release_that_is_what_its_releaser_signed_lies_ready_to_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.fetch(&world.good(b"#!/bin/sh\nexit 0\n")).unwrap();
    let program = world.settings.state_dir.join("versions").join(NEWER).join("vigie-agent");
    assert_eq!(fs::read(&program).unwrap(), b"#!/bin/sh\nexit 0\n");
    assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(world.standing().trial.unwrap().kept.version, NEWER);
    assert_eq!(files_of(&world.settings.state_dir.join("versions")), [NEWER]);
}

#[test]
fn what_arrived_is_kept_when_the_connection_is_lost() {
    let world = World::new();
    let program: Vec<u8> = (0..200_000u32).flat_map(|it| it.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let offer = world.good(&program);
    world.double.kept().lose_after = Some(100_000);
    let lost = world.fetch(&offer).unwrap_err();
    assert!(matches!(&lost, Trouble::Later(_)), "{lost}");
    let parts = files_of(&world.settings.state_dir.join("versions"));
    assert_eq!(parts.len(), 1);
    let part = world.settings.state_dir.join("versions").join(&parts[0]);
    let arrived = fs::metadata(&part).unwrap().len();
    assert!((1..=100_000).contains(&arrived), "{arrived}");
    world.fetch(&offer).unwrap();
    assert_eq!(world.double.kept().fetches, 2);
    assert!(!part.exists());
}

#[test]
fn a_release_that_is_not_what_it_should_be_is_refused_and_leaves_nothing() {
    let world = World::new();
    let good = packed(b"a program");
    let (mut tampered, stranger) = (good.clone(), releaser());
    tampered[9] ^= 1;
    let words = comment(NEWER, TARGET);
    let twice_signed = signed(&world.releaser, &good, &words).replace("99.0.0", "98.0.0");
    let no_zstd = b"no zstd stream at all".to_vec();
    let cases: Vec<(&str, &[u8], String)> = vec![
        ("not what its releaser signed", &tampered, signed(&world.releaser, &good, &words)),
        ("signed by somebody else", &good, signed(&stranger, &good, &words)),
        ("not as", &good, signed(&world.releaser, &good, &comment("98.0.0", TARGET))),
        ("not as", &good, signed(&world.releaser, &good, &comment(NEWER, "windows-x86_64"))),
        ("not as", &good, twice_signed),
        ("cannot be read", &good, "untrusted comment: x\nnonsense\n".to_owned()),
        ("cannot be read", &good, "x".repeat(10_000)),
        ("cannot be unpacked", &no_zstd, signed(&world.releaser, &no_zstd, &words)),
    ];
    for (why, packed, signature) in cases {
        let offer = world.offer(packed, signature);
        match world.fetch(&offer) {
            Err(Trouble::Over(End::Refused, words)) => assert!(words.contains(why), "{words}"),
            other => panic!("{why}: {other:?}"),
        }
        assert!(files_of(&world.settings.state_dir.join("versions")).is_empty(), "{why}");
        assert_eq!(world.standing(), Standing::default(), "{why}");
    }
    // The comment was changed after it was signed, and names the right version: the signature over it is wrong.
    let offer =
        world.offer(&good, signed(&world.releaser, &good, "vigie-agent 98.0.0 linux-x86_64").replace("98.0.0", NEWER));
    assert!(matches!(world.fetch(&offer), Err(Trouble::Over(End::Refused, _))));
    // Shorter than said: the connection ends too early, for ever.
    let mut offer = world.good(b"a program");
    offer.size += 10;
    assert!(matches!(world.fetch(&offer), Err(Trouble::Later(_))));
    assert_eq!(world.standing().trial, None);
}

#[test]
fn an_agent_without_a_releasers_key_takes_nothing() {
    let mut world = World::new();
    world.settings.release_key = None;
    let trouble = world.fetch(&world.good(b"a program")).unwrap_err();
    assert!(trouble.to_string().contains("without a releaser's key"), "{trouble}");
    assert_eq!(world.double.kept().fetches, 0);
}

#[test]
fn a_disk_that_is_full_changes_nothing_and_is_told() {
    let world = World::new();
    let program: Vec<u8> = (0..2_000_000u32).flat_map(|it| it.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let offer = world.good(&program);
    fs::create_dir_all(&world.settings.state_dir).unwrap();
    let disk = Disk::small(&world.settings.state_dir);
    let trouble = world.fetch(&offer).unwrap_err();
    assert_eq!(trouble, Trouble::Over(End::Failed, "there is no space left for it".into()));
    assert_eq!(world.standing(), Standing::default());
    drop(disk);
}

/// A file system of 1 MiB over a folder, which needs root.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn small(at: &'a Path) -> Self {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(at).status().unwrap();
        assert!(mounted.success(), "mounting a small file system needs root");
        Self(at)
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_version_that_ends_at_once_is_given_up_and_the_server_is_told() {
    let world = World::new();
    world.good(b"#!/bin/sh\nexit 3\n");
    let _service = world.service();
    world.until("it comes back and says so", || world.told().is_some());
    let (version, end, words) = world.told().unwrap();
    assert_eq!((version.as_str(), end), (NEWER, End::Reverted));
    assert!(words.contains("3 times"), "{words}");
    assert_eq!(world.double.kept().fetches, 1, "what was given up is not fetched again");
    assert_eq!(world.double.kept().taken.last().unwrap().1.agent.version, VERSION);
}

#[test]
fn a_version_that_never_reports_is_ended_and_the_server_is_told() {
    let world = World::new();
    let mark = world.folder.path().join("hanging");
    world.good(format!("#!/bin/sh\necho $$ > {}\nexec sleep 1000\n", mark.display()).as_bytes());
    let _service = world.service();
    world.until("it comes back and says so", || world.told().is_some());
    let (_, end, words) = world.told().unwrap();
    assert_eq!(end, End::Reverted);
    assert!(words.contains("did not report within 5 s"), "{words}");
    let process = format!("/proc/{}", fs::read_to_string(&mark).unwrap().trim());
    assert!(!Path::new(&process).exists(), "it still runs");
}

#[test]
fn a_version_that_cannot_be_started_is_given_up() {
    let world = World::new();
    world.good(b"MZ no program of this system");
    let _service = world.service();
    world.until("it comes back and says so", || world.told().is_some());
    assert_eq!(world.told().unwrap().1, End::Reverted);
}

#[test]
fn a_refused_release_is_told_with_the_next_word_and_not_fetched_again() {
    let world = World::new();
    let packed = packed(b"#!/bin/sh\nexit 0\n");
    let signature = signed(&releaser(), &packed, &comment(NEWER, TARGET));
    world.offer(&packed, signature);
    let _service = world.service();
    world.until("it is told", || world.told().is_some());
    assert_eq!(world.told().unwrap().1, End::Refused);
    assert_eq!(world.double.kept().fetches, 0, "a stranger's release is not worth a download");
}
