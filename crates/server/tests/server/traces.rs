//! Traces of requests, as a collector of OpenTelemetry gets them.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Sender, channel},
};

use nix::sys::signal::Signal;

use crate::process::Running;

/// The head and the body of a request.
type Received = (String, Vec<u8>);

fn answer(stream: TcpStream, received: &Sender<Received>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line == "\r\n" {
                break;
            }
            let line = line.to_lowercase();
            if let Some(said) = line.strip_prefix("content-length:") {
                length = said.trim().parse().unwrap();
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let _ = received.send((head, body));
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_a_span_for_each_request() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let sender = sender.clone();
            std::thread::spawn(move || answer(stream.unwrap(), &sender));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let more = ["--otlp-endpoint", &endpoint, "--node-name", "guet-1"];
    let running = Running::start(&folder.path().join("data"), &more);
    let answer = running.client().get(format!("{}/api/v1/about?q=not-for-traces", running.url)).send().await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    // What is gathered is sent before it ends.
    assert_eq!(running.stop(Signal::SIGTERM).code(), Some(0));
    let (heads, bodies): (Vec<String>, Vec<Vec<u8>>) = received.try_iter().unzip();
    assert!(!heads.is_empty(), "nothing was sent");
    assert!(heads.iter().all(|it| it.starts_with("post /v1/traces http/1.1") && it.contains("application/x-protobuf")));
    let sent = bodies.concat();
    let has = |words: &str| sent.windows(words.len()).any(|it| it == words.as_bytes());
    for words in ["GET /api/v1/about", "http.response.status_code", "service.name", "vigie", "guet-1", &id] {
        assert!(has(words), "{words}");
    }
    assert!(!has("not-for-traces"), "no address, no content");
}

#[test]
fn an_address_that_is_none_is_told() {
    let output = crate::process::run(&["serve", "--otlp-endpoint", "localhost:4318"]);
    let said = crate::process::text(&output.stderr);
    assert!(!output.status.success() && said.contains("otlp_endpoint"), "{said}");
}
