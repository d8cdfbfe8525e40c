//! What is sent through tunnels when they are measured: the far end (`target ADDRESS`), and clients that print one line of
//! JSON: `bulk ADDRESS STREAMS MIB`, `ping ADDRESS COUNT`, `requests ADDRESS CONNECTIONS SECONDS keep|close`,
//! `share SECONDS STREAMS ADDRESS…`. Threads and blocking sockets, so that the ends cost little and the same for whatever
//! is between them.

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

/// A connection begins with one of these.
const SEND_ME: u8 = b'D';
const ECHO: u8 = b'P';
const ANSWER: u8 = b'R';
/// A ping, and a request: bytes.
const SMALL: usize = 64;
/// An answer to a request: bytes.
const ANSWERED: usize = 256;
const PIECE: usize = 256 << 10;
/// What is sent in bulk; one for all threads.
static BYTES: [u8; PIECE] = [7; PIECE];
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
        ["share", seconds, streams, ref addresses @ ..] if !addresses.is_empty() => {
            share(Duration::from_secs(number(seconds)?), number(streams)?, addresses)
        }
        _ => Err(io::Error::other("target | bulk | ping | requests | share: see the first lines of this program")),
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

/// What each of many streams gets while all want as much as they can have: MiB of all, of the median, of the slowest.
fn share(time: Duration, streams: u64, addresses: &[&str]) -> io::Result<()> {
    let (counts, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let work = |address: &&str| {
        let (address, counts, stop) = ((*address).to_owned(), counts.clone(), stop.clone());
        let read = move || -> io::Result<u64> {
            let mut stream = open(&address, SEND_ME)?;
            stream.write_all(&u64::MAX.to_be_bytes())?;
            let (mut piece, mut came) = (vec![0; 16 << 10], 0);
            while !stop.load(Ordering::Relaxed) {
                let count = stream.read(&mut piece)? as u64;
                if count == 0 {
                    return Err(io::Error::other("a stream ended"));
                }
                came += if counts.load(Ordering::Relaxed) { count } else { 0 };
            }
            Ok(came)
        };
        thread::Builder::new().stack_size(128 << 10).spawn(read)
    };
    let many = addresses.iter().cycle().take(usize::try_from(streams).map_err(io::Error::other)?);
    let threads: Vec<_> = many.map(work).collect::<io::Result<_>>()?;
    thread::sleep(SETTLES);
    counts.store(true, Ordering::Relaxed);
    println!("all");
    let began = Instant::now();
    thread::sleep(time);
    counts.store(false, Ordering::Relaxed);
    let seconds = began.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    let mut came = Vec::new();
    for thread in threads {
        came.push(thread.join().map_err(|_| io::Error::other("a stream failed"))??);
    }
    came.sort_unstable();
    let mib = |bytes: u64| f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) / 1024.0;
    let (slowest, median, all) = (mib(came[0]), mib(came[came.len() / 2]), mib(came.iter().sum()));
    println!(r#"{{"mib":{all},"median_mib":{median},"slowest_mib":{slowest},"seconds":{seconds}}}"#);
    Ok(())
}
