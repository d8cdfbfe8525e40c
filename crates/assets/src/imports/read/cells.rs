//! Values of a workbook's cells as text: numbers as they were typed, dates as `YYYY-MM-DD`.

/// Formats of numbers that every workbook knows by these numbers and that show a date or a time (ECMA-376 §18.8.30).
pub(super) const fn is_builtin_date(id: u32) -> bool {
    matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58)
}

/// Whether a format shows a date or a time: it names a part of one outside quotation marks and brackets.
pub(super) fn is_date(format: &str) -> bool {
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        match letter {
            // One section is like the other.
            ';' => return false,
            '"' => drop(letters.by_ref().find(|it| *it == '"')),
            '[' => drop(letters.by_ref().find(|it| *it == ']')),
            '\\' | '_' | '*' => drop(letters.next()),
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => return true,
            _ => {}
        }
    }
    false
}

/// A number as it was typed: fifteen digits are what a spreadsheet keeps.
pub(super) fn number(raw: &str) -> String {
    let raw = raw.trim();
    let Ok(value) = raw.parse::<f64>() else { return raw.to_owned() };
    if !value.is_finite() || raw.len() <= 15 && !raw.contains(['e', 'E']) {
        return raw.to_owned();
    }
    match format!("{value:.14e}").parse::<f64>() {
        Ok(rounded) => rounded.to_string(),
        Err(_) => raw.to_owned(),
    }
}

/// A number that is shown as a date or a time: days since the end of 1899, or of 1903.
pub(super) fn date(raw: &str, since_1904: bool) -> Option<String> {
    const DAY: f64 = 86_400.0;
    /// The last day of 9999.
    const LAST: f64 = 2_958_466.0;
    let value: f64 = raw.trim().parse().ok()?;
    if !(0.0..LAST).contains(&value) {
        return None;
    }
    let seconds = (value.fract() * DAY).round();
    #[expect(clippy::cast_possible_truncation, reason = "both are within the bounds above")]
    let (mut days, mut seconds) = (value.trunc() as i64, seconds as i64);
    if seconds >= 86_400 {
        (days, seconds) = (days + 1, 0);
    }
    let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if value < 1.0 && !since_1904 {
        return Some(time);
    }
    // Spreadsheets hold 1900 for a leap year: days before its 29 February are off by one.
    let before_1970 = if since_1904 { 24_107 } else { 25_569 - i64::from(days < 60) };
    let (year, month, day) = civil(days - before_1970);
    let day = format!("{year:04}-{month:02}-{day:02}");
    Some(if seconds == 0 { day } else { format!("{day}T{time}") })
}

/// Year, month and day of a number of days since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Row and column of a reference such as `AB12`, both from 0; the column alone where there is no row.
pub(super) fn place(reference: &str) -> Option<(Option<u64>, usize)> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).count();
    if letters == 0 || letters > 3 {
        return None;
    }
    let column = reference[..letters]
        .bytes()
        .fold(0, |column, it| column * 26 + usize::from(it.to_ascii_uppercase() - b'A') + 1);
    let row = reference[letters..].parse::<u64>().ok().filter(|row| *row > 0);
    Some((row.map(|row| row - 1), column - 1))
}

/// Undoes how a workbook writes characters that XML does not have: `_x000D_`.
pub(super) fn unescape(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let code = escape.get(2..6).filter(|_| escape.as_bytes().get(6) == Some(&b'_'));
        let known = code.filter(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if let Some(letter) = known.and_then(|it| u32::from_str_radix(it, 16).ok()).and_then(char::from_u32) {
            plain.push(letter);
            rest = &escape[7..];
        } else {
            plain.push_str("_x");
            rest = &escape[2..];
        }
    }
    plain.push_str(rest);
    plain
}
