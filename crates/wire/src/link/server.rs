//! The server's end of a link.

use std::{collections::VecDeque, time::Duration};

use vigie_kernel::Timestamp;

use super::{
    FORMAT, Fault, GREETING, HEARTBEAT, SILENCE, WINDOW,
    alert::AlertRule,
    certificate::{CertificateRefusal, Issued, Wanted},
    frame,
    message::{About, FromAgent, FromServer, Note, RefusalCode, ServiceUser, Standing},
    order::{Order, OrderRefusal, Report},
};
use crate::join::TokenRefusal;

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A system greets; answer with [`Server::welcome`] or [`Server::refuse`].
    Hello {
        /// What it is. Bounded.
        about: About,
        /// Which spool its notes are of.
        spool: u64,
    },
    /// A heartbeat; answer with [`Server::alive`].
    Heartbeat {
        /// Which.
        number: u64,
    },
    /// To be stored, then said so with [`Server::stored`].
    Note(Note),
    /// So many notes are missing before the next one: the agent had no room for them.
    Lost(u64),
    /// What became of a sign-in.
    Standing {
        /// Of which.
        number: u64,
        /// How the service user stands.
        standing: Standing,
    },
    /// The owner changed the service user: sign in again.
    SignInAgain,
    /// The system orders something as the primary of its network; answer with [`Server::synchronised`].
    Synchronise(Order),
    /// What became of the primary's order.
    Ordered {
        /// Of when it is.
        at: Timestamp,
        /// Why it was not obeyed; none: it was.
        refusal: Option<OrderRefusal>,
    },
    /// The system wants an enrolment token for one that joins its network; answer with [`Server::token`].
    WantToken {
        /// Which question.
        number: u64,
    },
    /// The system wants a certificate; answer with [`Server::certificate`].
    WantCertificate {
        /// Which question.
        number: u64,
        /// Which.
        wanted: Wanted,
    },
    /// The link is over.
    Ended(Fault),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Silent,
    Greeted { oldest: u64 },
    Open { expected: u64, stored: u64 },
    Ended,
}

/// One link. Times are of any clock that only goes forward, such as the time since the process began.
#[derive(Debug)]
pub struct Server {
    reader: frame::Reader,
    out: Vec<u8>,
    events: VecDeque<Event>,
    state: State,
    heard_at: Duration,
}

impl Server {
    /// Waits for the greeting.
    pub fn open(now: Duration) -> Self {
        Self {
            reader: frame::Reader::default(),
            out: Vec::new(),
            events: VecDeque::new(),
            state: State::Silent,
            heard_at: now,
        }
    }

    /// Bytes came.
    pub fn received(&mut self, bytes: &[u8], now: Duration) {
        self.heard_at = now;
        self.reader.push(bytes);
        while self.state != State::Ended {
            match self.reader.message() {
                Ok(Some(message)) => {
                    if let Err(fault) = self.hear(message) {
                        self.end(fault);
                    }
                }
                Ok(None) => return,
                Err(error) => self.end(error.into()),
            }
        }
    }

    fn hear(&mut self, message: FromAgent) -> Result<(), Fault> {
        match (message, self.state) {
            (FromAgent::Hello { format, .. }, State::Silent) if format != FORMAT => {
                self.refuse(RefusalCode::Version, &format!("this server speaks version {FORMAT} of the link"));
                return Err(Fault::Version { theirs: format });
            }
            (FromAgent::Hello { mut about, spool, oldest, .. }, State::Silent) => {
                about.clean();
                self.state = State::Greeted { oldest };
                self.events.push_back(Event::Hello { about, spool });
            }
            (FromAgent::Hello { .. }, _) => return Err(Fault::Unexpected("a second hello")),
            (_, State::Silent | State::Greeted { .. }) => return Err(Fault::Unexpected("no hello")),
            (FromAgent::Heartbeat { number }, _) => self.events.push_back(Event::Heartbeat { number }),
            (FromAgent::Note(note), State::Open { expected, stored }) => {
                // An agent begins with the first that is not stored and goes on without a gap.
                if note.sequence != expected {
                    return Err(Fault::Unexpected("not the next note"));
                }
                if expected.saturating_sub(stored) > WINDOW as u64 {
                    return Err(Fault::Unexpected("more notes than may be under way"));
                }
                let next = expected.checked_add(1).ok_or(Fault::Unexpected("no number is left"))?;
                self.state = State::Open { expected: next, stored };
                self.events.push_back(Event::Note(note));
            }
            (FromAgent::Standing { number, standing }, _) => {
                self.events.push_back(Event::Standing { number, standing });
            }
            (FromAgent::SignInAgain, _) => self.events.push_back(Event::SignInAgain),
            (FromAgent::Synchronise { order }, _) => self.events.push_back(Event::Synchronise(order)),
            (FromAgent::WantToken { number }, _) => self.events.push_back(Event::WantToken { number }),
            (FromAgent::WantCertificate { number, wanted }, _) => {
                self.events.push_back(Event::WantCertificate { number, wanted });
            }
            (FromAgent::Ordered { at, refusal }, _) => self.events.push_back(Event::Ordered { at, refusal }),
            (FromAgent::Note(_) | FromAgent::Unknown, _) => {}
        }
        Ok(())
    }

    /// Takes the link. `stored` is the last note of this spool that is durable, 0 where there is none.
    pub fn welcome(&mut self, stored: u64, now: Timestamp) {
        let State::Greeted { oldest } = self.state else { return };
        // What the agent let go of is not waited for.
        let lost = oldest.saturating_sub(stored.saturating_add(1));
        if lost > 0 {
            self.events.push_back(Event::Lost(lost));
        }
        let stored = stored.saturating_add(lost);
        self.state = State::Open { expected: stored.saturating_add(1), stored };
        let heartbeat = u16::try_from(HEARTBEAT.as_secs()).unwrap_or(u16::MAX);
        self.say(&FromServer::Welcome { format: FORMAT, now, stored, heartbeat });
    }

    /// Answers a heartbeat.
    pub fn alive(&mut self, number: u64, now: Timestamp) {
        if matches!(self.state, State::Open { .. }) {
            self.say(&FromServer::Alive { number, now: Some(now) });
        }
    }

    /// Says what people changed about conditions: all of it.
    pub fn alert_rules(&mut self, rules: Vec<AlertRule>) {
        if matches!(self.state, State::Open { .. }) {
            self.say(&FromServer::AlertRules { rules });
        }
    }

    /// Does not take the link, or ends it.
    pub fn refuse(&mut self, code: RefusalCode, words: &str) {
        if self.state != State::Ended {
            self.say(&FromServer::Refused { code, words: words.to_owned() });
            self.state = State::Ended;
        }
    }

    /// Signs in as the service user. A try changes nothing on the system.
    pub fn sign_in(&mut self, number: u64, user: ServiceUser, is_try: bool) {
        if matches!(self.state, State::Open { .. }) {
            self.say(&FromServer::SignIn { number, user, is_try });
        }
    }

    /// Answers with an enrolment token, or says why there is none.
    pub fn token(&mut self, number: u64, answer: Result<String, TokenRefusal>) {
        if matches!(self.state, State::Open { .. }) {
            self.say(&match answer {
                Ok(token) => FromServer::Token { number, token },
                Err(code) => FromServer::NoToken { number, code },
            });
        }
    }

    /// Answers with a certificate, or says why there is none.
    pub fn certificate(&mut self, number: u64, answer: Result<Issued, CertificateRefusal>) {
        if matches!(self.state, State::Open { .. }) {
            self.say(&match answer {
                Ok(issued) => FromServer::Certificate { number, issued },
                Err(code) => FromServer::NoCertificate { number, code },
            });
        }
    }

    /// Says that certificates issued before that are to be replaced.
    pub fn certificates_anew(&mut self, at: Timestamp) {
        if matches!(self.state, State::Open { .. }) {
            self.say(&FromServer::CertificatesAnew { at });
        }
    }

    /// Passes the primary's order on.
    pub fn order(&mut self, order: Order) {
        if matches!(self.state, State::Open { .. }) {
            self.say(&FromServer::Order { order });
        }
    }

    /// Says how far the network is with an order of this system.
    pub fn synchronised(&mut self, at: Timestamp, report: Report) {
        if matches!(self.state, State::Open { .. }) {
            self.say(&FromServer::Synchronised { at, report });
        }
    }

    /// Everything up to this note is durable.
    pub fn stored(&mut self, sequence: u64) {
        if let State::Open { expected, stored } = self.state
            && sequence > stored
            && sequence < expected
        {
            self.state = State::Open { expected, stored: sequence };
            self.say(&FromServer::Stored { sequence });
        }
    }

    /// Whether the link is over.
    pub fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Time passed.
    pub fn tick(&mut self, now: Duration) {
        if self.state != State::Ended && now >= self.next_tick() {
            self.end(Fault::Silent);
        }
    }

    /// When [`Self::tick`] is to be called at the latest.
    pub fn next_tick(&self) -> Duration {
        self.heard_at + if self.state == State::Silent { GREETING } else { SILENCE }
    }

    /// What is to be sent.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// What happened, oldest first.
    pub fn next_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front();
        if self.events.is_empty() {
            // Events are large, and a link is quiet most of the time.
            self.events = VecDeque::new();
        }
        event
    }

    fn say(&mut self, message: &FromServer) {
        // None of what a server says is longer than a message may be.
        let _ = frame::write(message, &mut self.out);
    }

    fn end(&mut self, fault: Fault) {
        self.state = State::Ended;
        self.events.push_back(Event::Ended(fault));
    }
}
