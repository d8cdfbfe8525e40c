//! A server in miniature for systems: over real TLS, with the protocol's own machine for the messages and the real
//! streams. It keeps what it was told, opens tunnels, and misbehaves when told to.

use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{BasicConstraints, CertificateParams, CertificateSigningRequestParams, IsCa, Issuer, KeyPair};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    sync::mpsc,
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use vigie_kernel::{Clock as _, SystemClock, SystemId, SystemRng, Timestamp};
use vigie_mux::{
    Ends, Limits, Opener, Stream, bytes, read_head, start,
    tokio_tungstenite::{
        WebSocketStream,
        tungstenite::{handshake::derive_accept_key, protocol::Role},
    },
    write_head,
};
use vigie_wire::{
    join::TokenRefusal,
    link::{
        ENROLMENT_PATH, FORMAT, PATH,
        alert::AlertRule,
        certificate::{self, CertificateRefusal, Issued},
        frame,
        message::{About, FromAgent, FromServer, Note, RefusalCode, ServiceUser, Standing},
        opening::{
            Enrolled, Enrolment, SIGNATURE_HEADER, SUBPROTOCOL, SYSTEM_HEADER, TIME_HEADER, check_opening,
            enrolment_text,
        },
        order::{Order, OrderRefusal, Report},
        server::{Event, Server as Machine},
        stream::{Answer, Wanted},
    },
    sync::{read_public_key, verify},
};

use crate::double::{Certificate, identity};

pub const TOKEN: &str = "token-of-this-test";
/// How long anything is waited for before a test gives up.
pub const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Default)]
pub struct Kept {
    /// Public keys that are refused as those of deleted systems.
    pub removed: Vec<String>,
    pub enrolments: Vec<(SystemId, Enrolment)>,
    pub token_is_bad: bool,
    /// Status, code and more headers of the next answers to requests for a link.
    pub problems: VecDeque<(u16, &'static str, &'static str)>,
    /// Every request for a link that was refused or not.
    pub asked: u32,
    pub abouts: Vec<About>,
    /// The spool of the present notes, and the notes.
    pub spool: u64,
    pub notes: Vec<Note>,
    /// What the next welcome says is stored, whatever is.
    pub claims: Option<u64>,
    /// Notes are kept and not acknowledged.
    pub forgets: bool,
    /// Hears and says nothing any more, with the connection open: as behind a firewall that forgot it.
    pub is_mute: bool,
    pub heartbeats: u64,
    /// By how much its clock is ahead.
    pub ahead: Duration,
    /// Asks for a heartbeat each second, for whoever cannot wait.
    pub is_hasty: bool,
    pub standings: HashMap<u64, Standing>,
    pub sign_in_again: u32,
    /// Why systems may not join.
    pub token_refusal: Option<TokenRefusal>,
    /// What the owner of this system orders, and what became of what its primary ordered.
    pub orders: Vec<Order>,
    pub ordered: Vec<(Timestamp, Option<OrderRefusal>)>,
    /// What certificates were asked for, and why there are none.
    pub wanted: Vec<certificate::Wanted>,
    pub certificate_refusal: Option<CertificateRefusal>,
    /// What is issued is for another key.
    pub issues_for_another: bool,
    pub link: Option<Link>,
    /// How many links were welcomed.
    pub links: u32,
}

#[derive(Clone)]
pub struct Link {
    pub opener: Opener,
    said: mpsc::Sender<Say>,
}

enum Say {
    SignIn(u64, ServiceUser),
    Refuse(RefusalCode),
    Rule(Vec<AlertRule>),
    Order(Order),
    Anew(Timestamp),
    Synchronised(Timestamp, Report),
}

pub struct Server {
    pub runtime: Runtime,
    pub address: SocketAddr,
    pub ca: PathBuf,
    acceptor: TlsAcceptor,
    kept: Arc<Mutex<Kept>>,
    listening: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Server {
    pub fn start() -> Self {
        Self::at("127.0.0.1:0", &Certificate::default())
    }

    pub fn at(address: &str, certificate: &Certificate) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (ca, config) = identity(folder.path(), certificate);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut server = Self {
            runtime,
            address: address.parse().unwrap(),
            ca,
            acceptor: TlsAcceptor::from(config),
            kept: Arc::default(),
            listening: None,
            _folder: folder,
        };
        server.listen();
        server
    }

    /// Listens, again where it did before.
    pub fn listen(&mut self) {
        let listener = self.runtime.block_on(TcpListener::bind(self.address)).unwrap();
        self.address = listener.local_addr().unwrap();
        let (acceptor, kept) = (self.acceptor.clone(), self.kept.clone());
        self.listening = Some(self.runtime.spawn(async move {
            // With this task all connections go.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, kept) = (acceptor.clone(), kept.clone());
                connections.spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, kept).await;
                    }
                });
            }
        }));
    }

    /// Ends as if killed: nothing is said, nothing listens any more.
    pub fn kill(&mut self) {
        let listening = self.listening.take().unwrap();
        listening.abort();
        let _ = self.runtime.block_on(listening);
        self.kept().link = None;
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// Waits until something can be said about what is kept.
    pub fn until<T>(&self, what: &str, mut find: impl FnMut(&mut Kept) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = find(&mut self.kept()) {
                return found;
            }
            assert!(began.elapsed() < PATIENCE, "never: {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn linked(&self) -> Link {
        self.until("a link", |kept| kept.link.clone())
    }

    /// Waits for a link and opens a tunnel through it.
    pub fn tunnel(&self, host: &str, port: u16) -> Result<Stream, (String, String)> {
        let link = self.linked();
        self.run(open(&link, &Wanted::Tunnel { host: host.to_owned(), port }))
    }

    pub fn open(&self, wanted: &Wanted) -> Result<Stream, (String, String)> {
        let link = self.linked();
        self.run(open(&link, wanted))
    }

    /// Signs in as the service user.
    pub fn sign_in(&self, number: u64, name: &str, password: &str) -> Standing {
        let user = ServiceUser { name: name.to_owned(), password: password.to_owned() };
        self.run(async { self.linked().said.send(Say::SignIn(number, user)).await }).unwrap();
        self.until("a standing", |kept| kept.standings.remove(&number))
    }

    pub fn refuse(&self, code: RefusalCode) {
        let link = self.linked();
        self.run(async { link.said.send(Say::Refuse(code)).await }).unwrap();
    }

    pub fn rule(&self, rules: Vec<AlertRule>) {
        let link = self.linked();
        self.run(async { link.said.send(Say::Rule(rules)).await }).unwrap();
    }

    /// Passes an order on; what became of it.
    pub fn order(&self, order: Order) -> Option<OrderRefusal> {
        let link = self.linked();
        self.run(async { link.said.send(Say::Order(order)).await }).unwrap();
        self.until("an answer", |kept| kept.ordered.pop()).1
    }

    /// Wants the certificates anew that were issued before now.
    pub fn anew(&self) {
        let link = self.linked();
        self.run(async { link.said.send(Say::Anew(SystemClock.now())).await }).unwrap();
    }

    pub fn synchronised(&self, at: Timestamp, report: Report) {
        let link = self.linked();
        self.run(async { link.said.send(Say::Synchronised(at, report)).await }).unwrap();
    }

    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(async { tokio::time::timeout(PATIENCE, work).await.expect("it takes too long") })
    }
}

/// Opens a stream; refused: the code and the words.
pub async fn open(link: &Link, wanted: &Wanted) -> Result<Stream, (String, String)> {
    let mut stream = link.opener.open().await.unwrap();
    write_head(&mut stream, &serde_json::to_vec(wanted).unwrap()).await.unwrap();
    let answer = read_head(&mut stream).await.unwrap();
    match serde_json::from_slice(&answer).unwrap() {
        Answer::Open => Ok(stream),
        Answer::Refused { code, words } => {
            Err((serde_json::to_value(code).unwrap().as_str().unwrap().to_owned(), words))
        }
    }
}

type Connection = BufReader<TlsStream<TcpStream>>;

async fn serve(stream: TlsStream<TcpStream>, kept: Arc<Mutex<Kept>>) {
    let mut stream = BufReader::new(stream);
    let Some((first, headers)) = head(&mut stream).await else { return };
    if first.starts_with(&format!("POST {ENROLMENT_PATH} ")) {
        let mut body = vec![0; headers["content-length"].parse().unwrap()];
        stream.read_exact(&mut body).await.unwrap();
        let answer = enrol(&body, &mut kept.lock().unwrap());
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    } else if first.starts_with(&format!("GET {PATH} ")) {
        let answer = upgrade(&headers, &mut kept.lock().unwrap());
        let (is_open, answer) = match answer {
            Ok(answer) => (true, answer),
            Err(answer) => (false, answer),
        };
        if stream.write_all(answer.as_bytes()).await.is_ok() && stream.flush().await.is_ok() && is_open {
            hold(stream.into_inner(), kept).await;
        }
    } else {
        panic!("{first}");
    }
}

async fn head(stream: &mut Connection) -> Option<(String, HashMap<String, String>)> {
    let mut first = String::new();
    stream.read_line(&mut first).await.ok().filter(|read| *read > 0)?;
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { return Some((first, headers)) };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
}

fn problem(status: u16, code: &str, extra: &str) -> String {
    let body =
        serde_json::json!({"title": "No.", "status": status, "detail": "It cannot be.", "code": code}).to_string();
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n{extra}\r\n{body}",
        body.len()
    )
}

fn enrol(body: &[u8], kept: &mut Kept) -> String {
    let enrolment: Enrolment = serde_json::from_slice(body).unwrap();
    let key = read_public_key(&enrolment.public_key).unwrap();
    assert!(verify(&key, &enrolment_text(&enrolment.public_key, &enrolment.token), &enrolment.proof));
    if enrolment.token != TOKEN || kept.token_is_bad {
        return problem(401, "enrolment-token-invalid", "");
    }
    if kept.removed.contains(&enrolment.public_key) {
        return problem(403, "system-removed", "");
    }
    let known = kept.enrolments.iter().find(|(_, it)| it.public_key == enrolment.public_key).map(|(id, _)| *id);
    let system_id = known.unwrap_or_else(|| SystemId::new(SystemClock.now(), &SystemRng));
    kept.enrolments.push((system_id, enrolment));
    let body = serde_json::to_string(&Enrolled { system_id }).unwrap();
    format!("HTTP/1.1 201 X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn upgrade(headers: &HashMap<String, String>, kept: &mut Kept) -> Result<String, String> {
    kept.asked += 1;
    if let Some((status, code, extra)) = kept.problems.pop_front() {
        return Err(problem(status, code, extra));
    }
    let system: SystemId = headers[SYSTEM_HEADER].parse().unwrap();
    let Some((_, enrolment)) = kept.enrolments.iter().find(|(id, _)| *id == system) else {
        return Err(problem(401, "system-unknown", ""));
    };
    if kept.removed.contains(&enrolment.public_key) {
        return Err(problem(403, "system-removed", ""));
    }
    let key = read_public_key(&enrolment.public_key).unwrap();
    let at = headers[TIME_HEADER].parse().unwrap();
    check_opening(&key, system, at, &headers[SIGNATURE_HEADER], SystemClock.now()).unwrap();
    assert_eq!(headers["sec-websocket-protocol"], SUBPROTOCOL);
    Ok(format!(
        "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\
         Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n",
        derive_accept_key(headers["sec-websocket-key"].as_bytes())
    ))
}

async fn hold(stream: TlsStream<TcpStream>, kept: Arc<Mutex<Kept>>) {
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(bytes::config())).await;
    let Ends { messages: mut stream, opener, incoming: _, moving } = start(socket, false, Limits::OPENING);
    let mut moving = tokio::spawn(moving);
    let abort = moving.abort_handle();
    let talking = async {
        let began = Instant::now();
        let mut machine = Machine::open(began.elapsed());
        let mut beats = frame::Reader::default();
        let (said, mut says) = mpsc::channel(16);
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        let mut buffer = vec![0; 4096];
        loop {
            let mut out = heed(&mut machine, &mut kept.lock().unwrap(), &opener, &said);
            out.extend(machine.take_output());
            if !out.is_empty() {
                stream.write_all(&out).await.ok()?;
                stream.flush().await.ok()?;
            }
            if machine.has_ended() {
                return Some(());
            }
            tokio::select! {
                read = stream.read(&mut buffer) => {
                    let count = read.ok().filter(|count| *count > 0)?;
                    if kept.lock().unwrap().is_mute {
                        continue;
                    }
                    beats.push(&buffer[..count]);
                    while let Some(message) = beats.message::<FromAgent>().unwrap() {
                        kept.lock().unwrap().heartbeats += u64::from(matches!(message, FromAgent::Heartbeat { .. }));
                    }
                    machine.received(&buffer[..count], began.elapsed());
                }
                _ = tick.tick() => {
                    if !kept.lock().unwrap().is_mute {
                        machine.tick(began.elapsed());
                    }
                }
                Some(say) = says.recv() => match say {
                    Say::SignIn(number, user) => machine.sign_in(number, user, false),
                    Say::Rule(rules) => machine.alert_rules(rules),
                    Say::Order(order) => machine.order(order),
                    Say::Anew(at) => machine.certificates_anew(at),
                    Say::Synchronised(at, report) => machine.synchronised(at, report),
                    Say::Refuse(code) => machine.refuse(code, "not any more"),
                },
            }
        }
    };
    tokio::select! {
        _ = talking => {}
        _ = &mut moving => {}
    }
    // What was said last is still to arrive.
    tokio::time::sleep(Duration::from_millis(300)).await;
    abort.abort();
}

fn heed(machine: &mut Machine, kept: &mut Kept, opener: &Opener, said: &mpsc::Sender<Say>) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(event) = machine.next_event() {
        match event {
            Event::Hello { about, spool } => {
                if kept.spool != spool {
                    kept.spool = spool;
                    kept.notes.clear();
                }
                let stored = kept.claims.take().unwrap_or_else(|| kept.notes.last().map_or(0, |note| note.sequence));
                kept.abouts.push(about);
                machine.welcome(stored, SystemClock.now().plus(kept.ahead));
                if kept.is_hasty {
                    drop(machine.take_output());
                    let welcome = FromServer::Welcome { format: FORMAT, now: SystemClock.now(), stored, heartbeat: 1 };
                    frame::write(&welcome, &mut out).unwrap();
                }
                kept.links += 1;
                kept.link = Some(Link { opener: opener.clone(), said: said.clone() });
            }
            Event::Heartbeat { number } => machine.alive(number, SystemClock.now().plus(kept.ahead)),
            Event::Note(note) => {
                let sequence = note.sequence;
                kept.notes.push(note);
                if kept.forgets {
                    kept.notes.pop();
                } else {
                    machine.stored(sequence);
                }
            }
            Event::Lost(count) => panic!("{count} notes are lost"),
            Event::Standing { number, standing } => drop(kept.standings.insert(number, standing)),
            Event::SignInAgain => kept.sign_in_again += 1,
            Event::Synchronise(order) => kept.orders.push(order),
            Event::WantToken { number } => machine.token(number, kept.token_refusal.map_or(Ok(TOKEN.to_owned()), Err)),
            Event::WantCertificate { number, wanted } => {
                machine.certificate(number, issue(&wanted, kept));
                kept.wanted.push(wanted);
            }
            Event::Ordered { at, refusal } => kept.ordered.push((at, refusal)),
            Event::Ended(_) => kept.link = None,
        }
    }
    out
}

/// Issues what is asked for, each time with another authority.
fn issue(wanted: &certificate::Wanted, kept: &Kept) -> Result<Issued, CertificateRefusal> {
    if let Some(code) = kept.certificate_refusal {
        return Err(code);
    }
    let request = STANDARD.decode(&wanted.request).unwrap();
    let mut asked = CertificateSigningRequestParams::from_der(&request.into()).unwrap();
    let now = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(SystemClock.now().seconds().unsigned_abs());
    asked.params.not_before = now - Duration::from_hours(24);
    asked.params.not_after = now + Duration::from_hours(24 * 365);
    let pair = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&pair).unwrap().pem();
    let issuer = Issuer::new(params, pair);
    let made = if kept.issues_for_another {
        asked.params.signed_by(&KeyPair::generate().unwrap(), &issuer)
    } else {
        asked.signed_by(&issuer)
    };
    Ok(Issued { certificate: made.unwrap().pem(), authority })
}
