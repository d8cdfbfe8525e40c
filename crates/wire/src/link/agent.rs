//! The agent's end of a link, and the spool of notes that outlives links.

use std::{collections::VecDeque, time::Duration};

use serde::{Deserialize, Serialize};
use vigie_kernel::Timestamp;

use super::{
    FORMAT, Fault, GREETING, HEARTBEAT, SILENCE, WINDOW,
    alert::AlertRule,
    certificate::{CertificateRefusal, Issued, Wanted},
    frame,
    message::{About, FromAgent, FromServer, Note, NoteBody, ServiceUser, Standing},
    order::{Order, OrderRefusal, Report},
};
use crate::join::TokenRefusal;

/// Most notes that are kept; the oldest go when more come, and the server hears how many.
pub const MOST_KEPT: usize = 10_000;
/// Notes that the server has not stored yet, in their order. The agent keeps it on its disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spool {
    id: u64,
    next: u64,
    kept: VecDeque<Note>,
}

impl Spool {
    /// An empty one. `id` is drawn at random: it tells this spool from one that was lost.
    pub const fn new(id: u64) -> Self {
        Self { id, next: 1, kept: VecDeque::new() }
    }

    /// Takes something down; its number.
    pub fn add(&mut self, at: Timestamp, body: NoteBody) -> u64 {
        let sequence = self.next;
        self.next += 1;
        self.kept.push_back(Note { sequence, at, body });
        if self.kept.len() > MOST_KEPT {
            self.kept.pop_front();
        }
        sequence
    }

    /// The notes that are kept.
    pub fn kept(&self) -> impl Iterator<Item = &Note> {
        self.kept.iter()
    }

    /// The notes that are kept, as another spool: what the server stored of the old one says nothing of them. For a spool
    /// that turned out to be an old copy of itself ([`Fault::Behind`]), as after the restore of a disk.
    #[must_use]
    pub fn begun_anew(self, id: u64) -> Self {
        let mut anew = Self::new(id);
        for note in self.kept {
            anew.add(note.at, note.body);
        }
        anew
    }

    fn oldest(&self) -> u64 {
        self.kept.front().map_or(self.next, |note| note.sequence)
    }

    /// Lets go of everything up to a note, which is stored. False: there was never one of that number.
    pub fn stored(&mut self, sequence: u64) -> bool {
        if sequence >= self.next {
            return false;
        }
        while self.kept.front().is_some_and(|note| note.sequence <= sequence) {
            self.kept.pop_front();
        }
        true
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The server took this link.
    Welcome {
        /// Its time.
        now: Timestamp,
    },
    /// The server's time, as it answered a heartbeat.
    Time {
        /// Its time.
        now: Timestamp,
    },
    /// What people changed about conditions: all of it, in place of what was said before.
    AlertRules(Vec<AlertRule>),
    /// Everything up to this note is durable on the server; the spool has let go of it.
    Stored {
        /// Its number.
        sequence: u64,
    },
    /// The server signs in as the service user; answer with [`Agent::standing`].
    SignIn {
        /// Comes back in the answer.
        number: u64,
        /// With what.
        user: ServiceUser,
        /// Nothing changes by it.
        is_try: bool,
    },
    /// The primary of this system's network orders something; answer with [`Agent::ordered`].
    Order(Order),
    /// How far the network is with the order that this system gave.
    Synchronised {
        /// Of when the order is.
        at: Timestamp,
        /// How far.
        report: Report,
    },
    /// The answer to [`Agent::want_token`].
    Token {
        /// For which question.
        number: u64,
        /// The token, or why there is none.
        answer: Result<String, TokenRefusal>,
    },
    /// The answer to [`Agent::want_certificate`].
    Certificate {
        /// For which question.
        number: u64,
        /// The certificate, or why there is none.
        answer: Result<Issued, CertificateRefusal>,
    },
    /// Certificates issued before that are to be replaced.
    CertificatesAnew {
        /// When somebody wanted it.
        at: Timestamp,
    },
    /// The link is over.
    Ended(Fault),
}

/// One link. Times are of any clock that only goes forward, such as the time since the process began.
#[derive(Debug)]
pub struct Agent {
    reader: frame::Reader,
    out: Vec<u8>,
    events: VecDeque<Event>,
    /// The last note that was said in this link; none before the welcome.
    said: Option<u64>,
    stored: u64,
    heartbeat: Duration,
    number: u64,
    beat_at: Duration,
    heard_at: Duration,
    ended: bool,
}

impl Agent {
    /// Begins to speak.
    pub fn open(about: About, spool: &Spool, now: Duration) -> Self {
        let mut it = Self {
            reader: frame::Reader::default(),
            out: Vec::new(),
            events: VecDeque::new(),
            said: None,
            stored: 0,
            heartbeat: HEARTBEAT,
            number: 0,
            beat_at: now,
            heard_at: now,
            ended: false,
        };
        it.say(&FromAgent::Hello { format: FORMAT, about, spool: spool.id, oldest: spool.oldest() });
        it
    }

    /// Bytes came.
    pub fn received(&mut self, bytes: &[u8], spool: &mut Spool, now: Duration) {
        if self.ended {
            return;
        }
        self.heard_at = now;
        self.reader.push(bytes);
        loop {
            match self.reader.message() {
                Ok(Some(message)) => {
                    if let Err(fault) = self.hear(message, spool) {
                        return self.end(fault);
                    }
                }
                Ok(None) => break,
                Err(error) => return self.end(error.into()),
            }
        }
        self.pump(spool);
    }

    fn hear(&mut self, message: FromServer, spool: &mut Spool) -> Result<(), Fault> {
        match message {
            FromServer::Welcome { .. } if self.said.is_some() => return Err(Fault::Unexpected("a second welcome")),
            FromServer::Welcome { format, .. } if format != FORMAT => return Err(Fault::Version { theirs: format }),
            FromServer::Welcome { now, stored, heartbeat, .. } => {
                if !spool.stored(stored) {
                    return Err(Fault::Behind);
                }
                // A server that asks for none or for very many is not obeyed.
                self.heartbeat = Duration::from_secs(heartbeat.into()).clamp(Duration::from_secs(1), SILENCE / 2);
                (self.said, self.stored) = (Some(spool.oldest() - 1), stored);
                self.events.push_back(Event::Welcome { now });
            }
            FromServer::Refused { code, words } => return Err(Fault::Refused { code, words }),
            _ if self.said.is_none() => return Err(Fault::Unexpected("no welcome")),
            FromServer::Stored { sequence } => {
                if self.said.is_none_or(|said| sequence > said) {
                    return Err(Fault::Unexpected("a note that was not said is stored"));
                }
                self.stored = self.stored.max(sequence);
                if spool.stored(sequence) {
                    self.events.push_back(Event::Stored { sequence });
                }
            }
            FromServer::SignIn { number, user, is_try } => {
                self.events.push_back(Event::SignIn { number, user, is_try });
            }
            FromServer::Alive { now: Some(now), .. } => self.events.push_back(Event::Time { now }),
            FromServer::AlertRules { rules } => self.events.push_back(Event::AlertRules(rules)),
            FromServer::Token { number, token } => self.events.push_back(Event::Token { number, answer: Ok(token) }),
            FromServer::NoToken { number, code } => self.events.push_back(Event::Token { number, answer: Err(code) }),
            FromServer::Certificate { number, issued } => {
                self.events.push_back(Event::Certificate { number, answer: Ok(issued) });
            }
            FromServer::NoCertificate { number, code } => {
                self.events.push_back(Event::Certificate { number, answer: Err(code) });
            }
            FromServer::CertificatesAnew { at } => self.events.push_back(Event::CertificatesAnew { at }),
            FromServer::Order { order } => self.events.push_back(Event::Order(order)),
            FromServer::Synchronised { at, report } => self.events.push_back(Event::Synchronised { at, report }),
            FromServer::Alive { .. } | FromServer::Unknown => {}
        }
        Ok(())
    }

    /// Says what became of a sign-in.
    pub fn standing(&mut self, number: u64, standing: Standing) {
        if self.said.is_some() && !self.ended {
            self.say(&FromAgent::Standing { number, standing });
        }
    }

    /// Says that the owner changed the service user.
    pub fn sign_in_again(&mut self) {
        if self.said.is_some() && !self.ended {
            self.say(&FromAgent::SignInAgain);
        }
    }

    /// Orders something as the primary of the network.
    pub fn synchronise(&mut self, order: Order) {
        if self.said.is_some() && !self.ended {
            self.say(&FromAgent::Synchronise { order });
        }
    }

    /// Asks for an enrolment token for a system that joins the network of this one.
    pub fn want_token(&mut self, number: u64) {
        if self.said.is_some() && !self.ended {
            self.say(&FromAgent::WantToken { number });
        }
    }

    /// Asks for a certificate.
    pub fn want_certificate(&mut self, number: u64, wanted: Wanted) {
        if self.said.is_some() && !self.ended {
            self.say(&FromAgent::WantCertificate { number, wanted });
        }
    }

    /// Says what became of the primary's order of that moment.
    pub fn ordered(&mut self, at: Timestamp, refusal: Option<OrderRefusal>) {
        if self.said.is_some() && !self.ended {
            self.say(&FromAgent::Ordered { at, refusal });
        }
    }

    /// Says notes that were not said yet. Call it after a note was added.
    pub fn pump(&mut self, spool: &Spool) {
        let Some(said) = self.said else { return };
        let first = spool.kept.partition_point(|note| note.sequence <= said);
        for note in spool.kept.iter().skip(first) {
            if self.ended || note.sequence > self.stored.saturating_add(WINDOW as u64) {
                return;
            }
            self.say(&FromAgent::Note(note.clone()));
            self.said = Some(note.sequence);
        }
    }

    /// Time passed.
    pub fn tick(&mut self, now: Duration) {
        if self.ended {
            return;
        }
        let patience = if self.said.is_some() { SILENCE } else { GREETING };
        if now.saturating_sub(self.heard_at) >= patience {
            return self.end(Fault::Silent);
        }
        if self.said.is_some() && now.saturating_sub(self.beat_at) >= self.heartbeat {
            self.beat_at = now;
            self.number += 1;
            self.say(&FromAgent::Heartbeat { number: self.number });
        }
    }

    /// When [`Self::tick`] is to be called at the latest.
    pub fn next_tick(&self) -> Duration {
        match self.said {
            Some(_) => (self.heard_at + SILENCE).min(self.beat_at + self.heartbeat),
            None => self.heard_at + GREETING,
        }
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

    fn say(&mut self, message: &FromAgent) {
        // A note that is too long to be said would stop all behind it; the agent bounds what it takes down.
        if let Err(error) = frame::write(message, &mut self.out) {
            self.end(error.into());
        }
    }

    fn end(&mut self, fault: Fault) {
        self.ended = true;
        self.events.push_back(Event::Ended(fault));
    }
}
