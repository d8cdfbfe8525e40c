//! When what was seen is an alert, and when it has ended. Pure: what was seen and the time come in, notes come out.

use std::{collections::BTreeMap, time::Duration};

use vigie_wire::link::{
    alert::{Alert, AlertKey, AlertRule, MOST_CONDITIONS, MOST_ONGOING, Severity},
    message::NoteBody,
};

use crate::profile::{Condition, Conditions, Look};

/// An alert is not raised again within this time, however often it begins and ends.
const QUIET: Duration = Duration::from_mins(1);
/// A value that changed is told again so often at most.
const ANEW: Duration = Duration::from_mins(10);
/// By how many percent less than the bound something must be used before it has ended.
const SLACK: f64 = 2.0;
/// Longest time that people may set for a condition to hold, seconds.
const LONGEST_HOLD: u32 = 86_400;

/// What was found of one subject.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    /// What of; empty: of the system.
    pub(crate) subject: String,
    pub(crate) is: Is,
    /// For people.
    pub(crate) summary: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Is {
    /// As it should be.
    Fine,
    /// As bad as the condition says.
    Bad,
    /// A warning, or what cannot be told: no worse than that.
    Poor,
    /// To be compared with the bound.
    Measured(f64),
    /// Percent of packets lost, and the jitter in milliseconds where some came back.
    Quality(f64, Option<f64>),
}

/// What one look saw.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Seen {
    pub(crate) findings: Vec<Finding>,
    /// There is nothing else: what is not among them is fine. Otherwise what was known before stays.
    pub(crate) is_whole: bool,
    /// Why something could not be looked at.
    pub(crate) fault: Option<String>,
}

impl Seen {
    /// One finding, of the system.
    pub(crate) fn one(is: Is, summary: impl Into<String>) -> Self {
        Self::all(vec![Finding { subject: String::new(), is, summary: summary.into() }])
    }

    /// These and no others.
    pub(crate) const fn all(findings: Vec<Finding>) -> Self {
        Self { findings, is_whole: true, fault: None }
    }

    /// It could not be looked at: everything stays as it was.
    pub(crate) fn nothing(fault: impl Into<String>) -> Self {
        Self { fault: Some(fault.into()), ..Self::default() }
    }

    /// It could not be looked at, which is an alert itself; subjects stay as they were.
    pub(crate) fn untold(fault: impl Into<String>) -> Self {
        let fault = fault.into();
        let summary = format!("could not be told: {fault}");
        let finding = Finding { subject: String::new(), is: Is::Poor, summary };
        Self { findings: vec![finding], is_whole: false, fault: Some(fault) }
    }

    /// The same, but that it could not be looked at is no alert.
    pub(crate) fn without_alert_of_fault(mut self) -> Self {
        if self.fault.is_some() {
            self.findings.clear();
        }
        self
    }
}

/// What is known of one subject of a condition.
#[derive(Debug, Default)]
struct Entry {
    known: Known,
    /// Since when it holds.
    since: Option<Duration>,
    /// As it was raised; none: it is not.
    said: Option<Alert>,
    /// When it was raised last; none: long ago.
    said_at: Option<Duration>,
}

#[derive(Debug, Default)]
enum Known {
    /// Nothing yet, since this process began.
    #[default]
    Nothing,
    Gone,
    Is(Finding),
}

/// All alerts of the system.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    conditions: Conditions,
    rules: Vec<AlertRule>,
    entries: BTreeMap<AlertKey, Entry>,
    due: Option<Duration>,
    is_full: bool,
}

impl Alerts {
    /// What went on and what was ruled when the process before this one ended.
    pub(crate) fn restored(ongoing: Vec<Alert>, rules: Vec<AlertRule>) -> Self {
        let entries = ongoing.into_iter().map(|alert| (alert.key(), Entry { said: Some(alert), ..Entry::default() }));
        Self { entries: entries.collect(), rules: bounded(rules), ..Self::default() }
    }

    /// What the profile has looked at from now on. What is not looked at any more ends.
    pub(crate) fn look_at(&mut self, conditions: Conditions, now: Duration) -> Vec<NoteBody> {
        self.conditions = conditions;
        self.settle(now)
    }

    /// What people changed; all of it. None: that is no news.
    pub(crate) fn rule(&mut self, rules: Vec<AlertRule>, now: Duration) -> Option<Vec<NoteBody>> {
        let rules = bounded(rules);
        if rules == self.rules {
            return None;
        }
        self.rules = rules;
        Some(self.settle(now))
    }

    /// A condition was looked at.
    pub(crate) fn seen(&mut self, key: &str, seen: Seen, now: Duration) -> Vec<NoteBody> {
        if !self.conditions.iter().any(|it| it.key == key) {
            return Vec::new();
        }
        if seen.is_whole {
            for (_, entry) in self.entries.iter_mut().filter(|(it, _)| it.condition == key) {
                entry.known = Known::Gone;
            }
        }
        for finding in seen.findings.into_iter().take(MOST_ONGOING) {
            let mut at = AlertKey { condition: key.to_owned(), subject: finding.subject.clone() };
            at.clean();
            self.entries.entry(at).or_default().known = Known::Is(finding);
        }
        self.settle(now)
    }

    /// Time passed: what holds long enough now, or was put off. To be called about once a second.
    pub(crate) fn tick(&mut self, now: Duration) -> Vec<NoteBody> {
        if self.due.is_some_and(|due| due <= now) { self.settle(now) } else { Vec::new() }
    }

    /// What goes on.
    pub(crate) fn ongoing(&self) -> impl Iterator<Item = &Alert> {
        self.entries.values().filter_map(|entry| entry.said.as_ref())
    }

    /// What people changed.
    pub(crate) fn rules(&self) -> &[AlertRule] {
        &self.rules
    }

    /// The conditions that are in force.
    pub(crate) const fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    fn settle(&mut self, now: Duration) -> Vec<NoteBody> {
        let (mut notes, mut due) = (Vec::new(), None);
        let mut ongoing = self.ongoing().count();
        let (conditions, rules) = (&self.conditions, &self.rules);
        self.entries.retain(|key, entry| {
            let rule = rules.iter().find(|rule| rule.condition == key.condition);
            let condition = conditions.iter().find(|it| it.key == key.condition);
            let condition = condition.filter(|_| rule.is_none_or(|rule| !rule.off));
            let before = entry.said.is_some();
            let was_full = ongoing >= MOST_ONGOING;
            let (note, again) = match condition {
                Some(condition) => entry.settle(condition, rule, now, was_full),
                None => (entry.end(), None),
            };
            if was_full && again == Some(Duration::MAX) && !std::mem::replace(&mut self.is_full, true) {
                log::warn!("{MOST_ONGOING} alerts go on at once: no more are told");
            }
            ongoing = ongoing + usize::from(entry.said.is_some()) - usize::from(before);
            notes.extend(note.map(|note| note.unwrap_or(NoteBody::AlertEnded { alert: key.clone() })));
            due = [due, again].into_iter().flatten().min();
            let is_quiet = entry.said_at.is_none_or(|at| now >= at + QUIET);
            // What is fine and was not raised of late need not be known.
            condition.is_some() && (entry.said.is_some() || entry.since.is_some() || !is_quiet)
        });
        self.is_full &= ongoing >= MOST_ONGOING;
        self.due = due;
        // An end makes room, also in the list of the other side: first the ends.
        notes.sort_by_key(|note| !matches!(note, NoteBody::AlertEnded { .. }));
        notes
    }
}

/// A raise, or an end, whose key the caller knows.
type Said = Option<NoteBody>;

impl Entry {
    /// What is to be said now, and when to settle again.
    fn settle(
        &mut self,
        condition: &Condition,
        rule: Option<&AlertRule>,
        now: Duration,
        is_full: bool,
    ) -> (Option<Said>, Option<Duration>) {
        let found = match &self.known {
            Known::Nothing => return (None, None),
            Known::Gone => None,
            Known::Is(finding) => judge(condition, rule, finding, self.said.as_ref()),
        };
        let Some(alert) = found else { return (self.end(), None) };
        let hold = rule.and_then(|rule| rule.hold).map_or(condition.hold, |it| Duration::from_secs(it.into()));
        let since = *self.since.get_or_insert(now);
        let quiet = self.said_at.map(|at| at + QUIET);
        let from = match &self.said {
            None if is_full && now >= since + hold => return (None, Some(Duration::MAX)),
            None => (since + hold).max(quiet.unwrap_or_default()),
            Some(said) if said.severity != alert.severity => quiet.unwrap_or_default(),
            Some(said) if is_other(said, &alert) => self.said_at.map(|at| at + ANEW).unwrap_or_default(),
            Some(_) => return (None, None),
        };
        if now < from {
            return (None, Some(from));
        }
        self.said = Some(alert.clone());
        self.said_at = Some(now);
        (Some(Some(NoteBody::AlertRaised { alert })), None)
    }

    fn end(&mut self) -> Option<Said> {
        self.since = None;
        self.said.take().map(|_| None)
    }
}

/// Whether what is found now is worth telling anew.
fn is_other(said: &Alert, now: &Alert) -> bool {
    match (said.value, now.value) {
        (Some(before), Some(value)) => (value - before).abs() >= (before.abs() / 20.0).max(1.0),
        _ => said.summary != now.summary || said.bound != now.bound,
    }
}

/// The alert, if the condition holds of what was found.
pub(crate) fn judge(
    condition: &Condition,
    rule: Option<&AlertRule>,
    finding: &Finding,
    said: Option<&Alert>,
) -> Option<Alert> {
    let ruled = rule.and_then(|rule| rule.severity);
    let usual = ruled.unwrap_or(condition.severity);
    // What people decided is not made worse.
    let critical = ruled.unwrap_or(Severity::Critical);
    let bound = rule.and_then(|rule| rule.bound).or_else(|| condition.look.bound());
    let slack = |bound: f64, is_said: bool| bound - if is_said { SLACK.min(bound / 2.0) } else { 0.0 };
    let (severity, value, bound) = match (finding.is, &condition.look) {
        (Is::Bad, _) => (usual, None, None),
        (Is::Poor, _) => (usual.min(Severity::Warning), None, None),
        (Is::Quality(loss, jitter), Look::Ping { jitter_above, .. }) => {
            let too_much = jitter.zip(*jitter_above).filter(|(jitter, above)| jitter > above);
            match bound.filter(|bound| loss > *bound) {
                Some(bound) => (usual, Some(loss), Some(bound)),
                None => too_much.map(|(jitter, above)| (usual, Some(jitter), Some(above)))?,
            }
        }
        (Is::Measured(value), look) => {
            let bound = bound?;
            let (holds, is_critical) = match look {
                Look::Disk { critical_above, .. } => {
                    let was_critical = said.is_some_and(|it| it.severity == Severity::Critical);
                    let is_critical = critical_above.is_some_and(|above| value > slack(above, was_critical));
                    (value > slack(bound, said.is_some()) || is_critical, is_critical)
                }
                Look::Memory { .. } => (value > slack(bound, said.is_some()), false),
                Look::Certificate { .. } => (value < bound, value <= 0.0),
                _ => (value > bound, false),
            };
            holds.then_some(())?;
            (if is_critical { critical } else { usual }, Some(value), Some(bound))
        }
        (Is::Fine | Is::Quality(..), _) => return None,
    };
    let mut alert = Alert {
        condition: condition.key.clone(),
        subject: finding.subject.clone(),
        kind: condition.look.kind().to_owned(),
        title: condition.title.clone(),
        alert_type: condition.alert_type,
        severity,
        summary: finding.summary.clone(),
        value,
        bound,
        parent: condition.parent.clone(),
    };
    alert.clean();
    Some(alert)
}

/// What the server says is bounded like everything else.
fn bounded(mut rules: Vec<AlertRule>) -> Vec<AlertRule> {
    rules.truncate(MOST_CONDITIONS);
    for rule in &mut rules {
        let mut key = AlertKey { condition: std::mem::take(&mut rule.condition), subject: String::new() };
        key.clean();
        rule.condition = key.condition;
        rule.bound = rule.bound.filter(|it| it.is_finite());
        rule.hold = rule.hold.map(|it| it.min(LONGEST_HOLD));
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::parse;

    const CONDITIONS: &str = r#"
name = "a"
title = "A"
platform = "linux"
[[condition]]
key = "disks"
kind = "disk"
path = "*"
above = 90
critical_above = 97
[[condition]]
key = "sip"
kind = "unit"
name = "kamailio"
for = "30s"
[[condition]]
key = "trunks"
kind = "items"
command = ["/x"]
pattern = "(?<subject>a)(?<state>b)"
bad = "b"
parent = "sip"
[[condition]]
key = "tls"
kind = "certificate"
file = "/x"
"#;

    struct Told(Alerts);

    impl Told {
        fn new() -> Self {
            let mut alerts = Alerts::default();
            alerts.look_at(parse(CONDITIONS).unwrap().conditions, Duration::ZERO);
            Self(alerts)
        }

        fn words(notes: &[NoteBody]) -> Vec<String> {
            let word = |note: &NoteBody| match note {
                NoteBody::AlertRaised { alert } => {
                    let value = alert.value.map_or_else(|| alert.summary.clone(), |it| it.to_string());
                    let words = [alert.condition.as_str(), &alert.subject, &value, alert.severity.as_str()];
                    words.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
                }
                NoteBody::AlertEnded { alert } => {
                    format!("end {} {}", alert.condition, alert.subject).trim().to_owned()
                }
                other => panic!("{other:?}"),
            };
            notes.iter().map(word).collect()
        }

        fn sees(&mut self, at: u64, key: &str, findings: &[(&str, Is, &str)]) -> Vec<String> {
            let finding = |(subject, is, summary): &(&str, Is, &str)| Finding {
                subject: (*subject).to_owned(),
                is: *is,
                summary: (*summary).to_owned(),
            };
            let seen = Seen::all(findings.iter().map(finding).collect());
            Self::words(&self.0.seen(key, seen, Duration::from_secs(at)))
        }

        fn disk(&mut self, at: u64, percent: f64) -> Vec<String> {
            self.sees(at, "disks", &[("/", Is::Measured(percent), "full")])
        }

        fn unit(&mut self, at: u64, runs: bool) -> Vec<String> {
            self.sees(at, "sip", &[("", if runs { Is::Fine } else { Is::Bad }, "failed")])
        }

        fn tick(&mut self, at: u64) -> Vec<String> {
            Self::words(&self.0.tick(Duration::from_secs(at)))
        }

        fn rule(&mut self, at: u64, rule: AlertRule) -> Vec<String> {
            let notes = self.0.rule(vec![rule], Duration::from_secs(at));
            Self::words(&notes.unwrap())
        }
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn a_full_disk_is_raised_becomes_worse_and_ends_below_the_bound() {
        let mut it = Told::new();
        assert_eq!(it.disk(0, 90.0), NONE);
        assert_eq!(it.disk(60, 90.1), ["disks / 90.1 major"]);
        assert_eq!(it.disk(120, 90.4), NONE, "no news");
        assert_eq!(it.disk(180, 95.0), NONE, "not yet told anew");
        assert_eq!(it.tick(659), NONE);
        assert_eq!(it.tick(660), ["disks / 95 major"], "anew after ten minutes");
        assert_eq!(it.disk(720, 97.5), ["disks / 97.5 critical"], "worse at once");
        assert_eq!(it.disk(840, 95.5), NONE);
        assert_eq!(it.disk(900, 94.9), ["disks / 94.9 major"]);
        assert_eq!(it.disk(960, 88.5), NONE, "a little below is not over");
        assert_eq!(it.disk(1020, 88.0), ["end disks /"]);
        assert_eq!(it.disk(1080, 89.0), NONE);
        assert_eq!(it.0.ongoing().count(), 0);
    }

    #[test]
    fn what_holds_long_enough_is_an_alert() {
        let mut it = Told::new();
        assert_eq!(it.unit(0, false), NONE);
        assert_eq!(it.tick(29), NONE);
        assert_eq!(it.tick(30), ["sip failed major"]);
        assert_eq!(it.unit(31, true), ["end sip"]);
        assert_eq!(it.unit(100, false), NONE);
        assert_eq!(it.unit(120, true), NONE, "it came back in time");
        assert_eq!(it.unit(130, false), NONE);
        assert_eq!(it.tick(140), NONE, "it begins anew");
        assert_eq!(it.tick(160), ["sip failed major"]);
    }

    #[test]
    fn flapping_does_not_flood_and_what_is_said_last_is_true() {
        let mut it = Told::new();
        let mut said = Vec::new();
        for second in 0..600 {
            let is_bad = second % 2 == 0;
            said.extend(it.sees(second, "trunks", &[("sip:a", if is_bad { Is::Bad } else { Is::Fine }, "down")]));
        }
        let raised = said.iter().filter(|it| !it.starts_with("end")).count();
        assert_eq!((raised, said.len()), (10, 20), "{said:?}");
        assert_eq!(it.sees(600, "trunks", &[("sip:a", Is::Bad, "down")]), ["trunks sip:a down major"]);
        assert_eq!(it.sees(601, "trunks", &[("sip:a", Is::Fine, "up")]), ["end trunks sip:a"]);
        assert_eq!(it.sees(602, "trunks", &[("sip:a", Is::Bad, "down")]), NONE);
        assert_eq!(it.tick(660), ["trunks sip:a down major"], "without another look");
    }

    #[test]
    fn each_subject_is_an_alert_of_its_own_and_goes_with_what_it_is_of() {
        let mut it = Told::new();
        let both = [("sip:a", Is::Bad, "down"), ("sip:b", Is::Bad, "down"), ("sip:c", Is::Fine, "up")];
        assert_eq!(it.sees(0, "trunks", &both), ["trunks sip:a down major", "trunks sip:b down major"]);
        assert_eq!(it.0.ongoing().next().unwrap().parent.as_deref(), Some("sip"));
        assert_eq!(it.sees(60, "trunks", &both[1..]), ["end trunks sip:a"], "it was taken away");
        let untold = Told::words(&it.0.seen("trunks", Seen::untold("exit code 1"), Duration::from_mins(2)));
        assert_eq!(untold, ["trunks could not be told: exit code 1 warning"]);
        assert_eq!(it.sees(180, "trunks", &both[1..]), ["end trunks"], "and the one that is down still is");
        assert_eq!(it.sees(240, "trunks", &[]), ["end trunks sip:b"]);
        it.unit(300, false);
        assert_eq!(it.unit(330, false), ["sip failed major"]);
        let nothing = it.0.seen("sip", Seen::nothing("systemctl: no answer"), Duration::from_secs(400));
        assert!(nothing.is_empty(), "what is not known changes nothing");
    }

    #[test]
    fn what_people_change_counts_at_once() {
        let mut it = Told::new();
        let rule = || AlertRule { condition: "disks".to_owned(), ..AlertRule::default() };
        assert_eq!(it.disk(0, 80.0), NONE);
        assert_eq!(it.rule(1, AlertRule { bound: Some(70.0), ..rule() }), NONE);
        assert_eq!(it.disk(2, 80.0), ["disks / 80 major"]);
        let warning = AlertRule { bound: Some(70.0), severity: Some(Severity::Warning), ..rule() };
        assert_eq!(it.rule(30, warning.clone()), NONE);
        assert_eq!(it.tick(62), ["disks / 80 warning"]);
        assert_eq!(it.disk(200, 99.0), NONE, "what people decided is not made worse");
        assert_eq!(it.rule(210, AlertRule { off: true, ..warning }), ["end disks /"]);
        assert_eq!(it.disk(300, 99.0), NONE);
        assert_eq!(it.rule(310, AlertRule { hold: Some(60), ..rule() }), NONE);
        assert_eq!(it.disk(320, 99.0), NONE);
        assert_eq!(it.tick(380), ["disks / 99 critical"]);
        assert_eq!(it.0.rule(it.0.rules().to_vec(), Duration::from_secs(381)), None, "no news");
        let hostile = AlertRule {
            condition: "x\u{1b}".repeat(999),
            bound: Some(f64::NAN),
            hold: Some(u32::MAX),
            ..AlertRule::default()
        };
        it.0.rule(vec![hostile; 5000], Duration::from_secs(382));
        let kept = it.0.rules();
        assert_eq!((kept.len(), kept[0].bound, kept[0].hold), (MOST_CONDITIONS, None, Some(LONGEST_HOLD)));
        assert_eq!(kept[0].condition.len(), vigie_wire::link::alert::LONGEST_KEY);
    }

    #[test]
    fn a_certificate_near_its_end_becomes_critical_with_it() {
        let mut it = Told::new();
        let mut days = |at: u64, left: f64| it.sees(at, "tls", &[("", Is::Measured(left), "ends")]);
        assert_eq!(days(0, 30.0), NONE);
        assert_eq!(days(86_400, 29.0), ["tls 29 major"]);
        assert_eq!(days(2 * 86_400, 0.0), ["tls 0 critical"]);
        assert_eq!(days(3 * 86_400, 365.0), ["end tls"]);
    }

    #[test]
    fn what_went_on_goes_on_until_it_was_looked_at_and_what_left_the_profile_ends() {
        let mut it = Told::new();
        it.disk(0, 95.0);
        it.sees(0, "trunks", &[("sip:a", Is::Bad, "down")]);
        let before: Vec<Alert> = it.0.ongoing().cloned().collect();
        let mut it = Told(Alerts::restored(before, Vec::new()));
        let conditions = parse(CONDITIONS).unwrap().conditions;
        assert_eq!(Told::words(&it.0.look_at(conditions, Duration::ZERO)), NONE);
        assert_eq!(it.disk(5, 95.0), NONE, "that is no news");
        assert_eq!(it.sees(5, "trunks", &[("sip:a", Is::Fine, "up")]), ["end trunks sip:a"]);
        let less = CONDITIONS.replace("\"disks\"", "\"others\"");
        let notes = it.0.look_at(parse(&less).unwrap().conditions, Duration::from_secs(9));
        assert_eq!(Told::words(&notes), ["end disks /"]);
        assert_eq!(it.disk(10, 95.0), NONE, "nobody asked for it");
    }

    #[test]
    fn no_more_go_on_than_can_be_told() {
        let mut it = Told::new();
        let names: Vec<String> = (0..MOST_ONGOING + 5).map(|it| format!("sip:{it:03}")).collect();
        let all: Vec<_> = names.iter().map(|name| (name.as_str(), Is::Bad, "down")).collect();
        assert_eq!(it.disk(0, 95.0).len(), 1);
        assert_eq!(it.sees(0, "trunks", &all).len(), MOST_ONGOING - 1);
        assert_eq!(it.disk(1, 50.0), ["end disks /", "trunks sip:199 down major"], "there is room again");
        assert_eq!(it.sees(2, "trunks", &all), NONE);
    }
}
