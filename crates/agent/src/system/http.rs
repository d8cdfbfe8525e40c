//! As much of HTTP/1.1 as a link needs before it is one: a request, and the whole answer to it, so that what a server
//! says when it refuses can be told.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

/// Longest head of an answer, bytes.
const MAX_HEAD: usize = 16 << 10;
/// Longest body of an answer, bytes.
const MAX_BODY: usize = 64 << 10;
const MAX_HEADERS: usize = 64;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in small letters.
    pub(crate) headers: Vec<(String, String)>,
    /// Of an upgrade or a tunnel: what came behind the answer.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value)
    }
}

fn invalid(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

/// Sends a request and reads the answer. Of an answer that changes the protocol (101, and 200 to a CONNECT) the body is
/// what has been read behind it; of any other it is the whole body, as far as it came.
pub(crate) async fn exchange<S>(stream: &mut S, request: &[u8], is_connect: bool) -> io::Result<Answer>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let exchanged = timeout(PATIENCE, async {
        stream.write_all(request).await?;
        stream.flush().await?;
        let mut answer = head(stream).await?;
        if answer.status != 101 && !(is_connect && answer.status == 200) {
            answer.body = body(stream, &answer).await;
        }
        Ok(answer)
    });
    exchanged.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Answer> {
    let mut bytes = Vec::with_capacity(1024);
    loop {
        if bytes.len() > MAX_HEAD {
            return Err(invalid("the head of the answer is too long"));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        match parsed.parse(&bytes) {
            Ok(httparse::Status::Complete(length)) => {
                let text = |value: &[u8]| String::from_utf8_lossy(value).trim().to_owned();
                let headers = parsed.headers.iter().map(|it| (it.name.to_ascii_lowercase(), text(it.value))).collect();
                let status = parsed.code.unwrap_or_default();
                return Ok(Answer { status, headers, body: bytes[length..].to_vec() });
            }
            Ok(httparse::Status::Partial) => {}
            Err(_) => return Err(invalid("the answer is not HTTP")),
        }
    }
}

/// The body is for words only: where it breaks off, what came is better than nothing.
async fn body(stream: &mut (impl AsyncRead + Unpin), answer: &Answer) -> Vec<u8> {
    let mut bytes = answer.body.clone();
    let is_chunked = answer.header("transfer-encoding").eq_ignore_ascii_case("chunked");
    let length = if is_chunked { None } else { answer.header("content-length").parse::<usize>().ok() };
    loop {
        if is_chunked && let Some(whole) = unchunked(&bytes) {
            return whole;
        }
        if length.is_some_and(|length| bytes.len() >= length) || bytes.len() >= MAX_BODY {
            return bytes;
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return bytes;
        }
    }
}

/// A body in chunks (RFC 9112 §7.1), if it is whole.
fn unchunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let Ok(httparse::Status::Complete((start, length))) = httparse::parse_chunk_size(bytes) else { return None };
        let length = usize::try_from(length).ok()?;
        if length == 0 {
            return Some(whole);
        }
        bytes = bytes.get(start..)?;
        whole.extend_from_slice(bytes.get(..length)?);
        bytes = bytes.get(length.checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answered(said: &'static [u8], is_connect: bool) -> io::Result<Answer> {
        let (mut here, mut there) = tokio::io::duplex(64);
        let server = tokio::spawn(async move {
            let mut request = [0; 1];
            there.read_exact(&mut request).await.unwrap();
            for piece in said.chunks(7) {
                there.write_all(piece).await.unwrap();
            }
            there
        });
        let answer = exchange(&mut here, b"?", is_connect).await;
        drop(server);
        answer
    }

    #[tokio::test]
    async fn an_answer_is_read_whole_however_it_is_sent() {
        let plain = answered(b"HTTP/1.1 403 No\r\nContent-Length: 5\r\nX-A:  b \r\n\r\nwords", false).await.unwrap();
        assert_eq!((plain.status, plain.header("x-a"), &plain.body[..]), (403, "b", &b"words"[..]));
        let chunked = b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwor\r\n2\r\nds\r\n0\r\n\r\n";
        assert_eq!(answered(chunked, false).await.unwrap().body, b"words");
        let upgraded = answered(b"HTTP/1.1 101 Go\r\n\r\n", false).await.unwrap();
        assert_eq!((upgraded.status, upgraded.body.len()), (101, 0));
        assert_eq!(answered(b"HTTP/1.1 200 OK\r\n\r\n", true).await.unwrap().status, 200);
    }

    #[tokio::test]
    async fn what_is_no_answer_is_told() {
        assert_eq!(
            answered(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", false).await.unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
    }
}
