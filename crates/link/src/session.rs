//! One link, from its WebSocket to its end. All of it is one task: fewer wake-ups than a task for each direction.

use std::{
    collections::HashMap,
    future::{Future, poll_fn},
    io,
    mem::MaybeUninit,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    sync::oneshot,
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use vigie_kernel::{Clock, SystemId, Timestamp};
use vigie_mux::{Ends, Limits, Messages, Moving, Opener, start, tokio_tungstenite::WebSocketStream};
use vigie_wire::link::{
    Fault,
    message::{RefusalCode, Standing},
    order::{Order, Report},
    server::{Event, Server},
};

use crate::{
    Links, Opened, Refusal, Systems,
    mailbox::{Command, Mailbox},
};

/// Read at once from the stream of messages, bytes.
const PIECE: usize = 4 << 10;
/// At least so long from one sign-in to the next: a system that asks for one after the other is not obeyed.
const BETWEEN_SIGN_INS: Duration = Duration::from_secs(1);
/// From one look at how far an order is to the next, and for how long it is looked.
const BETWEEN_REPORTS: Duration = Duration::from_secs(1);
const REPORTS: Duration = Duration::from_mins(1);
/// How long the sign-in waits for the answer to an order: before it, either password may be the right one.
const ORDERED: Duration = Duration::from_secs(5);
/// What a token costs the system that asks for it.
const PER_TOKEN: Duration = Duration::from_millis(500);
/// What a certificate costs the system that asks for it.
const PER_CERTIFICATE: Duration = Duration::from_millis(100);
/// What each note costs its system before more of it is read: a system that floods takes its own time, not others'.
const PER_NOTE: Duration = Duration::from_millis(5);
/// Longest that a word of farewell may take to leave.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a link stands in.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// What the server knows of systems.
    pub systems: Arc<dyn Systems>,
    /// Who is present on this node.
    pub links: Links,
    /// The time, as it is told to systems.
    pub clock: Arc<dyn Clock>,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
}

/// Holds a system's link until it ends. The system has proven who it is before its connection was upgraded.
pub fn hold<S>(around: Surroundings, system: SystemId, socket: WebSocketStream<S>) -> impl Future<Output = ()> + Send
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    // Outside the future, which would keep room for the socket for as long as the link lasts.
    let Ends { messages, opener, incoming: _, moving } = start(socket, false, Limits::OPENING);
    let session = Session {
        around,
        system,
        link: None,
        mailbox: Arc::default(),
        sign_ins: SignIns::default(),
        rules_due: false,
        order_due: false,
        certificates_due: false,
        reporting: None,
        reads_at: Instant::now(),
        was_answered: false,
        other_version: None,
    };
    carry(session, messages, opener, moving)
}

async fn carry<S>(mut session: Session, messages: Messages, opener: Opener, mut moving: Moving<S>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let why = {
        let talk = session.talk(messages, opener);
        tokio::pin!(talk);
        tokio::select! {
            ended = &mut moving => match ended {
                Ok(()) => "the system closed the link".to_owned(),
                Err(error) => error.to_string(),
            },
            why = &mut talk => {
                // What was said last is to leave before the connection does.
                let _ = tokio::time::timeout(FAREWELL, &mut moving).await;
                why
            }
        }
    };
    tracing::debug!(system = %session.system, why, "a link is over");
    if let Some(link) = session.link {
        session.around.links.leave(link);
        session.around.systems.left(link, why).await;
    } else if !session.was_answered {
        session.around.systems.failed(session.system, session.other_version).await;
    }
}

struct Session {
    around: Surroundings,
    system: SystemId,
    link: Option<Opened>,
    mailbox: Arc<Mailbox>,
    sign_ins: SignIns,
    /// Whether the system is to be told what people changed about conditions.
    rules_due: bool,
    /// Whether the system may have to be told an order of its primary.
    order_due: bool,
    /// Whether the system may have to be told that its certificates are wanted anew.
    certificates_due: bool,
    /// The order of this system, a primary, of which it is told how far it is.
    reporting: Option<Reporting>,
    /// Before that nothing is read.
    reads_at: Instant,
    /// Whether the greeting was heard and refused.
    was_answered: bool,
    /// Another version that the system speaks.
    other_version: Option<u32>,
}

/// An order whose progress is told.
struct Reporting {
    /// Of when the order is.
    at: Timestamp,
    told: Option<Report>,
    /// When it is looked again.
    due: Instant,
    until: Instant,
}

/// Sign-ins as the system's service user.
#[derive(Default)]
struct SignIns {
    number: u64,
    /// Which one is the link's own.
    own: u64,
    /// When the link's own is due.
    due: Option<Instant>,
    last: Option<Instant>,
    tries: HashMap<u64, oneshot::Sender<Standing>>,
}

impl SignIns {
    fn next(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// The link's own is not to be before then.
    fn put_off(&mut self, by: Duration) {
        self.due = self.due.map(|due| due.max(Instant::now() + by));
    }

    /// The link's own is wanted, as soon as may be.
    fn want(&mut self) {
        let now = Instant::now();
        let soonest = self.last.map_or(now, |last| (last + BETWEEN_SIGN_INS).max(now));
        self.due = Some(soonest);
    }
}

impl Session {
    /// Talks until there is nothing more to say; answers why, for people. Nobody opens a stream to the system any more then,
    /// so that the connection ends too.
    async fn talk(&mut self, messages: Messages, opener: Opener) -> String {
        let why = self.converse(messages, opener).await;
        if let Some(link) = self.link {
            self.around.links.leave(link);
        }
        why
    }

    async fn converse(&mut self, mut messages: Messages, opener: Opener) -> String {
        let begun = Instant::now();
        let mut server = Server::open(begun.elapsed());
        let mailbox = Arc::clone(&self.mailbox);
        loop {
            // Boxed: it is large and over at once, and a link's future would keep room for it.
            let ended = match Box::pin(self.act(&mut server, &opener)).await {
                Ok(ended) => ended,
                Err(Refusal::Ended(code, words)) => {
                    server.refuse(code, words);
                    Some(words.to_owned())
                }
                Err(Refusal::Failed(error)) => {
                    tracing::error!(system = %self.system, %error, "a link ends: what it said could not be stored");
                    server.refuse(RefusalCode::Busy, "the server cannot store anything at the moment");
                    Some("the server could not store what it said".to_owned())
                }
            };
            if let Err(error) = say(&mut messages, &mut server).await {
                return error.to_string();
            }
            if let Some(why) = ended {
                return why;
            }
            let (tick, reads_at) = (self.next_look(begun + server.next_tick()), self.reads_at);
            let read = async {
                tokio::time::sleep_until(reads_at).await;
                poll_fn(|cx| poll_hear(cx, &mut messages, &mut server, begun)).await
            };
            tokio::select! {
                heard = read => match heard {
                    Ok(true) => {}
                    Ok(false) => return "the system closed the link".to_owned(),
                    Err(error) => return error.to_string(),
                },
                () = tokio::time::sleep_until(tick) => {
                    server.tick(begun.elapsed());
                }
                commands = mailbox.take() => for command in commands {
                    self.obey(command, &mut server);
                },
                () = self.around.stopping.cancelled() => server.refuse(RefusalCode::Busy, "the server stops"),
            }
        }
    }

    /// When something is to be done without being asked, at the latest.
    fn next_look(&self, tick: Instant) -> Instant {
        let reports = self.reporting.as_ref().map(|it| it.due);
        [self.sign_ins.due, reports].into_iter().flatten().fold(tick, Instant::min)
    }

    fn obey(&mut self, command: Command, server: &mut Server) {
        match command {
            Command::End(code, words) => server.refuse(code, words),
            Command::SignIn => self.sign_ins.want(),
            Command::AlertRules => self.rules_due = true,
            Command::Order => self.order_due = true,
            Command::Certificates => self.certificates_due = true,
            Command::Try(user, answer) => {
                let number = self.sign_ins.next();
                // Whoever asked may have gone.
                self.sign_ins.tries.retain(|_, it| !it.is_closed());
                self.sign_ins.tries.insert(number, answer);
                server.sign_in(number, user, true);
            }
        }
    }

    /// Signs in as the service user, where somebody entered it.
    async fn sign_in(&mut self, link: Opened, server: &mut Server) -> Result<(), Refusal> {
        self.sign_ins.due = None;
        self.sign_ins.last = Some(Instant::now());
        match self.around.systems.service_user(self.system).await? {
            Some(user) => {
                self.sign_ins.own = self.sign_ins.next();
                server.sign_in(self.sign_ins.own, user, false);
                Ok(())
            }
            None => self.around.systems.stands(link, Standing::NoAuthorisation).await,
        }
    }

    /// The system orders something as the primary of its network.
    async fn synchronise(&mut self, order: Order, server: &mut Server) -> Result<(), Refusal> {
        let (Some(link), at) = (self.link, order.at) else { return Ok(()) };
        let now = Instant::now();
        if let Some(code) = self.around.systems.synchronise(link, order).await? {
            server.synchronised(at, Report::refused(code));
        } else {
            self.reporting = Some(Reporting { at, told: None, due: now, until: now + REPORTS });
        }
        // Whoever orders again and again takes its own time.
        self.reads_at = now + BETWEEN_REPORTS;
        Ok(())
    }

    /// Says how far the network is with an order, where that is news, until nothing more is to be expected.
    async fn report(&mut self, server: &mut Server) -> Result<(), Refusal> {
        let now = Instant::now();
        let Some(mut it) = self.reporting.take_if(|it| it.due <= now) else { return Ok(()) };
        let mut report = self.around.systems.report(self.system, it.at).await?;
        report.is_over |= now >= it.until;
        let is_over = report.is_over;
        if it.told.as_ref() != Some(&report) {
            server.synchronised(it.at, report.clone());
        }
        if !is_over {
            it.told = Some(report);
            it.due = now + BETWEEN_REPORTS;
            self.reporting = Some(it);
        }
        Ok(())
    }

    /// Does what the machine asks for; answers why the link is over, when it is.
    async fn act(&mut self, server: &mut Server, opener: &Opener) -> Result<Option<String>, Refusal> {
        let (mut notes, mut certificates) = (Vec::new(), Vec::new());
        let mut ended = None;
        while let Some(event) = server.next_event() {
            match event {
                Event::Hello { about, spool } => {
                    self.was_answered = true;
                    let link = self.around.systems.greeted(self.system, about, spool).await?;
                    self.link = Some(link);
                    self.around.links.enter(link, opener.clone(), &self.mailbox);
                    server.welcome(link.stored, self.around.clock.now());
                    self.sign_ins.want();
                    self.rules_due = true;
                    self.order_due = true;
                    self.certificates_due = true;
                }
                Event::Heartbeat { number } => server.alive(number, self.around.clock.now()),
                Event::Note(note) => notes.push(note),
                Event::Lost(count) => {
                    if let Some(link) = self.link {
                        self.around.systems.lost(link, count).await?;
                    }
                }
                Event::Standing { number, standing } => {
                    if let Some(answer) = self.sign_ins.tries.remove(&number) {
                        let _ = answer.send(standing);
                    } else if let Some(link) = self.link.filter(|_| number == self.sign_ins.own) {
                        self.around.systems.stands(link, standing).await?;
                    }
                }
                Event::SignInAgain => self.sign_ins.want(),
                Event::WantToken { number } => {
                    if let Some(link) = self.link {
                        server.token(number, self.around.systems.token(link).await?);
                        self.reads_at = Instant::now() + PER_TOKEN;
                    }
                }
                Event::WantCertificate { number, wanted } => certificates.push((number, wanted)),
                Event::Synchronise(order) => self.synchronise(order, server).await?,
                Event::Ordered { at, refusal } => {
                    if let Some(link) = self.link {
                        self.around.systems.ordered(link, at, refusal).await?;
                        self.sign_ins.want();
                    }
                }
                Event::Ended(fault) => {
                    if let Fault::Version { theirs } = fault {
                        self.other_version = Some(theirs);
                    }
                    ended = Some(fault.to_string());
                }
            }
        }
        if let (Some(link), Some(last)) = (self.link, notes.last().map(|note| note.sequence)) {
            self.reads_at = Instant::now() + PER_NOTE * u32::try_from(notes.len()).unwrap_or(u32::MAX);
            self.around.systems.store(link, notes).await?;
            server.stored(last);
        }
        // The notes before may say that its owner has just allowed it.
        for (number, wanted) in certificates {
            if let Some(link) = self.link {
                server.certificate(number, self.around.systems.certificate(link, wanted).await?);
                self.reads_at = Instant::now() + PER_CERTIFICATE;
            }
        }
        if self.link.is_some() && std::mem::take(&mut self.rules_due) {
            server.alert_rules(self.around.systems.alert_rules(self.system).await?);
        }
        if self.link.is_some()
            && std::mem::take(&mut self.order_due)
            && let Some(order) = self.around.systems.order(self.system).await?
        {
            server.order(order);
            self.sign_ins.put_off(ORDERED);
        }
        if self.link.is_some()
            && std::mem::take(&mut self.certificates_due)
            && let Some(at) = self.around.systems.certificates_anew(self.system).await?
        {
            server.certificates_anew(at);
        }
        self.report(server).await?;
        if let Some(link) = self.link
            && self.sign_ins.due.is_some_and(|due| due <= Instant::now())
        {
            self.sign_in(link, server).await?;
        }
        Ok(ended.or_else(|| server.has_ended().then(|| "the link was ended".to_owned())))
    }
}

/// Lets the machine hear what came; false: nothing comes any more. What is read lies on the stack, not in the future of each link.
fn poll_hear(
    cx: &mut Context<'_>,
    messages: &mut Messages,
    server: &mut Server,
    begun: Instant,
) -> Poll<io::Result<bool>> {
    let mut piece = [MaybeUninit::uninit(); PIECE];
    let mut read = ReadBuf::uninit(&mut piece);
    ready!(Pin::new(messages).poll_read(cx, &mut read))?;
    let came = read.filled();
    if !came.is_empty() {
        server.received(came, begun.elapsed());
    }
    Poll::Ready(Ok(!came.is_empty()))
}

async fn say(messages: &mut Messages, server: &mut Server) -> io::Result<()> {
    let said = server.take_output();
    if said.is_empty() {
        return Ok(());
    }
    messages.write_all(&said).await?;
    messages.flush().await
}
