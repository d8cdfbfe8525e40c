//! What the owner of the system lets the server do: a TOML file of switches, all off until the owner says
//! otherwise. A file with an error changes nothing: what was last in force stays.

use toml::de::{DeTable, DeValue};
use vigie_wire::link::message::Switches;

use crate::toml_fault::{Fault, Faults};

/// The file in the system's folder.
pub const FILE: &str = "switches.toml";

/// A switch: its name, what it allows, and where it is.
type Switch = (&'static str, &'static str, fn(&mut Switches) -> &mut bool);

const ALL: [Switch; 7] = [
    ("central-management", "the server may manage this system", |it| &mut it.central_management),
    ("central-logs", "logs are sent to the server", |it| &mut it.central_logs),
    ("remote-upgrade", "the server may back this system up and upgrade it", |it| &mut it.remote_upgrade),
    ("remote-access", "the server may open connections to this system", |it| &mut it.remote_access),
    ("co-located-servers", "the same to servers beside it, with remote-access", |it| &mut it.co_located_servers),
    ("automatic-certificates", "the server issues and renews the certificates that the profile names", |it| {
        &mut it.automatic_certificates
    }),
    (DEVICES, "the same for devices; only with automatic-certificates", |it| &mut it.device_certificates),
];

/// Possible only with another.
const DEVICES: &str = "device-certificates";

const HEAD: &str = "# What the server may do on this system. All of it is off until it is switched on here, or with\n\
                    # `vigie-agent system set NAME=on`. Changes count at once.\n\n";

/// The names of the switches with whether they are on.
pub fn listed(mut switches: Switches) -> Vec<(&'static str, bool)> {
    ALL.iter().map(|(name, _, of)| (*name, *of(&mut switches))).collect()
}

/// Reads the file; an empty one is all off.
pub fn parse(text: &str) -> Result<Switches, Vec<Fault>> {
    let mut faults = Faults::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    faults.add_syntax(&errors);
    let mut switches = Switches::default();
    if errors.is_empty() {
        for (key, value) in table.get_ref() {
            let name = key.get_ref().as_ref();
            match (ALL.iter().find(|(known, ..)| *known == name), value.get_ref()) {
                (Some((_, _, of)), DeValue::Boolean(on)) => *of(&mut switches) = *on,
                (Some(_), other) => faults.add(
                    value.span().start,
                    name,
                    format!("a {} where true or false is needed", other.type_str()),
                ),
                (None, _) => {
                    faults.add(key.span().start, name, format!("there is no such switch; there are {}", names()));
                }
            }
        }
    }
    if switches.device_certificates && !switches.automatic_certificates {
        let at = table.get_ref().iter().find(|(key, _)| key.get_ref() == DEVICES);
        let at = at.map_or(0, |(key, _)| key.span().start);
        faults.add(at, DEVICES, "this is possible only with automatic-certificates");
    }
    let faults = faults.into_inner();
    if faults.is_empty() { Ok(switches) } else { Err(faults) }
}

fn names() -> String {
    ALL.map(|(name, ..)| name).join(", ")
}

/// A switch that is to be set, as on the command line: `remote-access=on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    name: &'static str,
    on: bool,
}

impl std::str::FromStr for Setting {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, state) = text.split_once('=').ok_or("NAME=on or NAME=off is needed")?;
        let (name, ..) = ALL
            .iter()
            .find(|(known, ..)| *known == name)
            .ok_or_else(|| format!("no such switch; there are {}", names()))?;
        match state {
            "on" => Ok(Self { name, on: true }),
            "off" => Ok(Self { name, on: false }),
            other => Err(format!("{other} is neither on nor off")),
        }
    }
}

/// The file with these settings; what else is in it stays, with its comments. Refused: the file has errors.
pub fn with(text: Option<&str>, settings: &[Setting]) -> Result<String, Vec<Fault>> {
    let mut text = text.map_or_else(template, str::to_owned);
    parse(&text)?;
    for setting in settings {
        text = with_one(&text, *setting);
    }
    parse(&text)?;
    Ok(text)
}

fn template() -> String {
    let lines = ALL.map(|(name, meaning, _)| format!("# {meaning}\n{name} = false\n"));
    format!("{HEAD}{}", lines.join("\n"))
}

/// In a table of booleans each setting is a line: `name = true # why`.
fn with_one(text: &str, Setting { name, on }: Setting) -> String {
    let mut found = false;
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let key = line.split('=').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        if key == name {
            found = true;
            let comment = line.split_once('#').map(|(_, words)| format!(" #{words}")).unwrap_or_default();
            lines.push(format!("{name} = {on}{comment}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    if !found {
        lines.push(format!("{name} = {on}"));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_off_until_set_and_comments_stay() {
        assert_eq!(parse("").unwrap(), Switches::default());
        let first = with(None, &["remote-access=on".parse().unwrap()]).unwrap();
        assert_eq!(parse(&first).unwrap(), Switches { remote_access: true, ..Switches::default() });
        let edited = first.replace("remote-access = true", "\"remote-access\"   =true # for the winter");
        let settings = ["remote-access=off".parse().unwrap(), "central-logs=on".parse().unwrap()];
        let second = with(Some(&edited), &settings).unwrap();
        assert_eq!(parse(&second).unwrap(), Switches { central_logs: true, ..Switches::default() });
        assert!(second.contains("remote-access = false # for the winter"), "{second}");
        assert!(second.starts_with(HEAD));
        let short = with(Some("# mine\n"), &["central-management=on".parse().unwrap()]).unwrap();
        assert_eq!(short, "# mine\ncentral-management = true\n");
    }

    #[test]
    fn an_error_is_told_with_line_and_key() {
        let told = |text: &str| parse(text).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>();
        let words = told("remote-access = true\nremote-acces = true\ncentral-logs = \"on\"\n");
        assert!(words[0].starts_with("line 2, column 1, key remote-acces: there is no such switch"), "{words:?}");
        assert!(words[1].starts_with("line 3, column 16, key central-logs: a string where"), "{words:?}");
        let words = told("central-logs = true\nremote-access = yes\n");
        assert!(words[0].starts_with("line 2,") && words[0].contains("key remote-access"), "{words:?}");
        assert!(
            with(Some("x = 1"), &["remote-access=on".parse().unwrap()]).is_err(),
            "a broken file is not overwritten"
        );
    }

    #[test]
    fn certificates_for_devices_go_with_the_systems_own_only() {
        let words = parse("\ndevice-certificates = true\n").unwrap_err()[0].to_string();
        assert!(words.starts_with("line 2, column 1, key device-certificates: this is possible only"), "{words}");
        let setting = |text: &str| text.parse::<Setting>().unwrap();
        let (own, devices) = (setting("automatic-certificates=on"), setting("device-certificates=on"));
        assert!(with(None, &[devices]).is_err());
        let both = with(None, &[devices, own]).unwrap();
        assert!(with(Some(&both), &[setting("automatic-certificates=off")]).is_err(), "the second would stand alone");
        let off = [setting("automatic-certificates=off"), setting("device-certificates=off")];
        assert_eq!(parse(&with(Some(&both), &off).unwrap()).unwrap(), Switches::default());
    }

    #[test]
    fn settings_that_are_none_are_refused() {
        for wrong in ["remote-access", "remote-access=maybe", "door=on", "=on"] {
            assert!(wrong.parse::<Setting>().is_err(), "{wrong}");
        }
    }
}
