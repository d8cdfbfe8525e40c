//! Tunnels: where they lead, why they do not, and that nothing else suffers from them.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy, split},
    net::{TcpListener, TcpSocket},
    time::{sleep, timeout},
};
use vigie_mux::{Stream, write_head};
use vigie_wire::link::{message::Standing, stream::Wanted};

use crate::{
    agent::{Agent, Place},
    server::{Kept, Server, open},
};

fn set(server: &Server, place: &Place, settings: &[&str]) {
    let before = server.kept().notes.len();
    place.done(&[&["set"], settings].concat());
    server.until("the switches", |kept: &mut Kept| (kept.notes.len() > before).then_some(()));
}

/// A system with these switches.
fn linked(settings: &[&str]) -> (Server, Place, Agent) {
    let (server, place) = (Server::start(), Place::new());
    place.done(&[&["set"], settings].concat());
    let agent = place.start(&server);
    server.linked();
    (server, place, agent)
}

/// Sends back what comes, and ends when that ends.
fn echo(server: &Server, address: &str) -> SocketAddr {
    let listener = server.run(TcpListener::bind(address)).unwrap();
    let address = listener.local_addr().unwrap();
    server.runtime.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = copy(&mut from, &mut to).await;
                let _ = to.shutdown().await;
            });
        }
    });
    address
}

fn code(result: Result<Stream, (String, String)>) -> String {
    match result {
        Ok(_) => "open".to_owned(),
        Err((code, words)) => {
            assert!(!words.is_empty());
            code
        }
    }
}

/// An address of this machine beside loopback, if it has one.
fn own_address() -> Option<String> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}

#[test]
fn each_refusal_has_its_code() {
    let (server, place, agent) = linked(&["co-located-servers=on"]);
    let target = echo(&server, "127.0.0.1:0");
    let port = target.port();
    assert_eq!(code(server.tunnel("127.0.0.1", port)), "remote_access_off");
    assert_eq!(code(server.tunnel("no-such-name.invalid", port)), "remote_access_off", "names are not told either");
    set(&server, &place, &["remote-access=on", "co-located-servers=off"]);
    assert_eq!(code(server.tunnel("127.0.0.1", port)), "open");
    assert_eq!(code(server.tunnel("localhost", port)), "open");
    assert_eq!(code(server.tunnel("::ffff:127.0.0.1", port)), "open");
    if let Some(own) = own_address() {
        assert_eq!(code(server.tunnel(&own, 1)), "connection_refused", "its own address is the system itself");
    }
    assert_eq!(code(server.tunnel("192.0.2.1", port)), "co_located_servers_off");
    assert_eq!(code(server.tunnel("0.0.0.0", port)), "not_reachable");
    assert_eq!(code(server.tunnel("::", port)), "not_reachable");
    assert_eq!(code(server.tunnel("127.0.0.1", 1)), "connection_refused");
    assert_eq!(code(server.tunnel("no-such-name.invalid", port)), "name_unknown");
    assert_eq!(code(server.tunnel("", port)), "name_unknown");
    assert_eq!(code(server.open(&Wanted::Unknown)), "unknown");
    let open: Vec<_> = (0..256).map(|_| server.tunnel("127.0.0.1", port).unwrap()).collect();
    assert_eq!(code(server.tunnel("127.0.0.1", port)), "too_many");
    drop(open);
    agent.says("co-located-servers");
}

#[test]
fn bytes_pass_whole_and_an_end_of_one_way_is_not_the_end_of_the_other() {
    let (server, _place, _agent) = linked(&["remote-access=on"]);
    let target = echo(&server, "[::1]:0");
    let stream = server.tunnel("::1", target.port()).unwrap();
    server.run(async move {
        let sent: Vec<u8> =
            (0..20_000_000_u32).map(|it| u8::try_from(it.wrapping_mul(2_654_435_761) >> 24).unwrap()).collect();
        let (mut from, mut to) = split(stream);
        let back = tokio::spawn(async move {
            let mut back = Vec::new();
            from.read_to_end(&mut back).await.map(|_| back)
        });
        to.write_all(&sent).await.unwrap();
        // The target hears the end only now, and everything is still to come back.
        to.shutdown().await.unwrap();
        assert!(back.await.unwrap().unwrap() == sent);
    });
}

#[test]
fn a_switch_that_is_put_off_cuts_what_it_allowed() {
    let (server, place, agent) = linked(&["remote-access=on"]);
    let target = echo(&server, "127.0.0.1:0");
    let mut stream = server.tunnel("127.0.0.1", target.port()).unwrap();
    let mut exchange = |server: &Server| {
        server.run(async {
            stream.write_all(b"x").await?;
            stream.flush().await?;
            stream.read_u8().await
        })
    };
    assert_eq!(exchange(&server).unwrap(), b'x');
    set(&server, &place, &["co-located-servers=on"]);
    set(&server, &place, &["co-located-servers=off"]);
    assert_eq!(exchange(&server).unwrap(), b'x', "another switch is not this one's");
    set(&server, &place, &["remote-access=off"]);
    agent.says("a tunnel was cut");
    assert!(exchange(&server).is_err());
    assert_eq!(code(server.tunnel("127.0.0.1", target.port())), "remote_access_off");
}

#[test]
fn messages_pass_while_tunnels_are_as_full_as_they_can_be() {
    let (server, place) = (Server::start(), Place::new());
    server.kept().is_hasty = true;
    place.done(&["set", "remote-access=on"]);
    let _agent = place.start(&server);
    let link = server.linked();
    let target = echo(&server, "127.0.0.1:0");
    let busy: Vec<_> = (0..24)
        .map(|number| {
            let (link, port) = (link.clone(), target.port());
            server.runtime.spawn(async move {
                let stream = open(&link, &Wanted::Tunnel { host: "127.0.0.1".into(), port }).await.unwrap();
                let (mut from, mut to) = split(stream);
                let reading = async {
                    // Every third is never read: it stands still, and only it.
                    if number % 3 == 0 {
                        std::future::pending::<()>().await;
                    }
                    let mut sink = vec![0; 64 << 10];
                    while from.read(&mut sink).await.is_ok_and(|count| count > 0) {}
                };
                let writing = async { while to.write_all(&vec![7; 32 << 10]).await.is_ok() {} };
                tokio::join!(reading, writing);
            })
        })
        .collect();
    let beats = server.kept().heartbeats;
    for number in 0..20 {
        assert_eq!(server.sign_in(number, "", ""), Standing::NoAuthorisation);
    }
    server.until("heartbeats", |kept| (kept.heartbeats >= beats + 5).then_some(()));
    assert_eq!(server.kept().links, 1, "the link held");
    assert!(busy.iter().all(|it| !it.is_finished()));
    busy.iter().for_each(tokio::task::JoinHandle::abort);
}

#[test]
fn those_that_are_given_up_make_room() {
    let (server, _place, _agent) = linked(&["remote-access=on"]);
    let (link, target) = (server.linked(), echo(&server, "127.0.0.1:0"));
    server.run(async {
        // It takes two connections and lets the others wait.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let slow = socket.listen(1).unwrap();
        let port = slow.local_addr().unwrap().port();
        let mut asked = Vec::new();
        for _ in 0..256 {
            let wanted = serde_json::to_vec(&Wanted::Tunnel { host: "127.0.0.1".into(), port }).unwrap();
            let mut stream = link.opener.open().await.unwrap();
            write_head(&mut stream, &wanted).await.unwrap();
            asked.push(stream);
        }
        let wanted = Wanted::Tunnel { host: "127.0.0.1".into(), port: target.port() };
        assert_eq!(code(open(&link, &wanted).await), "too_many");
        drop(asked);
        let opened = async {
            while let Err((code, _)) = open(&link, &wanted).await {
                assert_eq!(code, "too_many");
                sleep(Duration::from_millis(20)).await;
            }
        };
        // Sooner than the agent would have given up by itself.
        timeout(Duration::from_secs(5), opened).await.unwrap();
    });
    assert_eq!(server.kept().links, 1, "the link held");
}
