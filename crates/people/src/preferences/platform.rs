//! The preferences about the server itself: its log, its backups, links to what it runs on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ChangeError, set};
use crate::text;

/// Most links to dashboards.
const MOST_LINKS: usize = 20;
/// Longest address of a link, bytes.
const LONGEST_URL: usize = 2000;

/// How much the server's log tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What went wrong.
    Error,
    /// What happens.
    #[default]
    Information,
    /// What the server does to get there; costs speed.
    Debug,
}

/// Backups that the server makes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct AutomaticBackups {
    /// Days from one to the next; 0: none are made.
    #[schema(maximum = 365)]
    pub every_days: u32,
    /// How many of them are kept.
    #[schema(minimum = 1, maximum = 100)]
    pub keep: u32,
}

impl Default for AutomaticBackups {
    fn default() -> Self {
        Self { every_days: 0, keep: 7 }
    }
}

/// Changes of [`AutomaticBackups`]; absent members stay.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AutomaticBackupsChanges {
    /// See [`AutomaticBackups`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 365)]
    pub every_days: Option<u32>,
    /// See [`AutomaticBackups`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub keep: Option<u32>,
}

/// A link to a dashboard of what the server runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DashboardLink {
    /// What it is called, 1 to 60 characters.
    #[schema(min_length = 1, max_length = 60)]
    pub name: String,
    /// Where it leads: `https://…` or `http://…`.
    #[schema(min_length = 8, max_length = 2000)]
    pub url: String,
}

pub(super) fn apply_backups(place: &mut AutomaticBackups, changes: AutomaticBackupsChanges) -> Result<(), ChangeError> {
    if let Some(days) = changes.every_days {
        if days > 365 {
            let reason = "must be 0 to 365".to_owned();
            return Err(ChangeError::Value { field: "backups.every_days", reason });
        }
        place.every_days = days;
    }
    set("backups.keep", &mut place.keep, changes.keep, 1..=100)
}

pub(super) fn checked_links(links: Vec<DashboardLink>) -> Result<Vec<DashboardLink>, ChangeError> {
    let refused = |reason: String| ChangeError::Value { field: "dashboard_links", reason };
    if links.len() > MOST_LINKS {
        return Err(refused(format!("at most {MOST_LINKS} are kept")));
    }
    let checked = links.into_iter().map(|link| {
        let name = text::word(&link.name, 60).map_err(|error| refused(format!("name: {error}")))?;
        let url = link.url.trim();
        // A browser follows it: an address of another kind may be a script.
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let good = host.is_some_and(|it| !it.is_empty() && !it.starts_with(['/', '?', '#']))
            && url.len() <= LONGEST_URL
            && !url.contains(|it: char| it.is_whitespace() || it.is_control() || matches!(it, '"' | '<' | '>' | '\\'));
        if !good {
            return Err(refused(format!("{name}: must be an address that begins with https:// or http://")));
        }
        Ok(DashboardLink { name, url: url.to_owned() })
    });
    checked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_web_pages_only() {
        let link = |url: &str| checked_links(vec![DashboardLink { name: " Disk ".to_owned(), url: url.to_owned() }]);
        let kept = link(" https://grafana.example:3000/d/1?x=y#z ").unwrap();
        assert_eq!((kept[0].name.as_str(), kept[0].url.as_str()), ("Disk", "https://grafana.example:3000/d/1?x=y#z"));
        for url in [
            "",
            "https://",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://a b",
            "http://\"",
            "//host",
            "https:///x",
        ] {
            assert!(link(url).is_err(), "{url}");
        }
        let many = vec![DashboardLink { name: "x".to_owned(), url: "http://x".to_owned() }; MOST_LINKS + 1];
        assert!(checked_links(many).is_err());
    }

    #[test]
    fn automatic_backups_are_off_or_within_bounds() {
        let mut backups = AutomaticBackups::default();
        apply_backups(&mut backups, AutomaticBackupsChanges { every_days: Some(1), keep: Some(3) }).unwrap();
        assert_eq!((backups.every_days, backups.keep), (1, 3));
        for (every_days, keep) in [(Some(366), None), (None, Some(0)), (None, Some(101))] {
            assert!(apply_backups(&mut backups, AutomaticBackupsChanges { every_days, keep }).is_err());
        }
    }
}
