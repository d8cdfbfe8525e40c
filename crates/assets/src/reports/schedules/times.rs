//! At which moments a schedule is due, by the calendar of its zone.

use jiff::{ToSpan as _, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};
use vigie_kernel::Timestamp;

use super::ReportScheduleFields;
use crate::entity::report_schedule::Model;

/// How often a report is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReportRepeats))]
#[serde(rename_all = "lowercase")]
pub enum Repeats {
    /// Every day.
    #[default]
    Daily,
    /// On one day of the week.
    Weekly,
    /// On one day of the month.
    Monthly,
}

impl Repeats {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }

    pub(super) fn from_code(code: &str) -> Self {
        [Self::Weekly, Self::Monthly].into_iter().find(|it| it.as_str() == code).unwrap_or_default()
    }
}

/// `HH:MM`.
pub(super) fn time_of_day(text: &str) -> Option<civil::Time> {
    let (hour, minute) = text.split_once(':')?;
    let is_number = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| is_number(text).then(|| text.parse::<i8>().ok()).flatten();
    civil::Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

/// When a schedule is due.
pub(super) struct Times {
    repeats: Repeats,
    weekday: i8,
    month_day: i8,
    at: civil::Time,
    zone: TimeZone,
}

impl Times {
    fn new(repeats: Repeats, weekday: i8, month_day: i8, at: &str, zone: &str) -> Self {
        Self {
            repeats,
            weekday,
            month_day,
            at: time_of_day(at).unwrap_or_default(),
            // Zones are checked when schedules are made; one that the server forgot is read as UTC.
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
        }
    }

    pub(super) fn of(fields: &ReportScheduleFields) -> Self {
        let small = |number: u8| i8::try_from(number).unwrap_or(1);
        let (weekday, day) = (small(fields.weekday), small(fields.month_day));
        Self::new(fields.repeats, weekday, day, &fields.time_of_day, &fields.time_zone)
    }

    pub(super) fn of_row(row: &Model) -> Self {
        let small = |number: i16| i8::try_from(number).unwrap_or(1);
        let repeats = Repeats::from_code(&row.repeats);
        Self::new(repeats, small(row.weekday), small(row.month_day), &row.time_of_day, &row.time_zone)
    }

    fn is_on(&self, day: civil::Date) -> bool {
        match self.repeats {
            Repeats::Daily => true,
            Repeats::Weekly => day.weekday().to_monday_one_offset() == self.weekday,
            Repeats::Monthly => day.day() == self.month_day.min(day.days_in_month()),
        }
    }

    /// The first moment after `now`. A time of day that a zone skips is later by as much; one that it has twice is the first.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let today = jiff::Timestamp::from_millisecond(now.millis()).ok()?.to_zoned(self.zone.clone()).date();
        // A month and a day: some day of each month is due.
        (0..=32)
            .filter_map(|days| today.checked_add(days.days()).ok())
            .filter(|day| self.is_on(*day))
            .filter_map(|day| day.to_datetime(self.at).to_zoned(self.zone.clone()).ok())
            .map(|moment| Timestamp::from_millis(moment.timestamp().as_millisecond()))
            .find(|moment| *moment > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(repeats: Repeats, day: i8, at: &str, now: &str) -> String {
        let times = Times::new(repeats, day, day, at, "Europe/Paris");
        times.next(now.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn the_calendar_of_the_zone_decides() {
        use Repeats::{Daily, Monthly, Weekly};
        // 2026-11-20 is a Friday; Paris is an hour ahead.
        assert_eq!(next(Daily, 1, "07:30", "2026-11-20T06:29:59Z"), "2026-11-20T06:30:00Z");
        assert_eq!(next(Daily, 1, "07:30", "2026-11-20T06:30:00Z"), "2026-11-21T06:30:00Z");
        assert_eq!(next(Daily, 1, "00:30", "2026-11-20T23:00:00Z"), "2026-11-20T23:30:00Z", "it is Saturday there");
        assert_eq!(next(Weekly, 5, "07:30", "2026-11-20T07:00:00Z"), "2026-11-27T06:30:00Z");
        assert_eq!(next(Weekly, 1, "07:30", "2026-11-20T07:00:00Z"), "2026-11-23T06:30:00Z");
        assert_eq!(next(Monthly, 31, "07:30", "2026-11-20T07:00:00Z"), "2026-11-30T06:30:00Z", "the last day");
        assert_eq!(next(Monthly, 1, "07:30", "2026-12-01T07:00:00Z"), "2027-01-01T06:30:00Z");
        // On 2026-03-29 the hour from two to three is skipped, on 2026-10-25 it comes twice.
        assert_eq!(next(Daily, 1, "02:30", "2026-03-28T12:00:00Z"), "2026-03-29T01:30:00Z");
        assert_eq!(next(Daily, 1, "02:30", "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(next(Daily, 1, "02:30", "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z", "once is enough");
    }

    #[test]
    fn times_of_day_are_two_digits_each() {
        for wrong in ["", "7:30", "24:00", "07:60", "07-30", "+7:30", "07:3", "0730", "07:30:00"] {
            assert!(time_of_day(wrong).is_none(), "{wrong}");
        }
        assert!(time_of_day("00:00").is_some() && time_of_day("23:59").is_some());
    }
}
