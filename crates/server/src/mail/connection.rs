//! The way to the mail server: TCP, and TLS from the beginning or after STARTTLS. The SMTP library has a TLS of its own;
//! here it is that of all connections to others, with the certificates that administrators trust. The library is handed a
//! stream that is protected already.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use anyhow::{Context as _, bail, ensure};
use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream, rustls::pki_types::ServerName};
use vigie_people::preferences::{Mail, MailSecurity};

use crate::{http::AppState, outgoing};

/// Largest reply of the mail server before TLS, bytes.
const LARGEST_REPLY: usize = 8 << 10;

/// Connects and protects the connection as the settings say.
pub(super) async fn open(state: &AppState, settings: &Mail) -> anyhow::Result<Box<dyn AsyncTokioStream>> {
    let mut stream = TcpStream::connect((settings.host.as_str(), settings.port)).await.context("cannot be reached")?;
    stream.set_nodelay(true)?;
    match settings.security {
        MailSecurity::None => Ok(Box::new(stream)),
        MailSecurity::Tls => Ok(Box::new(Protected { greeting: b"", stream: protect(state, settings, stream).await? })),
        MailSecurity::Starttls => {
            start_tls(&mut stream).await?;
            let stream = protect(state, settings, stream).await?;
            // Nobody greets twice (RFC 3207 §4.2), but the library waits for a greeting.
            Ok(Box::new(Protected { greeting: b"220 protected\r\n", stream }))
        }
    }
}

/// What this server calls itself.
pub(super) fn own_name() -> String {
    crate::tls::host_name().unwrap_or_else(|| "localhost".to_owned())
}

async fn protect(state: &AppState, settings: &Mail, stream: TcpStream) -> anyhow::Result<TlsStream<TcpStream>> {
    let host = ServerName::try_from(settings.host.clone())?;
    let connector = TlsConnector::from(outgoing::tls(state).await?);
    connector.connect(host, stream).await.context("TLS")
}

/// The dialogue in the clear that ends in a TLS handshake (RFC 3207 §4). Nothing is sent where the mail server does not
/// offer it: who sits between could have taken the offer away.
async fn start_tls<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> anyhow::Result<()> {
    expect(stream, "220").await.context("no greeting")?;
    stream.write_all(format!("EHLO {}\r\n", own_name()).as_bytes()).await?;
    let offers = expect(stream, "250").await.context("EHLO")?;
    let offered = offers.lines().any(|line| line.get(4..).is_some_and(|it| it.trim().eq_ignore_ascii_case("STARTTLS")));
    ensure!(offered, "does not offer STARTTLS");
    stream.write_all(b"STARTTLS\r\n").await?;
    expect(stream, "220").await.context("STARTTLS")?;
    Ok(())
}

/// Reads one reply, all its lines (RFC 5321 §4.2.1). More than that would be words that the TLS to come does not protect.
async fn expect<S: AsyncRead + Unpin>(stream: &mut S, code: &str) -> anyhow::Result<String> {
    let mut reply = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let read = stream.read(&mut piece).await?;
        ensure!(read > 0, "the mail server hung up");
        reply.extend_from_slice(&piece[..read]);
        ensure!(reply.len() <= LARGEST_REPLY, "the mail server says too much");
        let Some(end) = end_of_reply(&reply) else { continue };
        ensure!(end == reply.len(), "the mail server says more than it was asked");
        let text: String = String::from_utf8_lossy(&reply).into_owned();
        if !text.starts_with(code) {
            let text: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).take(500).collect();
            bail!("the mail server said: {}", text.trim());
        }
        return Ok(text);
    }
}

/// Where the first complete reply ends: its last line has a space after the code, the others a hyphen.
fn end_of_reply(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    for line in bytes.split_inclusive(|it| *it == b'\n') {
        if !line.ends_with(b"\n") {
            return None;
        }
        at += line.len();
        if line.get(3) != Some(&b'-') {
            return Some(at);
        }
    }
    None
}

/// A TLS stream, read from after a greeting.
#[derive(Debug)]
struct Protected {
    greeting: &'static [u8],
    stream: TlsStream<TcpStream>,
}

impl AsyncTokioStream for Protected {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Protected {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.greeting.is_empty() {
            return Pin::new(&mut this.stream).poll_read(cx, buf);
        }
        let (now, later) = this.greeting.split_at(this.greeting.len().min(buf.remaining()));
        buf.put_slice(now);
        this.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Protected {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn dialogue(said: &[&str]) -> anyhow::Result<()> {
        let (mut here, mut there) = tokio::io::duplex(4096);
        let said: Vec<String> = said.iter().map(|it| (*it).to_owned()).collect();
        let server = tokio::spawn(async move {
            for reply in said {
                there.write_all(reply.as_bytes()).await.unwrap();
                if there.read(&mut [0; 512]).await.unwrap() == 0 {
                    return;
                }
            }
        });
        let started = start_tls(&mut here).await;
        drop(here);
        server.await.unwrap();
        started
    }

    #[tokio::test]
    async fn nothing_is_sent_where_the_offer_of_protection_is_missing_or_was_tampered_with() {
        let good = ["220 mx\r\n", "250-mx\r\n250-SIZE\r\n250 STARTTLS\r\n", "220 go\r\n"];
        dialogue(&good).await.unwrap();
        let why = async |said: &[&str]| format!("{:#}", dialogue(said).await.unwrap_err());
        assert!(why(&["220 mx\r\n", "250-mx\r\n250 SIZE\r\n"]).await.contains("does not offer STARTTLS"));
        assert!(why(&["220 mx\r\n", good[1], "454 later\r\n"]).await.contains("454 later"));
        // Commands that someone put behind the reply would be taken for the protected answer.
        assert!(why(&["220 mx\r\n", good[1], "220 go\r\n250 and more\r\n"]).await.contains("more than it was asked"));
        assert!(why(&["554 go away\r\n"]).await.contains("554 go away"));
    }
}
