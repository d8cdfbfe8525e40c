//! Alerts, as a system's agent tells them: a *condition* of its profile holds, of a *subject* where the condition looks at
//! several things. What people change about conditions at the server comes back as [`AlertRule`]s.

use serde::{Deserialize, Deserializer, Serialize};

/// Most conditions of one profile.
pub const MOST_CONDITIONS: usize = 100;
/// Most alerts of one system that go on at once; an agent tells no more. All their keys fit into one message.
pub const MOST_ONGOING: usize = 200;
/// Longest key of a condition, characters.
pub const LONGEST_KEY: usize = 64;
/// Longest subject, summary or title, characters.
pub const LONGEST_WORDS: usize = 200;

/// What an alert is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlertType {
    /// A configuration that does not load, a clock that drifts.
    Configuration,
    /// A trunk of a telephony server.
    Trunk,
    /// The way to somewhere else.
    Link,
    /// Something that the system does, and what that needs.
    #[default]
    Service,
    /// Loss, delay and jitter.
    QualityOfService,
    /// Failed sign-ins, certificates.
    Security,
}

impl AlertType {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 6] =
        [Self::Configuration, Self::Trunk, Self::Link, Self::Service, Self::QualityOfService, Self::Security];

    /// The code in manifests, in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Trunk => "trunk",
            Self::Link => "link",
            Self::Service => "service",
            Self::QualityOfService => "quality_of_service",
            Self::Security => "security",
        }
    }

    /// Of that code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == code)
    }
}

/// How bad it is, the worst last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AlertSeverity))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// To be known.
    Information,
    /// It may become a problem.
    #[default]
    Warning,
    /// A problem that disturbs few.
    Minor,
    /// A problem that disturbs many.
    Major,
    /// Nothing works.
    Critical,
}

impl Severity {
    /// All of them, the worst last.
    pub const ALL: [Self; 5] = [Self::Information, Self::Warning, Self::Minor, Self::Major, Self::Critical];

    /// The code in manifests, in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }

    /// Of that code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == code)
    }

    /// 1 (information) to 5 (critical): what it is ordered by.
    pub const fn rank(self) -> i16 {
        self as i16 + 1
    }

    /// Of that rank; what is none is a warning.
    pub fn from_rank(rank: i16) -> Self {
        Self::ALL.into_iter().find(|it| it.rank() == rank).unwrap_or_default()
    }
}

/// A condition that holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alert {
    /// The condition's key in the profile.
    pub condition: String,
    /// What it holds of; empty: of the system.
    pub subject: String,
    /// How it is looked at: `unit`, `disk`, …; clients have words for those they know.
    pub kind: String,
    /// The condition's name, as its profile says.
    pub title: String,
    /// What it is about.
    #[serde(rename = "type", deserialize_with = "known_type")]
    pub alert_type: AlertType,
    /// How bad it is.
    #[serde(deserialize_with = "known_severity")]
    pub severity: Severity,
    /// What was found, for people.
    pub summary: String,
    /// What was measured, in the unit of the kind.
    pub value: Option<f64>,
    /// What it is compared with.
    pub bound: Option<f64>,
    /// The key of a condition of the same profile from which this one follows: while that one holds, nobody is notified
    /// of this one.
    pub parent: Option<String>,
}

/// Which alert.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertKey {
    /// The condition's key in the profile.
    pub condition: String,
    /// What it holds of; empty: of the system.
    pub subject: String,
}

/// A condition of a profile, as the system tells what it looks at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AlertCondition))]
#[serde(default)]
pub struct Condition {
    /// Its key.
    pub key: String,
    /// How it is looked at: `unit`, `disk`, ….
    pub kind: String,
    /// Its name, as the profile says; empty: it is named by its kind and target.
    pub title: String,
    /// What is looked at: a service's name, a file system, an address.
    pub target: String,
    /// What it is about.
    #[serde(rename = "type", deserialize_with = "known_type")]
    pub alert_type: AlertType,
    /// How bad it is.
    #[serde(deserialize_with = "known_severity")]
    pub severity: Severity,
    /// What is compared with, in the unit of the kind; null: the kind compares with nothing.
    pub bound: Option<f64>,
    /// For how many seconds it must hold before it is an alert.
    pub hold: u32,
}

/// What people changed about a condition, for one customer's systems.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct AlertRule {
    /// The condition's key.
    pub condition: String,
    /// It raises nothing.
    pub off: bool,
    /// How bad it is; null: as the profile says.
    pub severity: Option<Severity>,
    /// What is compared with, in the unit of the kind; null: as the profile says.
    pub bound: Option<f64>,
    /// For how many seconds it must hold, at most a day; null: as the profile says.
    pub hold: Option<u32>,
}

// Those of a later version are taken for the ordinary ones.
fn known_type<'de, D: Deserializer<'de>>(from: D) -> Result<AlertType, D::Error> {
    Ok(AlertType::from_code(&String::deserialize(from)?).unwrap_or_default())
}

fn known_severity<'de, D: Deserializer<'de>>(from: D) -> Result<Severity, D::Error> {
    Ok(Severity::from_code(&String::deserialize(from)?).unwrap_or_default())
}

/// Bounds a text, in characters, and takes out what is no text.
pub(super) fn cut(text: &mut String, most: usize) {
    let kept = text.chars().filter(|it| !it.is_control()).take(most);
    kept.collect::<String>().trim().clone_into(text);
}

fn finite(number: &mut Option<f64>) {
    *number = number.filter(|it| it.is_finite());
}

impl AlertKey {
    /// Bounds every text.
    pub fn clean(&mut self) {
        cut(&mut self.condition, LONGEST_KEY);
        cut(&mut self.subject, LONGEST_WORDS);
    }
}

impl Alert {
    /// Bounds every text. What an agent says is shown to people.
    pub fn clean(&mut self) {
        for text in [&mut self.condition, &mut self.kind] {
            cut(text, LONGEST_KEY);
        }
        for text in [&mut self.subject, &mut self.title, &mut self.summary] {
            cut(text, LONGEST_WORDS);
        }
        if let Some(parent) = &mut self.parent {
            cut(parent, LONGEST_KEY);
        }
        finite(&mut self.value);
        finite(&mut self.bound);
    }

    /// Which alert it is.
    pub fn key(&self) -> AlertKey {
        AlertKey { condition: self.condition.clone(), subject: self.subject.clone() }
    }
}

impl Condition {
    /// Bounds every text.
    pub fn clean(&mut self) {
        for text in [&mut self.key, &mut self.kind] {
            cut(text, LONGEST_KEY);
        }
        for text in [&mut self.title, &mut self.target] {
            cut(text, LONGEST_WORDS);
        }
        finite(&mut self.bound);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_what_is_written() {
        for it in AlertType::ALL {
            assert_eq!(serde_json::to_value(it).unwrap(), it.as_str());
            assert_eq!(AlertType::from_code(it.as_str()), Some(it));
        }
        for it in Severity::ALL {
            assert_eq!(serde_json::to_value(it).unwrap(), it.as_str());
            assert_eq!((Severity::from_code(it.as_str()), Severity::from_rank(it.rank())), (Some(it), it));
        }
        assert!(Severity::Critical > Severity::Information);
    }

    #[test]
    fn what_a_later_version_says_is_understood_as_far_as_it_can_be() {
        let said = r#"{"condition":"x","type":"weather","severity":"apocalyptic","new":1}"#;
        let alert: Alert = serde_json::from_str(said).unwrap();
        assert_eq!((alert.alert_type, alert.severity), (AlertType::Service, Severity::Warning));
    }

    #[test]
    fn words_are_bounded() {
        let mut alert = Alert {
            condition: "k".repeat(1000),
            subject: format!("a\u{1b}[31m{}", "é".repeat(1000)),
            value: Some(f64::NAN),
            ..Alert::default()
        };
        alert.clean();
        assert_eq!((alert.condition.len(), alert.subject.chars().count()), (LONGEST_KEY, LONGEST_WORDS));
        assert!(!alert.subject.contains('\u{1b}'));
        assert_eq!(alert.value, None);
    }
}
