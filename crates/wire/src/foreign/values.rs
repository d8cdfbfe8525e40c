//! Reads the values that agents write in many ways: numbers with units, sizes, yes and no, dates. A value that cannot be
//! read is an [`Unreadable`], never a guess.

use vigie_kernel::Timestamp;

/// Bytes of the unit that agents call MB and mean 2²⁰ by.
pub(crate) const MEBIBYTE: u64 = 1 << 20;
/// Bytes of the unit that agents call MB and mean 10⁶ by.
pub(crate) const MEGABYTE: u64 = 1_000_000;

/// Why a value is not taken; the reason of its remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Not a number.
    Number,
    /// Not yes or no.
    Flag,
    /// Not a date.
    Date,
    /// A date that cannot be: before 1980, far in the future, month 0.
    Impossible,
}

impl Unreadable {
    /// The remark's code.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Number => "not-a-number",
            Self::Flag => "unknown-value",
            Self::Date => "not-a-date",
            Self::Impossible => "impossible-date",
        }
    }
}

/// Words that agents and firmware write for *nothing*.
pub(crate) fn means_nothing(text: &str) -> bool {
    const NOTHING: [&str; 10] = [
        "",
        "n/a",
        "none",
        "null",
        "undef",
        "unknown",
        "not specified",
        "not available",
        "not provided",
        "no module installed",
    ];
    NOTHING.iter().any(|it| it.eq_ignore_ascii_case(text.trim()))
}

/// Splits `1600 MT/s` into 1600 and `MT/s`.
fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let end = digits.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(digits.len());
    let number = digits[..end].replace(',', ".").parse::<f64>().ok().filter(|it| it.is_finite())?;
    let number = if text.starts_with('-') { -number } else { number };
    Some((number, digits[end..].trim()))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
fn whole(number: f64) -> Option<u64> {
    (0.0..=9_007_199_254_740_992.0).contains(&number).then(|| number.round() as u64)
}

/// A count. Negative is what agents write for unknown: nothing. The unit is the field's own, except that speeds given
/// in G are brought to M (`1 Gbps`, `2.4 GHz`).
pub(crate) fn count(text: &str) -> Result<Option<u64>, Unreadable> {
    if means_nothing(text) {
        return Ok(None);
    }
    let (number, unit) = number_and_unit(text).ok_or(Unreadable::Number)?;
    let factor = if unit.len() > 1 && unit.starts_with(['G', 'g']) { 1000.0 } else { 1.0 };
    if number < 0.0 {
        return Ok(None);
    }
    whole(number * factor).map(Some).ok_or(Unreadable::Number)
}

/// A size in bytes. A number without unit counts `unit` bytes each; with a unit, multiples are those of `unit`: by 1,000
/// when it is [`MEGABYTE`], else by 1,024.
pub(crate) fn bytes(text: &str, unit: u64) -> Result<Option<u64>, Unreadable> {
    if means_nothing(text) {
        return Ok(None);
    }
    let (number, written) = number_and_unit(text).ok_or(Unreadable::Number)?;
    if number < 0.0 {
        return Ok(None);
    }
    let written = written.to_ascii_lowercase();
    let base = if unit == MEGABYTE && !written.contains("ib") { 1000_u64 } else { 1024 };
    let factor = match written.as_bytes().first() {
        None => unit,
        Some(b'b' | b'o') => 1,
        Some(b'k') => base,
        Some(b'm') => base.pow(2),
        Some(b'g') => base.pow(3),
        Some(b't') => base.pow(4),
        Some(b'p') => base.pow(5),
        Some(_) => return Err(Unreadable::Number),
    };
    #[expect(clippy::cast_precision_loss, reason = "units are powers that a double holds exactly")]
    whole(number * factor as f64).map(Some).ok_or(Unreadable::Number)
}

/// Yes or no.
pub(crate) fn flag(text: &str) -> Result<Option<bool>, Unreadable> {
    if means_nothing(text) {
        return Ok(None);
    }
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" | "y" | "enabled" => Ok(Some(true)),
        "0" | "false" | "no" | "off" | "n" | "disabled" => Ok(Some(false)),
        _ => Err(Unreadable::Flag),
    }
}

/// Which number comes first in `03/04/2021`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The day: what software dates are written in.
    DayFirst,
    /// The month: what firmware dates are written in.
    MonthFirst,
}

/// A moment as it is written: perhaps without time of day, perhaps without zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateTime {
    year: u32,
    month: u32,
    day: u32,
    time: Option<(u32, u32, u32)>,
    /// Seconds east of Greenwich.
    zone: Option<i32>,
}

impl DateTime {
    /// The day, `YYYY-MM-DD`.
    pub(crate) fn day(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// The moment; `zone` (seconds east of Greenwich) is that of the machine, for when none is written. Without either
    /// there is no telling.
    pub(crate) fn moment(self, zone: Option<i32>) -> Option<Timestamp> {
        let (hour, minute, second) = self.time?;
        let utc: Timestamp = format!("{}T{hour:02}:{minute:02}:{second:02}Z", self.day()).parse().ok()?;
        Some(Timestamp::from_millis(utc.millis() - i64::from(self.zone.or(zone)?) * 1000))
    }
}

/// `+0200`, `+02:00`, `+02:00:00`, `+02` or `Z` as seconds east of Greenwich.
pub(crate) fn zone(text: &str) -> Option<i32> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if !matches!(digits.len(), 2 | 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).map_or(Some(0), |it| it.parse::<i32>().ok());
    let (hours, minutes, seconds) = (part(0)?, part(2)?, part(4)?);
    (hours <= 18 && minutes < 60 && seconds < 60).then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

/// A date in any of the forms that agents write: ISO 8601, `d/m/Y` and `m/d/Y` with or without time, `Y/m/d`, `d.m.Y`,
/// `Ymd`, and C's `Thu Mar 14 15:05:41 2013`.
pub(crate) fn date(text: &str, order: Order) -> Result<Option<DateTime>, Unreadable> {
    let text = text.trim();
    if means_nothing(text) {
        return Ok(None);
    }
    // Nothing longer is a date, and what is not ASCII is none either.
    if text.len() > 40 || !text.is_ascii() {
        return Err(Unreadable::Date);
    }
    let read = if text.starts_with(|c: char| c.is_ascii_alphabetic()) { c_date(text) } else { numeric(text, order) };
    let read = read.ok_or(Unreadable::Date)?;
    if possible(read) { Ok(Some(read)) } else { Err(Unreadable::Impossible) }
}

fn possible(it: DateTime) -> bool {
    let leap = it.year.is_multiple_of(4) && (!it.year.is_multiple_of(100) || it.year.is_multiple_of(400));
    let days = match it.month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    let time = it.time.is_none_or(|(hour, minute, second)| hour < 24 && minute < 60 && second <= 60);
    (1980..=2200).contains(&it.year) && (1..=days).contains(&it.day) && time
}

/// `Thu Mar 14 15:05:41 2013`, possibly with a zone's name before the year.
fn c_date(text: &str) -> Option<DateTime> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let mut words = text.split_ascii_whitespace();
    let (_, month, day, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|it| it.eq_ignore_ascii_case(month))?;
    let year = words.last()?;
    Some(DateTime {
        year: year.parse().ok().filter(|_| year.len() == 4)?,
        month: u32::try_from(month).ok()? + 1,
        day: day.parse().ok()?,
        time: Some(time_of_day(time)?),
        zone: None,
    })
}

/// `15:05` or `15:05:41`, with fractions of a second ignored.
fn time_of_day(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split(':');
    let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let second = match parts.next() {
        Some(second) => second.split(['.', ',']).next()?.parse().ok()?,
        None => 0,
    };
    parts.next().is_none().then_some((hour, minute, second))
}

fn numeric(text: &str, order: Order) -> Option<DateTime> {
    let (day, rest) = match text.find([' ', 'T']) {
        Some(at) => (&text[..at], text[at + 1..].trim()),
        None => (text, ""),
    };
    let (year, month, day) = if day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) {
        (day[..4].parse().ok()?, day[4..6].parse().ok()?, day[6..].parse().ok()?)
    } else {
        let separator = ['-', '/', '.'].into_iter().find(|it| day.contains(*it))?;
        let parts: Vec<&str> = day.split(separator).collect();
        let [a, b, c] = parts[..] else { return None };
        let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|it| it.is_ascii_digit()));
        match (a.len(), c.len()) {
            (4, 1 | 2) => (number(a)?, number(b)?, number(c)?),
            (1 | 2, 2 | 4) => {
                // Two digits of a year are what firmware older than 2000 wrote.
                let year = number(c)? + if c.len() == 4 { 0 } else { 1900 };
                let year = if c.len() == 2 && year < 1980 { year + 100 } else { year };
                let (first, second) = (number(a)?, number(b)?);
                let month_first = match order {
                    Order::MonthFirst => first <= 12,
                    Order::DayFirst => second > 12,
                };
                if month_first { (year, first, second) } else { (year, second, first) }
            }
            _ => return None,
        }
    };
    if rest.is_empty() {
        return Some(DateTime { year, month, day, time: None, zone: None });
    }
    let (time, zone) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => (rest[..at].trim(), Some(self::zone(&rest[at..])?)),
        None => (rest, None),
    };
    Some(DateTime { year, month, day, time: Some(time_of_day(time)?), zone })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_come_with_and_without_units() {
        for (text, expected) in [
            ("4", Ok(Some(4))),
            (" 1600 MT/s", Ok(Some(1600))),
            ("2400MHz", Ok(Some(2400))),
            ("2.4 GHz", Ok(Some(2400))),
            ("1 Gbps", Ok(Some(1000))),
            ("-1 Mbps", Ok(None)),
            ("0 Mbps", Ok(Some(0))),
            ("", Ok(None)),
            ("Unknown", Ok(None)),
            ("many", Err(Unreadable::Number)),
            ("1.2.3", Err(Unreadable::Number)),
            ("99999999999999999999", Err(Unreadable::Number)),
        ] {
            assert_eq!(count(text), expected, "{text:?}");
        }
    }

    #[test]
    fn sizes_are_bytes_whatever_they_were_written_in() {
        for (text, unit, expected) in [
            ("274877", MEGABYTE, Ok(Some(274_877_000_000))),
            ("274877.906944", MEGABYTE, Ok(Some(274_877_906_944))),
            ("24105", MEBIBYTE, Ok(Some(24_105 << 20))),
            ("8 GB", MEBIBYTE, Ok(Some(8 << 30))),
            ("500 GB", MEGABYTE, Ok(Some(500_000_000_000))),
            ("1 TiB", MEGABYTE, Ok(Some(1 << 40))),
            ("512 bytes", MEBIBYTE, Ok(Some(512))),
            ("702464", 1, Ok(Some(702_464))),
            ("No", MEBIBYTE, Err(Unreadable::Number)),
            ("No Module Installed", MEBIBYTE, Ok(None)),
            ("4 apples", MEBIBYTE, Err(Unreadable::Number)),
            ("-5", MEBIBYTE, Ok(None)),
            ("1e300", 1, Err(Unreadable::Number)),
        ] {
            assert_eq!(bytes(text, unit), expected, "{text:?}");
        }
    }

    #[test]
    fn every_date_form_of_the_agents_is_read() {
        for (text, order, expected) in [
            ("Thu Mar 14 15:05:41 2013", Order::DayFirst, "2013-03-14"),
            ("Thu Mar  4 15:05:41 CET 2013", Order::DayFirst, "2013-03-04"),
            ("2021-03-04T10:11:12Z", Order::DayFirst, "2021-03-04"),
            ("2021-03-04 10:11:12", Order::DayFirst, "2021-03-04"),
            ("2021-03-04 10:11", Order::DayFirst, "2021-03-04"),
            ("2021-03-04", Order::DayFirst, "2021-03-04"),
            ("03/04/2021 10:11:12", Order::DayFirst, "2021-04-03"),
            ("03/04/2021 10:11", Order::DayFirst, "2021-04-03"),
            ("03/04/2021", Order::DayFirst, "2021-04-03"),
            ("03/04/2021", Order::MonthFirst, "2021-03-04"),
            ("03/24/2021", Order::DayFirst, "2021-03-24"),
            ("24/03/2021", Order::MonthFirst, "2021-03-24"),
            ("04.03.2021", Order::DayFirst, "2021-03-04"),
            ("20210304", Order::DayFirst, "2021-03-04"),
            ("2025/04/20 00:00:00", Order::DayFirst, "2025-04-20"),
            ("12/01/98", Order::MonthFirst, "1998-12-01"),
            ("12/01/07", Order::MonthFirst, "2007-12-01"),
            ("2020-02-29", Order::DayFirst, "2020-02-29"),
        ] {
            assert_eq!(date(text, order).unwrap().unwrap().day(), expected, "{text:?}");
        }
        assert_eq!(date("N/A", Order::DayFirst), Ok(None));
    }

    #[test]
    fn impossible_dates_are_told_from_what_is_no_date() {
        for text in
            ["1970-01-01 00:00:00", "1970-00-01", "2021-02-29", "2021-00-10", "2021-13-13", "9999-01-01", "0/0/2020"]
        {
            assert_eq!(date(text, Order::DayFirst), Err(Unreadable::Impossible), "{text:?}");
        }
        for text in [
            "yesterday",
            "12",
            "2021",
            "2021-3",
            "a/b/c",
            "1/2/3/4",
            "2021-03-04 at noon",
            "٢٠٢١-٠٣-٠٤",
            "Tue May 20 00:00:00",
        ] {
            assert_eq!(date(text, Order::DayFirst), Err(Unreadable::Date), "{text:?}");
        }
    }

    #[test]
    fn a_local_time_is_a_moment_only_with_a_zone() {
        let moment = |text, zone| date(text, Order::DayFirst).unwrap().unwrap().moment(zone).map(|it| it.to_string());
        assert_eq!(moment("2026-11-21 03:38:40", None), None);
        assert_eq!(moment("2026-11-21", Some(0)), None);
        assert_eq!(moment("2026-11-21 03:38:40", zone("+0200")).as_deref(), Some("2026-11-21T01:38:40Z"));
        assert_eq!(moment("2026-11-21T03:38:40Z", zone("+0200")).as_deref(), Some("2026-11-21T03:38:40Z"));
        assert_eq!(moment("2026-11-21T03:38:40-05:30:00", None).as_deref(), Some("2026-11-21T09:08:40Z"));
        for (text, expected) in
            [("+02", Some(7200)), ("-0330", Some(-12600)), ("02", None), ("+9900", None), ("", None)]
        {
            assert_eq!(zone(text), expected, "{text:?}");
        }
    }

    #[test]
    fn yes_and_no_have_many_spellings() {
        assert_eq!(flag("Yes"), Ok(Some(true)));
        assert_eq!(flag("0"), Ok(Some(false)));
        assert_eq!(flag(" "), Ok(None));
        assert_eq!(flag("Partially"), Err(Unreadable::Flag));
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_read_or_refused(text in ".{0,50}", unit in prop::sample::select(vec![1, MEBIBYTE, MEGABYTE])) {
            let _ = (count(&text), bytes(&text, unit), flag(&text), zone(&text));
            if let Ok(Some(it)) = date(&text, Order::MonthFirst) {
                let _ = it.moment(Some(0));
            }
        }

        #[test]
        fn near_dates_are_read_or_refused(text in "[0-9TZ/.: +-]{0,24}") {
            if let Ok(Some(it)) = date(&text, Order::DayFirst) {
                prop_assert_eq!(it.day().len(), 10);
                let _ = it.moment(Some(3600));
            }
        }
    }
}
