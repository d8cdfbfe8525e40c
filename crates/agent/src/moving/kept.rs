//! The portals that an agent knows, in one file of its state folder that is replaced whole: after a crash at any moment it
//! names one that works.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vigie_kernel::{AgentId, Rng, Timestamp};
use vigie_wire::portal::{
    LONGEST_CA, LONGEST_CLIENT_ID, LONGEST_SECRET, LONGEST_URL, NextPortal, PortalReport, PortalState,
};

use crate::{
    config::{self, Connection, Secret, Settings},
    files,
    portal::{Failure, Step},
    sync::{Pauses, StateDir},
};

/// The file.
const FILE: &str = "portals.json";
/// Longest such file, bytes: three portals with certificates.
const MAX_FILE: u64 = 1 << 20;
/// Files of certificates that were announced begin so.
const CA_PREFIX: &str = "portal-ca-";
/// From one test of an announced portal to the next, at first; it doubles.
const FIRST_PAUSE: Duration = Duration::from_mins(30);
/// The longest pause between two tests.
const LONGEST_PAUSE: Duration = Duration::from_hours(6);
/// While the portal in use does not answer, the announced one is the only hope.
const URGENT_PAUSE: Duration = Duration::from_mins(15);
/// The same reason is logged once in this time.
const TOLD_AGAIN: Duration = Duration::from_hours(24);
/// So many synchronisations after the move prove the new portal.
const PROVEN: u32 = 3;
/// A portal that is not proven and did not answer for so long, and so often, is given up for the former one.
const GIVEN_UP: (Duration, u32) = (Duration::from_hours(24), 12);
/// How often the former portal is told of the move before that is left.
const FAREWELLS: u32 = 24;

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Portals {
    /// Digest of the server and the client that the settings named when all of this was heard: settings that name others
    /// come before it.
    settings: String,
    /// What is used instead of what the settings say.
    pub current: Option<NextPortal>,
    /// What was announced.
    pub next: Option<Next>,
    /// What was used before.
    pub former: Option<Former>,
}

/// A portal that was announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// How to reach it.
    pub portal: NextPortal,
    /// Since when it is known.
    pub heard_at: Timestamp,
    /// How often it was tested.
    pub tests: u32,
    /// Not tested again before.
    pub not_before: Timestamp,
    /// How the last test ended.
    pub tested: Option<Tested>,
}

/// A test that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// When.
    pub at: Timestamp,
    /// At which step.
    pub step: String,
    /// Why.
    pub words: String,
    /// When the log last said so.
    pub logged_at: Timestamp,
}

/// The portal that was used before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// None: what the settings say.
    pub portal: Option<NextPortal>,
    /// When it was left.
    pub left_at: Timestamp,
    /// Who this agent was there.
    pub agent_id: Option<AgentId>,
    /// How often it is still to be told, until it took note.
    pub farewells: u32,
    /// How often the new one has answered.
    answers: u32,
    /// How often it did not answer since `failing_since`.
    failures: u32,
    /// Since when it does not answer.
    failing_since: Option<Timestamp>,
}

fn digest(settings: &Settings) -> String {
    let Connection { server, client_id, .. } = &settings.connection;
    hex::encode(Sha256::digest(format!("{server}\n{client_id}")))
}

/// Whether two name the same way in; what announces them differs in the revision at most.
fn same_way(portal: &NextPortal, connection: &Connection) -> bool {
    portal.url == connection.server
        && portal.client_id == connection.client_id
        && portal.client_secret.expose() == connection.client_secret.expose()
}

impl Portals {
    /// What is kept in a folder, for showing it. A damaged file is none: the settings are there, and the portal says again
    /// what it announced.
    pub fn peek(folder: &Path) -> io::Result<Self> {
        match files::read_bounded(&folder.join(FILE), MAX_FILE) {
            Ok(content) => Ok(serde_json::from_slice(&content).unwrap_or_else(|error| {
                log::warn!("{FILE} is damaged and begins anew: {error}");
                Self::default()
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// What holds with these settings: nothing, when they name another server or client than those that all was heard with.
    pub fn of(settings: &Settings) -> Self {
        Self::peek(&settings.state_dir).ok().filter(|kept| kept.settings == digest(settings)).unwrap_or_default()
    }

    /// The same, to work with.
    pub(super) fn open(dir: &StateDir, settings: &Settings) -> Result<Self, Failure> {
        let kept = Self::peek(dir.path()).map_err(|error| Failure::Local(format!("{FILE}: {error}")))?;
        let digest = digest(settings);
        if kept.settings == digest {
            return Ok(kept);
        }
        let fresh = Self { settings: digest, ..Self::default() };
        if kept != Self::default() {
            log::info!("the settings name another server or client: what portals had announced is forgotten");
            dir.forget_trial()?;
            fresh.save(dir)?;
        }
        Ok(fresh)
    }

    /// Makes it durable.
    pub(super) fn save(&self, dir: &StateDir) -> Result<(), Failure> {
        let local = |error: io::Error| Failure::Local(format!("{FILE}: {error}"));
        let content = serde_json::to_vec_pretty(self).map_err(|error| local(error.into()))?;
        files::write_atomic(&dir.path().join(FILE), &content).map_err(local)?;
        self.remove_unused(dir.path());
        Ok(())
    }

    /// Certificates of portals that are no longer known go.
    fn remove_unused(&self, folder: &Path) {
        let former = self.former.as_ref().and_then(|it| it.portal.as_ref());
        let known = [self.current.as_ref(), self.next.as_ref().map(|it| &it.portal), former];
        let used: Vec<String> = known.into_iter().flatten().filter_map(|it| it.ca.as_deref()).map(ca_name).collect();
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(CA_PREFIX) && !used.contains(&name) {
                // What stays is in nobody's way.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// The way to the portal in use.
    pub fn connection(&self, settings: &Settings) -> Result<Connection, Failure> {
        match &self.current {
            None => Ok(settings.connection.clone()),
            Some(portal) => way_to(portal, settings),
        }
    }

    /// The way to the announced portal.
    pub(super) fn way_to_next(&self, next: &Next, settings: &Settings) -> Result<Connection, Failure> {
        let trusted = self.connection(settings)?.ca;
        let way = way_to(&next.portal, settings)?;
        Ok(if next.portal.ca.is_none() { Connection { ca: trusted, ..way } } else { way })
    }

    /// The way to the portal that was used before.
    pub(super) fn way_to_former(former: &Former, settings: &Settings) -> Result<Connection, Failure> {
        former.portal.as_ref().map_or_else(|| Ok(settings.connection.clone()), |portal| way_to(portal, settings))
    }

    /// Takes note of what the portal in use announces. Answers whether something changed.
    pub(super) fn hear(&mut self, announced: Option<&NextPortal>, used: &Connection, now: Timestamp) -> bool {
        let announced = announced.filter(|portal| !same_way(portal, used));
        match (announced, &self.next) {
            (None, None) => return false,
            (Some(portal), Some(next)) if next.portal == *portal => return false,
            (None, Some(next)) => {
                log::info!("the portal {} is no longer announced and forgotten", next.portal.url);
                self.next = None;
            }
            (Some(portal), _) => {
                log::info!(
                    "the portal announces another one, {} as {}: it is kept beside this one and tested",
                    portal.url,
                    portal.client_id
                );
                self.next = Some(Next::new(portal.clone(), now));
            }
        }
        true
    }

    /// What is to be said of the announced portal.
    pub(super) fn report(&self) -> Option<PortalReport> {
        let next = self.next.as_ref()?;
        let (state, tested) = match &next.tested {
            None => (PortalState::Stored, None),
            Some(tested) => (PortalState::Failed, Some(tested)),
        };
        Some(PortalReport {
            revision: next.portal.revision,
            state,
            step: tested.map(|it| it.step.clone()),
            words: tested.map(|it| it.words.clone()),
        })
    }

    /// Which portal is used and why, and what is known of the others; in words.
    pub fn described(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        let named = |portal: &NextPortal| format!("{} as {}", portal.url, portal.client_id);
        if let Some(current) = &self.current {
            let since = self.former.as_ref().map(|it| format!(", moved there on {}", it.left_at)).unwrap_or_default();
            lines.push(("portal", format!("{}, which the portal before it announced{since}", named(current))));
        }
        if let Some(former) = &self.former {
            let portal = former.portal.as_ref().map_or_else(|| "that of the settings".to_owned(), named);
            lines.push(("former portal", format!("{portal}, until the new one has proven itself")));
        }
        if let Some(next) = &self.next {
            lines.push(("next portal", format!("{}, announced since {}", named(&next.portal), next.heard_at)));
            lines.push((
                "its last test",
                match &next.tested {
                    None => "none yet".to_owned(),
                    Some(it) => format!("{}, failed at the step {}: {}", it.at, it.step, it.words),
                },
            ));
        }
        lines
    }

    /// Whether it is time for a test of the announced portal, or for a farewell.
    pub fn has_work(&self, now: Timestamp) -> bool {
        self.next.as_ref().is_some_and(|next| next.is_due(now, false))
            || self.former.as_ref().is_some_and(|former| former.farewells > 0)
    }

    /// The announced portal works: it takes the place of the one in use, which is kept.
    pub(super) fn switch(&mut self, agent_id: Option<AgentId>, now: Timestamp) {
        let Some(next) = self.next.take() else { return };
        let before = self.current.take();
        // What it is trusted by was proven with it, and stays.
        let ca = next.portal.ca.clone().or_else(|| before.as_ref()?.ca.clone());
        self.current = Some(NextPortal { ca, ..next.portal });
        self.former = Some(Former {
            portal: before,
            left_at: now,
            agent_id,
            farewells: if agent_id.is_some() { FAREWELLS } else { 0 },
            answers: 0,
            failures: 0,
            failing_since: None,
        });
    }

    /// The portal in use answered.
    pub(super) fn answered(&mut self) {
        let Some(former) = &mut self.former else { return };
        former.answers = former.answers.saturating_add(1);
        (former.failures, former.failing_since) = (0, None);
        if former.answers >= PROVEN && former.farewells == 0 {
            log::info!("the new portal has proven itself: the former one is forgotten");
            self.former = None;
        }
    }

    /// The portal in use did not answer, or refused. One that is not proven is given up in the end, and tested from then on.
    pub(super) fn failed(&mut self, now: Timestamp) {
        let Some(former) = &mut self.former else { return };
        if former.answers >= PROVEN {
            return;
        }
        former.failures = former.failures.saturating_add(1);
        let since = *former.failing_since.get_or_insert(now);
        // A clock that was set back begins anew.
        if since > now {
            former.failing_since = Some(now);
        }
        let (time, times) = GIVEN_UP;
        if now.since(since) < time || former.failures < times {
            return;
        }
        let Some(given_up) = self.current.take() else { return };
        log::warn!("{} has not worked for a day: going back to the former portal", given_up.url);
        self.current = former.portal.take();
        self.former = None;
        self.next = Some(Next::new(given_up, now));
    }
}

impl Next {
    fn new(portal: NextPortal, now: Timestamp) -> Self {
        Self { portal, heard_at: now, tests: 0, not_before: now, tested: None }
    }

    /// Whether it is time for a test. `urgent`: the portal in use does not answer.
    pub(super) fn is_due(&self, now: Timestamp, urgent: bool) -> bool {
        let last = self.tested.as_ref().map(|it| it.at);
        // A clock that was set back must not put it off for long.
        let back = last.is_some_and(|last| last > now);
        let since = last.map_or(Duration::MAX, |last| now.since(last));
        now >= self.not_before || back || (urgent && since >= URGENT_PAUSE)
    }

    /// A test failed. The log says so when it is new, and once a day.
    pub(super) fn failed(&mut self, step: Step, words: &str, now: Timestamp, rng: &dyn Rng) {
        let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE);
        let mut pause = pauses.next(None, rng);
        for _ in 0..self.tests.min(10) {
            pause = pauses.next(None, rng);
        }
        self.tests = self.tests.saturating_add(1);
        self.not_before = now.plus(pause);
        let known = self.tested.take().filter(|it| it.step == step.as_str() && it.words == words);
        let told = known.map(|it| it.logged_at).filter(|at| *at <= now && now.since(*at) < TOLD_AGAIN);
        if told.is_none() {
            log::warn!(
                "the announced portal {} does not work yet, at the step {step}: {words}; the portal in use stays, and \
                 the other is tried again",
                self.portal.url
            );
        }
        let logged_at = told.unwrap_or(now);
        self.tested = Some(Tested { at: now, step: step.as_str().to_owned(), words: words.to_owned(), logged_at });
    }
}

fn ca_name(pem: &str) -> String {
    format!("{CA_PREFIX}{}.pem", &hex::encode(Sha256::digest(pem))[..16])
}

/// The file with certificates that were announced, made where it is missing.
fn ca_file(folder: &Path, pem: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(ca_name(pem));
    let there = files::read_bounded(&path, LONGEST_CA as u64).is_ok_and(|content| content == pem.as_bytes());
    if !there {
        files::write_atomic(&path, pem.as_bytes())
            .map_err(|error| Failure::Local(format!("{}: {error}", path.display())))?;
    }
    Ok(path)
}

/// The way to a portal that was announced, by the proxy of the settings. It is checked as strictly as settings are.
fn way_to(portal: &NextPortal, settings: &Settings) -> Result<Connection, Failure> {
    let wrong = |words: &str| Failure::Local(format!("what was announced cannot be used: {words}"));
    let secret = portal.client_secret.expose();
    let long = portal.url.len() > LONGEST_URL || portal.client_id.len() > LONGEST_CLIENT_ID;
    if long || secret.len() > LONGEST_SECRET || portal.ca.as_ref().is_some_and(|pem| pem.len() > LONGEST_CA) {
        return Err(wrong("something in it is too long"));
    }
    if portal.client_id.trim().is_empty() || secret.is_empty() {
        return Err(wrong("there is no client id or no secret in it"));
    }
    let (host, port) =
        config::address("server", &portal.url, "https", 443).map_err(|error| wrong(&error.to_string()))?;
    let ca = match &portal.ca {
        Some(pem) => Some(ca_file(&settings.state_dir, pem)?),
        None => settings.connection.ca.clone(),
    };
    Ok(Connection {
        server: portal.url.trim_end_matches('/').to_owned(),
        host,
        port,
        ca,
        client_id: portal.client_id.clone(),
        client_secret: Secret::from(secret.to_owned()),
        proxy: settings.connection.proxy.clone(),
    })
}

#[cfg(test)]
mod tests {
    use vigie_kernel::random::SequenceRng;

    use super::*;
    use crate::config::Given;

    fn at(hours: u64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).plus(Duration::from_hours(hours))
    }

    fn settings(server: &str, folder: &Path) -> Settings {
        let given = Given {
            server: Some(server.to_owned()),
            client_id: Some("office-agent".to_owned()),
            client_secret: Some("hush".to_owned().into()),
            state_dir: Some(folder.to_owned()),
            ..Given::default()
        };
        given.settings().unwrap()
    }

    fn portal(revision: i64, url: &str) -> NextPortal {
        NextPortal {
            revision,
            url: url.to_owned(),
            client_id: "agents-2".to_owned(),
            client_secret: "s2".to_owned().into(),
            ca: None,
        }
    }

    fn moved(settings: &Settings) -> Portals {
        let mut portals = Portals { settings: digest(settings), ..Portals::default() };
        portals.hear(Some(&portal(1, "https://b")), &settings.connection, at(0));
        portals.switch(None, at(1));
        portals
    }

    #[test]
    fn what_is_announced_is_kept_beside_what_is_used_until_it_is_withdrawn() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings("https://a", folder.path());
        let mut portals = Portals::default();
        assert!(portals.hear(Some(&portal(1, "https://b")), &settings.connection, at(0)));
        assert!(!portals.hear(Some(&portal(1, "https://b")), &settings.connection, at(1)), "said again");
        assert_eq!(portals.connection(&settings).unwrap(), settings.connection);
        assert!(portals.hear(Some(&portal(2, "https://c")), &settings.connection, at(2)), "another takes its place");
        assert!(portals.hear(None, &settings.connection, at(3)));
        assert_eq!(portals.next, None);
        let own = NextPortal {
            url: "https://a".to_owned(),
            client_id: "office-agent".to_owned(),
            client_secret: "hush".to_owned().into(),
            ..portal(3, "")
        };
        assert!(!portals.hear(Some(&own), &settings.connection, at(4)), "what is used already is no move");
    }

    #[test]
    fn settings_that_name_another_server_come_before_a_move() {
        let folder = tempfile::tempdir().unwrap();
        let before = settings("https://a", folder.path());
        let dir = StateDir::open(folder.path()).unwrap();
        moved(&before).save(&dir).unwrap();
        assert_eq!(Portals::of(&before).connection(&before).unwrap().server, "https://b");
        let after = settings("https://elsewhere", folder.path());
        assert_eq!(Portals::of(&after).connection(&after).unwrap().server, "https://elsewhere");
        assert_eq!(Portals::of(&before).connection(&before).unwrap().server, "https://b", "looking changes nothing");
        assert_eq!(Portals::open(&dir, &after).unwrap().current, None);
        assert_eq!(Portals::of(&before).current, None, "working with them does");
    }

    #[test]
    fn tests_are_made_at_growing_pauses_and_sooner_when_the_portal_in_use_is_gone() {
        let rng = SequenceRng::new(1);
        let mut next = Next::new(portal(1, "https://b"), at(0));
        assert!(next.is_due(at(0), false));
        let mut pauses = Vec::new();
        for _ in 0..8 {
            next.failed(Step::Name, "no such name", at(0), &rng);
            pauses.push(next.not_before.since(at(0)));
        }
        assert!(pauses[0] < Duration::from_hours(1) && pauses[7] >= Duration::from_hours(3), "{pauses:?}");
        assert!(pauses[7] <= Duration::from_hours(9), "{pauses:?}");
        assert!(!next.is_due(at(1), false) && next.is_due(at(1), true));
        assert!(!next.is_due(at(0).plus(Duration::from_mins(5)), true), "not at every try");
        assert!(next.is_due(at(10), false));
        assert_eq!(next.tested.as_ref().unwrap().logged_at, at(0));
    }

    #[test]
    fn a_new_portal_that_goes_silent_is_given_up_unless_it_has_proven_itself() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings("https://a", folder.path());
        let mut portals = moved(&settings);
        for hour in 2..25 {
            portals.failed(at(hour));
            assert_eq!(portals.connection(&settings).unwrap().server, "https://b");
        }
        portals.failed(at(26));
        assert_eq!(portals.connection(&settings).unwrap(), settings.connection);
        assert_eq!(portals.next.as_ref().unwrap().portal.url, "https://b", "and is tested again");

        let mut portals = moved(&settings);
        for hour in 2..60 {
            portals.failed(at(hour));
            if hour % 20 == 0 {
                portals.answered();
            }
        }
        assert_eq!(portals.connection(&settings).unwrap().server, "https://b", "an answer begins the time anew");
        portals.answered();
        assert_eq!(portals.former, None);
        for hour in 100..400 {
            portals.failed(at(hour));
        }
        assert_eq!(portals.connection(&settings).unwrap().server, "https://b", "a proven one is kept");
    }

    #[test]
    fn certificates_that_were_announced_are_files_while_their_portal_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings("https://a", folder.path());
        let dir = StateDir::open(folder.path()).unwrap();
        let mut portals = Portals { settings: digest(&settings), ..Portals::default() };
        let next = NextPortal { ca: Some("PEM".to_owned()), ..portal(1, "https://b") };
        portals.hear(Some(&next), &settings.connection, at(0));
        let way = portals.way_to_next(portals.next.as_ref().unwrap(), &settings).unwrap();
        let path = way.ca.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "PEM");
        portals.switch(None, at(1));
        portals.save(&dir).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(portals.connection(&settings).unwrap().ca.as_ref(), Some(&path));
        assert!(path.exists(), "it is made again");
        portals.hear(Some(&portal(2, "https://c")), &settings.connection, at(2));
        portals.switch(None, at(3));
        assert_eq!(portals.connection(&settings).unwrap().ca.as_ref(), Some(&path), "trusted as before");
        portals.current = None;
        portals.former = None;
        portals.save(&dir).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings("https://a", folder.path());
        for wrong in [
            portal(1, "http://b"),
            portal(1, "https://u:p@b"),
            portal(1, &format!("https://{}", "b".repeat(300))),
            NextPortal { client_id: " ".to_owned(), ..portal(1, "https://b") },
            NextPortal { client_secret: String::new().into(), ..portal(1, "https://b") },
            NextPortal { ca: Some("x".repeat(LONGEST_CA + 1)), ..portal(1, "https://b") },
        ] {
            assert!(way_to(&wrong, &settings).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_damaged_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), b"{\"settings\":").unwrap();
        assert_eq!(Portals::peek(folder.path()).unwrap(), Portals::default());
    }
}
