//! Reading the conditions of a manifest.

use std::{collections::BTreeMap, time::Duration};

use regex_lite::Regex;
use vigie_wire::link::alert::{AlertType, LONGEST_KEY, MOST_CONDITIONS, Severity};

use super::{
    CertificateAt, Condition, Look, Platform,
    keys::{Keys, MOST, Text},
    parse::{is_absolute, path, people},
};
use crate::toml_fault::Faults;

const _: () = assert!(MOST == MOST_CONDITIONS, "as many tables of a kind as conditions");
/// Most often, and least often, that something is looked at; also the longest times of other keys.
const SHORTEST: Duration = Duration::from_secs(5);
const DAY: Duration = Duration::from_hours(24);
/// Longest that a program may be given.
const LONGEST_TIMEOUT: Duration = Duration::from_mins(5);
const KINDS: &str = "unit, disk, memory, certificate, log, tcp, ping, command, items or clock is needed";

/// What holds for a kind unless the manifest says otherwise.
struct Usual {
    about: AlertType,
    severity: Severity,
    /// Seconds.
    hold: u64,
    every: u64,
}

const fn usual(look: &Look) -> Usual {
    use AlertType::{Configuration, Link, QualityOfService, Security, Service};
    use Severity::{Major, Minor, Warning};
    let (about, severity, hold, every) = match look {
        Look::Unit { .. } => (Service, Major, 15, 15),
        Look::Memory { .. } => (Service, Major, 300, 30),
        Look::Certificate { .. } => (Security, Major, 0, 6 * 3600),
        Look::Log { .. } => (Security, Warning, 0, 60),
        Look::Tcp { .. } => (Link, Major, 30, 30),
        Look::Ping { .. } => (QualityOfService, Minor, 60, 60),
        Look::Disk { .. } | Look::Command { .. } | Look::Items { .. } => (Service, Major, 0, 60),
        Look::Clock { .. } => (Configuration, Warning, 60, 60),
    };
    Usual { about, severity, hold, every }
}

/// A condition as far as it was read, with where its key and its parent stand.
struct Read {
    condition: Condition,
    key_at: (usize, String),
    parent_at: Option<(usize, String)>,
}

/// Reads them all.
pub(super) fn conditions(tables: Vec<Keys<'_, '_>>, on: Option<Platform>, faults: &mut Faults<'_>) -> Vec<Condition> {
    let read: Vec<Read> = tables.into_iter().filter_map(|keys| condition(keys, on, faults)).collect();
    let mut parents: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for it in &read {
        let condition = &it.condition;
        if parents.insert(&condition.key, condition.parent.as_deref()).is_some() {
            faults.add(it.key_at.0, it.key_at.1.clone(), "another condition has this key already");
        }
    }
    for it in &read {
        let Some(((offset, path), parent)) = it.parent_at.as_ref().zip(it.condition.parent.as_deref()) else {
            continue;
        };
        if !parents.contains_key(parent) {
            faults.add(*offset, path.clone(), "there is no condition with this key");
            continue;
        }
        // As many steps as there are conditions lead to the end, or round and round.
        let mut above = Some(parent);
        for _ in 0..parents.len() {
            above = above.and_then(|key| parents.get(key).copied().flatten());
        }
        if above.is_some() {
            faults.add(*offset, path.clone(), "this leads back to itself, or to what does");
        }
    }
    read.into_iter().map(|it| it.condition).collect()
}

fn condition(mut keys: Keys<'_, '_>, on: Option<Platform>, faults: &mut Faults<'_>) -> Option<Read> {
    let key = keys.needed("key", faults);
    let key_at = key.as_ref().map_or((keys.offset, keys.path("key")), |it| (it.offset, it.path.clone()));
    let key = key.and_then(|it| slug(&it, faults));
    let kind = keys.needed("kind", faults);
    let title = keys.text("title", faults).map(|it| people(&it, faults));
    let parent = keys.text("parent", faults);
    let parent_at = parent.as_ref().map(|it| (it.offset, it.path.clone()));
    let parent = parent.map(|it| slug(&it, faults));
    let about = keys.text("type", faults).map(|it| {
        let codes = AlertType::ALL.map(AlertType::as_str).join(", ");
        AlertType::from_code(it.words).or_else(|| it.wrong(&format!("one of {codes} is needed"), faults))
    });
    let severity = keys.text("severity", faults).map(|it| {
        let codes = Severity::ALL.map(Severity::as_str).join(", ");
        Severity::from_code(it.words).or_else(|| it.wrong(&format!("one of {codes} is needed"), faults))
    });
    let hold = keys.text("for", faults).map(|it| span(&it, Duration::ZERO, DAY, faults));
    let every = keys.text("every", faults).map(|it| span(&it, SHORTEST, DAY, faults));
    // Without its kind nobody knows what the other keys mean.
    let look = kind.and_then(|kind| {
        if on == Some(Platform::Windows) && ["disk", "memory", "ping"].contains(&kind.words) {
            return kind.wrong("this kind is not looked at on Windows", faults);
        }
        let look = match kind.words {
            "unit" => unit(&mut keys, faults),
            "disk" => disk(&mut keys, faults),
            "memory" => Some(Look::Memory { above: percent(&mut keys, "above", 95.0, faults) }),
            "certificate" => certificate(&mut keys, faults),
            "log" => log(&mut keys, on, faults),
            "tcp" => {
                let to = keys.needed("connect", faults).and_then(|it| host_and_port(&it, faults));
                to.map(|(host, port)| Look::Tcp { host, port })
            }
            "ping" => ping(&mut keys, faults),
            "command" => {
                let argv = program(&mut keys, faults);
                let plugin = keys.truth("plugin", faults).unwrap_or(true);
                let timeout = timeout(&mut keys, faults);
                argv.map(|argv| Look::Command { argv, plugin, timeout })
            }
            "items" => items(&mut keys, faults),
            "clock" => Some(Look::Clock { above: number(&mut keys, "above", 30.0, faults) }),
            _ => return kind.wrong(KINDS, faults),
        };
        keys.end(faults);
        look
    });
    let look = look?;
    let usual = usual(&look);
    // A key that is there and wrong has left a fault.
    let condition = Condition {
        key: key?,
        title: title.flatten().unwrap_or_default(),
        alert_type: about.flatten().unwrap_or(usual.about),
        severity: severity.flatten().unwrap_or(usual.severity),
        hold: hold.flatten().unwrap_or(Duration::from_secs(usual.hold)),
        every: every.flatten().unwrap_or(Duration::from_secs(usual.every)),
        parent: parent.flatten(),
        look,
    };
    Some(Read { condition, key_at, parent_at })
}

fn slug(it: &Text<'_>, faults: &mut Faults<'_>) -> Option<String> {
    let is_slug = (1..=LONGEST_KEY).contains(&it.words.len())
        && it.words.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !it.words.starts_with('-');
    it.checked(is_slug, "small letters, digits and hyphens are needed, at most 64", faults)
}

/// `30s`, `5m`, `2h`, `1d`.
fn span(it: &Text<'_>, least: Duration, most: Duration, faults: &mut Faults<'_>) -> Option<Duration> {
    let seconds = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)].into_iter().find_map(|(letter, unit)| {
        let count = it.words.strip_suffix(letter)?;
        count.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
        count.parse::<u64>().ok()?.checked_mul(unit)
    });
    let found = seconds.map(Duration::from_secs).filter(|it| (least..=most).contains(it));
    let (least, most) = (least.as_secs(), most.as_secs());
    found.or_else(|| {
        it.wrong(&format!("a time such as 30s, 5m, 2h or 1d is needed, from {least} to {most} seconds"), faults)
    })
}

fn number(keys: &mut Keys<'_, '_>, name: &'static str, usual: f64, faults: &mut Faults<'_>) -> f64 {
    keys.number(name, faults).map_or(usual, |it| it.0)
}

fn percent(keys: &mut Keys<'_, '_>, name: &'static str, usual: f64, faults: &mut Faults<'_>) -> f64 {
    percent_if_there(keys, name, faults).unwrap_or(usual)
}

fn percent_if_there(keys: &mut Keys<'_, '_>, name: &'static str, faults: &mut Faults<'_>) -> Option<f64> {
    let (number, offset) = keys.number(name, faults)?;
    if number >= 100.0 {
        faults.add(offset, keys.path(name), "percent are needed, less than 100: nothing is above that");
    }
    Some(number)
}

fn unit(keys: &mut Keys<'_, '_>, faults: &mut Faults<'_>) -> Option<Look> {
    let name = keys.needed("name", faults).and_then(|it| unit_name(&it, faults));
    let optional = keys.truth("optional", faults).unwrap_or(false);
    Some(Look::Unit { name: name?, optional })
}

/// The name goes to programs, and into paths.
fn unit_name(it: &Text<'_>, faults: &mut Faults<'_>) -> Option<String> {
    let is_name = (1..=200).contains(&it.words.len())
        && it.words.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '/' | '*' | '?' | '['))
        && !it.words.starts_with(['-', '.']);
    it.checked(is_name, "the name of a service is needed", faults)
}

fn disk(keys: &mut Keys<'_, '_>, faults: &mut Faults<'_>) -> Option<Look> {
    let at = keys
        .needed("path", faults)
        .and_then(|it| if it.words == "*" { Some(None) } else { path(&it, faults).map(Some) });
    let above = percent(keys, "above", 90.0, faults);
    let critical_above = percent_if_there(keys, "critical_above", faults);
    Some(Look::Disk { path: at?, above, critical_above })
}

fn certificate(keys: &mut Keys<'_, '_>, faults: &mut Faults<'_>) -> Option<Look> {
    let (has_file, has_server) = (keys.has("file"), keys.has("connect"));
    let file = keys.text("file", faults);
    let to = keys.text("connect", faults);
    let name = keys.text("server_name", faults);
    let days = number(keys, "days", 30.0, faults);
    let at = match (file, to) {
        (Some(_), Some(it)) => it.wrong("either file or connect is needed, not both", faults),
        (Some(it), None) => {
            if let Some(name) = name {
                let _: Option<()> = name.wrong("this belongs to connect", faults);
            }
            path(&it, faults).map(CertificateAt::File)
        }
        (None, Some(it)) => {
            let name = name.map(|it| {
                let is_name = rustls::pki_types::ServerName::try_from(it.words).is_ok();
                it.checked(is_name, "a host name or an address is needed", faults)
            });
            host_and_port(&it, faults).and_then(|(host, port)| {
                let name = name.unwrap_or_else(|| Some(host.clone()))?;
                Some(CertificateAt::Server { name, host, port })
            })
        }
        (None, None) => {
            if !has_file && !has_server {
                faults.add(keys.offset, keys.path("file"), "file or connect is needed");
            }
            None
        }
    };
    at.map(|at| Look::Certificate { at, days })
}

fn log(keys: &mut Keys<'_, '_>, on: Option<Platform>, faults: &mut Faults<'_>) -> Option<Look> {
    let (has_file, has_journal) = (keys.has("file"), keys.has("journal"));
    let file = keys.text("file", faults).and_then(|it| path(&it, faults));
    let journal = keys.text("journal", faults).and_then(|it| {
        if on == Some(Platform::Windows) {
            return it.wrong("there is no journal on Windows", faults);
        }
        unit_name(&it, faults)
    });
    if !has_file && !has_journal {
        faults.add(keys.offset, keys.path("file"), "file or journal is needed");
    }
    let pattern = keys.needed("pattern", faults).and_then(|it| regex(&it, faults));
    let above = number(keys, "above", 5.0, faults);
    let within = keys.text("within", faults).map(|it| span(&it, Duration::from_secs(10), DAY, faults));
    let within = within.unwrap_or(Some(Duration::from_mins(10)))?;
    (file.is_some() || journal.is_some()).then_some(())?;
    Some(Look::Log { file, journal, pattern: pattern?, above, within })
}

fn ping(keys: &mut Keys<'_, '_>, faults: &mut Faults<'_>) -> Option<Look> {
    let host = keys
        .needed("host", faults)
        .and_then(|it| it.checked(is_host(it.words), "a host name or an address is needed", faults));
    let loss_above = percent(keys, "loss_above", 5.0, faults);
    let jitter_above = keys.number("jitter_above", faults).map(|it| it.0);
    Some(Look::Ping { host: host?, loss_above, jitter_above })
}

fn items(keys: &mut Keys<'_, '_>, faults: &mut Faults<'_>) -> Option<Look> {
    let argv = program(keys, faults);
    let pattern = keys.needed("pattern", faults).and_then(|it| {
        let pattern = regex(&it, faults)?;
        let names: Vec<_> = pattern.capture_names().flatten().collect();
        if ["subject", "state"].iter().all(|name| names.contains(name)) {
            return Some(pattern);
        }
        it.wrong("two named groups are needed: (?<subject>…) and (?<state>…)", faults)
    });
    let bad = keys.needed("bad", faults).and_then(|it| regex(&it, faults));
    let optional = keys.truth("optional", faults).unwrap_or(false);
    let timeout = timeout(keys, faults);
    Some(Look::Items { argv: argv?, pattern: pattern?, bad: bad?, optional, timeout })
}

fn program(keys: &mut Keys<'_, '_>, faults: &mut Faults<'_>) -> Option<Vec<String>> {
    if !keys.has("command") {
        faults.add(keys.offset, keys.path("command"), "this key is missing");
    }
    let argv = keys.texts("command", faults)?;
    if argv.first().is_some_and(|program| is_absolute(program)) {
        return Some(argv);
    }
    let offset = keys.place("command");
    faults.add(offset, keys.path("command"), "a program with its path from the top is needed");
    None
}

fn timeout(keys: &mut Keys<'_, '_>, faults: &mut Faults<'_>) -> Duration {
    let given = keys.text("timeout", faults);
    given.and_then(|it| span(&it, Duration::from_secs(1), LONGEST_TIMEOUT, faults)).unwrap_or(Duration::from_secs(20))
}

fn regex(it: &Text<'_>, faults: &mut Faults<'_>) -> Option<Regex> {
    Regex::new(it.words).map_err(|error| it.wrong::<()>(&format!("not a regular expression: {error}"), faults)).ok()
}

/// `host:port`; an IPv6 address stands in brackets.
fn host_and_port(it: &Text<'_>, faults: &mut Faults<'_>) -> Option<(String, u16)> {
    let found = it.words.rsplit_once(':').and_then(|(host, port)| {
        let port = port.parse::<u16>().ok().filter(|port| *port > 0)?;
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match inner {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok().then_some(inner)?,
            None => (is_host(host) && !host.contains(':')).then_some(host)?,
        };
        Some((host.to_owned(), port))
    });
    found.or_else(|| it.wrong("a host and a port are needed: sip.example.org:5061", faults))
}

fn is_host(text: &str) -> bool {
    rustls::pki_types::ServerName::try_from(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::parse;

    fn read(tables: &str) -> Result<Vec<Condition>, Vec<String>> {
        let text = format!("name=\"a\"\ntitle=\"A\"\nplatform=\"linux\"\n{tables}");
        let told = |faults: Vec<crate::toml_fault::Fault>| faults.iter().map(ToString::to_string).collect();
        parse(&text).map(|profile| profile.conditions.to_vec()).map_err(told)
    }

    fn told(keys: &str) -> Vec<String> {
        read(&format!("[[condition]]\nkey=\"k\"\n{keys}\n")).unwrap_err()
    }

    #[test]
    fn every_kind_is_understood() {
        let conditions = read(
            r#"
[[condition]]
key = "sip"
kind = "unit"
name = "kamailio.service"
[[condition]]
key = "disks"
kind = "disk"
path = "*"
critical_above = 97
[[condition]]
key = "memory"
kind = "memory"
for = "2m"
severity = "critical"
[[condition]]
key = "tls"
kind = "certificate"
connect = "[2001:db8::1]:5061"
server_name = "sip.example.org"
[[condition]]
key = "file"
kind = "certificate"
file = "/etc/kamailio/tls.pem"
days = 14
[[condition]]
key = "sign-ins"
kind = "log"
file = "/var/log/auth.log"
journal = "ssh.service"
pattern = 'Failed password'
above = 3
within = "5m"
[[condition]]
key = "port"
kind = "tcp"
connect = "127.0.0.1:5060"
parent = "sip"
every = "10s"
[[condition]]
key = "way"
kind = "ping"
host = "192.0.2.1"
loss_above = 2.5
jitter_above = 20
[[condition]]
key = "plugin"
kind = "command"
command = ["/usr/lib/nagios/plugins/check_load", "-w", "5"]
timeout = "1m"
type = "configuration"
[[condition]]
key = "trunks"
kind = "items"
command = ["/usr/sbin/kamcmd", "dispatcher.list"]
pattern = 'URI: (?<subject>\S+)\s+FLAGS: (?<state>\w+)'
bad = '^I'
type = "trunk"
title = "Trunks"
parent = "port"
[[condition]]
key = "clock"
kind = "clock"
"#,
        )
        .unwrap();
        let told: Vec<_> = conditions.iter().map(Condition::told).collect();
        let kinds: Vec<_> = told.iter().map(|it| it.kind.as_str()).collect();
        let all =
            ["unit", "disk", "memory", "certificate", "certificate", "log", "tcp", "ping", "command", "items", "clock"];
        assert_eq!(kinds, all);
        assert_eq!((told[1].bound, told[1].target.as_str()), (Some(90.0), "*"));
        assert_eq!((told[2].severity, told[2].hold), (Severity::Critical, 120));
        assert_eq!(told[3].target, "2001:db8::1:5061");
        assert_eq!((told[5].bound, told[5].alert_type), (Some(3.0), AlertType::Security));
        assert_eq!(conditions[6].parent.as_deref(), Some("sip"));
        assert_eq!(conditions[6].every, Duration::from_secs(10));
        assert_eq!((told[9].title.as_str(), told[9].alert_type), ("Trunks", AlertType::Trunk));
        let printed: Vec<_> = conditions.iter().map(ToString::to_string).collect();
        assert!(printed[1].contains("above 90 %, critical above 97 %; major, service"), "{printed:?}");
        assert!(printed[5].contains("more than 3 within 5m"), "{printed:?}");
        assert!(printed[6].ends_with("looked at every 10s, follows from sip"), "{printed:?}");
    }

    #[test]
    fn every_error_has_its_place_and_all_are_told_at_once() {
        let words = told("kind=\"disk\"\nabove=120\nfor=\"soon\"\nseverity=\"bad\"\nwhat=1");
        let starts = [
            "line 4, column 1, key condition.path: this key is missing",
            "line 7, column 7, key condition.above: percent",
            "line 8, column 5, key condition.for: a time such as 30s",
            "line 9, column 10, key condition.severity: one of information, warning",
            "line 10, column 1, key condition.what: there is no such key",
        ];
        assert_eq!(words.len(), starts.len(), "{words:?}");
        for (word, start) in words.iter().zip(starts) {
            assert!(word.starts_with(start), "{word}");
        }
        for (keys, expected) in [
            ("kind=\"weather\"", "unit, disk, memory"),
            ("", "key condition.kind: this key is missing"),
            ("kind=\"memory\"\nevery=\"1s\"", "from 5 to 86400 seconds"),
            ("kind=\"memory\"\nabove=\"90\"", "a number is needed, this is a string"),
            ("kind=\"memory\"\nabove=-1", "from 0"),
            ("kind=\"memory\"\ntype=\"x\"", "configuration, trunk"),
            ("kind=\"unit\"\nname=\"../x\"", "the name of a service"),
            ("kind=\"unit\"\nname=\"--help\"", "the name of a service"),
            ("kind=\"tcp\"\nconnect=\"host\"", "a host and a port"),
            ("kind=\"tcp\"\nconnect=\"::1:80\"", "a host and a port"),
            ("kind=\"ping\"\nhost=\"-f\"", "a host name or an address"),
            ("kind=\"certificate\"", "file or connect is needed"),
            ("kind=\"certificate\"\nfile=\"/a\"\nconnect=\"b:1\"", "not both"),
            ("kind=\"certificate\"\nfile=\"/a\"\nserver_name=\"b\"", "belongs to connect"),
            ("kind=\"log\"\npattern=\"x\"", "file or journal is needed"),
            ("kind=\"log\"\nfile=\"/a\"\npattern=\"(\"", "not a regular expression"),
            ("kind=\"command\"\ncommand=[\"sh\"]", "with its path from the top"),
            ("kind=\"command\"", "key condition.command: this key is missing"),
            ("kind=\"items\"\ncommand=[\"/a\"]\npattern=\"x\"\nbad=\"y\"", "two named groups"),
        ] {
            let words = told(keys);
            assert!(words.len() == 1 && words[0].contains(expected), "{keys}: {words:?}");
        }
    }

    #[test]
    fn keys_are_unique_and_parents_lead_upwards() {
        let memory = |key: &str, parent: &str| {
            let parent = if parent.is_empty() { String::new() } else { format!("parent=\"{parent}\"\n") };
            format!("[[condition]]\nkey=\"{key}\"\nkind=\"memory\"\n{parent}")
        };
        let both = memory("a", "") + &memory("a", "");
        assert!(read(&both).unwrap_err()[0].starts_with("line 8, column 5, key condition.key: another condition"));
        let unknown = read(&memory("a", "b")).unwrap_err();
        assert!(unknown[0].contains("key condition.parent: there is no condition"), "{unknown:?}");
        let round = memory("a", "b") + &memory("b", "a") + &memory("c", "a");
        assert_eq!(read(&round).unwrap_err().len(), 3);
        assert!(read(&memory("a", "a")).is_err());
        assert!(read(&(memory("a", "b") + &memory("b", "c") + &memory("c", ""))).is_ok());
    }

    #[test]
    fn what_cannot_be_looked_at_on_windows_is_said() {
        let text = "name=\"a\"\ntitle=\"A\"\nplatform=\"windows\"\n[[condition]]\nkey=\"k\"\nkind=\"memory\"\n";
        assert!(parse(text).unwrap_err()[0].words.contains("not looked at on Windows"));
    }
}
