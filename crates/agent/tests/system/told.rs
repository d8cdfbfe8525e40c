//! What a server was told of alerts.

use vigie_kernel::Timestamp;
use vigie_wire::link::{
    alert::{Alert, AlertKey},
    message::NoteBody,
};

use crate::{
    agent::{Agent, Place},
    server::{Kept, Server, TOKEN},
};

/// A profile with these conditions, each looked at as often as is possible.
pub fn profile(conditions: &[&str]) -> String {
    let tables = conditions.iter().map(|it| format!("[[condition]]\nevery = \"5s\"\n{it}\n"));
    format!("name = \"test\"\ntitle = \"Test\"\nplatform = \"linux\"\n\n{}", tables.collect::<String>())
}

impl Place {
    /// Enrols with a profile that looks at these conditions.
    pub fn watch(&self, server: &Server, conditions: &[&str]) -> Agent {
        let profile = self.file("profile.toml", &profile(conditions));
        Agent::start(self.run(server).args(["--enrolment-token", TOKEN, "--profile"]).arg(profile))
    }
}

/// The notes about alerts, in words: `raised key subject`, `ended key subject`, `ongoing key subject, …`.
pub fn told(kept: &Kept) -> Vec<(Timestamp, String)> {
    let name = |key: &AlertKey| format!("{} {}", key.condition, key.subject).trim().to_owned();
    let words = |body: &NoteBody| match body {
        NoteBody::AlertRaised { alert } => Some(format!("raised {}", name(&alert.key()))),
        NoteBody::AlertEnded { alert } => Some(format!("ended {}", name(alert))),
        NoteBody::AlertsOngoing { alerts } => {
            Some(format!("ongoing {}", alerts.iter().map(name).collect::<Vec<_>>().join(", ")).trim().to_owned())
        }
        _ => None,
    };
    kept.notes.iter().filter_map(|note| Some((note.at, words(&note.body)?))).collect()
}

impl Server {
    /// Waits until this was told last; every word until then.
    pub fn tells(&self, last: &str) -> Vec<String> {
        self.until(&format!("{last}: {:?}", told(&self.kept())), |kept| {
            let told: Vec<_> = told(kept).into_iter().map(|(_, words)| words).collect();
            (told.last().map(String::as_str) == Some(last)).then_some(told)
        })
    }

    /// Waits for an alert; as it was raised last.
    pub fn raised(&self, condition: &str) -> Alert {
        self.until(condition, |kept| {
            kept.notes.iter().rev().find_map(|note| match &note.body {
                NoteBody::AlertRaised { alert } if alert.condition == condition => Some(alert.clone()),
                _ => None,
            })
        })
    }

    /// Waits until an alert has ended that was raised before.
    pub fn ended(&self, condition: &str) {
        self.until(condition, |kept| {
            let is =
                |words: &str| told(kept).iter().rposition(|(_, it)| it.starts_with(&format!("{words} {condition}")));
            (is("ended") > is("raised")).then_some(())
        });
    }
}
