//! Both ends over a pipe.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_tungstenite::{WebSocketStream, tungstenite::protocol::Role};
use yamux::ConnectionError;

use crate::{Ends, Incoming, Limits, OpenError, Opener, Stream, bytes::config, start};

type Moving = JoinHandle<Result<(), ConnectionError>>;

async fn ends(pipe: DuplexStream, role: Role) -> Ends<DuplexStream> {
    let socket = WebSocketStream::from_raw_socket(pipe, role, Some(config())).await;
    let limits = if role == Role::Client { Limits::TAKING } else { Limits::OPENING };
    start(socket, role == Role::Client, limits)
}

async fn end(pipe: DuplexStream, role: Role) -> (Opener, Incoming, Moving) {
    let Ends { messages: _, opener, incoming, moving } = ends(pipe, role).await;
    (opener, incoming, tokio::spawn(moving))
}

async fn pair() -> [(Opener, Incoming, Moving); 2] {
    let (one, other) = tokio::io::duplex(64 << 10);
    [end(one, Role::Client).await, end(other, Role::Server).await]
}

/// Sends everything back until the streams end.
fn echo(mut incoming: Incoming) {
    tokio::spawn(async move {
        while let Some(stream) = incoming.next().await {
            tokio::spawn(async move {
                let (mut from, mut to) = tokio::io::split(stream);
                let _ = tokio::io::copy(&mut from, &mut to).await;
                let _ = to.shutdown().await;
            });
        }
    });
}

static STUFFING: [u8; 64 << 10] = [0; 64 << 10];

#[tokio::test]
async fn many_streams_carry_their_own_bytes_from_either_end() {
    let [(client, from_server, _one), (server, from_client, _other)] = pair().await;
    echo(from_server);
    echo(from_client);
    let mut work = tokio::task::JoinSet::new();
    for number in 0..40_u8 {
        let opener = if number % 2 == 0 { client.clone() } else { server.clone() };
        work.spawn(async move {
            let sent = vec![number; 300_000 + usize::from(number)];
            let (mut read, mut write) = tokio::io::split(opener.open().await.unwrap());
            let back = tokio::spawn(async move {
                let mut back = Vec::new();
                read.read_to_end(&mut back).await.map(|_| back)
            });
            write.write_all(&sent).await.unwrap();
            write.shutdown().await.unwrap();
            assert!(back.await.unwrap().unwrap() == sent, "stream {number}");
        });
    }
    while let Some(done) = work.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn a_stream_that_nobody_reads_does_not_stop_the_others() {
    let [(client, _from_server, _one), (_server, mut from_client, _other)] = pair().await;
    let mut stuffed = client.open().await.unwrap();
    let stuffing = tokio::spawn(async move { while stuffed.write_all(&STUFFING).await.is_ok() {} });
    let _unread = from_client.next().await.unwrap();
    echo(from_client);
    let mut stream = client.open().await.unwrap();
    for round in 0..50_u8 {
        stream.write_all(&[round; 64]).await.unwrap();
        stream.flush().await.unwrap();
        let mut back = [0; 64];
        stream.read_exact(&mut back).await.unwrap();
        assert_eq!(back, [round; 64]);
    }
    assert!(!stuffing.is_finished(), "it waits for whoever does not read");
    stuffing.abort();
}

#[tokio::test]
async fn messages_go_before_what_waits_in_streams() {
    // Little fits into the pipes: what waits, waits in the link. Between them is counted.
    let (one, mut far) = tokio::io::duplex(4 << 10);
    let (mut near, other) = tokio::io::duplex(4 << 10);
    let passed = Arc::new(AtomicUsize::new(0));
    let counting = passed.clone();
    tokio::spawn(async move {
        let mut piece = vec![0; 4 << 10];
        let mut back = vec![0; 4 << 10];
        loop {
            tokio::select! {
                came = near.read(&mut piece) => {
                    let count = came.unwrap();
                    counting.fetch_add(count, Ordering::Relaxed);
                    far.write_all(&piece[..count]).await.unwrap();
                }
                came = far.read(&mut back) => near.write_all(&back[..came.unwrap()]).await.unwrap(),
            }
        }
    });
    let (mut here, mut there) = (ends(one, Role::Client).await, ends(other, Role::Server).await);
    tokio::spawn(here.moving);
    tokio::spawn(there.moving);
    for _ in 0..40 {
        let mut bulk = there.opener.open().await.unwrap();
        tokio::spawn(async move { while bulk.write_all(&STUFFING).await.is_ok() {} });
        let mut taken = here.incoming.next().await.unwrap();
        tokio::spawn(async move { tokio::io::copy(&mut taken, &mut tokio::io::sink()).await });
    }
    for round in 0..20 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let before = passed.load(Ordering::Relaxed);
        there.messages.write_all(b"alive").await.unwrap();
        here.messages.read_exact(&mut [0; 5]).await.unwrap();
        let between = passed.load(Ordering::Relaxed) - before;
        // The message that is under way and the next one; in turn with the streams it would be forty.
        assert!(before > 0 && between <= 3 * STUFFING.len(), "round {round}: {between} bytes passed before it");
    }
}

#[tokio::test]
async fn the_last_word_arrives_whatever_else_is_under_way() {
    for _ in 0..200 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let socket = WebSocketStream::from_raw_socket(stream, Role::Client, Some(config())).await;
        let mut here = start(socket, true, Limits::TAKING);
        let stream = listener.accept().await.unwrap().0;
        let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config())).await;
        let mut there = start(socket, false, Limits::OPENING);
        tokio::spawn(here.moving);
        let serving = tokio::spawn(async move {
            let talk = async {
                there.messages.read_exact(&mut [0; 5]).await.unwrap();
                there.messages.write_all(b"not any more").await.unwrap();
                there.messages.flush().await.unwrap();
                drop(there.opener);
            };
            tokio::select! { _ = &mut there.moving => panic!("over before"), () = talk => {} }
            there.moving.await
        });
        here.messages.write_all(b"hello").await.unwrap();
        // Nobody reads it there before the end.
        let mut stream = open(&here.opener, 1).await;
        let _ = stream.write_all(&STUFFING).await;
        let mut last = Vec::new();
        here.messages.read_to_end(&mut last).await.unwrap();
        assert_eq!(String::from_utf8(last).unwrap(), "not any more");
        serving.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn whoever_is_not_heard_waits_and_all_arrives() {
    let (one, other) = tokio::io::duplex(4 << 10);
    let (mut here, mut there) = (ends(one, Role::Client).await, ends(other, Role::Server).await);
    tokio::spawn(here.moving);
    let moved = tokio::spawn(there.moving);
    let saying = tokio::spawn(async move {
        for number in 0..100_000_u32 {
            there.messages.write_all(&number.to_be_bytes().repeat(8)).await.unwrap();
        }
        there.messages.shutdown().await.unwrap();
        there.opener
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!saying.is_finished(), "what nobody reads does not pile up");
    for number in 0..100_000_u32 {
        for _ in 0..8 {
            assert_eq!(here.messages.read_u32().await.unwrap(), number);
        }
    }
    drop(saying.await.unwrap());
    moved.await.unwrap().unwrap();
    assert!(here.messages.read_u8().await.is_err(), "they end with the link");
    assert!(here.messages.write_all(b"late").await.is_err());
}

#[tokio::test]
async fn who_waits_for_one_that_left_hears_of_it() {
    for says_its_end in [false, true] {
        let [(client, _from_server, _one), (_server, mut from_client, _other)] = pair().await;
        let mut stuffed = client.open().await.unwrap();
        let stuffing = tokio::spawn(async move { while stuffed.write_all(&STUFFING).await.is_ok() {} });
        let mut unread = from_client.next().await.unwrap();
        if says_its_end {
            unread.shutdown().await.unwrap();
        }
        // Until a window is full.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!stuffing.is_finished());
        drop(unread);
        tokio::time::timeout(Duration::from_secs(10), stuffing).await.expect("it waits for ever").unwrap();
    }
}

async fn open(opener: &Opener, number: u16) -> Stream {
    let mut stream = opener.open().await.unwrap();
    stream.write_u16(number).await.unwrap();
    stream.flush().await.unwrap();
    stream
}

#[tokio::test]
async fn none_of_those_that_are_opened_at_once_is_lost() {
    let [(_client, mut from_server, _one), (server, _from_client, _other)] = pair().await;
    let mut opened = Vec::new();
    // The library lets so many wait for the other end's first word.
    for number in 0..256 {
        opened.push(open(&server, number).await);
    }
    // All of them came before the first is taken.
    tokio::time::sleep(Duration::from_millis(100)).await;
    for number in 0..256 {
        let mut taken = from_server.next().await.unwrap();
        assert_eq!(taken.read_u16().await.unwrap(), number);
    }
}

#[tokio::test]
async fn one_too_many_is_refused_and_places_come_back() {
    let [(_client, from_server, one), (server, _from_client, other)] = pair().await;
    echo(from_server);
    for round in 0..20 {
        let mut opened = Vec::new();
        for number in 0..u16::try_from(Limits::OPENING.streams).unwrap() {
            opened.push(open(&server, number).await);
        }
        assert_eq!(server.open().await.err(), Some(OpenError::Full), "round {round}");
        for (number, stream) in opened.iter_mut().enumerate() {
            assert_eq!(usize::from(stream.read_u16().await.unwrap()), number, "round {round}");
        }
    }
    assert!(!one.is_finished() && !other.is_finished(), "the link is as good as ever");
}

#[tokio::test]
async fn whoever_opens_and_drops_without_end_does_not_break_the_link() {
    let [(_client, from_server, one), (server, _from_client, _other)] = pair().await;
    echo(from_server);
    for number in 0..3_000 {
        drop(open(&server, number).await);
    }
    let mut stream = open(&server, 7).await;
    assert_eq!(stream.read_u16().await.unwrap(), 7);
    assert!(!one.is_finished());
}

#[tokio::test]
async fn what_is_opened_beyond_the_limit_is_reset_and_nothing_else() {
    let [(client, _from_server, _one), (_server, mut from_client, _other)] = pair().await;
    let (mut opened, mut taken) = (Vec::new(), Vec::new());
    for number in 0..u16::try_from(Limits::TAKING.streams).unwrap() {
        opened.push(open(&client, number).await);
        if let Ok(Some(mut stream)) = tokio::time::timeout(Duration::from_millis(50), from_client.next()).await {
            stream.write_all(b"!").await.unwrap();
            stream.flush().await.unwrap();
            taken.push(stream);
        }
    }
    assert_eq!(taken.len(), Limits::OPENING.streams);
    let (good, beyond) = opened.split_at_mut(Limits::OPENING.streams);
    for stream in good {
        assert_eq!(stream.read_u8().await.unwrap(), b'!');
    }
    for stream in beyond {
        assert!(stream.read_u8().await.is_err());
    }
}

#[tokio::test]
async fn when_one_end_goes_the_other_hears_of_it() {
    let [(client, from_server, one), (server, mut from_client, other)] = pair().await;
    let mut stream = client.open().await.unwrap();
    stream.write_all(b"x").await.unwrap();
    stream.flush().await.unwrap();
    let mut taken = from_client.next().await.unwrap();
    drop((client, from_server));
    one.await.unwrap().unwrap();
    let mut rest = Vec::new();
    taken.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"x");
    assert!(from_client.next().await.is_none());
    let _ = other.await.unwrap();
    assert!(server.open().await.is_err());
}

#[tokio::test]
async fn what_is_no_link_ends_it() {
    let (mut stranger, pipe) = tokio::io::duplex(64 << 10);
    let (_opener, mut incoming, moving) = end(pipe, Role::Server).await;
    stranger.write_all(&[0x82, 0x84, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]).await.unwrap();
    stranger.write_all(&[0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(10), moving).await.unwrap().unwrap();
    assert!(ended.is_err(), "{ended:?}");
    assert!(incoming.next().await.is_none());
}
