//! Sessions over pipes, with an agent's end that says what the tests want.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use ed25519_dalek::SigningKey;
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use vigie_kernel::{SystemClock, SystemId, Timestamp};
use vigie_mux::{
    Ends, Incoming, Limits, Messages, OpenError, Opener,
    bytes::config,
    read_head, start,
    tokio_tungstenite::{WebSocketStream, tungstenite::protocol::Role},
    write_head,
};
use vigie_wire::{
    join::TokenRefusal,
    link::{
        Fault,
        agent::{Agent, Event, Spool},
        alert::AlertRule,
        certificate::{self, CertificateRefusal, Issued},
        message::{About, Note, NoteBody, RefusalCode, ServiceUser, Standing},
        order::{Order, OrderRefusal, Ordered, Progress, Report},
        stream::{self, Answer, Wanted},
    },
};

use crate::{
    Links, NotHere, Opened, Refusal, Systems, TryError, TunnelError,
    session::{Surroundings, hold},
};

/// What a database would remember.
#[derive(Debug, Default)]
struct Memory {
    epoch: u64,
    stored: Vec<u64>,
    names: Vec<String>,
    left: Vec<(u64, String)>,
    fails: bool,
    removed: bool,
    user: Option<ServiceUser>,
    standings: Vec<Standing>,
    failed: Vec<Option<u32>>,
    order: Option<Order>,
    ordered: Vec<Option<OrderRefusal>>,
    certificates_anew: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Remembering(Mutex<Memory>);

impl Systems for Remembering {
    fn greeted(&self, system: SystemId, about: About, _: u64) -> BoxFuture<'_, Result<Opened, Refusal>> {
        let mut memory = self.0.lock().unwrap();
        if memory.removed {
            return async { Err(Refusal::Ended(RefusalCode::Removed, "the system was deleted")) }.boxed();
        }
        memory.epoch += 1;
        memory.names.push(about.name);
        let opened = Opened { system, epoch: memory.epoch, stored: memory.stored.last().copied().unwrap_or(0) };
        async move { Ok(opened) }.boxed()
    }

    fn store(&self, link: Opened, notes: Vec<Note>) -> BoxFuture<'_, Result<(), Refusal>> {
        let mut memory = self.0.lock().unwrap();
        let result = if memory.fails {
            Err(Refusal::Failed("the disk is full".into()))
        } else if link.epoch < memory.epoch {
            Err(Refusal::Ended(RefusalCode::Replaced, "another link counts"))
        } else {
            memory.stored.extend(notes.iter().map(|note| note.sequence));
            Ok(())
        };
        async move { result }.boxed()
    }

    fn service_user(&self, _: SystemId) -> BoxFuture<'_, Result<Option<ServiceUser>, Refusal>> {
        let user = self.0.lock().unwrap().user.clone();
        async move { Ok(user) }.boxed()
    }

    fn alert_rules(&self, _: SystemId) -> BoxFuture<'_, Result<Vec<AlertRule>, Refusal>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn synchronise(&self, _: Opened, order: Order) -> BoxFuture<'_, Result<Option<OrderRefusal>, Refusal>> {
        let mut memory = self.0.lock().unwrap();
        let refusal = order.signer().is_none().then_some(OrderRefusal::Invalid);
        memory.order = Some(order).filter(|_| refusal.is_none());
        async move { Ok(refusal) }.boxed()
    }

    fn token(&self, link: Opened) -> BoxFuture<'_, Result<Result<String, TokenRefusal>, Refusal>> {
        let refused = self.0.lock().unwrap().standings.is_empty();
        let token = format!("token {}", link.epoch);
        async move { Ok(if refused { Err(TokenRefusal::NotPrimary) } else { Ok(token) }) }.boxed()
    }

    fn certificate(
        &self,
        _: Opened,
        wanted: certificate::Wanted,
    ) -> BoxFuture<'_, Result<Result<Issued, CertificateRefusal>, Refusal>> {
        let refused = wanted.device.is_some();
        let issued = Issued { certificate: format!("of {}", wanted.key), authority: "authority".into() };
        async move { Ok(if refused { Err(CertificateRefusal::DevicesSwitchedOff) } else { Ok(issued) }) }.boxed()
    }

    fn certificates_anew(&self, _: SystemId) -> BoxFuture<'_, Result<Option<Timestamp>, Refusal>> {
        let at = self.0.lock().unwrap().certificates_anew;
        async move { Ok(at) }.boxed()
    }

    fn report(&self, _: SystemId, _: Timestamp) -> BoxFuture<'_, Result<Report, Refusal>> {
        let progress = match self.0.lock().unwrap().ordered.last() {
            None => Progress::Waiting,
            Some(None) => Progress::Done,
            Some(Some(code)) => Progress::Refused { code: *code },
        };
        async move { Ok(Report::of(vec![Ordered { name: "srv".into(), progress }])) }.boxed()
    }

    fn order(&self, _: SystemId) -> BoxFuture<'_, Result<Option<Order>, Refusal>> {
        let order = self.0.lock().unwrap().order.clone();
        async move { Ok(order) }.boxed()
    }

    fn ordered(&self, _: Opened, _: Timestamp, it: Option<OrderRefusal>) -> BoxFuture<'_, Result<(), Refusal>> {
        self.0.lock().unwrap().ordered.push(it);
        async { Ok(()) }.boxed()
    }

    fn stands(&self, _: Opened, standing: Standing) -> BoxFuture<'_, Result<(), Refusal>> {
        self.0.lock().unwrap().standings.push(standing);
        async { Ok(()) }.boxed()
    }

    fn lost(&self, _: Opened, _: u64) -> BoxFuture<'_, Result<(), Refusal>> {
        async { Ok(()) }.boxed()
    }

    fn failed(&self, _: SystemId, other: Option<u32>) -> BoxFuture<'_, ()> {
        self.0.lock().unwrap().failed.push(other);
        async {}.boxed()
    }

    fn left(&self, link: Opened, why: String) -> BoxFuture<'_, ()> {
        self.0.lock().unwrap().left.push((link.epoch, why));
        async {}.boxed()
    }
}

struct Place {
    memory: Arc<Remembering>,
    around: Surroundings,
    system: SystemId,
}

impl Place {
    fn new() -> Self {
        let memory = Arc::new(Remembering::default());
        let around = Surroundings {
            systems: memory.clone(),
            links: Links::default(),
            clock: Arc::new(SystemClock),
            stopping: CancellationToken::new(),
        };
        Self { memory, around, system: "sy_0190163d8694739bb06f4a0f4d3f5d1e".parse().unwrap() }
    }

    /// A system's end of a new link.
    async fn open(&self, spool: &Spool) -> End {
        let (one, other) = tokio::io::duplex(64 << 10);
        let socket = WebSocketStream::from_raw_socket(other, Role::Server, Some(config())).await;
        tokio::spawn(hold(self.around.clone(), self.system, socket));
        let socket = WebSocketStream::from_raw_socket(one, Role::Client, Some(config())).await;
        let Ends { messages: stream, opener, incoming, moving } = start(socket, true, Limits::TAKING);
        let moving = tokio::spawn(async move { moving.await.map_err(|error| error.to_string()) });
        let agent = Agent::open(About { name: "srv\u{7}".into(), ..About::default() }, spool, Duration::ZERO);
        End { agent, stream, incoming, _opener: opener, _moving: moving }
    }

    fn remembers<T>(&self, read: impl FnOnce(&mut Memory) -> T) -> T {
        read(&mut self.memory.0.lock().unwrap())
    }
}

struct End {
    agent: Agent,
    stream: Messages,
    incoming: Incoming,
    _opener: Opener,
    _moving: JoinHandle<Result<(), String>>,
}

impl End {
    /// Says what is to be said and hears until something happens.
    async fn next(&mut self, spool: &mut Spool) -> Option<Event> {
        loop {
            let said = self.agent.take_output();
            if !said.is_empty() {
                self.stream.write_all(&said).await.ok()?;
                self.stream.flush().await.ok()?;
            }
            match self.agent.next_event() {
                // Said at every greeting; here nobody changed anything.
                Some(Event::AlertRules(rules)) => {
                    assert!(rules.is_empty());
                    continue;
                }
                Some(event) => return Some(event),
                None => {}
            }
            let mut piece = [0; 512];
            let read = tokio::time::timeout(Duration::from_secs(20), self.stream.read(&mut piece)).await.unwrap();
            match read {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.agent.received(&piece[..count], spool, Duration::ZERO),
            }
        }
    }
}

fn note(spool: &mut Spool) -> u64 {
    spool.add(Timestamp::from_millis(0), NoteBody::About(About::default()))
}

#[tokio::test]
async fn a_system_is_present_says_its_notes_and_is_reached_by_streams_until_it_goes() {
    let (place, mut spool) = (Place::new(), Spool::new(7));
    assert!(matches!(place.around.links.open(place.system).await, Err(OpenError::Closed)));
    note(&mut spool);
    let mut end = place.open(&spool).await;
    assert!(matches!(end.next(&mut spool).await, Some(Event::Welcome { .. })));
    assert_eq!(end.next(&mut spool).await, Some(Event::Stored { sequence: 1 }));
    for _ in 0..200 {
        note(&mut spool);
    }
    end.agent.pump(&spool);
    while spool.kept().count() > 0 {
        assert!(matches!(end.next(&mut spool).await, Some(Event::Stored { .. })));
    }
    assert_eq!(place.remembers(|it| it.stored.clone()), (1..=201).collect::<Vec<_>>());
    assert_eq!(place.remembers(|it| it.names.clone()), ["srv"]);
    let mut tunnel = place.around.links.open(place.system).await.unwrap();
    tunnel.write_all(b"to the system").await.unwrap();
    tunnel.flush().await.unwrap();
    let mut taken = end.incoming.next().await.unwrap();
    let mut came = [0; 13];
    taken.read_exact(&mut came).await.unwrap();
    assert_eq!(&came, b"to the system");
    drop((end, taken));
    while place.around.links.has(place.system) || place.remembers(|it| it.left.is_empty()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(place.around.links.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_system_that_floods_takes_its_own_time() {
    let (place, mut spool) = (Place::new(), Spool::new(7));
    let mut end = place.open(&spool).await;
    assert!(matches!(end.next(&mut spool).await, Some(Event::Welcome { .. })));
    for _ in 0..1_000 {
        note(&mut spool);
    }
    // The clock stands still but for what waits: it says how long the server made the system wait.
    let begun = tokio::time::Instant::now();
    end.agent.pump(&spool);
    while spool.kept().count() > 0 {
        assert!(matches!(end.next(&mut spool).await, Some(Event::Stored { .. })));
    }
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(4), "1,000 notes came through within {waited:?}");
    assert_eq!(place.remembers(|it| it.stored.len()), 1_000, "and all of them did");
}

#[tokio::test]
async fn the_newest_link_counts_and_the_one_before_is_told() {
    let (place, mut spool) = (Place::new(), Spool::new(7));
    let mut first = place.open(&spool).await;
    assert!(matches!(first.next(&mut spool).await, Some(Event::Welcome { .. })));
    let mut second = place.open(&spool).await;
    assert!(matches!(second.next(&mut spool).await, Some(Event::Welcome { .. })));
    let told = first.next(&mut spool).await;
    assert!(matches!(told, Some(Event::Ended(Fault::Refused { code: RefusalCode::Replaced, .. }))), "{told:?}");
    while place.remembers(|it| it.left.is_empty()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(place.remembers(|it| it.left[0].0), 1);
    assert!(place.around.links.has(place.system), "the second is still there");
    place.around.links.end(place.system);
    assert!(matches!(second.next(&mut spool).await, Some(Event::Ended(Fault::Refused { .. }))));
}

#[tokio::test]
async fn what_cannot_be_stored_is_not_acknowledged_and_is_said_again() {
    let (place, mut spool) = (Place::new(), Spool::new(7));
    place.remembers(|it| it.fails = true);
    note(&mut spool);
    let mut end = place.open(&spool).await;
    assert!(matches!(end.next(&mut spool).await, Some(Event::Welcome { .. })));
    let told = end.next(&mut spool).await;
    assert!(matches!(told, Some(Event::Ended(Fault::Refused { code: RefusalCode::Busy, .. }))), "{told:?}");
    assert_eq!(spool.kept().count(), 1);
    place.remembers(|it| it.fails = false);
    let mut end = place.open(&spool).await;
    assert!(matches!(end.next(&mut spool).await, Some(Event::Welcome { .. })));
    assert_eq!(end.next(&mut spool).await, Some(Event::Stored { sequence: 1 }));
}

#[tokio::test]
async fn a_removed_system_and_a_server_that_stops_say_so() {
    let (place, mut spool) = (Place::new(), Spool::new(7));
    let mut end = place.open(&spool).await;
    assert!(matches!(end.next(&mut spool).await, Some(Event::Welcome { .. })));
    place.around.stopping.cancel();
    let told = end.next(&mut spool).await;
    assert!(matches!(told, Some(Event::Ended(Fault::Refused { code: RefusalCode::Busy, .. }))), "{told:?}");
    let place = Place::new();
    place.remembers(|it| it.removed = true);
    let mut end = place.open(&spool).await;
    let told = end.next(&mut spool).await;
    assert!(matches!(told, Some(Event::Ended(Fault::Refused { code: RefusalCode::Removed, .. }))), "{told:?}");
    assert!(place.remembers(|it| it.left.is_empty()), "it was never there");
}

fn user(password: &str) -> ServiceUser {
    ServiceUser { name: "vigie".into(), password: password.into() }
}

#[tokio::test]
async fn the_server_signs_in_and_again_when_either_end_changed_the_user() {
    let (place, mut spool) = (Place::new(), Spool::new(7));
    let mut end = place.open(&spool).await;
    assert!(matches!(end.next(&mut spool).await, Some(Event::Welcome { .. })));
    while place.remembers(|it| it.standings.is_empty()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(place.remembers(|it| it.standings.clone()), [Standing::NoAuthorisation], "nobody entered a password");
    place.remembers(|it| it.user = Some(user("first")));
    place.around.links.sign_in(place.system);
    let Some(Event::SignIn { number, user: said, is_try: false }) = end.next(&mut spool).await else { panic!() };
    assert_eq!(said, user("first"));
    // What is answered to another sign-in is not this one's.
    end.agent.standing(number + 1, Standing::SignedIn);
    end.agent.standing(number, Standing::AuthorisationFailed);
    end.agent.sign_in_again();
    place.remembers(|it| it.user = Some(user("second")));
    let Some(Event::SignIn { number, user: said, .. }) = end.next(&mut spool).await else { panic!() };
    assert_eq!(said, user("second"));
    end.agent.standing(number, Standing::SignedIn);
    let (links, system) = (place.around.links.clone(), place.system);
    let trying = tokio::spawn(async move { links.try_sign_in(system, user("third")).await });
    let Some(Event::SignIn { number, user: said, is_try: true }) = end.next(&mut spool).await else { panic!() };
    assert_eq!(said, user("third"));
    end.agent.standing(number, Standing::PasswordExpired);
    let said = end.agent.take_output();
    end.stream.write_all(&said).await.unwrap();
    end.stream.flush().await.unwrap();
    assert_eq!(trying.await.unwrap(), Ok(Standing::PasswordExpired));
    let standings = place.remembers(|it| it.standings.clone());
    assert_eq!(standings, [Standing::NoAuthorisation, Standing::AuthorisationFailed, Standing::SignedIn]);
    drop(end);
    while place.around.links.has(place.system) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(place.around.links.try_sign_in(place.system, user("late")).await, Err(TryError::NotHere(NotHere)));
}

#[tokio::test]
async fn a_tunnel_is_the_systems_to_open_or_to_refuse() {
    let (place, mut spool) = (Place::new(), Spool::new(7));
    let mut end = place.open(&spool).await;
    assert!(matches!(end.next(&mut spool).await, Some(Event::Welcome { .. })));
    let mut incoming = end.incoming;
    let target = tokio::spawn(async move {
        for answer in
            [Answer::Open, Answer::Refused { code: stream::RefusalCode::RemoteAccessOff, words: "off\u{1b}[2J".into() }]
        {
            let mut stream = incoming.next().await.unwrap();
            let wanted: Wanted = serde_json::from_slice(&read_head(&mut stream).await.unwrap()).unwrap();
            assert_eq!(wanted, Wanted::Tunnel { host: "127.0.0.1".into(), port: 22 });
            write_head(&mut stream, &serde_json::to_vec(&answer).unwrap()).await.unwrap();
            if answer == Answer::Open {
                stream.write_all(b"SSH-2.0").await.unwrap();
                stream.shutdown().await.unwrap();
            }
        }
    });
    let mut tunnel = place.around.links.tunnel(place.system, "127.0.0.1", 22).await.unwrap();
    let mut came = String::new();
    tunnel.read_to_string(&mut came).await.unwrap();
    assert_eq!(came, "SSH-2.0");
    let refused = place.around.links.tunnel(place.system, "127.0.0.1", 22).await.unwrap_err();
    let TunnelError::Refused { code, words } = refused else { panic!("{refused}") };
    assert_eq!((code, &*words), (stream::RefusalCode::RemoteAccessOff, "off[2J"));
    target.await.unwrap();
}

#[tokio::test]
async fn a_primary_orders_each_system_answers_and_the_primary_hears_how_far_it_is() {
    let (place, mut spool) = (Place::new(), Spool::new(7));
    let mut end = place.open(&spool).await;
    assert!(matches!(end.next(&mut spool).await, Some(Event::Welcome { .. })));
    let order = Order::sign(&SigningKey::from_bytes(&[1; 32]), place.system, Timestamp::from_millis(5), user("one"));
    let unsigned = Order { signature: String::new(), ..order.clone() };
    end.agent.synchronise(unsigned);
    let Some(Event::Synchronised { at, report }) = end.next(&mut spool).await else { panic!() };
    assert_eq!((at, report), (order.at, Report::refused(OrderRefusal::Invalid)));
    end.agent.synchronise(order.clone());
    let Some(Event::Synchronised { report, .. }) = end.next(&mut spool).await else { panic!() };
    assert_eq!((report.systems, report.waiting, report.is_over), (1, 1, false));
    // As to each other system of the network.
    place.around.links.order(place.system);
    assert_eq!(end.next(&mut spool).await, Some(Event::Order(order.clone())));
    place.remembers(|it| it.user = Some(user("one")));
    end.agent.ordered(order.at, None);
    let (mut signed_in, mut over) = (false, false);
    while !(signed_in && over) {
        match end.next(&mut spool).await {
            Some(Event::SignIn { user: said, .. }) => signed_in = said == user("one"),
            Some(Event::Synchronised { report, .. }) => over = report.is_over && report.done == 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(place.remembers(|it| it.ordered.clone()), [None]);
    // Whoever was away hears it at its next greeting, and is signed in as the order has it only when it has answered.
    let mut end = place.open(&spool).await;
    assert!(matches!(end.next(&mut spool).await, Some(Event::Welcome { .. })));
    assert_eq!(end.next(&mut spool).await, Some(Event::Order(order.clone())));
    end.agent.ordered(order.at, Some(OrderRefusal::SwitchedOff));
    assert!(matches!(end.next(&mut spool).await, Some(Event::SignIn { .. })));
    assert_eq!(place.remembers(|it| it.ordered.clone()), [None, Some(OrderRefusal::SwitchedOff)]);
}

#[tokio::test]
async fn a_token_for_a_system_that_joins_is_asked_for_over_the_link() {
    let (place, mut spool) = (Place::new(), Spool::new(7));
    place.remembers(|it| it.user = Some(user("one")));
    let mut end = place.open(&spool).await;
    assert!(matches!(end.next(&mut spool).await, Some(Event::Welcome { .. })));
    let Some(Event::SignIn { number, .. }) = end.next(&mut spool).await else { panic!() };
    end.agent.want_token(1);
    let refused = Event::Token { number: 1, answer: Err(TokenRefusal::NotPrimary) };
    assert_eq!(end.next(&mut spool).await, Some(refused));
    end.agent.standing(number, Standing::SignedIn);
    end.agent.want_token(2);
    assert_eq!(end.next(&mut spool).await, Some(Event::Token { number: 2, answer: Ok("token 1".into()) }));
}

#[tokio::test]
async fn a_certificate_is_asked_for_over_the_link_and_wanted_anew_at_any_time() {
    let (place, mut spool) = (Place::new(), Spool::new(7));
    place.remembers(|it| {
        it.user = Some(user("one"));
        it.certificates_anew = Some(Timestamp::from_millis(5));
    });
    let mut end = place.open(&spool).await;
    assert!(matches!(end.next(&mut spool).await, Some(Event::Welcome { .. })));
    let anew = |millis| Some(Event::CertificatesAnew { at: Timestamp::from_millis(millis) });
    assert_eq!(end.next(&mut spool).await, anew(5));
    assert!(matches!(end.next(&mut spool).await, Some(Event::SignIn { .. })));
    let wanted = |device: Option<&str>| certificate::Wanted {
        key: "sip".into(),
        device: device.map(str::to_owned),
        request: String::new(),
    };
    end.agent.want_certificate(1, wanted(None));
    let issued = Issued { certificate: "of sip".into(), authority: "authority".into() };
    assert_eq!(end.next(&mut spool).await, Some(Event::Certificate { number: 1, answer: Ok(issued) }));
    end.agent.want_certificate(2, wanted(Some("phone")));
    let refused = Event::Certificate { number: 2, answer: Err(CertificateRefusal::DevicesSwitchedOff) };
    assert_eq!(end.next(&mut spool).await, Some(refused));
    place.remembers(|it| it.certificates_anew = Some(Timestamp::from_millis(9)));
    place.around.links.certificates(place.system);
    assert_eq!(end.next(&mut spool).await, anew(9));
}
