//! Alerts: the conditions of the profile are looked at ([`look`], [`schedule`]), what was seen becomes alerts ([`state`]),
//! and those become notes for the server, here. What goes on is kept on the disk; the notes are taken down before it, so
//! that a crash repeats a note and loses none.

pub(crate) mod look;
mod schedule;
pub(crate) mod state;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};
use vigie_kernel::{Clock as _, SystemClock, Timestamp};
use vigie_wire::link::{
    alert::{Alert, AlertRule, MOST_CONDITIONS, MOST_ONGOING},
    message::NoteBody,
};

use self::{
    look::{Means, log::Memory},
    schedule::{Observation, Task},
    state::{Alerts, Finding, Is, Seen},
};
use crate::{
    profile::{Condition, Conditions, Look},
    system::{folder::Folder, host},
};

/// What goes on, in the folder of the system.
pub(crate) const FILE: &str = "alerts.json";
/// After this time what goes on is said at the latest, even if something was not looked at yet.
const BEGUN: Duration = Duration::from_mins(2);
/// How often at least it is written how far logs were read.
const LOGS: Duration = Duration::from_mins(5);
/// Notes that cannot be taken down now, at most: each alert's raise and its end, a few times.
const MOST_UNSAID: usize = 4 * MOST_ONGOING;

/// What outlives the process.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    /// What goes on.
    pub(crate) ongoing: Vec<Alert>,
    rules: Vec<AlertRule>,
    logs: BTreeMap<String, Memory>,
}

impl Kept {
    /// As it was written; none: never.
    pub(crate) fn read(folder: &Folder) -> Result<Option<Self>, String> {
        folder.read(FILE)
    }
}

/// The alerts of this system.
#[derive(Debug)]
pub(crate) struct Watch {
    alerts: Alerts,
    logs: BTreeMap<String, Memory>,
    observed: mpsc::Receiver<Observation>,
    task: watch::Sender<Task>,
    unsaid: VecDeque<(Timestamp, NoteBody)>,
    /// What was not looked at yet since the process began; none: all was, and what goes on was said.
    unseen: Option<BTreeSet<String>>,
    has_profile: bool,
    began: Duration,
    /// There was never an alert here, nor anything that could be one.
    is_blank: bool,
    is_changed: bool,
    kept_at: Duration,
    faults: BTreeMap<String, String>,
    /// Why notes are not taken down.
    failure: Option<String>,
}

impl Watch {
    /// Goes on where the process before this one ended, and begins to look once there is something to be looked at.
    pub(crate) fn open(folder: &Folder) -> Self {
        let kept = Kept::read(folder).unwrap_or_else(|words| {
            log::error!("what went on before is not known: {words}");
            Some(Kept::default())
        });
        let is_blank = kept.is_none();
        let kept = kept.unwrap_or_default();
        let (told, observed) = mpsc::channel(2 * MOST_CONDITIONS);
        let (task, tasks) = watch::channel(Task::default());
        drop(tokio::spawn(schedule::work(tasks, kept.logs.clone(), told)));
        Self {
            alerts: Alerts::restored(kept.ongoing, kept.rules),
            logs: kept.logs,
            observed,
            task,
            unsaid: VecDeque::new(),
            unseen: None,
            has_profile: false,
            began: host::uptime(),
            is_blank,
            is_changed: false,
            kept_at: Duration::ZERO,
            faults: BTreeMap::new(),
            failure: None,
        }
    }

    /// The profile is known, or is another one.
    pub(crate) fn look_at(&mut self, conditions: &Conditions) {
        let is_first = !std::mem::replace(&mut self.has_profile, true);
        if !is_first && conditions == self.alerts.conditions() {
            return;
        }
        self.is_blank &= conditions.is_empty();
        if is_first {
            // The clock is compared when there is a link, which may be never.
            let looked_at = conditions.iter().filter(|it| !matches!(it.look, Look::Clock { .. }));
            self.unseen = Some(looked_at.map(|it| it.key.clone()).collect());
        }
        let notes = self.alerts.look_at(conditions.clone(), host::uptime());
        self.say(SystemClock.now(), notes);
        let keys: BTreeSet<_> = conditions.iter().map(|it| &it.key).collect();
        self.logs.retain(|key, _| keys.contains(key));
        self.faults.retain(|key, _| keys.contains(key));
        if let Some(unseen) = &mut self.unseen {
            unseen.retain(|key| keys.contains(key));
        }
        self.task.send_modify(|task| {
            task.conditions = conditions.clone();
            task.number += 1;
        });
    }

    /// What people changed about conditions.
    pub(crate) fn rule(&mut self, rules: Vec<AlertRule>) {
        if let Some(notes) = self.alerts.rule(rules, host::uptime()) {
            self.say(SystemClock.now(), notes);
            self.is_changed = true;
            // What was fine before may not be so any more.
            self.task.send_modify(|task| task.number += 1);
        }
    }

    /// The server's time came.
    pub(crate) fn compare_clock(&mut self, server: Timestamp) {
        let clocks = self.alerts.conditions().iter().filter(|it| matches!(it.look, Look::Clock { .. }));
        let clocks: Vec<_> = clocks.map(|it| it.key.clone()).collect();
        let now = SystemClock.now();
        for key in clocks {
            let ahead = now.millis().saturating_sub(server.millis());
            let seconds = Duration::from_millis(ahead.unsigned_abs()).as_secs_f64().round();
            let which = if ahead > 0 { "ahead of" } else { "behind" };
            let seen = Seen::one(Is::Measured(seconds), format!("{seconds} s {which} the server"));
            let notes = self.alerts.seen(&key, seen, host::uptime());
            self.say(now, notes);
        }
    }

    /// The server, or another one, may not know what was said: says all of it again.
    pub(crate) fn say_again(&mut self) {
        let now = SystemClock.now();
        self.unsaid.clear();
        let raised = self.alerts.ongoing().cloned().map(|alert| NoteBody::AlertRaised { alert });
        self.unsaid.extend(raised.map(|body| (now, body)));
        self.say_ongoing(now);
    }

    fn say_ongoing(&mut self, at: Timestamp) {
        if !self.is_blank {
            let alerts = self.alerts.ongoing().map(Alert::key).collect();
            self.unsaid.push_back((at, NoteBody::AlertsOngoing { alerts }));
        }
    }

    /// What was seen since the last call, as notes in their order; each is to be taken down with `take_down`. To be called
    /// about once a second.
    pub(crate) fn tick(
        &mut self,
        folder: &Folder,
        mut take_down: impl FnMut(Timestamp, &NoteBody) -> Result<(), String>,
    ) {
        while let Ok(it) = self.observed.try_recv() {
            self.observe(it);
        }
        let up = host::uptime();
        let notes = self.alerts.tick(up);
        self.say(SystemClock.now(), notes);
        if self.unseen.as_ref().is_some_and(|unseen| unseen.is_empty() || up.saturating_sub(self.began) >= BEGUN) {
            self.unseen = None;
            self.say_ongoing(SystemClock.now());
        }
        while let Some((at, body)) = self.unsaid.front() {
            if let Err(words) = take_down(*at, body) {
                return self.failed(words);
            }
            self.unsaid.pop_front();
        }
        if (self.is_changed || up.saturating_sub(self.kept_at) >= LOGS && !self.logs.is_empty()) && !self.is_blank {
            let ongoing = self.alerts.ongoing().cloned().collect();
            let kept = Kept { ongoing, rules: self.alerts.rules().to_vec(), logs: self.logs.clone() };
            match folder.write(FILE, &kept) {
                Ok(()) => (self.is_changed, self.kept_at) = (false, up),
                Err(words) => return self.failed(words),
            }
        }
        self.failure = None;
    }

    fn observe(&mut self, it: Observation) {
        let fault = it.seen.fault.clone();
        if fault.as_ref() != self.faults.get(&it.key) {
            match fault {
                Some(words) => {
                    log::warn!("condition {} cannot be looked at: {}", it.key, crate::portal::printable(&words));
                    self.faults.insert(it.key.clone(), words);
                }
                None => drop(self.faults.remove(&it.key)),
            }
        }
        if let Some(unseen) = &mut self.unseen {
            unseen.remove(&it.key);
        }
        if let Some(log) = it.log {
            let before = self.logs.insert(it.key.clone(), log.clone());
            self.is_changed |= before.is_none_or(|before| before.matches != log.matches);
        }
        let notes = self.alerts.seen(&it.key, it.seen, it.up);
        self.say(it.at, notes);
    }

    fn say(&mut self, at: Timestamp, notes: Vec<NoteBody>) {
        for body in notes {
            match &body {
                NoteBody::AlertRaised { alert } => {
                    log::info!("alert {}: {} {}", alert.condition, alert.subject, alert.summary);
                }
                NoteBody::AlertEnded { alert } => log::info!("alert {}: {} has ended", alert.condition, alert.subject),
                _ => {}
            }
            self.is_changed = true;
            self.unsaid.push_back((at, body));
        }
        // What cannot be told one by one is told as a whole when it can be.
        if self.unsaid.len() > MOST_UNSAID {
            self.say_again();
        }
    }

    fn failed(&mut self, words: String) {
        if self.failure.as_ref() != Some(&words) {
            log::error!("alerts are not taken down: {words}");
            self.failure = Some(words);
        }
    }
}

/// What one look at a condition finds, to try it.
#[derive(Debug)]
pub(crate) struct Tried {
    /// Subject, what is the matter, and what was found.
    pub(crate) lines: Vec<(String, String, String)>,
    /// Why it could not be looked at.
    pub(crate) fault: Option<String>,
}

/// Looks once, without waiting until something has held for long enough. Of a log, the end of what stands there counts.
pub(crate) async fn try_once(condition: &Condition) -> Tried {
    if matches!(condition.look, Look::Clock { .. }) {
        let what = "is compared when there is a link".to_owned();
        return Tried { lines: vec![(String::new(), "later".to_owned(), what)], fault: None };
    }
    let (seen, _) = look::look(condition, Some(Memory::of_the_past()), &Means::default()).await;
    let fault = seen.fault.clone();
    let findings = seen.without_alert_of_fault().findings;
    let line = |finding: &Finding| {
        let alert = state::judge(condition, None, finding, None);
        let what = alert.map_or_else(|| "fine".to_owned(), |alert| format!("ALERT, {}", alert.severity.as_str()));
        (finding.subject.clone(), what, finding.summary.clone())
    };
    let mut lines: Vec<_> = findings.iter().map(line).collect();
    if lines.is_empty() && fault.is_none() {
        lines.push((String::new(), "fine".to_owned(), "nothing was found".to_owned()));
    }
    Tried { lines, fault }
}
