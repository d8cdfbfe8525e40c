//! Which versions there are beside the installed program, and how they stand. Kept in the folder `versions` of the state
//! folder: a folder for each version with its program, and `state.json`.

use std::{
    cmp::Ordering,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vigie_wire::{
    update::{End, Offer, Report, is_version},
    version,
};

use crate::files;

/// Longest state file, bytes.
const MAX_STATE: u64 = 64 << 10;
/// How often a version on trial may end before it reported.
const MAX_STARTS: u32 = 3;
/// The bounds of a trial.
const TRIALS: std::ops::RangeInclusive<u32> = 5..=24 * 3600;

/// The program's name in a version's folder.
pub(super) const PROGRAM: &str = if cfg!(windows) { "vigie-agent.exe" } else { "vigie-agent" };

/// The folder of versions.
#[derive(Debug, Clone)]
pub struct Shelf {
    path: PathBuf,
}

/// How the versions stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// What the server offers, to be fetched.
    pub offer: Option<Offer>,
    /// The version that shows whether it works.
    pub trial: Option<Trial>,
    /// The version that has shown it.
    pub current: Option<Kept>,
    /// What became of the last offer that came to nothing.
    pub report: Option<Report>,
    /// Whether the server knows that.
    pub told: bool,
    /// The signature of what is not tried again.
    pub given_up: Option<String>,
}

/// A version that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Which.
    pub version: String,
    /// Digest of its program, hexadecimal.
    pub sha256: String,
}

/// A version on trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// The version.
    #[serde(flatten)]
    pub kept: Kept,
    /// The signature by which it came.
    pub signature: String,
    /// How often it was started.
    pub starts: u32,
    /// Seconds within which it must report.
    pub report_within_seconds: u32,
}

/// Which program is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// The one that asks.
    Here,
    /// Another one.
    Other {
        /// Where it is.
        program: PathBuf,
        /// Its version.
        version: String,
        /// Of one on trial: within which time it must report.
        trial: Option<Duration>,
    },
}

impl Shelf {
    /// The shelf of a state folder.
    pub fn of(state_dir: &Path) -> Self {
        Self { path: state_dir.join("versions") }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How the versions stand; as if there were none where that cannot be read.
    pub fn standing(&self) -> Standing {
        let content = files::read_bounded(&self.path.join("state.json"), MAX_STATE);
        content.ok().and_then(|content| serde_json::from_slice(&content).ok()).unwrap_or_default()
    }

    /// Changes how they stand. A program on trial and the one that watches it do so in turn.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Standing) -> T) -> io::Result<T> {
        let _lock = self.lock()?;
        let before = self.standing();
        let mut standing = before.clone();
        let result = change(&mut standing);
        if standing != before {
            let content = serde_json::to_vec_pretty(&standing)?;
            files::write_atomic(&self.path.join("state.json"), &content)?;
        }
        Ok(result)
    }

    fn lock(&self) -> io::Result<File> {
        files::create_private_folder(&self.path)?;
        let path = self.path.join("lock");
        let lock = files::private(OpenOptions::new().create(true).truncate(false).write(true)).open(path)?;
        lock.lock()?;
        Ok(lock)
    }

    pub(super) fn program(&self, version: &str) -> PathBuf {
        self.path.join(version).join(PROGRAM)
    }

    /// Takes note of what an answer offered; nothing is an offer withdrawn. `own` is the version that runs.
    pub fn offered(&self, offer: Option<Offer>, own: &str) -> io::Result<()> {
        let offer = offer.filter(|offer| {
            let known = is_version(&offer.version) && version::compare(None, &offer.version, own) == Ordering::Greater;
            if !known {
                log::warn!("the server offers version {:?}, which is not newer than {own}", offer.version);
            }
            known
        });
        if offer.is_none() && self.standing().offer.is_none() {
            return Ok(());
        }
        self.change(|standing| {
            let again = |offer: &Offer| standing.given_up.as_ref() == Some(&offer.signature);
            standing.offer = offer.filter(|offer| !again(offer));
        })
    }

    /// An update came to nothing. What was refused or given up is not tried again until something else is offered.
    pub(crate) fn ended(&self, offer: &Offer, end: End, words: &str) -> io::Result<()> {
        log::error!("the update to version {} {}: {words}", offer.version, end.as_str());
        self.change(|standing| {
            standing.failed(&offer.version, end, words);
            if end != End::Failed {
                standing.given_up = Some(offer.signature.clone());
                standing.offer = None;
            }
        })
    }

    /// A version is there and whole: it is the next to run.
    pub(super) fn arrived(&self, offer: &Offer, sha256: String) -> io::Result<()> {
        self.change(|standing| {
            standing.offer = None;
            standing.trial = Some(Trial {
                kept: Kept { version: offer.version.clone(), sha256 },
                signature: offer.signature.clone(),
                starts: 0,
                report_within_seconds: offer.report_within_seconds.clamp(*TRIALS.start(), *TRIALS.end()),
            });
        })
    }

    /// A synchronisation of version `own` was answered: if it was on trial, it no longer is. Answers whether it was.
    pub(crate) fn reported(&self, own: &str) -> io::Result<bool> {
        let standing = self.standing();
        let on_trial = standing.trial.as_ref().is_some_and(|trial| trial.kept.version == own);
        if !on_trial && (standing.report.is_none() || standing.told) {
            return Ok(false);
        }
        self.change(|standing| {
            standing.told = true;
            if let Some(trial) = standing.trial.take_if(|trial| trial.kept.version == own) {
                standing.current = Some(trial.kept);
                standing.report = None;
            }
        })?;
        if on_trial {
            log::info!("version {own} has reported and stays");
        }
        Ok(on_trial)
    }

    /// The former version runs again.
    pub(super) fn reverted(&self, words: &str) -> io::Result<()> {
        let gone = self.change(|standing| standing.revert(words))?;
        if let Some(version) = gone {
            log::error!("version {version} is given up: {words}");
            self.tidy();
        }
        Ok(())
    }

    /// Which program is to run, where the one that asks is of version `own`. A start of a version on trial is counted here,
    /// before it: whatever it does, it cannot be started for ever.
    pub(super) fn choose(&self, own: &str) -> io::Result<Choice> {
        let standing = self.standing();
        if standing == Standing::default() {
            return Ok(Choice::Here);
        }
        let newer = |kept: &Kept| version::compare(None, &kept.version, own) == Ordering::Greater;
        let choice = if let Some(trial) = &standing.trial
            && (newer(&trial.kept) || trial.kept.version == own)
        {
            if trial.kept.version == own {
                return Ok(Choice::Here);
            }
            if trial.starts >= MAX_STARTS {
                self.reverted(&format!("it ended {MAX_STARTS} times before it reported"))?;
                return self.choose(own);
            }
            if !self.is_whole(&trial.kept) {
                self.reverted("its program is damaged")?;
                return self.choose(own);
            }
            self.change(|standing| {
                if let Some(trial) = &mut standing.trial {
                    trial.starts += 1;
                }
            })?;
            self.other(&trial.kept, Some(Duration::from_secs(trial.report_within_seconds.into())))
        } else if let Some(current) = standing.current.as_ref().filter(|current| newer(current)) {
            if self.is_whole(current) {
                self.other(current, None)
            } else {
                log::error!("the program of version {} is damaged: version {own} runs", current.version);
                self.change(|standing| standing.current = None)?;
                Choice::Here
            }
        } else {
            // What is installed by now is as new, or newer.
            self.change(|standing| {
                standing.trial = None;
                standing.current.take_if(|current| current.version != own);
            })?;
            Choice::Here
        };
        self.tidy();
        Ok(choice)
    }

    fn other(&self, kept: &Kept, trial: Option<Duration>) -> Choice {
        Choice::Other { program: self.program(&kept.version), version: kept.version.clone(), trial }
    }

    fn is_whole(&self, kept: &Kept) -> bool {
        is_version(&kept.version) && digest(&self.program(&kept.version)).is_ok_and(|found| found == kept.sha256)
    }

    /// Takes away versions that nothing refers to any more.
    pub(super) fn tidy(&self) {
        let standing = self.standing();
        let trial = standing.trial.as_ref().map(|trial| &trial.kept);
        let kept = |name: &str| [trial, standing.current.as_ref()].into_iter().flatten().any(|it| it.version == name);
        for entry in fs::read_dir(&self.path).into_iter().flatten().filter_map(Result::ok) {
            let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if folder && !entry.file_name().to_str().is_some_and(kept) {
                // The program of a version that still ends cannot be removed everywhere: the next start does it.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

impl Standing {
    fn failed(&mut self, version: &str, end: End, words: &str) {
        let report = Report { version: version.to_owned(), end, words: words.to_owned() };
        // The same again and again is told once.
        self.told = self.told && self.report.as_ref() == Some(&report);
        self.report = Some(report);
    }

    /// Answers the version that was given up.
    fn revert(&mut self, words: &str) -> Option<String> {
        let trial = self.trial.take()?;
        self.failed(&trial.kept.version, End::Reverted, words);
        self.given_up = Some(trial.signature);
        Some(trial.kept.version)
    }

    /// What the server is still to be told.
    pub fn untold(&self) -> bool {
        self.report.is_some() && !self.told
    }
}

/// SHA-256 of a file, hexadecimal.
pub(super) fn digest(path: &Path) -> io::Result<String> {
    let (mut file, mut hasher, mut piece) = (File::open(path)?, Sha256::new(), vec![0; 64 << 10]);
    loop {
        match io::Read::read(&mut file, &mut piece)? {
            0 => return Ok(hex::encode(hasher.finalize())),
            read => hasher.update(&piece[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(version: &str, signature: &str) -> Offer {
        Offer {
            version: version.into(),
            size: 4,
            signature: signature.into(),
            spread_seconds: 0,
            report_within_seconds: 60,
        }
    }

    /// A shelf with a version on trial.
    fn shelf(version: &str) -> (tempfile::TempDir, Shelf) {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::of(folder.path());
        lay(&shelf, version);
        (folder, shelf)
    }

    fn lay(shelf: &Shelf, version: &str) {
        shelf.offered(Some(offer(version, version)), "0.1.0").unwrap();
        let program = shelf.program(version);
        files::create_private_folder(program.parent().unwrap()).unwrap();
        fs::write(&program, version).unwrap();
        shelf.arrived(&offer(version, version), digest(&program).unwrap()).unwrap();
    }

    fn chosen(shelf: &Shelf, own: &str) -> Option<(String, bool)> {
        match shelf.choose(own).unwrap() {
            Choice::Here => None,
            Choice::Other { version, trial, .. } => Some((version, trial.is_some())),
        }
    }

    #[test]
    fn a_version_that_reports_stays_and_the_one_before_it_goes() {
        let (_folder, shelf) = shelf("0.2.0");
        assert_eq!(chosen(&shelf, "0.1.0"), Some(("0.2.0".into(), true)));
        assert_eq!(chosen(&shelf, "0.2.0"), None, "it is the one on trial");
        assert!(shelf.reported("0.2.0").unwrap());
        assert!(!shelf.reported("0.2.0").unwrap());
        assert_eq!(chosen(&shelf, "0.1.0"), Some(("0.2.0".into(), false)));
        lay(&shelf, "0.3.0");
        assert_eq!(chosen(&shelf, "0.2.0"), Some(("0.3.0".into(), true)));
        assert!(shelf.program("0.2.0").exists(), "what there is to come back to");
        assert!(shelf.reported("0.3.0").unwrap());
        assert_eq!(chosen(&shelf, "0.1.0"), Some(("0.3.0".into(), false)));
        assert!(!shelf.program("0.2.0").exists());
    }

    #[test]
    fn a_version_that_ends_again_and_again_is_given_up_and_never_fetched_again() {
        let (_folder, shelf) = shelf("0.2.0");
        for _ in 0..MAX_STARTS {
            assert_eq!(chosen(&shelf, "0.1.0"), Some(("0.2.0".into(), true)));
        }
        assert_eq!(chosen(&shelf, "0.1.0"), None);
        let standing = shelf.standing();
        let report = standing.report.as_ref().unwrap();
        assert_eq!((report.version.as_str(), report.end, standing.untold()), ("0.2.0", End::Reverted, true));
        assert!(!shelf.program("0.2.0").exists());
        shelf.offered(Some(offer("0.2.0", "0.2.0")), "0.1.0").unwrap();
        assert_eq!(shelf.standing().offer, None);
        assert!(!shelf.reported("0.1.0").unwrap());
        assert!(!shelf.standing().untold(), "the server knows it now");
        shelf.offered(Some(offer("0.2.0", "signed anew")), "0.1.0").unwrap();
        assert!(shelf.standing().offer.is_some());
    }

    #[test]
    fn a_damaged_program_is_not_run() {
        let (_folder, shelf) = shelf("0.2.0");
        assert!(shelf.reported("0.2.0").unwrap());
        lay(&shelf, "0.3.0");
        fs::write(shelf.program("0.3.0"), "other").unwrap();
        assert_eq!(chosen(&shelf, "0.1.0"), Some(("0.2.0".into(), false)), "the one before it");
        fs::write(shelf.program("0.2.0"), "other").unwrap();
        assert_eq!(chosen(&shelf, "0.1.0"), None);
        fs::write(shelf.path().join("state.json"), "{").unwrap();
        assert_eq!(chosen(&shelf, "0.1.0"), None, "nothing is known: the installed program runs");
    }

    #[test]
    fn an_installed_program_that_is_newer_runs_itself() {
        let (_folder, shelf) = shelf("0.2.0");
        assert!(shelf.reported("0.2.0").unwrap());
        lay(&shelf, "0.3.0");
        assert_eq!(chosen(&shelf, "0.4.0"), None);
        assert!(!shelf.program("0.2.0").exists() && !shelf.program("0.3.0").exists());
        assert_eq!(shelf.standing().trial, None);
    }

    #[test]
    fn only_newer_versions_are_taken_and_an_offer_can_be_withdrawn() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::of(folder.path());
        for older in ["0.1.0", "0.0.9", "../../etc", ""] {
            shelf.offered(Some(offer(older, "s")), "0.1.0").unwrap();
            assert_eq!(shelf.standing().offer, None, "{older}");
        }
        shelf.offered(Some(offer("0.10.0", "s")), "0.9.0").unwrap();
        assert!(shelf.standing().offer.is_some());
        shelf.offered(None, "0.9.0").unwrap();
        assert_eq!(shelf.standing().offer, None);
    }
}
