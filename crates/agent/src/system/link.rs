//! One link, from the request that opens it to its end.

use std::{net::IpAddr, time::Duration};

use ed25519_dalek::SigningKey;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, WriteHalf, split},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_rustls::client::TlsStream;
use vigie_kernel::{Clock as _, SystemClock, SystemId};
use vigie_mux::{
    Ends, Limits, Messages, bytes, start,
    tokio_tungstenite::{
        WebSocketStream,
        tungstenite::{
            handshake::{client::generate_key, derive_accept_key},
            protocol::Role,
        },
    },
};
use vigie_wire::link::{
    PATH, SILENCE,
    agent::{Agent, Event},
    opening::{SIGNATURE_HEADER, SUBPROTOCOL, SYSTEM_HEADER, TIME_HEADER, sign_opening},
};

use super::{
    connect::{Carrier, Connected, Way},
    failure::{Failure, OPENING},
    host,
    http::exchange,
    run::{Question, System},
    sign_in::{Answered, Desk},
    tunnel::Tunnels,
};
use crate::portal::rewritten;

/// What may wait beyond what each may have, for tunnels through which much comes, bytes.
const GROWTH: usize = 4 << 20;
/// How often is looked whether this machine still has its address, seconds.
const ADDRESS: u32 = 3;

type Socket = WebSocketStream<TlsStream<Box<dyn Carrier>>>;

/// Asks for the link.
pub(crate) async fn open(
    way: &Way,
    mut connected: Connected,
    key: &SigningKey,
    system: SystemId,
) -> Result<Socket, Failure> {
    let now = SystemClock.now();
    let (nonce, signature) = (generate_key(), sign_opening(key, system, now));
    let request = format!(
        "GET {}{PATH} HTTP/1.1\r\nHost: {}\r\nUser-Agent: vigie-agent/{}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {nonce}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\
         {SYSTEM_HEADER}: {system}\r\n{TIME_HEADER}: {now}\r\n{SIGNATURE_HEADER}: {signature}\r\n\r\n",
        way.prefix(),
        way.authority(),
        crate::VERSION,
    );
    let answer = exchange(&mut connected.stream, request.as_bytes(), false).await;
    let answer = answer.map_err(|error| Failure::again(format!("{OPENING}: the connection was lost: {error}")))?;
    if answer.status != 101 {
        return Err(Failure::refused(OPENING, &answer));
    }
    // RFC 6455 §4.1: whoever does not answer so did not read the request.
    let is_socket = answer.header("upgrade").eq_ignore_ascii_case("websocket")
        && answer.header("sec-websocket-accept") == derive_accept_key(nonce.as_bytes())
        && answer.header("sec-websocket-protocol") == SUBPROTOCOL;
    if !is_socket {
        return Err(Failure::again(rewritten(OPENING, answer.status, answer.header("content-type"))));
    }
    let Connected { stream, .. } = connected;
    Ok(WebSocketStream::from_partially_read(stream, answer.body, Role::Client, Some(bytes::config())).await)
}

/// Keeps the link to its end; answers why it ended. `welcomed` becomes true when the server took it.
pub(crate) async fn keep(system: &mut System, socket: Socket, local: IpAddr, welcomed: &mut bool) -> Failure {
    let Ends { messages, opener: _opener, mut incoming, moving } =
        start(socket, true, Limits { growth: GROWTH, ..Limits::TAKING });
    let mut moving = Moving(tokio::spawn(async move { moving.await.map_err(|error| error.to_string()) }));
    let (mut from_server, mut to_server) = split(messages);
    let mut machine = Agent::open(system.about().clone(), system.notes(), host::uptime());
    let mut desk = Desk::open(system.folder_path(), system.public_key());
    let tunnels = Tunnels::new(system.switches());
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seconds = 0_u32;
    let mut buffer = vec![0; 4 << 10];
    loop {
        while let Some(event) = machine.next_event() {
            match event {
                Event::Welcome { now } => {
                    *welcomed = true;
                    system.welcomed(now);
                    if let Some(order) = system.unanswered_order() {
                        machine.synchronise(order);
                    }
                }
                Event::Time { now } => system.compare_clock(now),
                Event::AlertRules(rules) => system.rule(rules),
                Event::Stored { sequence } => system.stored(sequence),
                Event::SignIn { number, user, is_try: _ } => desk.sign_in(number, user),
                Event::Order(order) => desk.order(order),
                Event::Token { number, answer } => system.token_came(number, answer),
                Event::Certificate { number, answer } => system.certificate_came(number, answer),
                Event::CertificatesAnew { at } => system.certificates_anew(at),
                Event::Synchronised { at, report } => system.synchronised(at, report),
                Event::Ended(fault) => return fault.into(),
            }
        }
        if !say(&mut machine, &mut to_server).await {
            return lost(&mut moving).await;
        }
        tokio::select! {
            read = from_server.read(&mut buffer) => match read {
                Ok(0) | Err(_) => return lost(&mut moving).await,
                Ok(count) => machine.received(&buffer[..count], system.notes_mut(), host::uptime()),
            },
            _ = second.tick() => {
                seconds = seconds.wrapping_add(1);
                machine.tick(host::uptime());
                if system.look().account {
                    machine.sign_in_again();
                }
                if *welcomed && let Some(order) = system.look_for_order() {
                    machine.synchronise(order);
                }
                machine.pump(system.notes());
                if seconds.is_multiple_of(ADDRESS) && !has_address(local) {
                    return Failure::again("this machine has another address now");
                }
            }
            question = system.question(*welcomed) => match question {
                Question::Token(number) => machine.want_token(number),
                Question::Certificate(number, wanted) => machine.want_certificate(number, wanted),
            },
            Some(answered) = desk.answered() => match answered {
                Answered::SignIn(number, standing) => machine.standing(number, standing),
                Answered::Order(at, refusal) => machine.ordered(at, refusal),
            },
            stream = incoming.next() => match stream {
                Some(stream) => drop(tokio::spawn(tunnels.clone().serve(stream))),
                None => return lost(&mut moving).await,
            },
        }
    }
}

/// What moves the streams; with it the connection goes.
struct Moving(tokio::task::JoinHandle<Result<(), String>>);

impl Drop for Moving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn lost(moving: &mut Moving) -> Failure {
    // It usually knows why, and just ended.
    let why = match timeout(Duration::from_secs(1), &mut moving.0).await {
        Ok(Ok(Err(why))) => why,
        _ => "the server closed it".to_owned(),
    };
    Failure::again(format!("the link was lost: {why}"))
}

/// Sends what is to be said. A server that takes nothing for so long is gone.
async fn say(machine: &mut Agent, to_server: &mut WriteHalf<Messages>) -> bool {
    let said = machine.take_output();
    if said.is_empty() {
        return true;
    }
    let written = timeout(SILENCE, async {
        to_server.write_all(&said).await?;
        to_server.flush().await
    });
    matches!(written.await, Ok(Ok(())))
}

/// Where the machine's addresses cannot be known, the silence tells in the end.
fn has_address(local: IpAddr) -> bool {
    let Some(own) = host::addresses() else { return true };
    local.is_loopback() || own.iter().any(|it| it.to_canonical() == local)
}
