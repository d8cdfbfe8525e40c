//! Both ends over a pipe.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    task::JoinHandle,
};
use tokio_tungstenite::{WebSocketStream, tungstenite::protocol::Role};
use yamux::ConnectionError;

use crate::{Incoming, Limits, Opener, bytes::config, start};

type Moving = JoinHandle<Result<(), ConnectionError>>;

async fn end(pipe: DuplexStream, role: Role) -> (Opener, Incoming, Moving) {
    let socket = WebSocketStream::from_raw_socket(pipe, role, Some(config())).await;
    let (opener, incoming, moving) = start(socket, role == Role::Client, Limits::default());
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
