//! What is sent through tunnels when they are measured: the far end (`target ADDRESS`), and clients that print one line of
//! JSON: `bulk ADDRESS STREAMS MIB`, `ping ADDRESS COUNT`, `requests ADDRESS CONNECTIONS SECONDS keep|close`. Threads and
//! blocking sockets, so that the ends cost little and the same for whatever is between them. A thousand streams at once
//! (`source ADDRESS`, `share SECONDS STREAMS ADDRESS…`) have one thread for each end: the machine's scheduler would give each
//! of a thousand threads its turn before those who are measured.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net,
};

/// A connection begins with one of these.
const SEND_ME: u8 = b'D';
const ECHO: u8 = b'P';
const ANSWER: u8 = b'R';
/// A ping, and a request: bytes.
const SMALL: usize = 64;
/// An answer to a request: bytes.
const ANSWERED: usize = 256;
const PIECE: usize = 256 << 10;
/// What a stream of many sends and reads at once, bytes.
const SHARED: usize = 16 << 10;
/// What is sent in bulk; one for all threads.
static BYTES: [u8; PIECE] = [7; PIECE];
/// Of a socket of `source` and `share`. A thousand of them on one machine, each with as much as the kernel would give it,
/// have all the memory that it has for sockets, and those that are measured are cut short.
const BUFFER: u32 = 256 << 10;
/// Until every stream of `share` has begun.
const SETTLES: Duration = Duration::from_secs(5);

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["target", address] => target(address),
        ["bulk", address, streams, mib] => bulk(address, number(streams)?, number(mib)?),
        ["ping", address, count] => ping(address, number(count)?),
        ["requests", address, connections, seconds, how] => {
            requests(address, number(connections)?, number(seconds)?, how == "close")
        }
        ["source", address] => source(address),
        ["share", seconds, streams, ref addresses @ ..] if !addresses.is_empty() => {
            share(Duration::from_secs(number(seconds)?), number(streams)?, addresses)
        }
        _ => Err(io::Error::other(
            "target | bulk | ping | requests | source | share: see the first lines of this program",
        )),
    }
}

fn number(word: &str) -> io::Result<u64> {
    word.parse().map_err(io::Error::other)
}

fn target(address: &str) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    println!("listening");
    for stream in listener.incoming() {
        let stream = stream?;
        thread::spawn(move || serve(stream));
    }
    Ok(())
}

fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut kind = [0];
    stream.read_exact(&mut kind)?;
    match kind[0] {
        SEND_ME => {
            let mut length = [0; 8];
            stream.read_exact(&mut length)?;
            let mut left = u64::from_be_bytes(length);
            while left > 0 {
                let count = left.min(PIECE as u64);
                stream.write_all(&BYTES[..usize::try_from(count).unwrap_or(PIECE)])?;
                left -= count;
            }
        }
        ECHO => loop {
            let mut ping = [0; SMALL];
            stream.read_exact(&mut ping)?;
            stream.write_all(&ping)?;
        },
        ANSWER => loop {
            let mut request = [0; SMALL];
            stream.read_exact(&mut request)?;
            stream.write_all(&[1; ANSWERED])?;
        },
        _ => {}
    }
    Ok(())
}

fn open(address: &str, kind: u8) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.write_all(&[kind])?;
    Ok(stream)
}

/// So much in all, shared by so many connections.
fn bulk(address: &str, streams: u64, mib: u64) -> io::Result<()> {
    let each = (mib << 20) / streams;
    let began = Instant::now();
    let work = |_| {
        let address = address.to_owned();
        thread::spawn(move || -> io::Result<u64> {
            let mut stream = open(&address, SEND_ME)?;
            stream.write_all(&each.to_be_bytes())?;
            let (mut piece, mut came) = (vec![0; PIECE], 0);
            loop {
                match stream.read(&mut piece)? {
                    0 => return Ok(came),
                    count => came += count as u64,
                }
            }
        })
    };
    let threads: Vec<_> = (0..streams).map(work).collect();
    let mut came = 0;
    for thread in threads {
        came += thread.join().map_err(|_| io::Error::other("a stream failed"))??;
    }
    let seconds = began.elapsed().as_secs_f64();
    if came != each * streams {
        return Err(io::Error::other(format!("{came} bytes came of {}", each * streams)));
    }
    println!(r#"{{"mib":{},"seconds":{seconds}}}"#, came >> 20);
    Ok(())
}

fn ping(address: &str, count: u64) -> io::Result<()> {
    let mut stream = open(address, ECHO)?;
    let mut times = Vec::new();
    let mut ping = [3; SMALL];
    // The first ones find the way.
    for nth in 0..count + 200 {
        let began = Instant::now();
        stream.write_all(&ping)?;
        stream.read_exact(&mut ping)?;
        if nth >= 200 {
            times.push(began.elapsed());
        }
    }
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e6;
    println!(r#"{{"p50_us":{},"p99_us":{}}}"#, at(50), at(99));
    Ok(())
}

/// Small requests: over connections that are kept, or each over a new one.
fn requests(address: &str, connections: u64, seconds: u64, close: bool) -> io::Result<()> {
    let (done, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let work = |_| {
        let (address, done, stop) = (address.to_owned(), done.clone(), stop.clone());
        thread::spawn(move || -> io::Result<()> {
            let mut kept = None;
            let mut answer = [0; ANSWERED];
            while !stop.load(Ordering::Relaxed) {
                let mut stream = match kept.take() {
                    Some(stream) => stream,
                    None => open(&address, ANSWER)?,
                };
                stream.write_all(&[2; SMALL])?;
                stream.read_exact(&mut answer)?;
                done.fetch_add(1, Ordering::Relaxed);
                if !close {
                    kept = Some(stream);
                }
            }
            Ok(())
        })
    };
    let began = Instant::now();
    let threads: Vec<_> = (0..connections).map(work).collect();
    thread::sleep(Duration::from_secs(seconds));
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().map_err(|_| io::Error::other("a connection failed"))??;
    }
    let done = done.load(Ordering::Relaxed);
    println!(r#"{{"requests":{done},"seconds":{}}}"#, began.elapsed().as_secs_f64());
    Ok(())
}

/// The far end of `share`: sends to each as much as it takes.
fn source(address: &str) -> io::Result<()> {
    runtime()?.block_on(async {
        let socket = net::TcpSocket::new_v4()?;
        socket.set_send_buffer_size(BUFFER)?;
        socket.bind(address.parse().map_err(io::Error::other)?)?;
        // One that waits too long to be accepted would stand still until it is over.
        let listener = socket.listen(4096)?;
        loop {
            let (mut stream, _) = listener.accept().await?;
            tokio::spawn(async move { while stream.write_all(&BYTES[..SHARED]).await.is_ok() {} });
        }
    })
}

/// What each of many streams gets while all want as much as they can have: MiB of all, of the median, of the slowest.
fn share(time: Duration, streams: u64, addresses: &[&str]) -> io::Result<()> {
    let counts = Arc::new(AtomicBool::new(false));
    runtime()?.block_on(async {
        let mut reading = tokio::task::JoinSet::new();
        for address in addresses.iter().cycle().take(usize::try_from(streams).map_err(io::Error::other)?) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let (address, counts) = ((*address).to_owned(), counts.clone());
            reading.spawn(async move {
                let socket = net::TcpSocket::new_v4()?;
                socket.set_recv_buffer_size(BUFFER)?;
                let mut stream = socket.connect(address.parse().map_err(io::Error::other)?).await?;
                let (mut piece, mut came) = (vec![0; SHARED], 0);
                let end = tokio::time::Instant::now() + SETTLES + time;
                loop {
                    let Ok(read) = tokio::time::timeout_at(end, stream.read(&mut piece)).await else { return Ok(came) };
                    match read? {
                        0 => return Err(io::Error::other("a stream ended")),
                        count if counts.load(Ordering::Relaxed) => came += count as u64,
                        _ => {}
                    }
                }
            });
        }
        tokio::time::sleep(SETTLES).await;
        counts.store(true, Ordering::Relaxed);
        println!("all");
        let began = Instant::now();
        tokio::time::sleep(time).await;
        counts.store(false, Ordering::Relaxed);
        let seconds = began.elapsed().as_secs_f64();
        let mut came = Vec::new();
        while let Some(one) = reading.join_next().await {
            came.push(one.map_err(io::Error::other)??);
        }
        came.sort_unstable();
        let mib = |bytes: u64| f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) / 1024.0;
        let (slowest, median, all) = (mib(came[0]), mib(came[came.len() / 2]), mib(came.iter().sum()));
        println!(r#"{{"mib":{all},"median_mib":{median},"slowest_mib":{slowest},"seconds":{seconds}}}"#);
        Ok(())
    })
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
