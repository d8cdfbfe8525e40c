//! Simulated systems: thousands of links from one process, each with a key of its own, speaking the real protocol over real
//! TLS. They do what an agent does that has nothing to report: greet, say heartbeats, let the server sign in, refuse
//! tunnels (every switch is off), and come back when they are cut.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
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
    sync::Semaphore,
    task::JoinSet,
};
use tokio_rustls::TlsConnector;
use vigie_kernel::{Clock as _, SystemClock, SystemId};
use vigie_mux::{
    Limits, Stream,
    bytes::config,
    read_head, start,
    tokio_tungstenite::{client_async_with_config, tungstenite::client::IntoClientRequest as _},
    write_head,
};
use vigie_wire::{
    link::{
        ENROLMENT_PATH, FORMAT, PATH,
        agent::{Agent, Event, Spool},
        message::{About, ServiceUser, Standing},
        opening::{
            Enrolled, Enrolment, SIGNATURE_HEADER, SUBPROTOCOL, SYSTEM_HEADER, TIME_HEADER, enrolment_text,
            sign_opening,
        },
        stream::{Answer, RefusalCode},
    },
    sync::{public_key, sign},
};

/// Longest that one step of a connection may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longest pause before a system that was cut comes back.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What is played.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Address of the server, `https://…`.
    pub server: String,
    /// Its CA, PEM.
    pub ca: Vec<u8>,
    /// What they enrol with: good for as many uses as there are systems.
    pub token: String,
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
    /// Links that were opened, with those that came back.
    pub opened: u64,
    /// Attempts that came to nothing.
    pub failed: u64,
    /// Links that ended.
    pub ended: u64,
    /// Answers to heartbeats.
    pub heartbeats: u64,
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
}

/// One link that is there; counted until it is dropped.
struct Present<'a>(&'a Counts);

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.0.connected.fetch_sub(1, Ordering::Relaxed);
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

struct World {
    plan: Plan,
    host: String,
    port: u16,
    tls: TlsConnector,
    room: Semaphore,
    counts: Counts,
    began: Instant,
}

fn key(seed: u64, number: u64) -> SigningKey {
    let digest = Sha256::digest(format!("vigie-sim system {seed} {number}"));
    SigningKey::from_bytes(&digest.into())
}

/// What system `number` says of itself.
fn about(seed: u64, number: u64) -> About {
    let kinds = [
        ("linux", "srv", "Debian GNU/Linux 12 (bookworm)"),
        ("linux", "web", "Debian GNU/Linux 13 (trixie)"),
        ("kamailio", "pbx", "5.8.4"),
        ("kamailio", "sbc", "6.0.1"),
        ("windows", "win", "10.0.20348"),
    ];
    let drawn = Sha256::digest(format!("{seed} {number}"));
    let (profile, word, version) = kinds[usize::from(drawn[0]) % kinds.len()];
    About {
        name: format!("{word}-{number:05}"),
        profile: profile.to_owned(),
        version: version.to_owned(),
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: if profile == "windows" { "windows" } else { "linux" }.to_owned(),
        address: format!("10.{}.{}.{}", drawn[1], drawn[2], drawn[3]),
        ..About::default()
    }
}

/// Enrols and connects them, and stays. `tell` hears how it stands every few seconds.
pub async fn play(plan: Plan, tell: impl Fn(&Report)) -> anyhow::Result<Report> {
    // Where another is installed already, that one serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let began = Instant::now();
    let systems = enrol(&plan).await?;
    let enrolment_seconds = began.elapsed().as_secs_f64();
    let world = Arc::new(World::new(plan)?);
    world.counts.enrolled.store(systems.len() as u64, Ordering::Relaxed);
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
            () = stay => return Ok(report()),
            _ = tokio::signal::ctrl_c() => return Ok(report()),
        }
    }
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
    let token = plan.token.clone();
    let enrolment = Enrolment {
        format: FORMAT,
        proof: sign(&key, &enrolment_text(&public, &token)),
        public_key: public,
        token,
        about: about(plan.seed, number),
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

/// Keeps one system's link.
async fn keep(world: Arc<World>, number: u64, id: SystemId) {
    let mut spool = Spool::new(number + 1);
    let mut pause = Duration::ZERO;
    loop {
        // Without jitter all of them would come back in the same moment.
        let drawn = Sha256::digest(format!("{number} {:?}", world.began.elapsed()));
        tokio::time::sleep(pause.mul_f64(f64::from(drawn[0]) / 255.0)).await;
        pause = if link(&world, number, id, &mut spool).await.is_ok() {
            Duration::from_secs(2)
        } else {
            world.counts.failed.fetch_add(1, Ordering::Relaxed);
            (pause * 2).clamp(Duration::from_secs(1), LONGEST_PAUSE)
        };
    }
}

/// One link, from its opening to its end. The error is why it was not opened.
async fn link(world: &World, number: u64, id: SystemId, spool: &mut Spool) -> anyhow::Result<()> {
    let place = world.room.acquire().await?;
    let socket = tokio::time::timeout(PATIENCE, world.connect(number, id)).await??;
    let limits = Limits { streams: 16, growth: 0 };
    let (opener, mut incoming, moving) = start(socket, true, limits);
    let counts = &world.counts;
    let talk = async {
        let mut stream = opener.open().await?;
        let began = Instant::now();
        let mut agent = Agent::open(about(world.plan.seed, number), spool, Duration::ZERO);
        let (mut place, mut present) = (Some(place), None);
        // On the heap and small: there are thousands.
        let mut piece = vec![0; 512];
        loop {
            send(&mut stream, &agent.take_output()).await?;
            tokio::select! {
                read = stream.read(&mut piece) => match read? {
                    0 => break,
                    count => {
                        agent.received(&piece[..count], spool, began.elapsed());
                        counts.heartbeats.fetch_add(u64::from(present.is_some()), Ordering::Relaxed);
                    }
                },
                () = tokio::time::sleep_until((began + agent.next_tick()).into()) => agent.tick(began.elapsed()),
                Some(stream) = incoming.next() => refuse(stream).await,
            }
            while let Some(event) = agent.next_event() {
                match event {
                    Event::Welcome { .. } => {
                        place = None;
                        present = Some(world.enter());
                    }
                    Event::SignIn { number, .. } => agent.standing(number, Standing::SignedIn),
                    Event::Order(order) => agent.ordered(order.at, None),
                    Event::Stored { .. }
                    | Event::Time { .. }
                    | Event::AlertRules(_)
                    | Event::Synchronised { .. }
                    | Event::Token { .. } => {}
                    Event::Ended(fault) if present.is_none() => return Err(fault.into()),
                    Event::Ended(_) => return Ok(()),
                }
            }
        }
        drop(place);
        if present.is_some() { Ok(()) } else { Err(anyhow!("the link was closed before it was open")) }
    };
    // Both end together: a connection that breaks ends its streams.
    tokio::pin!(moving, talk);
    tokio::select! {
        ended = &mut talk => ended,
        _ = &mut moving => talk.await,
    }
}

async fn send(stream: &mut Stream, said: &[u8]) -> std::io::Result<()> {
    if said.is_empty() {
        return Ok(());
    }
    stream.write_all(said).await?;
    stream.flush().await
}

async fn refuse(mut stream: Stream) {
    let answer = Answer::Refused { code: RefusalCode::RemoteAccessOff, words: "a simulated system".to_owned() };
    let said = serde_json::to_vec(&answer).unwrap_or_default();
    if read_head(&mut stream).await.is_ok() {
        let _ = write_head(&mut stream, &said).await;
    }
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
        Ok(Self { plan, host, port, tls, room, counts: Counts::default(), began: Instant::now() })
    }

    async fn connect(
        &self,
        number: u64,
        id: SystemId,
    ) -> anyhow::Result<vigie_mux::tokio_tungstenite::WebSocketStream<tokio_rustls::client::TlsStream<TcpStream>>> {
        let stream = self.dial(number).await?;
        stream.set_nodelay(true)?;
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
            let after = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
            let _ = self.counts.all_after.compare_exchange(0, after, Ordering::Relaxed, Ordering::Relaxed);
        }
        Present(&self.counts)
    }

    fn report(&self, enrolment_seconds: f64) -> Report {
        let count = |it: &AtomicU64| it.load(Ordering::Relaxed);
        let all = count(&self.counts.all_after);
        Report {
            systems: self.plan.count,
            enrolled: count(&self.counts.enrolled),
            enrolment_seconds,
            connected: count(&self.counts.connected),
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of a run")]
            all_connected_after: (all > 0).then_some(all as f64 / 1000.0),
            opened: count(&self.counts.opened),
            failed: count(&self.counts.failed),
            ended: count(&self.counts.ended),
            heartbeats: count(&self.counts.heartbeats),
        }
    }
}
