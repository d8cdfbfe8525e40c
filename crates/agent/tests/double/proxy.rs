//! An HTTP proxy in miniature: it tunnels for one user.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

pub struct Proxy {
    pub port: u16,
    tunnels: Arc<AtomicUsize>,
}

impl Proxy {
    /// Starts one that wants `credentials`, as they stand in the header, or none.
    pub fn start(credentials: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let tunnels = Arc::new(AtomicUsize::new(0));
        let counter = tunnels.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let counter = counter.clone();
                thread::spawn(move || tunnel(stream.unwrap(), credentials, &counter));
            }
        });
        Self { port, tunnels }
    }

    /// How many tunnels were opened.
    pub fn tunnels(&self) -> usize {
        self.tunnels.load(Ordering::SeqCst)
    }
}

fn tunnel(mut client: TcpStream, credentials: Option<&str>, counter: &AtomicUsize) {
    let mut reader = BufReader::with_capacity(1, client.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 || line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let Some(target) = lines.first().and_then(|line| line.strip_prefix("CONNECT ")?.split(' ').next()) else { return };
    let given = lines.iter().find(|line| line.to_ascii_lowercase().starts_with("proxy-authorization:"));
    if credentials.is_some_and(|wanted| given.is_none_or(|given| !given.ends_with(wanted))) {
        client
            .write_all(b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        return;
    }
    let Ok(server) = TcpStream::connect(target) else {
        client.write_all(b"HTTP/1.1 502 Nobody there\r\nContent-Length: 0\r\n\r\n").unwrap();
        return;
    };
    counter.fetch_add(1, Ordering::SeqCst);
    client.write_all(b"HTTP/1.1 200 Go on\r\n\r\n").unwrap();
    let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(std::net::Shutdown::Write);
    });
    let _ = std::io::copy(&mut client, &mut &server);
    let _ = server.shutdown(std::net::Shutdown::Write);
}
