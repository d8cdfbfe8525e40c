//! The fleet's calendar: a fixed first day, so that a machine looks the same whenever it is made.

use std::sync::LazyLock;

use super::catalogue::NEWEST_LEVEL;

/// First day of a fleet: 2026-01-05 as days since 1970-01-01. Round 1 is on this day, each later round a day later.
pub(super) const FIRST_DAY: i64 = 20_458;
const OLDEST_DAY: i64 = FIRST_DAY - 2000;

/// Every day from some years before the first to some years after, written once.
static DAYS: LazyLock<Vec<String>> = LazyLock::new(|| (OLDEST_DAY..FIRST_DAY + 2000).map(written).collect());

/// `YYYY-MM-DD` of days since 1970-01-01 (the civil calendar's arithmetic after Howard Hinnant).
fn written(day: i64) -> String {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{:02}", doy - (153 * mp + 2) / 5 + 1)
}

/// `YYYY-MM-DD` of a day counted from the fleet's first.
pub(super) fn day(offset: i64) -> &'static str {
    let at = (FIRST_DAY + offset - OLDEST_DAY).clamp(0, 3999);
    &DAYS[usize::try_from(at).unwrap_or(0)]
}

/// The day on which a patch level came out: one a month up to the fleet's first day.
pub(super) fn day_of_level(level: u8) -> &'static str {
    day(-30 * (i64::from(NEWEST_LEVEL) - i64::from(level)) - 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(day(0), "2026-01-05");
        assert_eq!(day(-371), "2024-12-30");
        assert_eq!(day(54), "2026-02-28");
        assert_eq!(day(55), "2026-03-01");
        assert_eq!(written(0), "1970-01-01");
        assert_eq!(written(19_782), "2024-02-29");
    }
}
