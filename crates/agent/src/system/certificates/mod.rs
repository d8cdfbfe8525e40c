//! Certificates that the server issues to this system and to its devices, while the owner has that switched on. The agent
//! makes each key, asks over the link, puts the files where the profile says and runs what the profile names; when that
//! fails, the former files are there again. Each is replaced in the last third of its life, and sooner when its files, its
//! names or the server say so.

mod kept;
mod place;

use std::{fmt, path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{CertificateParams, DistinguishedName, KeyPair, PublicKeyData as _};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use vigie_kernel::{Clock as _, SystemClock, SystemRng, Timestamp};
use vigie_wire::link::{
    certificate::{CertificateRefusal, CertificateState, Issued, MOST_DEVICES, Wanted, is_device},
    message::Switches,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use self::{
    kept::{All, Kept, digest, due, name},
    place::{Content, Placed, Rights, place},
};
use super::{folder::Folder, host, questions::Asked};
use crate::{
    profile::{Certificate, Described},
    program::{self, Said},
    sync::Pauses,
};

/// How often is looked whether one is to be replaced.
const LOOK: Duration = Duration::from_mins(10);
/// From one try to the next when something is wrong, at first and at the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a program may take that says the devices, or that is run afterwards.
const PROGRAM: Duration = Duration::from_mins(1);
/// How much of the words of the program that says the devices is read, bytes.
const LONGEST_LIST: usize = 128 << 10;

/// What the server answers to a question for a certificate.
pub(crate) type Answer = Result<Issued, CertificateRefusal>;

/// What the link tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Whether the link is open.
    pub(crate) is_open: bool,
    /// The address by which the system reaches the server.
    pub(crate) address: String,
    /// Certificates installed before that are wanted anew, by the server's clock.
    pub(crate) anew: Option<Timestamp>,
    /// How far this machine's clock is ahead of the server's, milliseconds.
    pub(crate) ahead: i64,
}

/// What it all depends on.
pub(crate) struct Sources {
    pub(crate) switches: watch::Receiver<Switches>,
    pub(crate) profile: watch::Receiver<Option<Described>>,
    pub(crate) facts: watch::Receiver<Facts>,
}

/// Works for ever. `told` gets how the system stands with each entry of the profile.
pub(crate) async fn keep(
    folder: PathBuf,
    mut sources: Sources,
    asks: mpsc::Sender<Asked<Wanted, Answer>>,
    told: watch::Sender<Vec<CertificateState>>,
) {
    let folder = Folder::at(&folder);
    let new_pauses = || Pauses::new(FIRST_PAUSE, LONGEST_PAUSE);
    let mut pauses = new_pauses();
    loop {
        let round = Round::of(&mut sources, &asks);
        let (states, is_well) = round.go(&folder).await;
        let is_news = told.send_if_modified(|before| {
            let is_news = *before != states;
            *before = states;
            is_news
        });
        if is_news {
            for trouble in told.borrow().iter().filter(|it| !it.trouble.is_empty()) {
                log::warn!("certificate {}: {}", trouble.key, trouble.trouble);
            }
        }
        let pause = if is_well {
            pauses = new_pauses();
            LOOK
        } else {
            pauses.next(None, &SystemRng)
        };
        let changed = async {
            tokio::select! {
                it = sources.switches.changed() => it,
                it = sources.profile.changed() => it,
                it = sources.facts.changed() => it,
            }
        };
        // Ended: the system is no more, and with it this task goes.
        if let Ok(Err(_)) = timeout(pause, changed).await {
            return;
        }
    }
}

/// One look at all entries.
struct Round<'a> {
    switches: Switches,
    entries: Vec<Certificate>,
    facts: Facts,
    asks: &'a mpsc::Sender<Asked<Wanted, Answer>>,
}

/// A certificate that was issued, before it is installed.
struct Made {
    issued: Issued,
    private_key: String,
    not_before: Timestamp,
    not_after: Timestamp,
}

fn words(error: &dyn fmt::Display) -> String {
    format!("a certificate cannot be made: {error}")
}

impl<'a> Round<'a> {
    fn of(sources: &mut Sources, asks: &'a mpsc::Sender<Asked<Wanted, Answer>>) -> Self {
        let profile = sources.profile.borrow_and_update();
        Self {
            switches: *sources.switches.borrow_and_update(),
            entries: profile.as_ref().map_or_else(Vec::new, |it| it.certificates.to_vec()),
            facts: sources.facts.borrow_and_update().clone(),
            asks,
        }
    }

    /// The server's time.
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().millis().saturating_sub(self.facts.ahead))
    }

    /// Answers how the system stands with each entry, and whether all of it is well.
    async fn go(&self, folder: &Folder) -> (Vec<CertificateState>, bool) {
        if !self.switches.automatic_certificates || self.entries.is_empty() {
            return (Vec::new(), true);
        }
        let mut all: All = match folder.read(kept::FILE) {
            Ok(kept) => kept.unwrap_or_default(),
            Err(error) => {
                log::warn!("{error}: all certificates are taken for new");
                All::default()
            }
        };
        let mut states = Vec::new();
        for entry in &self.entries {
            if entry.devices.is_none() || self.switches.device_certificates {
                let before = all.clone();
                states.push(self.look_after(entry, &mut all).await);
                if all != before {
                    self.write(folder, &mut all);
                }
            }
        }
        let is_well = states.iter().all(|it| it.trouble.is_empty());
        (states, is_well)
    }

    /// What nobody asks for any more is forgotten.
    fn write(&self, folder: &Folder, all: &mut All) {
        let now = self.now();
        all.retain(|name, kept| {
            let key = name.split('/').next().unwrap_or_default();
            kept.not_after > now && self.entries.iter().any(|it| it.key == key)
        });
        if let Err(error) = folder.write(kept::FILE, all) {
            log::warn!("{error}");
        }
    }

    async fn look_after(&self, entry: &Certificate, all: &mut All) -> CertificateState {
        let mut state = CertificateState {
            key: entry.key.clone(),
            title: entry.title.clone(),
            devices: entry.devices.is_some(),
            ..CertificateState::default()
        };
        let subjects = match &entry.devices {
            None => Ok(vec![None]),
            Some(command) => devices(command).await.map(|them| them.into_iter().map(Some).collect()),
        };
        let subjects: Vec<Option<String>> = subjects.unwrap_or_else(|error| {
            state.trouble = error;
            Vec::new()
        });
        state.wanted = u32::try_from(subjects.len()).unwrap_or(u32::MAX);
        let (mut placed, mut renewed) = (Vec::new(), Vec::new());
        for device in &subjects {
            let device = device.as_deref();
            match self.renew(entry, device, all, &placed).await {
                Ok(Some((files, kept))) => {
                    let name = name(&entry.key, device);
                    placed.push((files, all.contains_key(&name)));
                    renewed.push((name, kept));
                }
                // Of many devices the first that fails tells enough.
                Err(error) if state.trouble.is_empty() => {
                    state.trouble = device.map_or_else(|| error.clone(), |device| format!("{device}: {error}"));
                }
                Ok(None) | Err(_) => {}
            }
        }
        match put_in_use(entry, placed).await {
            Ok(()) => all.extend(renewed),
            Err(error) => state.trouble = error,
        }
        let now = self.now();
        let there = subjects.iter().filter_map(|it| all.get(&name(&entry.key, it.as_deref())));
        let good: Vec<_> = there.filter(|it| it.not_after > now).collect();
        state.installed = u32::try_from(good.len()).unwrap_or(u32::MAX);
        state.ends_at = good.iter().map(|it| it.not_after).min();
        state
    }

    /// Replaces one where that is due; none: it is good.
    async fn renew(
        &self,
        entry: &Certificate,
        device: Option<&str>,
        all: &All,
        earlier: &[(Placed, bool)],
    ) -> Result<Option<(Placed, Kept)>, String> {
        let names = entry.names(&host::name(), &self.facts.address, device);
        if names.is_empty() {
            return Err("none of the names that the profile wants is known yet".to_owned());
        }
        let files = entry.files(device);
        let kept = all.get(&name(&entry.key, device)).cloned();
        let (now, anew) = (self.now(), self.facts.anew);
        let looked = (kept, files.clone(), names.clone());
        let why = tokio::task::spawn_blocking(move || due(looked.0.as_ref(), &looked.1, &looked.2, now, anew)).await;
        let Some(why) = why.map_err(|error| words(&error))? else { return Ok(None) };
        log::info!("certificate {}: {why}", name(&entry.key, device));
        let made = self.ask(entry, device, &names).await?;
        let rights = Rights::of(entry.owner.as_deref(), entry.group.as_deref())?;
        let kept = Kept {
            names,
            certificate: digest(made.issued.certificate.as_bytes()),
            private_key: digest(made.private_key.as_bytes()),
            installed_at: self.now(),
            not_before: made.not_before,
            not_after: made.not_after,
        };
        let is_held = files.authority.as_ref().is_some_and(|it| earlier.iter().any(|(placed, _)| placed.holds(it)));
        let placed = tokio::task::spawn_blocking(move || {
            let content = Content {
                certificate: &made.issued.certificate,
                private_key: &made.private_key,
                authority: &made.issued.authority,
            };
            place(&files, &content, rights, is_held)
        });
        let placed = placed.await.map_err(|error| words(&error))??;
        Ok(Some((placed, kept)))
    }

    /// Makes a key and asks for its certificate.
    async fn ask(&self, entry: &Certificate, device: Option<&str>, names: &[String]) -> Result<Made, String> {
        if !self.facts.is_open {
            return Err("there is no link to the server".to_owned());
        }
        let key = KeyPair::generate().map_err(|error| words(&error))?;
        let mut params = CertificateParams::new(names.to_vec()).map_err(|error| words(&error))?;
        // Whose it is, the server says.
        params.distinguished_name = DistinguishedName::new();
        let request = params.serialize_request(&key).map_err(|error| words(&error))?;
        let wanted = Wanted {
            key: entry.key.clone(),
            device: device.map(str::to_owned),
            request: STANDARD.encode(request.der()),
        };
        let (answer, answered) = oneshot::channel();
        let lost = || "the link to the server was lost".to_owned();
        self.asks.send((wanted, answer)).await.map_err(|_| lost())?;
        let answered = timeout(PATIENCE, answered).await.map_err(|_| "the server does not answer".to_owned())?;
        let issued = answered.map_err(|_| lost())?.map_err(|code| code.words().to_owned())?;
        read(issued, &key)
    }
}

/// Reads what was issued: it must be for the key that was asked with.
fn read(issued: Issued, key: &KeyPair) -> Result<Made, String> {
    let unreadable = || "what the server issued cannot be read".to_owned();
    let der = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).map_err(|_| unreadable())?;
    CertificateDer::from_pem_slice(issued.authority.as_bytes()).map_err(|_| unreadable())?;
    let (_, parsed) = X509Certificate::from_der(&der).map_err(|_| unreadable())?;
    if *parsed.public_key().subject_public_key.data != *key.der_bytes() {
        return Err("what the server issued is for another key".to_owned());
    }
    let moment = |it: x509_parser::time::ASN1Time| Timestamp::from_millis(it.timestamp().saturating_mul(1000));
    let (not_before, not_after) = (moment(parsed.validity().not_before), moment(parsed.validity().not_after));
    Ok(Made { issued, private_key: key.serialize_pem(), not_before, not_after })
}

/// Runs what the profile names; when that fails, the former files are there again, and it is run once more.
async fn put_in_use(entry: &Certificate, placed: Vec<(Placed, bool)>) -> Result<(), String> {
    if placed.is_empty() {
        return Ok(());
    }
    if let Some(reload) = &entry.reload
        && let Err(error) = run(reload, program::LONGEST).await
    {
        for (files, _) in placed {
            files.undo();
        }
        if let Err(again) = run(reload, program::LONGEST).await {
            log::error!("certificate {}: with the former files too: {again}", entry.key);
        }
        return Err(format!("{error}; the former files are there again"));
    }
    for (files, was_ours) in placed {
        files.stay(was_ours);
    }
    log::info!("certificate {}: in use", entry.key);
    Ok(())
}

/// Runs a program that must succeed; `most` bytes of its output are kept.
async fn run(argv: &[String], most: usize) -> Result<Said, String> {
    let said = program::run(argv, most, PROGRAM).await?;
    if said.code == Some(0) { Ok(said) } else { Err(format!("{}: {}", argv.join(" "), said.how())) }
}

/// The devices that a program says, the first word of each line.
async fn devices(argv: &[String]) -> Result<Vec<String>, String> {
    let text = run(argv, LONGEST_LIST).await?.text();
    let mut named: Vec<_> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    named.sort_unstable();
    named.dedup();
    if let Some(wrong) = named.iter().find(|it| !is_device(it)) {
        let wrong: String = wrong.chars().take(40).collect();
        return Err(format!("{}: {wrong:?} is no name of a device", argv.join(" ")));
    }
    if named.len() > MOST_DEVICES {
        return Err(format!("{}: more than {MOST_DEVICES} devices", argv.join(" ")));
    }
    Ok(named.into_iter().map(str::to_owned).collect())
}
