//! Sends the audit trail by syslog to where the preferences say: what was written since the last time, in order, by one
//! node at a time. What could not be sent is sent later.

use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket},
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use vigie_kernel::{Action, Granted, Timestamp};
use vigie_people::{
    audit::{self, AuditFilter},
    syslog::{self, Syslog, Transport},
};

use crate::{http::AppState, outgoing};

/// How often it is looked for new entries.
const EVERY: Duration = Duration::from_secs(2);
/// How long after a failure it is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// How long another node waits before it takes over.
const TURN: Duration = Duration::from_secs(90);
/// Entries that are sent before their place is noted.
const PIECE: u64 = 200;
/// Longest that connecting or sending a piece may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Largest datagram, bytes; what is longer is cut (RFC 5426 §3.2 asks receivers for 2,048 and more).
const DATAGRAM: usize = 8 << 10;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A way that is open.
enum Way {
    Datagrams(UdpSocket),
    Stream(Box<dyn Stream>),
}

impl Way {
    async fn open(state: &AppState, to: &Syslog) -> anyhow::Result<Self> {
        let opening = async {
            anyhow::Ok(match to.transport {
                Transport::Tcp => Self::Stream(Box::new(TcpStream::connect(&to.address).await?)),
                Transport::Tls => {
                    let host = ServerName::try_from(to.host().to_owned())?;
                    let connector = TlsConnector::from(outgoing::tls(state).await?);
                    let stream = TcpStream::connect(&to.address).await?;
                    Self::Stream(Box::new(connector.connect(host, stream).await?))
                }
                Transport::Udp => {
                    let target = tokio::net::lookup_host(&to.address).await?.next();
                    let target = target.context("the name has no address")?;
                    let any = if target.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                    let socket = UdpSocket::bind(any).await?;
                    socket.connect(target).await?;
                    Self::Datagrams(socket)
                }
            })
        };
        let opened = tokio::time::timeout(PATIENCE, opening).await.context("no answer in time")?;
        opened.with_context(|| format!("cannot reach {}", to.address))
    }

    async fn send(&mut self, messages: &[String]) -> anyhow::Result<()> {
        let sending = async {
            match self {
                Self::Datagrams(socket) => {
                    for message in messages {
                        socket.send(&message.as_bytes()[..message.len().min(DATAGRAM)]).await?;
                    }
                }
                Self::Stream(stream) => {
                    closed(stream).await?;
                    let framed = messages.iter().flat_map(|it| [it.len().to_string(), " ".to_owned(), it.clone()]);
                    let framed: String = framed.collect();
                    stream.write_all(framed.as_bytes()).await?;
                    stream.flush().await?;
                }
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, sending).await.context("nothing is taken")?
    }
}

/// A receiver says nothing; where there is an end to be read, it has hung up and what is written would be lost.
async fn closed(stream: &mut Box<dyn Stream>) -> anyhow::Result<()> {
    match tokio::time::timeout(Duration::ZERO, stream.read(&mut [0; 64])).await {
        Ok(Ok(0)) => bail!("the receiver hung up"),
        Ok(Err(error)) => Err(error.into()),
        Ok(Ok(_)) | Err(_) => Ok(()),
    }
}

/// What is known from one look to the next, all of it about where the trail is sent now.
#[derive(Default)]
struct Sender {
    /// Where to; with another address everything begins anew, at once.
    to: Syslog,
    /// The way that is open.
    way: Option<Way>,
    /// The last entry that was sent: nothing is to be done before there is a newer one.
    sent: Option<i64>,
    /// After a failure: when it is tried again.
    again_at: Option<Timestamp>,
}

/// Sends until the server stops.
pub(super) async fn send(state: AppState, node: String) {
    let stopping = state.stopping.clone();
    let work = async {
        let mut sender = Sender::default();
        loop {
            sender.look(&state, &node).await;
            tokio::time::sleep(EVERY).await;
        }
    };
    let _ = stopping.run_until_cancelled(work).await;
}

impl Sender {
    async fn look(&mut self, state: &AppState, node: &str) {
        let now = state.clock.now();
        let looked = match state.preferences.get(now).await {
            Ok(preferences) => {
                if preferences.syslog != self.to {
                    *self = Self { to: preferences.syslog.clone(), ..Self::default() };
                }
                if self.to.address.is_empty() {
                    self.again_at = None;
                    return;
                }
                if self.again_at.is_some_and(|again| now < again) {
                    return;
                }
                self.forward(state, node).await
            }
            Err(error) => Err(error.into()),
        };
        match looked {
            Ok(()) => self.again_at = None,
            Err(error) => {
                // Said once, not every half minute.
                if self.again_at.is_none() {
                    tracing::error!(
                        error = format!("{error:#}"),
                        "the audit trail cannot be sent by syslog; it is tried again"
                    );
                }
                self.way = None;
                self.again_at = Some(now.plus(AGAIN_AFTER));
            }
        }
    }

    async fn forward(&mut self, state: &AppState, node: &str) -> anyhow::Result<()> {
        let newest = audit::newest(&state.db).await?;
        if self.sent.is_some_and(|sent| sent >= newest) {
            return Ok(());
        }
        let now = state.clock.now();
        let turn = syslog::take_turn(&state.db, node, &self.to, newest, now, now.plus(TURN)).await?;
        let Some(mut place) = turn else { return Ok(()) };
        let granted = Granted::by_server(Action::PreferencesManage);
        let host = crate::tls::host_name().unwrap_or_default();
        loop {
            let rows = audit::after(&state.db, granted, &AuditFilter::default(), place, PIECE).await?;
            let Some((last, _)) = rows.last() else { break };
            let last = *last;
            let messages: Vec<String> = rows.iter().map(|(_, row)| syslog::message(&host, row)).collect();
            let way = match &mut self.way {
                Some(way) => way,
                closed => closed.insert(Way::open(state, &self.to).await?),
            };
            way.send(&messages).await?;
            let now = state.clock.now();
            syslog::sent(&state.db, node, &self.to, last, now, now.plus(TURN)).await?;
            place = last;
        }
        self.sent = Some(place);
        Ok(())
    }
}
