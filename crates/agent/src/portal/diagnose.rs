//! The way to the server step by step, to say at which one it ends and why: name, connection, proxy, certificate.

use std::{
    fmt,
    io::{self, BufRead as _, BufReader, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs as _},
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use rustls::{ClientConnection, pki_types::ServerName};

use super::tls::{Witness, end, issuer, refusal, roots};
use crate::config::{Connection, Proxy};

/// How long one step may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A step of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The settings.
    Configuration,
    /// The name has an address.
    Name,
    /// Something listens there.
    Connection,
    /// The proxy tunnels.
    Proxy,
    /// The certificate is good.
    Certificate,
    /// The answer is Vigie's own.
    Answer,
    /// Client id and secret are good.
    SignIn,
    /// The server knows this agent's key.
    Key,
    /// It takes what this agent sends.
    Synchronisation,
}

impl Step {
    /// What it is called in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Name => "name",
            Self::Connection => "connection",
            Self::Proxy => "proxy",
            Self::Certificate => "certificate",
            Self::Answer => "answer",
            Self::SignIn => "sign-in",
            Self::Key => "agent-key",
            Self::Synchronisation => "synchronisation",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.as_str().replace("agent-key", "agent key"))
    }
}

/// What one step showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The step.
    pub step: Step,
    /// What was found, or why it failed.
    pub outcome: Result<String, String>,
}

/// Goes the way up to the certificate; ends at the first step that fails.
pub fn walk(connection: &Connection) -> Vec<Finding> {
    let mut findings = Vec::new();
    // The closure's error only ends the way: the finding says it.
    let _ = go(connection, &mut |step, outcome| findings.push(Finding { step, outcome }));
    findings
}

type Tell<'a> = dyn FnMut(Step, Result<String, String>) + 'a;

fn go(connection: &Connection, tell: &mut Tell<'_>) -> Option<()> {
    let (host, port) = match &connection.proxy {
        Some(proxy) => (proxy.host.as_str(), proxy.port),
        None => (connection.host.as_str(), connection.port),
    };
    let by = if connection.proxy.is_some() { "the proxy " } else { "" };
    let addresses = step(tell, Step::Name, resolve(by, host, port), |found| {
        format!("{by}{host} is {}", found.iter().map(|it| it.ip().to_string()).collect::<Vec<_>>().join(", "))
    })?;
    let mut stream = step(tell, Step::Connection, connect(by, host, port, &addresses), |stream| {
        stream.peer_addr().map_or_else(|_| "connected".to_owned(), |peer| format!("{by}{peer} answers"))
    })?;
    if let Some(proxy) = &connection.proxy {
        let tunnel = tunnel(&mut stream, proxy, &connection.host, connection.port);
        step(tell, Step::Proxy, tunnel, |()| format!("{host}:{port} tunnels to {}", connection.host))?;
    }
    step(tell, Step::Certificate, handshake(stream, connection), Clone::clone)?;
    Some(())
}

fn step<T>(tell: &mut Tell<'_>, step: Step, result: Result<T, String>, words: impl FnOnce(&T) -> String) -> Option<T> {
    match result {
        Ok(value) => {
            tell(step, Ok(words(&value)));
            Some(value)
        }
        Err(why) => {
            tell(step, Err(why));
            None
        }
    }
}

fn resolve(by: &str, host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    match (host, port).to_socket_addrs() {
        Ok(addresses) => {
            let addresses: Vec<_> = addresses.collect();
            if addresses.is_empty() { Err(format!("the name of {by}{host} has no address")) } else { Ok(addresses) }
        }
        Err(error) => Err(format!("the name of {by}{host} cannot be resolved: {error}")),
    }
}

fn connect(by: &str, host: &str, port: u16, addresses: &[SocketAddr]) -> Result<TcpStream, String> {
    let mut last = None;
    for address in addresses {
        match TcpStream::connect_timeout(address, PATIENCE) {
            Ok(stream) => {
                let timeouts = stream.set_read_timeout(Some(PATIENCE)).and(stream.set_write_timeout(Some(PATIENCE)));
                return timeouts.map(|()| stream).map_err(|error| error.to_string());
            }
            Err(error) => last = Some((address, error)),
        }
    }
    let Some((address, error)) = last else { return Err("no address".to_owned()) };
    Err(format!("cannot connect to {by}{host}:{port} ({}): {}", address.ip(), unconnected(&error)))
}

/// Why there is no connection, in words.
pub(crate) fn unconnected(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens at this port, or a firewall refuses it".to_owned(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            "no answer in time: the address is probably blocked by a firewall".to_owned()
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "there is no route to it".to_owned(),
        _ => error.to_string(),
    }
}

/// A connection of which a step may read for so long, however little comes at a time.
struct Bounded<'a> {
    stream: &'a mut TcpStream,
    end: Instant,
}

impl<'a> Bounded<'a> {
    fn new(stream: &'a mut TcpStream) -> Self {
        Self { stream, end: Instant::now() + PATIENCE }
    }
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        self.stream.read(buffer)
    }
}

impl Write for Bounded<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn tunnel(stream: &mut TcpStream, proxy: &Proxy, host: &str, port: u16) -> Result<(), String> {
    let mut stream = Bounded::new(stream);
    let lost = |error: io::Error| format!("the proxy {}:{} does not answer: {error}", proxy.host, proxy.port);
    stream.write_all(proxy_request(proxy, host, port).as_bytes()).map_err(lost)?;
    let mut reader = BufReader::with_capacity(1, Read::take(&mut stream, 16 << 10));
    let mut first = String::new();
    reader.read_line(&mut first).map_err(lost)?;
    let mut line = String::new();
    while reader.read_line(&mut line).map_err(lost)? > 0 && !line.trim().is_empty() {
        line.clear();
    }
    let status = first.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    through_proxy(proxy, host, port, status)
}

/// What asks a proxy for a tunnel (RFC 9110 §9.3.6).
pub(crate) fn proxy_request(proxy: &Proxy, host: &str, port: u16) -> String {
    let host = in_brackets(host);
    let credentials = proxy.credentials.as_ref().map_or_else(String::new, |(user, password)| {
        let pair = BASE64.encode(format!("{user}:{}", password.expose()));
        format!("Proxy-Authorization: Basic {pair}\r\n")
    });
    format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{credentials}\r\n")
}

/// What a proxy's answer means.
pub(crate) fn through_proxy(proxy: &Proxy, host: &str, port: u16, status: Option<u16>) -> Result<(), String> {
    let place = format!("the proxy {}:{}", proxy.host, proxy.port);
    match status {
        Some(200) => Ok(()),
        Some(407) if proxy.credentials.is_none() => Err(format!("{place} wants a user and a password")),
        Some(407) => Err(format!("{place} refuses this user and password")),
        Some(status) => Err(format!("{place} refuses a tunnel to {}:{port}: status {status}", in_brackets(host))),
        None => Err(format!("{place} does not speak HTTP")),
    }
}

fn in_brackets(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

fn handshake(mut stream: TcpStream, connection: &Connection) -> Result<String, String> {
    let ca = connection.ca.as_deref();
    let (witness, config) = Witness::new(&roots(ca)?)?;
    let name = ServerName::try_from(connection.host.clone())
        .map_err(|_| format!("{} is neither a host name nor an address", connection.host))?;
    let mut session = ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    let mut stream = Bounded::new(&mut stream);
    while session.is_handshaking() {
        if let Err(error) = session.complete_io(&mut stream) {
            let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            return Err(match tls {
                Some(rustls::Error::InvalidMessage(_)) => {
                    format!("{}:{} answers, but does not speak TLS", connection.host, connection.port)
                }
                Some(tls) => refusal(tls, &connection.host, witness.seen().as_ref(), ca),
                None if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) => {
                    format!("{}:{} takes the connection and does not answer in time", connection.host, connection.port)
                }
                None => format!("the connection ended during the TLS handshake: {error}"),
            });
        }
    }
    Ok(witness.seen().map_or_else(String::new, |certificate| {
        format!("issued by \"{}\", valid until {}", issuer(&certificate), end(&certificate))
    }))
}
