//! What changes at every moment.

use vigie_kernel::Timestamp;
use vigie_wire::{Sections, inventory::Runtime};

use super::{Context, Root, system::kibibytes};

const MAX_FILE: u64 = 8 << 20;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) {
    let root = context.root;
    let memory = root.text("/proc/meminfo", MAX_FILE).unwrap_or_default();
    let load = root.value("/proc/loadavg").unwrap_or_default();
    let processes = root.names("/proc").iter().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).count();
    let runtime = Runtime {
        started_at: started_at(root),
        memory_available_bytes: kibibytes(&memory, "MemAvailable:"),
        processes: u64::try_from(processes).ok().filter(|count| *count > 0),
        load_hundredths: load.split_whitespace().nth(2).and_then(hundredths),
    };
    if runtime != Runtime::default() {
        sections.runtime = Some(runtime);
    }
}

fn started_at(root: &Root) -> Option<Timestamp> {
    let statistics = root.text("/proc/stat", MAX_FILE).ok()?;
    let seconds: i64 = statistics.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Some(Timestamp::from_millis(seconds.checked_mul(1000)?))
}

/// `1.25` as 125. The kernel always writes two digits.
fn hundredths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.')?;
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(part.parse().ok().filter(|part| *part < 100)?)
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::fixture;

    #[test]
    fn load_and_start_are_read() {
        let runtime = fixture(&[
            ("proc/loadavg", "0.10 0.20 1.05 1/300 4242\n"),
            ("proc/stat", "cpu  1 2 3\nbtime 1700000000\n"),
            ("proc/1/stat", ""),
            ("proc/42/stat", ""),
        ])
        .collect()
        .sections
        .runtime
        .unwrap();
        assert_eq!(runtime.load_hundredths, Some(105));
        assert_eq!(runtime.started_at.unwrap().to_string(), "2023-11-14T22:13:20Z");
        assert_eq!(runtime.processes, Some(2));
    }
}
