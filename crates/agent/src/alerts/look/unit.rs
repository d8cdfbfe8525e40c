//! Whether services run: units of systemd, init scripts where there is no systemd, services of Windows.

use std::time::Duration;

use super::Means;
use crate::{
    alerts::state::{Is, Seen},
    program::LONGEST,
};

/// How long whoever knows may take.
const PATIENCE: Duration = Duration::from_secs(20);

fn fine() -> Seen {
    Seen::one(Is::Fine, "runs")
}

/// Services by name; one that is optional is only missed where it is installed and starts by itself.
#[cfg(unix)]
pub(super) async fn look(wanted: &[(&str, bool)], means: &Means) -> Vec<Seen> {
    if !std::path::Path::new("/run/systemd/system").is_dir() {
        let mut all = Vec::new();
        for (name, optional) in wanted {
            all.push(scripts::look(name, *optional, means).await);
        }
        return all;
    }
    // Most run, and the kernel knows that without asking anybody.
    let mut all: Vec<Option<Seen>> = wanted.iter().map(|(name, _)| systemd::has_processes(name).then(fine)).collect();
    let unclear: Vec<_> = all.iter().zip(wanted).filter_map(|(seen, it)| seen.is_none().then_some(*it)).collect();
    let mut told = systemd::ask(&unclear, means).await.into_iter();
    for seen in &mut all {
        if seen.is_none() {
            *seen = told.next();
        }
    }
    all.into_iter().map(Option::unwrap_or_default).collect()
}

#[cfg(unix)]
mod systemd {
    use std::{collections::HashMap, fs};

    use super::{Is, LONGEST, Means, PATIENCE, Seen, fine};

    /// Whether a service of the system has processes: then it is not stopped. cgroups(7), version 2 and systemd's own of 1.
    pub(super) fn has_processes(name: &str) -> bool {
        let name = if name.contains('.') { name.to_owned() } else { format!("{name}.service") };
        let folder = format!("system.slice/{name}");
        fs::read_to_string(format!("/sys/fs/cgroup/{folder}/cgroup.events"))
            .is_ok_and(|text| text.lines().any(|line| line == "populated 1"))
            || fs::read_to_string(format!("/sys/fs/cgroup/systemd/{folder}/cgroup.procs"))
                .is_ok_and(|text| !text.trim().is_empty())
    }

    pub(super) async fn ask(wanted: &[(&str, bool)], means: &Means) -> Vec<Seen> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut argv = vec!["systemctl", "show", "--no-pager"];
        argv.extend(["--property=LoadState,ActiveState,SubState,UnitFileState", "--"]);
        argv.extend(wanted.iter().map(|(name, _)| *name));
        let said = match means.run(&argv, LONGEST, PATIENCE).await {
            Ok(said) if said.code == Some(0) => Ok(said.text()),
            Ok(said) => Err(format!("systemctl: {}", said.how())),
            Err(words) => Err(words),
        };
        match said {
            Ok(text) => read(&text, wanted),
            Err(words) => wanted.iter().map(|_| Seen::nothing(words.clone())).collect(),
        }
    }

    /// One block of lines for each unit, in their order.
    pub(super) fn read(text: &str, wanted: &[(&str, bool)]) -> Vec<Seen> {
        let blocks: Vec<HashMap<&str, &str>> = text
            .trim()
            .split("\n\n")
            .map(|block| block.lines().filter_map(|line| line.split_once('=')).collect())
            .collect();
        if blocks.len() != wanted.len() {
            let words = "systemctl does not say one thing for each unit";
            return wanted.iter().map(|_| Seen::nothing(words)).collect();
        }
        blocks.iter().zip(wanted).map(|(block, (_, optional))| seen(block, *optional)).collect()
    }

    fn seen(block: &HashMap<&str, &str>, optional: bool) -> Seen {
        let get = |name: &str| block.get(name).copied().unwrap_or_default();
        let (active, sub) = (get("ActiveState"), get("SubState"));
        let is_off = !["enabled", "enabled-runtime", "alias", "static", "generated"].contains(&get("UnitFileState"));
        match (get("LoadState"), active) {
            ("", _) => Seen::nothing("systemctl does not say how the unit is"),
            ("not-found", _) if optional => Seen::one(Is::Fine, "not installed"),
            ("not-found", _) => Seen::one(Is::Bad, "not installed"),
            (_, "active" | "activating" | "reloading" | "refreshing" | "maintenance") => fine(),
            (_, "inactive") if optional && is_off => Seen::one(Is::Fine, "not started by itself"),
            ("masked", _) => Seen::one(Is::Bad, "masked"),
            _ if sub.is_empty() || sub == active => Seen::one(Is::Bad, active),
            _ => Seen::one(Is::Bad, format!("{active} ({sub})")),
        }
    }
}

#[cfg(unix)]
mod scripts {
    use std::fs;

    use super::{Is, LONGEST, Means, PATIENCE, Seen, fine};

    /// Whether the process that the service wrote down is there: what its script would find out at length.
    fn has_process(name: &str) -> bool {
        [format!("{name}.pid"), format!("{name}d.pid"), format!("{name}/{name}.pid")].iter().any(|file| {
            let written = fs::read_to_string(format!("/run/{file}")).unwrap_or_default();
            let id = written.trim().parse::<u32>().ok();
            let process = id.and_then(|id| fs::read_to_string(format!("/proc/{id}/comm")).ok());
            // The number may be another one's by now.
            process.is_some_and(|process| process.starts_with(name))
        })
    }

    /// Linux Standard Base, Core, "Init Script Actions": what the exit codes of `status` mean.
    pub(super) async fn look(name: &str, optional: bool, means: &Means) -> Seen {
        let name = name.strip_suffix(".service").unwrap_or(name);
        let script = format!("/etc/init.d/{name}");
        if has_process(name) {
            return fine();
        }
        if !std::path::Path::new(&script).is_file() {
            return Seen::one(if optional { Is::Fine } else { Is::Bad }, "not installed");
        }
        match means.run(&[script.as_str(), "status"], LONGEST, PATIENCE).await {
            Ok(said) => match said.code {
                Some(0) => fine(),
                Some(1 | 2) => Seen::one(Is::Bad, "failed"),
                Some(3) => Seen::one(Is::Bad, "stopped"),
                _ => Seen::nothing(format!("{script} does not know: {}", said.how())),
            },
            Err(words) => Seen::nothing(words),
        }
    }
}

/// Services of Windows by name.
#[cfg(not(unix))]
pub(super) async fn look(wanted: &[(&str, bool)], means: &Means) -> Vec<Seen> {
    let mut all = Vec::new();
    for (name, optional) in wanted {
        let said = means.run(&[r"C:\Windows\System32\sc.exe", "query", name], LONGEST, PATIENCE).await;
        all.push(match said {
            Ok(said) => windows(said.code, &said.text(), *optional),
            Err(words) => Seen::nothing(words),
        });
    }
    all
}

/// What `sc.exe query` says. Its words differ by language, its numbers do not: the second is the state
/// (`SERVICE_STATUS`, dwCurrentState), and 1060 says that there is no such service.
#[cfg(any(not(unix), test))]
fn windows(code: Option<i32>, text: &str, optional: bool) -> Seen {
    if code == Some(1060) {
        return Seen::one(if optional { Is::Fine } else { Is::Bad }, "not installed");
    }
    let numbers = text.lines().filter_map(|line| {
        let (_, value) = line.split_once(':')?;
        let number = value.split_whitespace().next()?;
        number.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(number)
    });
    match numbers.clone().nth(1) {
        Some("1") => Seen::one(Is::Bad, "stopped"),
        Some("3") => Seen::one(Is::Bad, "stopping"),
        Some("7") => Seen::one(Is::Bad, "paused"),
        Some("2" | "4" | "5" | "6") => fine(),
        _ => Seen::nothing("sc.exe does not say how the service is"),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn systemd_is_understood() {
        let text = "LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\n\n\
                    LoadState=loaded\nActiveState=inactive\nSubState=dead\nUnitFileState=enabled\n\n\
                    LoadState=loaded\nActiveState=failed\nSubState=failed\nUnitFileState=disabled\n\n\
                    LoadState=not-found\nActiveState=inactive\nSubState=dead\nUnitFileState=\n\n\
                    LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nUnitFileState=enabled\n";
        let is = |optional: bool| {
            let wanted = ["a", "b", "c", "d", "e"].map(|name| (name, optional));
            let seen = systemd::read(text, &wanted);
            seen.into_iter().map(|it| (it.findings[0].is, it.findings[0].summary.clone())).collect::<Vec<_>>()
        };
        let runs = || (Is::Fine, "runs".to_owned());
        let mut expected = [
            runs(),
            (Is::Bad, "inactive (dead)".to_owned()),
            (Is::Bad, "failed".to_owned()),
            (Is::Bad, "not installed".to_owned()),
            runs(),
        ];
        assert_eq!(is(false), expected);
        expected[3].0 = Is::Fine;
        assert_eq!(is(true), expected);
        let off = text.replace("dead\nUnitFileState=enabled", "dead\nUnitFileState=disabled");
        assert_eq!(systemd::read(&off, &[("a", true); 5])[1].findings[0].is, Is::Fine, "nobody wants it to run");
        assert_eq!(systemd::read(&off, &[("a", false); 5])[1].findings[0].is, Is::Bad);
        assert!(systemd::read("", &[("a", false); 2])[0].fault.is_some());
    }

    #[test]
    fn windows_is_understood_in_any_language() {
        let text = "\r\nSERVICE_NAME: EventLog \r\n        TYPE               : 30  WIN32  \r\n        STATE              : 4  \
                    RUNNING \r\n                                (STOPPABLE, NOT_PAUSABLE)\r\n        WIN32_EXIT_CODE    : 0  (0x0)\r\n";
        let is = |text: &str| windows(Some(0), text, false).findings.first().map(|it| it.is);
        assert_eq!(is(text), Some(Is::Fine));
        assert_eq!(is(&text.replace("STATE  ", "STATUS ").replace(": 4", ": 1")), Some(Is::Bad));
        assert_eq!(windows(Some(1060), "[SC] EnumQueryServicesStatus", true).findings[0].is, Is::Fine);
        assert_eq!(windows(Some(1060), "", false).findings[0].is, Is::Bad);
        assert_eq!(is("Access is denied."), None);
    }
}
