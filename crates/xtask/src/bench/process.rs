//! What processes cost: CPU time and memory, of one that runs to its end and of one that goes on running.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, anyhow, bail};
use nix::{
    sys::{
        resource::{UsageWho, getrusage},
        time::TimeValLike as _,
    },
    unistd::{SysconfVar, sysconf},
};
use serde_json::{Value, json};

use crate::shell::output;

/// What a program cost, with everything that it started and waited for.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) wall_seconds: f64,
    pub(crate) cpu_seconds: f64,
    /// Of the largest of its processes.
    pub(crate) peak_mib: f64,
}

/// Runs a program to its end and measures it. A process of its own does the waiting, because the kernel only tells the
/// sum over all children that were ever waited for.
pub(crate) fn cost_of(command: &Command, folder: &Path) -> anyhow::Result<Cost> {
    let report = folder.join("cost.json");
    let mut outer = Command::new(std::env::current_exe()?);
    outer.arg("measure").arg(&report).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer.current_dir(folder);
    output(&mut outer)?;
    let json: Value = serde_json::from_str(&std::fs::read_to_string(&report)?)?;
    let number = |name: &str| json[name].as_f64().ok_or_else(|| anyhow!("no {name} in {json}"));
    Ok(Cost { wall_seconds: number("wall")?, cpu_seconds: number("cpu")?, peak_mib: number("peak_mib")? })
}

/// The other half of [`cost_of`]: `xtask measure REPORT PROGRAM ARGUMENT…`.
pub(crate) fn measure_child(arguments: &[String]) -> anyhow::Result<()> {
    let [report, program, rest @ ..] = arguments else { bail!("measure takes a file and a program") };
    let start = Instant::now();
    let status = Command::new(program)
        .args(rest)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {program}"))?;
    let wall = start.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{program} failed: {status}");
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: nix::sys::time::TimeVal| as_f64(time.num_microseconds()) / 1e6;
    let json = json!({
        "wall": wall,
        "cpu": seconds(usage.user_time()) + seconds(usage.system_time()),
        "peak_mib": as_f64(usage.max_rss()) / 1024.0,
    });
    Ok(std::fs::write(report, json.to_string())?)
}

#[expect(clippy::cast_precision_loss, reason = "times and sizes stay far below 2⁵³")]
pub(crate) fn as_f64(number: impl TryInto<i64>) -> f64 {
    number.try_into().unwrap_or(0) as f64
}

fn status_kib(process: u32, field: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':')?.split_whitespace().next()?.parse().ok())
        .ok_or_else(|| anyhow!("no {field} of process {process}"))
}

/// The most memory that a process ever had resident, MiB.
pub(crate) fn peak_mib(process: u32) -> anyhow::Result<f64> {
    Ok(status_kib(process, "VmHWM")? / 1024.0)
}

/// The memory that a process has resident, MiB.
pub(crate) fn resident_mib(process: u32) -> anyhow::Result<f64> {
    Ok(status_kib(process, "VmRSS")? / 1024.0)
}

/// Lets [`peak_mib`] count from now on.
pub(crate) fn forget_peak(process: u32) -> anyhow::Result<()> {
    Ok(std::fs::write(format!("/proc/{process}/clear_refs"), "5")?)
}

/// CPU time that a process and those below it have used, seconds.
pub(crate) fn cpu_seconds_of_tree(root: u32) -> anyhow::Result<f64> {
    let per_second = as_f64(sysconf(SysconfVar::CLK_TCK)?.unwrap_or(100));
    let mut processes: Vec<(u32, u32, u64)> = Vec::new();
    for entry in std::fs::read_dir("/proc")?.filter_map(Result::ok) {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        // Own time, and that of children that have ended and were waited for.
        processes.push((id, u32::try_from(number(1)).unwrap_or(0), (11..=14).map(number).sum()));
    }
    let mut tree = vec![root];
    let mut ticks = 0;
    while let Some(parent) = tree.pop() {
        tree.extend(processes.iter().filter(|(_, of, _)| *of == parent).map(|(id, ..)| *id));
        ticks += processes.iter().find(|(id, ..)| *id == parent).map_or(0, |(.., ticks)| *ticks);
    }
    Ok(as_f64(ticks) / per_second)
}

/// Bytes that a folder takes on the disk.
pub(crate) fn disk_bytes(folder: &Path) -> anyhow::Result<f64> {
    use std::os::unix::fs::MetadataExt as _;
    let mut bytes = 0;
    let mut folders: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                bytes += metadata.blocks() * 512;
            }
        }
    }
    Ok(as_f64(bytes))
}
