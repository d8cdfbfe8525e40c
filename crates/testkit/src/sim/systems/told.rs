//! What simulated systems tell besides heartbeats: alerts, each system in a rhythm of its own.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use sha2::{Digest as _, Sha256};
use vigie_kernel::{Clock as _, SystemClock};
use vigie_wire::link::{
    agent::Spool,
    alert::{Alert, AlertType, Severity},
    message::NoteBody,
};

/// One system in so many tells of critical alerts, the others of warnings.
pub const CRITICAL_OF: u64 = 20;

/// How many alerts all systems raised.
#[derive(Debug, Default)]
pub(super) struct Raised {
    all: AtomicU64,
    critical: AtomicU64,
}

impl Raised {
    /// All, and those that are critical.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.all.load(Ordering::Relaxed), self.critical.load(Ordering::Relaxed))
    }
}

/// One system's alert: it goes on for half of each period.
#[derive(Debug)]
pub(super) struct Alerts {
    number: u64,
    period: Duration,
    /// When it begins or ends; none: never.
    due: Option<Instant>,
    goes_on: bool,
    times: u64,
}

impl Alerts {
    /// Of system `number`, so many a minute; 0: none.
    pub(super) fn new(number: u64, a_minute: u32, now: Instant) -> Self {
        let period = if a_minute == 0 { Duration::ZERO } else { Duration::from_mins(1) / a_minute };
        // Spread over a period: systems know nothing of each other.
        let drawn = Sha256::digest(format!("alerts of {number}"));
        let share = f64::from(u16::from_be_bytes([drawn[0], drawn[1]])) / f64::from(u16::MAX);
        let due = (a_minute > 0).then(|| now + period.mul_f64(share));
        Self { number, period, due, goes_on: false, times: 0 }
    }

    /// When [`Self::tell`] is to be called.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Takes down what is due. The time of the note is the cause's.
    pub(super) fn tell(&mut self, now: Instant, spool: &mut Spool, raised: &Raised) {
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        self.due = Some(now + self.period / 2);
        self.goes_on = !self.goes_on;
        let alert = self.alert();
        let body = if self.goes_on {
            self.times += 1;
            raised.all.fetch_add(1, Ordering::Relaxed);
            raised.critical.fetch_add(u64::from(alert.severity == Severity::Critical), Ordering::Relaxed);
            NoteBody::AlertRaised { alert }
        } else {
            NoteBody::AlertEnded { alert: alert.key() }
        };
        spool.add(SystemClock.now(), body);
    }

    fn alert(&self) -> Alert {
        let is_critical = self.number.is_multiple_of(CRITICAL_OF);
        Alert {
            condition: "simulated".to_owned(),
            kind: "unit".to_owned(),
            title: "A simulated service".to_owned(),
            alert_type: AlertType::Service,
            severity: if is_critical { Severity::Critical } else { Severity::Warning },
            summary: format!("stopped, time {}", self.times),
            ..Alert::default()
        }
    }
}

/// Round trips of heartbeats that are said more often than the protocol asks for.
#[derive(Debug)]
pub(super) struct Beats {
    every: Option<Duration>,
    due: Instant,
    number: u64,
    under_way: VecDeque<Instant>,
}

impl Beats {
    /// So often; none: only those that the protocol asks for.
    pub(super) const fn new(every: Option<Duration>, now: Instant) -> Self {
        // Numbers that the protocol's own heartbeats do not reach.
        Self { every, due: now, number: 1 << 32, under_way: VecDeque::new() }
    }

    /// When [`Self::beat`] is to be called.
    pub(super) fn due(&self) -> Option<Instant> {
        self.every.map(|_| self.due)
    }

    /// The number of a heartbeat that is due.
    pub(super) fn beat(&mut self, now: Instant) -> Option<u64> {
        let every = self.every?;
        if now < self.due {
            return None;
        }
        self.due = now + every;
        self.number += 1;
        self.said(now);
        Some(self.number)
    }

    /// A heartbeat was said.
    pub(super) fn said(&mut self, now: Instant) {
        self.under_way.push_back(now);
    }

    /// The oldest one was answered: they are in their order. Answers how long that took.
    pub(super) fn answered(&mut self, now: Instant) -> Option<Duration> {
        self.under_way.pop_front().map(|it| now.saturating_duration_since(it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_goes_on_for_half_of_each_minute() {
        let (mut spool, raised, begun) = (Spool::new(1), Raised::default(), Instant::now());
        let mut alerts = [Alerts::new(CRITICAL_OF, 1, begun), Alerts::new(1, 1, begun), Alerts::new(2, 0, begun)];
        for half in 1..=4_u32 {
            let now = begun + Duration::from_secs(30) * half + Duration::from_secs(30);
            for it in &mut alerts {
                it.tell(now, &mut spool, &raised);
                // Twice at once is once.
                it.tell(now, &mut spool, &raised);
            }
        }
        let kinds: Vec<_> = spool.kept().map(|it| matches!(it.body, NoteBody::AlertRaised { .. })).collect();
        assert_eq!(kinds, [true, true, false, false, true, true, false, false]);
        assert_eq!(raised.counts(), (4, 2));
    }

    #[test]
    fn heartbeats_are_told_apart_by_their_order() {
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        let mut beats = Beats::new(Some(Duration::from_millis(100)), begun);
        assert!(beats.beat(at(0)).is_some());
        assert_eq!(beats.beat(at(99)), None, "the next one is not due");
        assert!(beats.beat(at(100)).is_some());
        assert_eq!(beats.answered(at(150)), Some(Duration::from_millis(150)));
        assert_eq!(beats.answered(at(150)), Some(Duration::from_millis(50)));
        assert_eq!(beats.answered(at(150)), None);
        assert_eq!(Beats::new(None, begun).beat(at(0)), None);
    }
}
