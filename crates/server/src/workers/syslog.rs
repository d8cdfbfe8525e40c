//! Sends the audit trail by syslog to where the preferences say: what was written since the last time, in order, by one
//! node at a time. What could not be sent is sent later.

use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpStream, UdpSocket},
};
use vigie_kernel::{Action, Granted};
use vigie_people::{
    audit::{self, AuditFilter},
    syslog::{self, Syslog, Transport},
};

use crate::http::AppState;

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

/// A way that is open.
enum Way {
    Datagrams(UdpSocket),
    Stream(TcpStream),
}

impl Way {
    async fn open(to: &Syslog) -> anyhow::Result<Self> {
        let opening = async {
            Ok::<_, std::io::Error>(match to.transport {
                Transport::Tcp => Self::Stream(TcpStream::connect(&to.address).await?),
                Transport::Udp => {
                    let target = tokio::net::lookup_host(&to.address).await?.next();
                    let target = target.ok_or_else(|| std::io::Error::other("the name has no address"))?;
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
                    closed(stream)?;
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
fn closed(stream: &TcpStream) -> anyhow::Result<()> {
    match stream.try_read(&mut [0; 64]) {
        Ok(0) => bail!("the receiver hung up"),
        Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => Err(error.into()),
        _ => Ok(()),
    }
}

/// Sends until the server stops.
pub(super) async fn send(state: AppState, node: String) {
    let stopping = state.stopping.clone();
    let work = async {
        let mut way: Option<(Syslog, Way)> = None;
        let mut failing = false;
        loop {
            let rest = match step(&state, &node, &mut way).await {
                Ok(()) => {
                    failing = false;
                    EVERY
                }
                Err(error) => {
                    // Said once, not every half minute.
                    if !failing {
                        tracing::error!(
                            error = format!("{error:#}"),
                            "the audit trail cannot be sent by syslog; it is tried again"
                        );
                    }
                    (failing, way) = (true, None);
                    AGAIN_AFTER
                }
            };
            tokio::time::sleep(rest).await;
        }
    };
    let _ = stopping.run_until_cancelled(work).await;
}

async fn step(state: &AppState, node: &str, way: &mut Option<(Syslog, Way)>) -> anyhow::Result<()> {
    let to = state.preferences.get(state.clock.now()).await?.syslog.clone();
    if to.address.is_empty() {
        *way = None;
        return Ok(());
    }
    let newest = audit::newest(&state.db).await?;
    let now = state.clock.now();
    let turn = syslog::take_turn(&state.db, node, &to, newest, now, now.plus(TURN)).await?;
    let Some(mut place) = turn else { return Ok(()) };
    let granted = Granted::by_server(Action::PreferencesManage);
    let host = crate::tls::host_name().unwrap_or_default();
    loop {
        let rows = audit::after(&state.db, granted, &AuditFilter::default(), place, PIECE).await?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        let last = *last;
        let messages: Vec<String> = rows.iter().map(|(_, row)| syslog::message(&host, row)).collect();
        if way.as_ref().is_none_or(|(open, _)| *open != to) {
            *way = Some((to.clone(), Way::open(&to).await?));
        }
        if let Some((_, open)) = way {
            open.send(&messages).await?;
        }
        let now = state.clock.now();
        syslog::sent(&state.db, node, &to, last, now, now.plus(TURN)).await?;
        place = last;
    }
}
