//! *Enable and synchronise*, as the owner of the primary asks for it: the command leaves a request in the system's folder,
//! the agent takes it away at once, signs the order, says it over the link, and leaves there how far it is.

use std::{
    io::{self, Write},
    thread::sleep,
    time::Duration,
};

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use vigie_kernel::{Clock as _, Rng as _, SystemClock, SystemId, SystemRng, Timestamp};
use vigie_wire::{
    link::{
        message::ServiceUser,
        order::{Order, OrderRefusal, Ordered, Progress, Report},
    },
    sync::public_key,
};

use super::{folder::Folder, host, network::Network};
use crate::portal::printable;

/// What the owner asks for. It is there until the agent looks, within a second or two.
const REQUEST: &str = "synchronise.json";
/// How far it is.
const REPORT: &str = "synchronised.json";
/// How long the agent may take to look, and the network to answer.
const TAKEN_UP: Duration = Duration::from_secs(15);
const ANSWERED: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(200);

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    /// Tells one from the next.
    number: u64,
    user: ServiceUser,
}

#[derive(Debug, Serialize, Deserialize)]
struct Told {
    number: u64,
    report: Report,
}

/// The agent's part of it.
#[derive(Debug, Default)]
pub(crate) struct Synchronising {
    number: u64,
    at: Option<Timestamp>,
    /// Until the server has answered.
    order: Option<Order>,
}

impl Synchronising {
    /// Looks whether the owner asked for something; then that is to be said.
    pub(crate) fn look(&mut self, folder: &Folder, key: &SigningKey, system: SystemId) -> Option<Order> {
        let found = folder.read::<Request>(REQUEST);
        if let Ok(None) = found {
            return None;
        }
        // The password is in it: it goes before anything else is done.
        let request = folder.remove(REQUEST).and(found);
        let order = request.and_then(|request| {
            let Some(Request { number, user }) = request else { return Ok(None) };
            let at = Network::read(folder)?.next(&public_key(key), SystemClock.now());
            Ok(Some((number, Order::sign(key, system, at, user))))
        });
        match order {
            Ok(Some((number, order))) => {
                *self = Self { number, at: Some(order.at), order: Some(order) };
                self.unanswered()
            }
            Ok(None) => None,
            Err(words) => {
                log::error!("{words}: nothing is synchronised");
                None
            }
        }
    }

    /// What the server has not answered yet.
    pub(crate) fn unanswered(&self) -> Option<Order> {
        self.order.clone()
    }

    /// The server says how far an order is.
    pub(crate) fn told(&mut self, folder: &Folder, at: Timestamp, report: Report) {
        if self.at != Some(at) {
            return;
        }
        self.order = None;
        if let Err(words) = folder.write(REPORT, &Told { number: self.number, report }) {
            log::warn!("{words}");
        }
    }
}

/// Asks the agent, and says how far it is until nothing more is to be expected. Answers whether all systems obeyed.
pub(crate) fn ask(
    folder: &Folder,
    user: ServiceUser,
    out: &mut impl Write,
) -> Result<bool, Box<dyn std::error::Error>> {
    let number = SystemRng.next_u64();
    folder.remove(REPORT)?;
    folder.write(REQUEST, &Request { number, user })?;
    let began = host::uptime();
    while folder.file(REQUEST).exists() {
        if host::uptime().saturating_sub(began) > TAKEN_UP {
            folder.remove(REQUEST)?;
            return Err("nothing was done: the agent has no link to the server; see `vigie-agent system show`".into());
        }
        sleep(LOOK);
    }
    let (began, mut told) = (host::uptime(), Report::default());
    while !told.is_over && host::uptime().saturating_sub(began) <= ANSWERED {
        sleep(LOOK);
        if let Some(Told { report, .. }) = folder.read(REPORT)?.filter(|it: &Told| it.number == number) {
            tell(&told, &report, out)?;
            told = report;
        }
    }
    let is_whole = close(&told, out)?;
    folder.remove(REPORT)?;
    Ok(is_whole)
}

/// What is new since what was told last.
fn tell(before: &Report, now: &Report, out: &mut impl Write) -> io::Result<()> {
    for Ordered { name, progress } in now.named.iter().filter(|it| !before.named.contains(it)) {
        let words = match progress {
            Progress::Done => "done",
            Progress::Waiting => continue,
            Progress::Away => "not connected; it gets the password when it is",
            Progress::Refused { code } => reason(*code),
            Progress::Unknown => "not known",
        };
        writeln!(out, "{}: {words}", printable(name))?;
    }
    if now.done != before.done && now.waiting > 0 {
        writeln!(out, "{} of {} …", now.done, now.systems)?;
    }
    out.flush()
}

/// How it ended.
fn close(report: &Report, out: &mut impl Write) -> io::Result<bool> {
    let Report { systems, done, waiting, refusal, .. } = report;
    if let Some(code) = refusal {
        writeln!(out, "Nothing was changed: {}.", reason(*code))?;
        return Ok(false);
    }
    if *systems == 0 {
        writeln!(out, "The server has not answered. It may go on by itself; see the console.")?;
        return Ok(false);
    }
    let is_whole = done == systems;
    if is_whole {
        writeln!(out, "The service user is enabled, with the same password, on all {systems} systems of the network.")?;
    } else {
        write!(out, "The service user is enabled, with the same password, on {done} of {systems} systems.")?;
        if *waiting > 0 {
            write!(out, " {waiting} have not answered yet.")?;
        }
        writeln!(
            out,
            " Those that are not connected follow by themselves; repeat this for those that refused, once that is mended."
        )?;
    }
    Ok(is_whole)
}

/// Why an order was not obeyed, for people.
const fn reason(code: OrderRefusal) -> &'static str {
    match code {
        OrderRefusal::SwitchedOff => "its owner takes no orders from the primary (`vigie-agent system network` there)",
        OrderRefusal::AnotherPrimary => {
            "it knows another primary (`vigie-agent system network --primary none` there lets it learn the new one)"
        }
        OrderRefusal::Older => "it obeyed a later order; is the clock of this system right?",
        OrderRefusal::Invalid => "name or password are not acceptable, or the order is not signed by this system's key",
        OrderRefusal::NotPrimary => "this system is not the primary of its network",
        OrderRefusal::Failed => "it could not be stored",
        OrderRefusal::Unknown => "it refused, for a reason that this version does not know",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, progress: Progress) -> Ordered {
        Ordered { name: name.into(), progress }
    }

    #[test]
    fn progress_is_told_once_and_then_how_it_ended() {
        let refused = Progress::Refused { code: OrderRefusal::SwitchedOff };
        let first = Report::of(vec![of("a", Progress::Done), of("b", Progress::Waiting), of("c", Progress::Away)]);
        let second = Report::of(vec![of("a", Progress::Done), of("b", refused), of("c", Progress::Away)]);
        let mut out = Vec::new();
        tell(&Report::default(), &first, &mut out).unwrap();
        tell(&first, &second, &mut out).unwrap();
        assert!(!close(&second, &mut out).unwrap());
        let words = String::from_utf8(out).unwrap();
        let lines: Vec<_> = words.lines().collect();
        assert!(lines[0].starts_with("c: not connected") && lines[1] == "a: done" && lines[2] == "1 of 3 …", "{words}");
        assert!(
            lines[3].starts_with("b: its owner takes no orders") && lines[4].contains("on 1 of 3 systems"),
            "{words}"
        );
        let mut out = Vec::new();
        assert!(close(&Report::of(vec![of("a", Progress::Done)]), &mut out).unwrap());
        assert!(!close(&Report::refused(OrderRefusal::NotPrimary), &mut out).unwrap());
        assert!(!close(&Report::default(), &mut out).unwrap());
        let words = String::from_utf8(out).unwrap();
        assert!(
            words.contains("on all 1 systems") && words.contains("not the primary") && words.contains("not answered")
        );
    }

    #[test]
    fn a_request_is_taken_away_and_said_until_it_is_answered() {
        let place = tempfile::tempdir().unwrap();
        let (folder, key) = (Folder::at(place.path()), SigningKey::from_bytes(&[7; 32]));
        let system = "sy_0190163d8694739bb06f4a0f4d3f5d1e".parse().unwrap();
        let mut it = Synchronising::default();
        assert_eq!(it.look(&folder, &key, system), None);
        let user = ServiceUser { name: "vigie".into(), password: "one for all".into() };
        folder.write(REQUEST, &Request { number: 3, user: user.clone() }).unwrap();
        let order = it.look(&folder, &key, system).unwrap();
        assert_eq!((&order.user, order.signer()), (&user, Some(key.verifying_key())));
        assert!(!folder.file(REQUEST).exists());
        assert_eq!((it.look(&folder, &key, system), it.unanswered()), (None, Some(order.clone())));
        it.told(&folder, order.at.plus(Duration::from_millis(1)), Report::default());
        assert_eq!(folder.text(REPORT).unwrap(), None, "of another order");
        it.told(&folder, order.at, Report::refused(OrderRefusal::NotPrimary));
        assert_eq!(it.unanswered(), None);
        assert!(!folder.text(REPORT).unwrap().unwrap().contains("one for all"));
        folder.write_bytes(REQUEST, b"{").unwrap();
        assert_eq!(it.look(&folder, &key, system), None);
        assert!(!folder.file(REQUEST).exists(), "what cannot be read does not stay either");
    }
}
