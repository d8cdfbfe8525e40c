//! The way to the server: through a proxy where there is one, over IPv6 or IPv4, in TLS whose certificate is checked.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    failure::{Failure, Then},
    http::exchange,
    join::guest::{self, Primary},
};
use crate::{
    config::{self, Proxy},
    portal::{
        proxy_request, through_proxy,
        tls::{Witness, refusal, roots},
        unconnected,
    },
};

/// For a name.
const RESOLVING: Duration = Duration::from_secs(10);
/// For one address.
const CONNECTING: Duration = Duration::from_secs(5);
/// For the TLS handshake.
const GREETING: Duration = Duration::from_secs(20);

/// How to reach the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Address of the server without a slash at the end.
    pub(crate) server: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    ca: Option<PathBuf>,
    proxy: Option<Proxy>,
    /// Where the system joined: another way.
    primary: Option<Primary>,
}

/// What a connection to the server goes over: TCP, or a connection to the primary.
pub(crate) trait Carrier: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin> Carrier for T {}

impl Way {
    /// The way to `server`, `https://…`. Without a CA file the system's are trusted. `proxy` may carry user and password.
    pub fn new(server: &str, ca: Option<PathBuf>, proxy: Option<&str>) -> Result<Self, config::Error> {
        let (host, port) = config::address("server", server, "https", 443)?;
        let proxy = proxy.map(|proxy| config::proxy_of(proxy, None, None)).transpose()?;
        Ok(Self { server: server.trim_end_matches('/').to_owned(), host, port, ca, proxy, primary: None })
    }

    /// The same, or through the primary at which the system joined.
    #[must_use]
    pub(crate) fn or_through(self, primary: Option<Primary>) -> Self {
        Self { primary, ..self }
    }

    /// The file with the CAs to trust.
    pub(crate) fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    /// The value of the `Host` header (RFC 9110 §7.2).
    pub(crate) fn authority(&self) -> &str {
        self.server.split_once("://").map_or(self.server.as_str(), |(_, rest)| rest.split('/').next().unwrap_or(rest))
    }

    /// What stands before every path: empty, or where a server is not at the top of its address.
    pub(crate) fn prefix(&self) -> &str {
        let rest = self.server.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').map_or("", |at| &rest[at..])
    }

    /// Connects, through the primary where that is needed; the certificate is good.
    pub(crate) async fn connect(&self) -> Result<Connected, Failure> {
        let Some(primary) = &self.primary else { return self.connect_directly().await };
        if primary.is_only_way {
            return self.connect_through(primary).await;
        }
        let failure = match self.connect_directly().await {
            Err(failure) if failure.then != Then::Never => failure,
            connected => return connected,
        };
        self.connect_through(primary).await.map_err(|through| Failure {
            words: format!("{}; and not through the primary either: {}", failure.words, through.words),
            then: failure.then,
        })
    }

    async fn connect_directly(&self) -> Result<Connected, Failure> {
        let (stream, local) = self.reach().await?;
        Ok(Connected { stream: self.secure(Box::new(stream)).await?, local, is_through_primary: false })
    }

    /// The primary carries the bytes; what they are only the server can read.
    async fn connect_through(&self, primary: &Primary) -> Result<Connected, Failure> {
        let (stream, local) = guest::reach(primary).await?;
        Ok(Connected { stream: self.secure(Box::new(stream)).await?, local, is_through_primary: true })
    }

    /// A connection to the server's port, and this machine's address on it: through the proxy, where there is one.
    pub(crate) async fn reach(&self) -> Result<(TcpStream, IpAddr), Failure> {
        let mut stream = match &self.proxy {
            None => tcp("", &self.host, self.port).await?,
            Some(proxy) => tcp("the proxy ", &proxy.host, proxy.port).await?,
        };
        let local = stream.local_addr().map_err(|error| Failure::again(error.to_string()))?.ip().to_canonical();
        if let Some(proxy) = &self.proxy {
            let request = proxy_request(proxy, &self.host, self.port);
            let status = match exchange(&mut stream, request.as_bytes(), true).await {
                Ok(answer) => Some(answer.status),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => None,
                Err(error) => {
                    let (host, port) = (&proxy.host, proxy.port);
                    return Err(Failure::again(format!("the proxy {host}:{port} does not answer: {error}")));
                }
            };
            through_proxy(proxy, &self.host, self.port, status).map_err(Failure::again)?;
        }
        Ok((stream, local))
    }

    async fn secure(&self, stream: Box<dyn Carrier>) -> Result<TlsStream<Box<dyn Carrier>>, Failure> {
        let ca = self.ca.as_deref();
        let (witness, mut config) = roots(ca).and_then(|roots| Witness::new(&roots)).map_err(Failure::again)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let host = &self.host;
        let name = ServerName::try_from(host.clone())
            .map_err(|_| Failure::never(format!("{host} is neither a host name nor an address")))?;
        let shaken = timeout(GREETING, TlsConnector::from(Arc::new(config)).connect(name, stream)).await;
        shaken.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(|error| {
            let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            Failure::again(match tls {
                Some(rustls::Error::InvalidMessage(_)) => {
                    format!("{host}:{} answers, but does not speak TLS", self.port)
                }
                Some(tls) => refusal(tls, host, witness.seen().as_ref(), ca),
                None => format!("the connection ended during the TLS handshake: {error}"),
            })
        })
    }
}

/// A connection to the server.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) stream: TlsStream<Box<dyn Carrier>>,
    /// This machine's address on it.
    pub(crate) local: IpAddr,
    /// Whether the primary carries it.
    pub(crate) is_through_primary: bool,
}

/// Connects to one of a name's addresses. `by` stands before the name where it is told.
pub(crate) async fn tcp(by: &str, host: &str, port: u16) -> Result<TcpStream, Failure> {
    let found = timeout(RESOLVING, lookup_host((host, port))).await;
    let addresses = match found {
        Ok(Ok(addresses)) => in_turn(addresses.collect()),
        Ok(Err(error)) => {
            return Err(Failure::again(format!("the name of {by}{host} cannot be resolved: {error}")));
        }
        Err(_) => return Err(Failure::again(format!("the name of {by}{host} cannot be resolved: no answer in time"))),
    };
    let mut why = format!("the name of {by}{host} has no address");
    for address in addresses {
        let connected = timeout(CONNECTING, TcpStream::connect(address)).await;
        match connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) => {
                // Where that cannot be said, small messages are a little later.
                let _ = vigie_mux::prompt(&stream);
                return Ok(stream);
            }
            Err(error) => {
                why = format!("cannot connect to {by}{host}:{port} ({}): {}", address.ip(), unconnected(&error));
            }
        }
    }
    Err(Failure::again(why))
}

/// The resolver's order within each family, the families in turn (as RFC 8305 §4 has it): where one of them leads
/// nowhere, the second try is of the other.
pub(crate) fn in_turn(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_six = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|it| it.is_ipv6() == first_is_six);
    let mut ordered = Vec::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        let pair = (first.next(), second.next());
        if pair == (None, None) {
            return ordered;
        }
        ordered.extend(pair.0.into_iter().chain(pair.1));
    }
}

/// The proxy that the environment names for HTTPS, unless it excepts the host.
pub(crate) fn proxy_of_environment(host: &str, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let either = |small: &str| {
        let value = variable(small).or_else(|| variable(&small.to_ascii_uppercase()))?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let excepted = either("no_proxy").unwrap_or_default();
    let is_excepted = excepted.split(',').map(str::trim).filter(|it| !it.is_empty()).any(|it| {
        let domain = it.trim_start_matches("*.").trim_start_matches('.');
        it == "*"
            || host.eq_ignore_ascii_case(domain)
            || host.to_ascii_lowercase().ends_with(&format!(".{}", domain.to_ascii_lowercase()))
    });
    if is_excepted { None } else { either("https_proxy") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_of_addresses_take_turns() {
        let all = |text: &str| -> Vec<SocketAddr> { text.split(' ').map(|it| it.parse().unwrap()).collect() };
        let given = all("[::1]:1 [::2]:1 [::3]:1 1.1.1.1:1 2.2.2.2:1");
        assert_eq!(in_turn(given), all("[::1]:1 1.1.1.1:1 [::2]:1 2.2.2.2:1 [::3]:1"));
        assert_eq!(in_turn(all("1.1.1.1:1 [::1]:1")), all("1.1.1.1:1 [::1]:1"));
        assert!(in_turn(vec![]).is_empty());
    }

    #[test]
    fn a_server_may_stand_below_a_path() {
        let way = Way::new("https://vigie.example:7080/v/", None, None).unwrap();
        assert_eq!((way.authority(), way.prefix()), ("vigie.example:7080", "/v"));
        let way = Way::new("https://[2001:db8::1]", None, None).unwrap();
        assert_eq!((way.authority(), way.prefix(), way.host.as_str()), ("[2001:db8::1]", "", "2001:db8::1"));
        assert!(Way::new("http://vigie.example", None, None).is_err());
    }

    #[test]
    fn the_environment_names_a_proxy_and_what_it_is_not_for() {
        let proxy = |host: &str, excepted: &str| {
            proxy_of_environment(host, |name| match name {
                "HTTPS_PROXY" => Some("http://proxy:3128".to_owned()),
                "no_proxy" => Some(excepted.to_owned()),
                _ => None,
            })
        };
        assert_eq!(proxy("vigie.example", "").as_deref(), Some("http://proxy:3128"));
        assert_eq!(proxy("vigie.example", "other.example").as_deref(), Some("http://proxy:3128"));
        for excepted in ["*", "vigie.example", "a, .example", "*.example"] {
            assert_eq!(proxy("vigie.example", excepted), None, "{excepted}");
        }
    }
}
