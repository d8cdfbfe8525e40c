//! What is asked of the machine itself.

use std::{net::IpAddr, time::Duration};

use vigie_kernel::Timestamp;

/// The host's name.
pub(crate) fn name() -> String {
    #[cfg(target_os = "linux")]
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    #[cfg(not(target_os = "linux"))]
    let name = std::env::var("COMPUTERNAME").or_else(|_| std::env::var("HOSTNAME")).unwrap_or_default();
    name.trim().to_owned()
}

/// When the machine started, by its clock: a clock that is set moves it.
pub(crate) fn started_at() -> Option<Timestamp> {
    let statistics = std::fs::read_to_string("/proc/stat").ok()?;
    let seconds: i64 = statistics.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Some(Timestamp::from_millis(seconds.checked_mul(1000)?))
}

/// Time since some moment; it goes on while the machine sleeps, so that a link that slept is known to be old.
#[cfg(target_os = "linux")]
pub(crate) fn uptime() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    // A kernel without this clock is older than this program's standard library allows.
    clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(Duration::ZERO, Duration::from)
}

/// Time since the first call.
#[cfg(not(target_os = "linux"))]
pub(crate) fn uptime() -> Duration {
    static FIRST: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    FIRST.get_or_init(std::time::Instant::now).elapsed()
}

/// The addresses of the machine's own interfaces. None: they cannot be read.
#[cfg(unix)]
pub(crate) fn addresses() -> Option<Vec<IpAddr>> {
    let interfaces = nix::ifaddrs::getifaddrs().ok()?;
    let address = |interface: nix::ifaddrs::InterfaceAddress| {
        let address = interface.address?;
        let four = address.as_sockaddr_in().map(|it| IpAddr::V4(it.ip()));
        four.or_else(|| address.as_sockaddr_in6().map(|it| IpAddr::V6(it.ip())))
    };
    Some(interfaces.filter_map(address).collect())
}

/// Not known here: only loopback is the machine's own.
#[cfg(not(unix))]
pub(crate) const fn addresses() -> Option<Vec<IpAddr>> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_known() {
        assert!(!name().is_empty());
        assert!(started_at().is_some());
        assert!(uptime() > Duration::ZERO);
        assert!(addresses().unwrap().iter().any(IpAddr::is_loopback));
    }
}
