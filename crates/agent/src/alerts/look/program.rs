//! What programs say: by the conventions of monitoring plugins, or of several things at once.

use std::{collections::BTreeMap, time::Duration};

use regex_lite::Regex;

use super::Means;
use crate::{
    alerts::state::{Finding, Is, Seen},
    program::LONGEST,
};

/// Monitoring Plugins Development Guidelines, "Plugin Return Codes": 0 OK, 1 warning, 2 critical, 3 unknown. Of what is no
/// plugin, every code but 0 is bad, and its errors say why.
pub(super) async fn command(argv: &[String], is_plugin: bool, timeout: Duration, means: &Means) -> Seen {
    let said = match means.run(argv, LONGEST, timeout).await {
        Ok(said) => said,
        Err(words) => return Seen::untold(words),
    };
    if !is_plugin {
        return match said.code {
            Some(0) => Seen::one(Is::Fine, said.first_line()),
            Some(_) => Seen::one(Is::Bad, said.complaint()),
            None => Seen::untold(said.how()),
        };
    }
    // What follows the bar is for machines.
    let line = said.first_line();
    let line = line.split('|').next().unwrap_or_default().trim().to_owned();
    let line = if line.is_empty() { said.how() } else { line };
    match said.code {
        Some(0) => Seen::one(Is::Fine, line),
        Some(1) => Seen::one(Is::Poor, line),
        Some(2) => Seen::one(Is::Bad, line),
        _ => Seen::untold(said.how()),
    }
}

/// Each thing that the pattern finds, by its subject; of one that is found more than once, the worst.
pub(super) async fn items(argv: &[String], pattern: &Regex, bad: &Regex, timeout: Duration, means: &Means) -> Seen {
    match means.run(argv, LONGEST, timeout).await {
        Ok(said) if said.code == Some(0) => read(&said.text(), pattern, bad),
        Ok(said) => Seen::untold(said.how()),
        Err(words) => Seen::untold(words),
    }
}

fn read(text: &str, pattern: &Regex, bad: &Regex) -> Seen {
    let mut found: BTreeMap<String, Finding> = BTreeMap::new();
    for item in pattern.captures_iter(text) {
        let Some((subject, state)) = item.name("subject").zip(item.name("state")) else { continue };
        let subject: String = subject.as_str().trim().to_owned();
        let is = if bad.is_match(state.as_str()) { Is::Bad } else { Is::Fine };
        let finding = Finding { subject: subject.clone(), is, summary: state.as_str().trim().to_owned() };
        if is == Is::Bad || !found.contains_key(&subject) {
            found.insert(subject, finding);
        }
    }
    Seen::all(found.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    async fn says(script: &str) -> (Is, String) {
        let argv = ["/bin/sh", "-c", script].map(str::to_owned);
        let seen = command(&argv, true, Duration::from_secs(10), &Means::default()).await;
        (seen.findings[0].is, seen.findings[0].summary.clone())
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn plugins_are_understood() {
        assert_eq!(says("echo 'OK - all well|a=1'").await, (Is::Fine, "OK - all well".to_owned()));
        assert_eq!(says("echo WARN; exit 1").await, (Is::Poor, "WARN".to_owned()));
        assert_eq!(says("echo BAD; echo more; exit 2").await, (Is::Bad, "BAD".to_owned()));
        let unknown = says("echo 'no such disk' >&2; exit 3").await;
        assert_eq!(unknown, (Is::Poor, "could not be told: exit code 3: no such disk".to_owned()));
        assert_eq!(says("kill -9 $$").await.0, Is::Poor);
        let nowhere = command(&["/nowhere/check".to_owned()], true, Duration::from_secs(1), &Means::default()).await;
        assert!(nowhere.findings[0].summary.starts_with("could not be told: /nowhere/check"));
        let argv = ["/bin/sh", "-c", "echo checking; echo line 3 is wrong >&2; exit 255"].map(str::to_owned);
        let seen = command(&argv, false, Duration::from_secs(10), &Means::default()).await;
        assert_eq!(seen, Seen::one(Is::Bad, "line 3 is wrong"));
    }

    #[tokio::test]
    async fn items_are_found_each_by_its_subject() {
        let text = "URI: sip:a\nFLAGS: AP\nURI: sip:b\nFLAGS: IP\nURI: sip:b\nFLAGS: AP\n";
        let pattern = Regex::new(r"URI: (?<subject>\S+)\s+FLAGS: (?<state>\S+)").unwrap();
        let bad = Regex::new("^I").unwrap();
        let seen = read(text, &pattern, &bad);
        let found: Vec<_> = seen.findings.iter().map(|it| (it.subject.as_str(), it.is, it.summary.as_str())).collect();
        assert_eq!(found, [("sip:a", Is::Fine, "AP"), ("sip:b", Is::Bad, "IP")]);
        assert!(seen.is_whole);
        let argv = ["/bin/false".to_owned()];
        let seen = items(&argv, &pattern, &bad, Duration::from_secs(5), &Means::default()).await;
        assert!(!seen.is_whole && seen.findings[0].subject.is_empty() && seen.findings[0].is == Is::Poor);
    }
}
