//! A server in miniature, over real TLS: it keeps the protocol's rules (tokens, keys, signatures, sequences, bases), and
//! misbehaves when told to.

pub mod proxy;

use std::{
    collections::{HashMap, VecDeque},
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use vigie_kernel::{AgentId, Clock as _, Code, InventoryId, SystemClock, SystemRng, random::SequenceRng};
use vigie_wire::{
    Sections,
    delta::complete,
    portal::{MOVED_PATH, Moved, NextPortal, moved_text},
    sync::{
        AGENT_HEADER, Answer, ENROLMENT_PATH, Enrolled, Enrolment, Outcome, SIGNATURE_HEADER, SYNCHRONISATION_PATH,
        Synchronisation, TOKEN_PATH, enrolment_text, read_public_key, synchronisation_text, unpack, verify,
    },
    update::{Offer, UPDATE_PATH, fetch_text},
};

pub const CLIENT_ID: &str = "office-agent";
pub const CLIENT_SECRET: &str = "a-secret-of-this-test";

/// What the server does wrong with the next synchronisation.
pub enum Fault {
    /// Takes it, and the answer is lost.
    LoseAnswer,
    /// Answers this problem.
    Problem(Code),
    /// Answers 503 with `Retry-After`.
    Busy(&'static str),
    /// Answers a page as an inspecting device would.
    Page,
}

#[derive(Default)]
pub struct Kept {
    pub agents: HashMap<AgentId, Agent>,
    pub client_inactive: bool,
    pub tokens: u64,
    pub oldest_token: u64,
    pub faults: VecDeque<Fault>,
    pub want_fresh: bool,
    /// What every answer offers.
    pub offer: Option<Offer>,
    /// The packed program of it.
    pub release: Option<Vec<u8>>,
    /// After so many bytes of it, once, the connection is lost.
    pub lose_after: Option<usize>,
    /// How often it was fetched, in whole or in part.
    pub fetches: usize,
    /// What every answer announces.
    pub next_portal: Option<NextPortal>,
    /// Whether it is of a version that takes no farewells.
    pub knows_no_farewell: bool,
    /// Who said farewell, and of which revision.
    pub farewells: Vec<(AgentId, i64)>,
    /// Every synchronisation's body as it arrived, whether taken or not.
    pub bodies: Vec<Vec<u8>>,
    /// What was taken.
    pub taken: Vec<(Outcome, Synchronisation)>,
}

pub struct Agent {
    pub enrolment: Enrolment,
    pub state: Option<String>,
    /// What it was told of the machine, put together.
    pub sections: Sections,
    pub sequence: u64,
    answers: HashMap<Vec<u8>, String>,
}

pub struct Double {
    pub port: u16,
    pub ca: PathBuf,
    kept: Arc<Mutex<Kept>>,
    _folder: tempfile::TempDir,
}

/// What the certificate of the server is like.
pub struct Certificate {
    pub names: &'static [&'static str],
    pub expired: bool,
}

impl Default for Certificate {
    fn default() -> Self {
        Self { names: &["localhost", "127.0.0.1", "::1"], expired: false }
    }
}

impl Double {
    pub fn start() -> Self {
        Self::with(&Certificate::default())
    }

    pub fn with(certificate: &Certificate) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (ca, config) = identity(folder.path(), certificate);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept = Arc::new(Mutex::new(Kept::default()));
        let shared = kept.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (config, kept) = (config.clone(), shared.clone());
                thread::spawn(move || serve(stream.unwrap(), config, &kept));
            }
        });
        Self { port, ca, kept, _folder: folder }
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// How it is announced by another one.
    pub fn as_next(&self, revision: i64) -> NextPortal {
        NextPortal {
            revision,
            url: self.url(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned().into(),
            ca: Some(std::fs::read_to_string(&self.ca).unwrap()),
        }
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    pub fn fault(&self, fault: Fault) {
        self.kept().faults.push_back(fault);
    }
}

/// A CA's certificate in a file of the folder, and a server's under it.
pub fn identity(folder: &Path, certificate: &Certificate) -> (PathBuf, Arc<ServerConfig>) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(vec![]).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.distinguished_name.push(DnType::CommonName, "Test CA of the double");
    let ca_pem = folder.join("ca.pem");
    std::fs::write(&ca_pem, ca.self_signed(&ca_key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = certificate.names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    if certificate.expired {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 2, 3);
    }
    let signed = params.signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(signed.der().to_vec())],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    (ca_pem, Arc::new(config))
}

struct Request {
    path: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, kept: &Mutex<Kept>) {
    let connection = ServerConnection::new(config).unwrap();
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    while let Some(request) = read(&mut stream) {
        let reply = match request.path.strip_prefix(UPDATE_PATH) {
            Some(version) => release(&request, version, &mut kept.lock().unwrap()),
            None => answer(&request, &mut kept.lock().unwrap()).map(|reply| (reply.into_bytes(), false)),
        };
        let Some((reply, lost)) = reply else { return };
        if stream.get_mut().write_all(&reply).is_err() || lost {
            return;
        }
    }
}

fn read(stream: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Request { path, headers, body })
}

fn reply(status: u16, kind: &str, extra: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n{extra}\r\n{body}", body.len())
}

fn problem(code: Code, sequence: Option<u64>) -> String {
    let mut body = serde_json::json!({"title": code.title(), "status": code.status(), "code": code.as_str()});
    if let Some(sequence) = sequence {
        body["sequence"] = sequence.into();
    }
    reply(code.status(), "application/problem+json", "", &body.to_string())
}

fn json(body: &impl serde::Serialize) -> String {
    reply(200, "application/json", "", &serde_json::to_string(body).unwrap())
}

fn answer(request: &Request, kept: &mut Kept) -> Option<String> {
    if request.path == TOKEN_PATH {
        return Some(token(&String::from_utf8_lossy(&request.body), kept));
    }
    if request.path == "/api/v1/about" {
        return Some(json(&serde_json::json!({"name": "Vigie", "version": "0.1.0"})));
    }
    let token: Option<u64> =
        request.headers.get("authorization").and_then(|it| it.strip_prefix("Bearer t")).and_then(|it| it.parse().ok());
    if token.is_none_or(|token| token <= kept.oldest_token || token > kept.tokens) {
        return Some(problem(Code::TokenInvalid, None));
    }
    match request.path.as_str() {
        ENROLMENT_PATH => Some(enrol(&request.body, kept)),
        MOVED_PATH if !kept.knows_no_farewell => Some(farewell(request, kept)),
        SYNCHRONISATION_PATH => {
            kept.bodies.push(request.body.clone());
            match kept.faults.pop_front() {
                Some(Fault::LoseAnswer) => {
                    synchronise(request, kept);
                    None
                }
                Some(Fault::Problem(code)) => Some(problem(code, None)),
                Some(Fault::Busy(wait)) => Some(reply(
                    503,
                    "application/problem+json",
                    &format!("retry-after: {wait}\r\n"),
                    r#"{"code":"busy","title":"The server is busy."}"#,
                )),
                Some(Fault::Page) => Some(reply(200, "text/html", "", "<html>Please sign in to the Wi-Fi</html>")),
                None => Some(synchronise(request, kept)),
            }
        }
        _ => Some(problem(Code::NotFound, None)),
    }
}

/// A release from the byte on that is asked for, and whether the connection is lost with it.
fn release(request: &Request, version: &str, kept: &mut Kept) -> Option<(Vec<u8>, bool)> {
    let version = version.strip_prefix('/')?;
    let agent_id: AgentId = request.headers[AGENT_HEADER].parse().unwrap();
    let at = request.headers["vigie-time"].parse().unwrap();
    let key = read_public_key(&kept.agents[&agent_id].enrolment.public_key).unwrap();
    assert!(verify(&key, &fetch_text(agent_id, version, at), &request.headers[SIGNATURE_HEADER]));
    kept.fetches += 1;
    let file = kept.release.as_ref()?;
    let from: usize = request.headers["range"].strip_prefix("bytes=")?.strip_suffix('-')?.parse().unwrap();
    let head = format!(
        "HTTP/1.1 {}\r\ncontent-type: application/zstd\r\ncontent-length: {}\r\n\r\n",
        if from == 0 { "200 OK" } else { "206 Partial Content" },
        file.len() - from
    );
    let lost = kept.lose_after.take();
    let rest = &file[from..];
    let rest = &rest[..lost.unwrap_or(rest.len()).min(rest.len())];
    Some(([head.as_bytes(), rest].concat(), lost.is_some()))
}

fn token(form: &str, kept: &mut Kept) -> String {
    let has = |pair: String| form.split('&').any(|it| it == pair);
    if !has("grant_type=client_credentials".to_owned()) || !has("scope=agents".to_owned()) {
        return problem(Code::RequestMalformed, None);
    }
    if !has(format!("client_id={CLIENT_ID}")) || !has(format!("client_secret={CLIENT_SECRET}")) {
        return problem(Code::ClientUnknown, None);
    }
    if kept.client_inactive {
        return problem(Code::ClientInactive, None);
    }
    kept.tokens += 1;
    json(&serde_json::json!({"access_token": format!("t{}", kept.tokens), "token_type": "Bearer", "expires_in": 3600}))
}

fn enrol(body: &[u8], kept: &mut Kept) -> String {
    let enrolment: Enrolment = serde_json::from_slice(body).unwrap();
    let key = read_public_key(&enrolment.public_key).unwrap();
    assert!(verify(&key, &enrolment_text(&enrolment.public_key), &enrolment.proof));
    let known = kept.agents.iter().find(|(_, agent)| agent.enrolment.public_key == enrolment.public_key);
    let agent_id = known.map_or_else(|| AgentId::new(SystemClock.now(), &SystemRng), |(id, _)| *id);
    let new = Agent { enrolment, state: None, sections: Sections::default(), sequence: 0, answers: HashMap::new() };
    kept.agents.entry(agent_id).or_insert(new);
    json(&Enrolled { agent_id })
}

fn farewell(request: &Request, kept: &mut Kept) -> String {
    let agent_id: AgentId = request.headers[AGENT_HEADER].parse().unwrap();
    let Some(agent) = kept.agents.get(&agent_id) else { return problem(Code::AgentUnknown, None) };
    let key = read_public_key(&agent.enrolment.public_key).unwrap();
    assert!(verify(&key, &moved_text(agent_id, &request.body), &request.headers[SIGNATURE_HEADER]));
    let moved: Moved = serde_json::from_slice(&request.body).unwrap();
    kept.farewells.push((agent_id, moved.revision));
    "HTTP/1.1 204 X\r\n\r\n".to_owned()
}

fn synchronise(request: &Request, kept: &mut Kept) -> String {
    let agent_id: AgentId = request.headers[AGENT_HEADER].parse().unwrap();
    let Some(agent) = kept.agents.get_mut(&agent_id) else { return problem(Code::AgentUnknown, None) };
    let key = read_public_key(&agent.enrolment.public_key).unwrap();
    let text = synchronisation_text(agent_id, &request.body);
    if !verify(&key, &text, &request.headers[SIGNATURE_HEADER]) {
        return problem(Code::SignatureInvalid, None);
    }
    if let Some(answer) = agent.answers.get(&request.body) {
        return answer.clone();
    }
    let message = unpack(&request.body, 32 << 20).unwrap();
    if message.sequence <= agent.sequence {
        return problem(Code::SequenceOld, Some(agent.sequence));
    }
    if message.base.is_some() && message.base != agent.state {
        return problem(Code::BaseUnknown, None);
    }
    let mut sections = message.sections.clone();
    if complete(&mut sections, agent.sections.clone(), &message.edits).is_err() {
        return problem(Code::BaseUnknown, None);
    }
    if message.base.is_none() {
        agent.sections = Sections::default();
    }
    agent.sections.update(sections);
    message.removed.iter().for_each(|section| agent.sections.remove(*section));
    agent.sequence = message.sequence;
    agent.state = Some(message.state.clone());
    let outcome = match &message.base {
        None => Outcome::Full,
        Some(base) if *base == message.state => Outcome::Unchanged,
        Some(_) => Outcome::Delta,
    };
    let fresh_inventory = std::mem::take(&mut kept.want_fresh);
    let answer = json(&Answer {
        outcome,
        sequence: message.sequence,
        inventory_id: InventoryId::new(SystemClock.now(), &SequenceRng::new(1)),
        fresh_inventory,
        server_time: SystemClock.now(),
        update: kept.offer.clone(),
        next_portal: kept.next_portal.clone(),
    });
    agent.answers.insert(request.body.clone(), answer.clone());
    kept.taken.push((outcome, message));
    answer
}
