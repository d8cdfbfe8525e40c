//! The agent of a system: enrols when it has to, keeps the link, opens it again when it ends, and takes down what the
//! server must hear of even if it cannot be reached now.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use ed25519_dalek::SigningKey;
use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};
use vigie_kernel::{Clock as _, SystemClock, SystemId, SystemRng, Timestamp};
use vigie_wire::{
    join::{JoinRefusal, TokenRefusal},
    link::{
        agent::Spool,
        alert::{AlertRule, MOST_ONGOING},
        certificate::{CertificateState, Wanted},
        message::{About, NoteBody, Switches},
        order::{Order, Report},
    },
    sync::public_key,
};

use super::{
    about::about,
    certificates::{self, Facts, Sources},
    connect::{Connected, Way},
    enrol::{SetUp, enrol, service_user},
    failure::{Failure, Then},
    folder::{ABOUT, Folder, IDENTITY, Identity, PENDING, SPOOL, STATUS, Status},
    host,
    join::gate::{Gate, Refused},
    link,
    questions::Questions,
    spool::DiskSpool,
    synchronise::Synchronising,
    watch::{Changed, Owner},
};
use crate::{
    alerts::Watch,
    profile::{self, Described},
    sync::Pauses,
};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A link that was held so long was a good one: the pauses begin anew.
const GOOD: Duration = Duration::from_mins(1);
/// How often is looked whether what the system says of itself changed, seconds.
const ABOUT_PERIOD: u32 = 60;
/// How long the first link waits for the profile's version.
const VERSION: Duration = Duration::from_secs(6);
/// Notes that say all alerts again: each of them, and the list.
const ALL_ALERTS: usize = MOST_ONGOING + 1;
/// How far a server's clock may be from this one's before that is told, either way.
const CLOCK: Duration = Duration::from_mins(2);
/// How often the same failure is told again.
const AGAIN: Duration = Duration::from_hours(1);

/// What is asked of [`run`].
#[derive(Debug)]
pub struct Options {
    /// The way to the server.
    pub way: Way,
    /// For an enrolment, if one is needed.
    pub token: Option<String>,
    /// The system's folder.
    pub state_dir: PathBuf,
    /// The profile.
    pub profile: Option<PathBuf>,
    /// Whoever sets up the service user.
    pub set_up: SetUp,
    /// Where systems may join, while a link password is set.
    pub link_listen: SocketAddr,
}

/// What a part of the system asks the server.
#[derive(Debug)]
pub(crate) enum Question {
    /// A token for a system that joins.
    Token(u64),
    /// A certificate.
    Certificate(u64, Wanted),
}

/// The system.
#[derive(Debug)]
pub(crate) struct System {
    way: Way,
    token: Option<String>,
    set_up: SetUp,
    state_dir: PathBuf,
    folder: Folder,
    key: SigningKey,
    identity: Option<Identity>,
    spool: DiskSpool,
    about: About,
    owner: Owner,
    alerts: Watch,
    profile: watch::Receiver<Option<Described>>,
    status: Status,
    synchronising: Synchronising,
    gate: Gate,
    joining: Questions<(), Result<String, Refused>>,
    /// What the certificates depend on, what is asked for them, and how they stand.
    facts: watch::Sender<Facts>,
    certificates: Questions<Wanted, certificates::Answer>,
    certified: watch::Receiver<Vec<CertificateState>>,
    looks: u32,
    /// Whether a token may enrol the system again: only at the beginning. A server that deletes a system that runs would
    /// otherwise find it there again.
    may_enrol_again: bool,
    told: Option<(String, Duration)>,
}

/// Works until the process ends. Wrong: why it can never work like this.
pub async fn run(options: Options) -> Result<Infallible, String> {
    let folder = Folder::hold(&options.state_dir)?;
    let identity: Option<Identity> = folder.read(IDENTITY)?;
    if identity.is_none() && options.token.is_none() {
        return Err("this system is not enrolled yet: give --enrolment-token".to_owned());
    }
    let key = folder.key(&SystemRng)?;
    let path = folder.file(SPOOL);
    let spool = DiskSpool::open(&path, &SystemRng).map_err(|error| format!("{}: {error}", path.display()))?;
    let (told, mut profile) = watch::channel(None);
    match options.profile {
        Some(path) => drop(tokio::spawn(profile::keep(path, options.state_dir.clone(), told))),
        None => drop(told.send(Some(Described::default()))),
    }
    // The first words say the version already, unless it takes too long.
    let _ = timeout(VERSION, profile.wait_for(Option::is_some)).await;
    let owner = Owner::new(&folder);
    let alerts = Watch::open(&folder);
    let about: About = folder.read(ABOUT).ok().flatten().unwrap_or_default();
    log::info!(
        "Vigie agent {} keeps the link to {}, state in {}",
        crate::VERSION,
        options.way.server,
        options.state_dir.display()
    );
    let may_enrol_again = options.token.is_some();
    let (gate, wants) = Gate::new(options.link_listen, options.way.clone(), key.clone());
    let (facts, of_link) = watch::channel(Facts { address: about.address.clone(), ..Facts::default() });
    let (asks, certificates) = mpsc::channel(1);
    let (state, certified) = watch::channel(about.certificates.clone());
    let sources = Sources { switches: owner.subscribe(), profile: profile.clone(), facts: of_link };
    drop(tokio::spawn(certificates::keep(options.state_dir.clone(), sources, asks, state)));
    System {
        way: options.way,
        token: options.token,
        set_up: options.set_up,
        state_dir: options.state_dir,
        folder,
        key,
        identity,
        spool,
        about,
        owner,
        alerts,
        profile,
        status: Status::default(),
        synchronising: Synchronising::default(),
        gate,
        joining: Questions::new(wants),
        facts,
        certificates: Questions::new(certificates),
        certified,
        looks: 0,
        may_enrol_again,
        told: None,
    }
    .run()
    .await
}

impl System {
    async fn run(mut self) -> Result<Infallible, String> {
        self.note_about(None);
        let new_pauses = || Pauses::new(FIRST_PAUSE, LONGEST_PAUSE);
        let mut pauses = new_pauses();
        loop {
            let mut welcomed = false;
            let began = host::uptime();
            let failure = match self.attempt(&mut welcomed).await {
                Ok(never) => match never {},
                Err(failure) => failure,
            };
            if welcomed {
                self.may_enrol_again = false;
                if host::uptime().saturating_sub(began) >= GOOD {
                    pauses = new_pauses();
                }
            }
            let pause = match failure.then {
                Then::Never => return Err(failure.words),
                Then::Enrol if self.may_enrol_again => {
                    self.forget()?;
                    Duration::ZERO
                }
                Then::Renumber => {
                    let anew = self.spool.begin_anew(&SystemRng);
                    anew.map_err(|error| format!("{}: {error}", self.folder.file(SPOOL).display()))?;
                    // The server may know of alerts that this copy never heard of, and the other way round.
                    self.alerts.say_again();
                    pauses.spread(None, &SystemRng)
                }
                Then::Again(asked) => pauses.spread(asked, &SystemRng),
                then => then.fixed().map_or(LONGEST_PAUSE, |fixed| fixed + pauses.spread(None, &SystemRng)),
            };
            self.failed(&failure, pause);
            self.wait(pause).await;
        }
    }

    /// Connects, enrols where that is needed, and keeps the link. It always ends, and says why.
    async fn attempt(&mut self, welcomed: &mut bool) -> Result<Infallible, Failure> {
        let mut connected = self.way.connect().await?;
        self.note_about(Some((connected.local, connected.is_through_primary)));
        let system_id = if let Some(identity) = &self.identity {
            identity.system_id
        } else {
            let system_id = self.enrol(connected).await?;
            connected = self.way.connect().await?;
            system_id
        };
        let local = connected.local;
        let socket = link::open(&self.way, connected, &self.key, system_id).await?;
        Err(link::keep(self, socket, local, welcomed).await)
    }

    async fn enrol(&mut self, connected: Connected) -> Result<SystemId, Failure> {
        let Some(token) = self.token.clone() else {
            return Err(Failure::never("this system is not enrolled: give --enrolment-token"));
        };
        let user = service_user(&self.folder, self.set_up).map_err(Failure::never)?;
        let about = self.about.clone();
        let system_id = match enrol(&self.way, connected, &self.key, &token, about.clone(), user.clone()).await {
            // The key belongs to a system that was deleted: as another one.
            Err(failure) if failure.then == Then::Enrol => {
                log::warn!("{}; trying with another key", failure.words);
                self.key = self.folder.another_key(&SystemRng).map_err(Failure::never)?;
                let connected = self.way.connect().await?;
                enrol(&self.way, connected, &self.key, &token, about, user).await?
            }
            enrolled => enrolled?,
        };
        self.enrolled(system_id).map_err(Failure::never)?;
        Ok(system_id)
    }

    fn enrolled(&mut self, system_id: SystemId) -> Result<(), String> {
        let identity = Identity { server: self.way.server.clone(), system_id, enrolled_at: SystemClock.now() };
        self.folder.write(ABOUT, &self.about)?;
        self.folder.write(IDENTITY, &identity)?;
        self.folder.remove(PENDING)?;
        log::info!("enrolled at {} as {system_id}", identity.server);
        self.identity = Some(identity);
        self.may_enrol_again = false;
        Ok(())
    }

    /// The server does not know this system any more: what it was told before is nobody's.
    fn forget(&mut self) -> Result<(), String> {
        self.folder.remove(IDENTITY)?;
        self.identity = None;
        self.may_enrol_again = false;
        self.alerts.say_again();
        self.spool.clear(&SystemRng).map_err(|error| error.to_string())
    }

    /// Waits, with an eye on what the owner changes; less long when the machine has other addresses: the way may be
    /// open again. Time goes on while the machine sleeps.
    async fn wait(&mut self, pause: Duration) {
        let until = host::uptime() + pause;
        let addresses = host::addresses();
        loop {
            let left = until.saturating_sub(host::uptime());
            if left.is_zero() {
                return;
            }
            sleep(left.min(Duration::from_secs(1))).await;
            self.look();
            if self.looks.is_multiple_of(2) && host::addresses() != addresses {
                sleep(Pauses::new(FIRST_PAUSE, FIRST_PAUSE).spread(None, &SystemRng)).await;
                return;
            }
        }
    }

    /// Looks at what may have changed on this machine. To be called about once a second.
    pub(crate) fn look(&mut self) -> Changed {
        self.looks = self.looks.wrapping_add(1);
        let changed = self.owner.look(&self.folder);
        self.gate.look(&self.folder);
        let is_told = self.profile.has_changed().unwrap_or(false) || self.certified.has_changed().unwrap_or(false);
        if changed.switches || is_told || self.looks.is_multiple_of(ABOUT_PERIOD) {
            self.note_about(None);
        }
        self.note_alerts();
        changed
    }

    /// Takes down what was seen. Before the system is enrolled it would be nobody's.
    fn note_alerts(&mut self) {
        if self.identity.is_none() {
            return;
        }
        if let Some(described) = &*self.profile.borrow() {
            self.alerts.look_at(&described.conditions);
        }
        if self.spool.has_lost(ALL_ALERTS) {
            self.alerts.say_again();
        }
        let spool = &mut self.spool;
        self.alerts.tick(&self.folder, |at, body| spool.add(at, body.clone()).map_err(|error| error.to_string()));
    }

    /// The server says its time.
    pub(crate) fn compare_clock(&mut self, server: Timestamp) {
        self.alerts.compare_clock(server);
    }

    /// People changed something about conditions.
    pub(crate) fn rule(&mut self, rules: Vec<AlertRule>) {
        self.alerts.rule(rules);
    }

    /// Takes down what the system is, if that is news. Before it is enrolled, the enrolment says it.
    fn note_about(&mut self, way: Option<(IpAddr, bool)>) {
        let described = self.profile.borrow_and_update().clone();
        let certificates = self.certified.borrow_and_update().clone();
        let now = about(&self.about, described.as_ref(), self.owner.switches(), certificates, way);
        self.know(|it| it.address.clone_from(&now.address));
        if now == self.about {
            return;
        }
        if self.identity.is_some() {
            let noted = self.spool.add(SystemClock.now(), NoteBody::About(now.clone()));
            let noted = noted.map_err(|error| error.to_string()).and_then(|()| self.folder.write(ABOUT, &now));
            if let Err(words) = noted {
                // It is news again in a minute.
                return log::error!("what changed on this system is not taken down: {words}");
            }
        }
        self.about = now;
    }

    /// What the certificates depend on is otherwise.
    fn know(&self, change: impl FnOnce(&mut Facts)) {
        self.facts.send_if_modified(|facts| {
            let before = facts.clone();
            change(facts);
            *facts != before
        });
    }

    fn failed(&mut self, failure: &Failure, pause: Duration) {
        self.know(|it| it.is_open = false);
        self.certificates.forget();
        self.joining.forget();
        let (words, now) = (&failure.words, host::uptime());
        let is_told = self.told.as_ref().is_some_and(|(told, at)| told == words && now.saturating_sub(*at) < AGAIN);
        let level = if is_told { log::Level::Debug } else { log::Level::Warn };
        if !is_told {
            self.told = Some((words.clone(), now));
            self.status = Status { connected_since: None, last_failure: Some((SystemClock.now(), words.clone())) };
            self.write_status();
        }
        log::log!(level, "{words}; the next try is in {:.1} s", pause.as_secs_f32());
    }

    fn write_status(&self) {
        if let Err(words) = self.folder.write(STATUS, &self.status) {
            log::warn!("{words}");
        }
    }

    /// The server took the link.
    pub(crate) fn welcomed(&mut self, server: Timestamp) {
        let now = SystemClock.now();
        if now.since(server).max(server.since(now)) > CLOCK {
            log::warn!("this machine's clock says {now}, the server's {server}: one of them is wrong");
        }
        self.compare_clock(server);
        self.know(|it| {
            it.is_open = true;
            it.ahead = now.millis().saturating_sub(server.millis());
        });
        self.told = None;
        self.status.connected_since = Some(now);
        self.write_status();
        log::info!("the link to {} is open", self.way.server);
    }

    /// The server stored notes.
    pub(crate) fn stored(&mut self, sequence: u64) {
        if let Err(error) = self.spool.stored(sequence) {
            log::warn!("{}: {error}", self.folder.file(SPOOL).display());
        }
    }

    /// Looks whether the owner ordered something for the network; then that is to be said.
    pub(crate) fn look_for_order(&mut self) -> Option<Order> {
        let system = self.identity.as_ref()?.system_id;
        self.synchronising.look(&self.folder, &self.key, system)
    }

    /// An order of the owner that the server has not answered.
    pub(crate) fn unanswered_order(&self) -> Option<Order> {
        self.synchronising.unanswered()
    }

    /// How far the network is with an order of the owner.
    pub(crate) fn synchronised(&mut self, at: Timestamp, report: Report) {
        self.synchronising.told(&self.folder, at, report);
    }

    /// What is to be asked over the link.
    pub(crate) async fn question(&mut self, is_open: bool) -> Question {
        if !is_open {
            return std::future::pending().await;
        }
        tokio::select! {
            (number, ()) = self.joining.next() => Question::Token(number),
            (number, wanted) = self.certificates.next() => Question::Certificate(number, wanted),
        }
    }

    /// The server answers with a token, or says why not.
    pub(crate) fn token_came(&mut self, number: u64, answer: Result<String, TokenRefusal>) {
        let answer = answer.map_err(|code| (JoinRefusal::NotAllowed, code.words().to_owned()));
        self.joining.answered(number, answer);
    }

    /// The server answers with a certificate, or says why not.
    pub(crate) fn certificate_came(&mut self, number: u64, answer: certificates::Answer) {
        self.certificates.answered(number, answer);
    }

    /// The server wants the certificates anew that were issued before that.
    pub(crate) fn certificates_anew(&mut self, at: Timestamp) {
        self.know(|it| it.anew = Some(at));
    }

    pub(crate) fn public_key(&self) -> String {
        public_key(&self.key)
    }

    pub(crate) const fn about(&self) -> &About {
        &self.about
    }

    pub(crate) const fn notes(&self) -> &Spool {
        self.spool.notes()
    }

    pub(crate) const fn notes_mut(&mut self) -> &mut Spool {
        self.spool.notes_mut()
    }

    pub(crate) fn switches(&self) -> watch::Receiver<Switches> {
        self.owner.subscribe()
    }

    pub(crate) fn folder_path(&self) -> PathBuf {
        self.state_dir.clone()
    }
}
