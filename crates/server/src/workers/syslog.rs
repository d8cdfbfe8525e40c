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

/// What is known from one look to the next.
#[derive(Default)]
struct Sender {
    /// The way that is open, and to where it leads.
    way: Option<(Syslog, Way)>,
    /// Where everything up to this entry was sent: nothing is to be done before there is a newer one.
    sent: Option<(Syslog, i64)>,
    /// Where nothing could be sent, and when it is tried again; another address is tried at once.
    failed: Option<(Syslog, Timestamp)>,
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
        let to = match state.preferences.get(now).await {
            Ok(preferences) => preferences.syslog.clone(),
            Err(error) => return tracing::error!(%error, "the preferences cannot be read"),
        };
        if to.address.is_empty() {
            *self = Self::default();
            return;
        }
        if self.failed.as_ref().is_some_and(|(failed, _)| *failed != to) {
            self.failed = None;
        }
        if self.failed.as_ref().is_some_and(|(_, again)| now < *again) {
            return;
        }
        match self.forward(state, node, &to).await {
            Ok(()) => self.failed = None,
            Err(error) => {
                // Said once, not every half minute.
                if self.failed.is_none() {
                    tracing::error!(
                        error = format!("{error:#}"),
                        "the audit trail cannot be sent by syslog; it is tried again"
                    );
                }
                self.way = None;
                self.failed = Some((to, now.plus(AGAIN_AFTER)));
            }
        }
    }

    async fn forward(&mut self, state: &AppState, node: &str, to: &Syslog) -> anyhow::Result<()> {
        let newest = audit::newest(&state.db).await?;
        if self.sent.as_ref().is_some_and(|(there, up_to)| there == to && *up_to >= newest) {
            return Ok(());
        }
        let now = state.clock.now();
        let turn = syslog::take_turn(&state.db, node, to, newest, now, now.plus(TURN)).await?;
        let Some(mut place) = turn else { return Ok(()) };
        let granted = Granted::by_server(Action::PreferencesManage);
        let host = crate::tls::host_name().unwrap_or_default();
        loop {
            let rows = audit::after(&state.db, granted, &AuditFilter::default(), place, PIECE).await?;
            let Some((last, _)) = rows.last() else { break };
            let last = *last;
            let messages: Vec<String> = rows.iter().map(|(_, row)| syslog::message(&host, row)).collect();
            if self.way.as_ref().is_none_or(|(open, _)| open != to) {
                self.way = Some((to.clone(), Way::open(state, to).await?));
            }
            if let Some((_, open)) = &mut self.way {
                open.send(&messages).await?;
            }
            let now = state.clock.now();
            syslog::sent(&state.db, node, to, last, now, now.plus(TURN)).await?;
            place = last;
        }
        self.sent = Some((to.clone(), place));
        Ok(())
    }
}
