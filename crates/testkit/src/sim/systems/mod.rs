//! Simulated systems: thousands of links from one process, each with a key of its own, speaking the real protocol over real
//! TLS. They do what an agent does: greet, say heartbeats, let the server sign in, and come back when they are cut. Where
//! that is asked for they tell of alerts ([`told`]) and carry tunnels ([`carried`]); else every switch is off.

mod carried;
mod told;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use ed25519_dalek::SigningKey;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    sync::{Notify, Semaphore},
    task::JoinSet,
};
use tokio_rustls::TlsConnector;
use vigie_kernel::{Clock as _, SystemClock, SystemId};
use vigie_mux::{
    Ends, Limits, Messages,
    bytes::config,
    start,
    tokio_tungstenite::{client_async_with_config, tungstenite::client::IntoClientRequest as _},
};
use vigie_wire::{
    link::{
        ENROLMENT_PATH, FORMAT, PATH,
        agent::{Agent, Event, Spool},
        frame,
        message::{About, FromAgent, ServiceUser, Standing, Switches},
        opening::{
            Enrolled, Enrolment, SIGNATURE_HEADER, SUBPROTOCOL, SYSTEM_HEADER, TIME_HEADER, enrolment_text,
            sign_opening,
        },
    },
    sync::{public_key, sign},
};

pub use told::CRITICAL_OF;

use told::{Alerts, Beats, Raised};

/// Longest that one step of a connection may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longest pauses before the first and the later attempts of a system that was cut, as an agent's.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// After a link of so long the pauses begin anew.
const GOOD: Duration = Duration::from_mins(1);

/// What is played.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Address of the server, `https://…`.
    pub server: String,
    /// Its CA, PEM.
    pub ca: Vec<u8>,
    /// What they enrol with: good for as many uses as there are systems. None: all are known by `enrolled`.
    pub token: Option<String>,
    /// A file that keeps who enrolled: what is in it is not enrolled again.
    pub enrolled: Option<PathBuf>,
    /// They only enrol.
    pub only_enrols: bool,
    /// How many.
    pub count: u64,
    /// The same one makes the same systems.
    pub seed: u64,
    /// Handshakes at once.
    pub concurrency: usize,
    /// To a server on the loopback, connections come from so many addresses: one address has some 28,000 ports.
    pub addresses: u8,
    /// How long they stay; none: until stopped.
    pub stay: Option<Duration>,
    /// So often each raises an alert, which goes on for half of the time; 0: never.
    pub alerts_a_minute: u32,
    /// They carry tunnels to wherever the server wants.
    pub carries: bool,
    /// Heartbeats are said so often, and their round trips told.
    pub beat: Option<Duration>,
}

/// How it stands.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Systems.
    pub systems: u64,
    /// Enrolled, with what it took, seconds.
    pub enrolled: u64,
    /// See there.
    pub enrolment_seconds: f64,
    /// Links that are there now.
    pub connected: u64,
    /// From the first handshake to when all were there for the first time, seconds; null: not all were.
    pub all_connected_after: Option<f64>,
    /// From when all were there and one was lost to when all were there again, seconds; null: that never was, or is not over.
    pub all_back_after: Option<f64>,
    /// Links that were opened, with those that came back.
    pub opened: u64,
    /// Attempts that came to nothing.
    pub failed: u64,
    /// Links that ended.
    pub ended: u64,
    /// Answers to heartbeats.
    pub heartbeats: u64,
    /// Alerts that were raised.
    pub alerts: u64,
    /// Those of them that are critical.
    pub critical_alerts: u64,
    /// Round trips of heartbeats since the line before, milliseconds; only where more of them are said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub round_trips: Vec<f64>,
}

#[derive(Debug, Default)]
struct Counts {
    enrolled: AtomicU64,
    connected: AtomicU64,
    opened: AtomicU64,
    failed: AtomicU64,
    ended: AtomicU64,
    heartbeats: AtomicU64,
    /// Milliseconds from the start of connecting; 0: not yet.
    all_after: AtomicU64,
    /// When the first of all was lost, milliseconds from the start of connecting; 0: never.
    lost_at: AtomicU64,
    /// How long it took from then until all were there again, milliseconds; 0: not yet.
    back_after: AtomicU64,
    raised: Raised,
    round_trips: Mutex<Vec<f64>>,
}

/// One link that is there; counted until it is dropped.
struct Present<'a>(&'a World);

impl Drop for Present<'_> {
    fn drop(&mut self) {
        let (counts, count) = (&self.0.counts, self.0.plan.count);
        counts.ended.fetch_add(1, Ordering::Relaxed);
        if counts.connected.fetch_sub(1, Ordering::Relaxed) == count {
            counts.lost_at.store(self.0.millis(), Ordering::Relaxed);
            counts.back_after.store(0, Ordering::Relaxed);
        }
    }
}

struct World {
    plan: Plan,
    host: String,
    port: u16,
    tls: TlsConnector,
    room: Semaphore,
    counts: Counts,
    /// Rung when all are there.
    all: Notify,
    began: Instant,
}

fn key(seed: u64, number: u64) -> SigningKey {
    let digest = Sha256::digest(format!("vigie-sim system {seed} {number}"));
    SigningKey::from_bytes(&digest.into())
}

/// What system `number` says of itself.
fn about(plan: &Plan, number: u64) -> About {
    let kinds = [
        ("linux", "srv", "Debian GNU/Linux 12 (bookworm)"),
        ("linux", "web", "Debian GNU/Linux 13 (trixie)"),
        ("kamailio", "pbx", "5.8.4"),
        ("kamailio", "sbc", "6.0.1"),
        ("windows", "win", "10.0.20348"),
    ];
    let drawn = Sha256::digest(format!("{} {number}", plan.seed));
    let (profile, word, version) = kinds[usize::from(drawn[0]) % kinds.len()];
    About {
        name: format!("{word}-{number:05}"),
        profile: profile.to_owned(),
        version: version.to_owned(),
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: if profile == "windows" { "windows" } else { "linux" }.to_owned(),
        address: format!("10.{}.{}.{}", drawn[1], drawn[2], drawn[3]),
        switches: Switches { remote_access: plan.carries, ..Switches::default() },
        ..About::default()
    }
}

/// Enrols and connects them, and stays. `tell` hears how it stands every two seconds, and when all are there.
pub async fn play(plan: Plan, tell: impl Fn(&Report)) -> anyhow::Result<Report> {
    // Where another is installed already, that one serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let began = Instant::now();
    let systems = known_or_enrolled(&plan).await?;
    let enrolment_seconds = began.elapsed().as_secs_f64();
    let world = Arc::new(World::new(plan)?);
    world.counts.enrolled.store(systems.len() as u64, Ordering::Relaxed);
    if world.plan.only_enrols {
        return Ok(world.report(enrolment_seconds));
    }
    let mut links = JoinSet::new();
    for (number, id) in systems {
        links.spawn(keep(world.clone(), number, id));
    }
    let report = || world.report(enrolment_seconds);
    let end = world.plan.stay.map(|stay| tokio::time::Instant::now() + stay);
    loop {
        let pause = tokio::time::sleep(Duration::from_secs(2));
        let stay = async {
            match end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = pause => tell(&report()),
            () = world.all.notified() => tell(&report()),
            () = stay => return Ok(report()),
            _ = tokio::signal::ctrl_c() => return Ok(report()),
        }
    }
}

/// Numbers and ids of the systems, from the file that keeps them, or by enrolling them.
async fn known_or_enrolled(plan: &Plan) -> anyhow::Result<Vec<(u64, SystemId)>> {
    let kept = plan.enrolled.as_ref().map(std::fs::read);
    if let Some(Ok(bytes)) = kept {
        let known: Vec<(u64, SystemId)> = serde_json::from_slice(&bytes).context("the file of enrolled systems")?;
        anyhow::ensure!(known.len() as u64 == plan.count, "the file of enrolled systems has {}", known.len());
        return Ok(known);
    }
    let enrolled = enrol(plan).await?;
    if let Some(file) = &plan.enrolled {
        std::fs::write(file, serde_json::to_vec(&enrolled)?).with_context(|| file.display().to_string())?;
    }
    Ok(enrolled)
}

/// Makes every system known; answers their numbers and ids.
async fn enrol(plan: &Plan) -> anyhow::Result<Vec<(u64, SystemId)>> {
    let plan = Arc::new(plan.clone());
    let ca = reqwest::Certificate::from_pem(&plan.ca)?;
    let client = reqwest::Client::builder().tls_certs_only([ca]).build()?;
    let mut enrolling = JoinSet::new();
    let mut enrolled = Vec::new();
    for number in 0..plan.count {
        if enrolling.len() >= plan.concurrency {
            enrolled.extend(enrolling.join_next().await.transpose()?.transpose()?);
        }
        let (plan, client) = (plan.clone(), client.clone());
        enrolling.spawn(async move { enrol_one(&plan, &client, number).await });
    }
    while let Some(one) = enrolling.join_next().await {
        enrolled.push(one??);
    }
    Ok(enrolled)
}

async fn enrol_one(plan: &Plan, client: &reqwest::Client, number: u64) -> anyhow::Result<(u64, SystemId)> {
    let key = key(plan.seed, number);
    let public = public_key(&key);
    let token = plan.token.clone().context("an enrolment token is needed")?;
    let enrolment = Enrolment {
        format: FORMAT,
        proof: sign(&key, &enrolment_text(&public, &token)),
        public_key: public,
        token,
        about: about(plan, number),
        service_user: Some(ServiceUser { name: "vigie".to_owned(), password: format!("simulated {number}") }),
    };
    let address = format!("{}{ENROLMENT_PATH}", plan.server);
    for attempt in 0.. {
        let answer = client.post(&address).json(&enrolment).send().await;
        match answer {
            Ok(answer) if answer.status().is_success() => {
                return Ok((number, answer.json::<Enrolled>().await?.system_id));
            }
            // A server under load asks to come back.
            Ok(answer) if answer.status().as_u16() != 503 || attempt >= 20 => {
                bail!("system {number} was not enrolled: {} {}", answer.status(), answer.text().await?);
            }
            Err(error) if attempt >= 20 => return Err(error.into()),
            _ => tokio::time::sleep(Duration::from_millis(200) * (attempt + 1)).await,
        }
    }
    unreachable!("the last attempt answers")
}

/// One system, whatever becomes of its links.
struct System {
    number: u64,
    id: SystemId,
    spool: Spool,
    alerts: Alerts,
}

/// Keeps one system's link.
async fn keep(world: Arc<World>, number: u64, id: SystemId) {
    let alerts = Alerts::new(number, world.plan.alerts_a_minute, Instant::now());
    let mut system = System { number, id, spool: Spool::new(number + 1), alerts };
    let mut longest = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        if link(&world, &mut system).await.is_err() {
            world.counts.failed.fetch_add(1, Ordering::Relaxed);
        } else if began.elapsed() >= GOOD {
            longest = FIRST_PAUSE;
        }
        // Spread as an agent's: else all of them would come back in the same moment.
        let drawn = Sha256::digest(format!("{number} {:?}", world.began.elapsed()));
        tokio::time::sleep(longest.mul_f64(f64::from(drawn[0]) / 255.0)).await;
        longest = (longest * 2).min(LONGEST_PAUSE);
    }
}

/// One link, from its opening to its end. The error is why it was not opened.
async fn link(world: &World, system: &mut System) -> anyhow::Result<()> {
    let place = world.room.acquire().await?;
    let socket = tokio::time::timeout(PATIENCE, world.connect(system)).await??;
    let limits = if world.plan.carries { Limits::TAKING } else { Limits { streams: 16, growth: 0 } };
    let Ends { messages: mut stream, opener: _opener, mut incoming, mut moving } = start(socket, true, limits);
    let counts = &world.counts;
    let talk = async {
        let began = Instant::now();
        let System { number, spool, alerts, .. } = system;
        let mut agent = Agent::open(about(&world.plan, *number), spool, Duration::ZERO);
        let mut beats = Beats::new(world.plan.beat, began);
        let (mut place, mut present) = (Some(place), None);
        // On the heap and small: there are thousands.
        let mut piece = vec![0; 512];
        loop {
            send(&mut stream, &agent.take_output()).await?;
            let more = [beats.due(), alerts.due()].into_iter().flatten().filter(|_| present.is_some());
            let due = more.fold(began + agent.next_tick(), Instant::min);
            tokio::select! {
                read = stream.read(&mut piece) => match read? {
                    0 => break,
                    count => agent.received(&piece[..count], spool, began.elapsed()),
                },
                () = tokio::time::sleep_until(due.into()) => {
                    let now = Instant::now();
                    agent.tick(began.elapsed());
                    // Of itself it says nothing but a heartbeat.
                    let mut said = agent.take_output();
                    if !said.is_empty() {
                        beats.said(now);
                    }
                    if present.is_some()
                        && let Some(number) = beats.beat(now)
                    {
                        frame::write(&FromAgent::Heartbeat { number }, &mut said)?;
                    }
                    send(&mut stream, &said).await?;
                    alerts.tell(now, spool, &counts.raised);
                    agent.pump(spool);
                }
                Some(stream) = incoming.next() => if world.plan.carries {
                    tokio::spawn(carried::carry(stream));
                } else {
                    carried::refuse(stream).await;
                },
            }
            while let Some(event) = agent.next_event() {
                match event {
                    Event::Welcome { .. } => {
                        place = None;
                        present = Some(world.enter());
                    }
                    Event::SignIn { number, .. } => agent.standing(number, Standing::SignedIn),
                    Event::Time { .. } => world.answered(beats.answered(Instant::now())),
                    Event::Order(order) => agent.ordered(order.at, None),
                    Event::Stored { .. }
                    | Event::AlertRules(_)
                    | Event::Synchronised { .. }
                    | Event::Token { .. }
                    | Event::Certificate { .. }
                    | Event::CertificatesAnew { .. } => {}
                    Event::Ended(fault) if present.is_none() => return Err(fault.into()),
                    Event::Ended(_) => return Ok(()),
                }
            }
        }
        drop(place);
        if present.is_some() { Ok(()) } else { Err(anyhow!("the link was closed before it was open")) }
    };
    // Both end together: a connection that breaks ends its streams.
    tokio::pin!(talk);
    tokio::select! {
        ended = &mut talk => ended,
        _ = &mut moving => talk.await,
    }
}

async fn send(stream: &mut Messages, said: &[u8]) -> std::io::Result<()> {
    if said.is_empty() {
        return Ok(());
    }
    stream.write_all(said).await?;
    stream.flush().await
}

impl World {
    fn new(plan: Plan) -> anyhow::Result<Self> {
        let url: reqwest::Url = plan.server.parse().context("the server's address")?;
        let host = url.host_str().context("the server's address has no host")?.trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default().unwrap_or(443);
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&plan.ca) {
            roots.add(certificate?)?;
        }
        let mut tls = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        // Thousands of sessions that are never resumed would be kept for nothing.
        tls.resumption = rustls::client::Resumption::disabled();
        let (tls, room) = (TlsConnector::from(Arc::new(tls)), Semaphore::new(plan.concurrency));
        Ok(Self { plan, host, port, tls, room, counts: Counts::default(), all: Notify::new(), began: Instant::now() })
    }

    async fn connect(
        &self,
        system: &System,
    ) -> anyhow::Result<vigie_mux::tokio_tungstenite::WebSocketStream<tokio_rustls::client::TlsStream<TcpStream>>> {
        let (number, id) = (system.number, system.id);
        let stream = self.dial(number).await?;
        vigie_mux::prompt(&stream)?;
        let name = ServerName::try_from(self.host.clone())?;
        let stream = self.tls.connect(name, stream).await?;
        let mut request = format!("wss://{}{PATH}", self.authority()).into_client_request()?;
        let now = SystemClock.now();
        let headers = [
            (SYSTEM_HEADER, id.to_string()),
            (TIME_HEADER, now.to_string()),
            (SIGNATURE_HEADER, sign_opening(&key(self.plan.seed, number), id, now)),
            ("sec-websocket-protocol", SUBPROTOCOL.to_owned()),
        ];
        for (name, value) in headers {
            request.headers_mut().insert(name, value.parse()?);
        }
        Ok(client_async_with_config(request, stream, Some(config())).await?.0)
    }

    fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    async fn dial(&self, number: u64) -> anyhow::Result<TcpStream> {
        let mut addresses = tokio::net::lookup_host((self.host.as_str(), self.port)).await?;
        let to = addresses.next().context("the server's name has no address")?;
        let IpAddr::V4(address) = to.ip() else { return Ok(TcpStream::connect(to).await?) };
        if !address.is_loopback() {
            return Ok(TcpStream::connect(to).await?);
        }
        let socket = TcpSocket::new_v4()?;
        let last = u8::try_from(number % u64::from(self.plan.addresses.max(1))).unwrap_or(0).saturating_add(1);
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 1, last)), 0))?;
        Ok(socket.connect(to).await?)
    }

    fn enter(&self) -> Present<'_> {
        self.counts.opened.fetch_add(1, Ordering::Relaxed);
        let now = self.counts.connected.fetch_add(1, Ordering::Relaxed) + 1;
        if now == self.plan.count {
            let after = self.millis();
            let _ = self.counts.all_after.compare_exchange(0, after, Ordering::Relaxed, Ordering::Relaxed);
            let lost_at = self.counts.lost_at.load(Ordering::Relaxed);
            if lost_at > 0 {
                self.counts.back_after.store((after - lost_at).max(1), Ordering::Relaxed);
            }
            self.all.notify_one();
        }
        Present(self)
    }

    /// From the start of connecting.
    fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
    }

    /// A heartbeat was answered.
    fn answered(&self, after: Option<Duration>) {
        self.counts.heartbeats.fetch_add(1, Ordering::Relaxed);
        if let Some(after) = after.filter(|_| self.plan.beat.is_some()) {
            let mut round_trips = self.counts.round_trips.lock().unwrap_or_else(PoisonError::into_inner);
            round_trips.push(after.as_secs_f64() * 1000.0);
        }
    }

    fn report(&self, enrolment_seconds: f64) -> Report {
        let count = |it: &AtomicU64| it.load(Ordering::Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a run")]
        let seconds = |millis: u64| (millis > 0).then_some(millis as f64 / 1000.0);
        let (alerts, critical_alerts) = self.counts.raised.counts();
        let mut round_trips = self.counts.round_trips.lock().unwrap_or_else(PoisonError::into_inner);
        Report {
            systems: self.plan.count,
            enrolled: count(&self.counts.enrolled),
            enrolment_seconds,
            connected: count(&self.counts.connected),
            all_connected_after: seconds(count(&self.counts.all_after)),
            all_back_after: seconds(count(&self.counts.back_after)),
            opened: count(&self.counts.opened),
            failed: count(&self.counts.failed),
            ended: count(&self.counts.ended),
            heartbeats: count(&self.counts.heartbeats),
            alerts,
            critical_alerts,
            round_trips: std::mem::take(&mut *round_trips),
        }
    }
}
