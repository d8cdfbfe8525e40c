//! How full the memory is.

use super::{percent, size};
use crate::alerts::state::{Is, Seen};

pub(super) fn look() -> Seen {
    match std::fs::read_to_string("/proc/meminfo") {
        Ok(text) => read(&text),
        Err(error) => Seen::nothing(format!("/proc/meminfo: {error}")),
    }
}

/// proc(5): what programs can still have without swapping is `MemAvailable`.
fn read(text: &str) -> Seen {
    let kilobytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    };
    let Some((total, available)) = kilobytes("MemTotal").zip(kilobytes("MemAvailable")) else {
        return Seen::nothing("/proc/meminfo does not say what is available");
    };
    let value = percent(total.saturating_sub(available), total);
    Seen::one(Is::Measured(value), format!("{value} % used, {} available", size(available.saturating_mul(1024))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_can_still_have_counts() {
        let text = "MemTotal:       16000000 kB\nMemFree:          100000 kB\nMemAvailable:    4000000 kB\n";
        assert_eq!(read(text), Seen::one(Is::Measured(75.0), "75 % used, 4.0 GB available"));
        assert!(read("MemTotal: 1 kB\n").fault.is_some());
        assert!(matches!(look().findings[0].is, Is::Measured(it) if it > 0.0 && it < 100.0));
    }
}
