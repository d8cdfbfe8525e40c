//! Small helpers for the texts that Linux keeps its state in.

use vigie_kernel::Timestamp;

/// A value unless it is one of those that firmware makers leave in place of a real one.
pub(crate) fn meaningful(value: Option<String>) -> Option<String> {
    const PLACEHOLDERS: &[&str] = &[
        "to be filled by o.e.m.",
        "to be filled by o.e.m",
        "default string",
        "not specified",
        "not available",
        "not applicable",
        "not provided",
        "none",
        "n/a",
        "na",
        "unknown",
        "undefined",
        "empty",
        "invalid",
        "oem",
        "o.e.m.",
        "no asset information",
        "no asset tag",
        "asset tag",
        "chassis asset tag",
        "system product name",
        "system manufacturer",
        "system version",
        "system serial number",
        "system sku",
        "sku",
        "base board serial number",
        "chassis serial number",
        "serial number",
        "part number",
        "manufacturer",
        "no dimm",
        "no module installed",
    ];
    let value = value?;
    let trimmed = value.trim();
    let lower = trimmed.to_ascii_lowercase();
    let filler = trimmed.chars().all(|c| matches!(c, '0' | 'x' | 'X' | '.' | '-' | ' ' | '_' | '*' | 'F' | 'f'));
    (!trimmed.is_empty() && !filler && !PLACEHOLDERS.contains(&lower.as_str())).then(|| trimmed.to_owned())
}

/// The day of a moment, `YYYY-MM-DD` (UTC).
pub(crate) fn day(seconds: i64) -> Option<String> {
    // A clock that was never set, or a file without a date.
    if seconds < 86_400 * 365 * 10 {
        return None;
    }
    let text = Timestamp::from_millis(seconds.checked_mul(1000)?).to_string();
    text.get(..10).map(str::to_owned)
}

/// The day on which a file was last written.
pub(crate) fn modified_day(path: &std::path::Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    day(std::fs::metadata(path).ok()?.mtime())
}

/// The values of `KEY=value` lines with shell quoting, as in `/etc/os-release` (os-release(5)).
pub(crate) fn shell_value(text: &str, key: &str) -> Option<String> {
    let raw = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| raw.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(raw);
    let value = unquoted.replace("\\\"", "\"").replace("\\$", "$").replace("\\`", "`").replace("\\\\", "\\");
    (!value.is_empty()).then_some(value)
}

/// Whether a name has an ending, and something before it. Unlike file names elsewhere, these are never in capitals.
pub(crate) fn has_ending(name: &str, ending: &str) -> bool {
    name.strip_suffix(ending).is_some_and(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_firmware_makers_leave_in_place_is_absent() {
        for filler in ["To Be Filled By O.E.M.", " default string", "0000000", "xxxx", "", "FFFFFFFF"] {
            assert_eq!(meaningful(Some(filler.to_owned())), None, "{filler}");
        }
        assert_eq!(meaningful(Some(" 5CG1234XYZ ".to_owned())).as_deref(), Some("5CG1234XYZ"));
    }

    #[test]
    fn days_are_utc_and_an_unset_clock_is_absent() {
        assert_eq!(day(1_700_000_000).as_deref(), Some("2023-11-14"));
        assert_eq!(day(0), None);
    }

    #[test]
    fn quoted_and_plain_values_are_read() {
        let text = "NAME=\"Debian GNU/Linux\"\nID=debian\nX='a b'\nEMPTY=\nQ=\"say \\\"hi\\\"\"\n";
        assert_eq!(shell_value(text, "NAME").as_deref(), Some("Debian GNU/Linux"));
        assert_eq!(shell_value(text, "ID").as_deref(), Some("debian"));
        assert_eq!(shell_value(text, "X").as_deref(), Some("a b"));
        assert_eq!(shell_value(text, "EMPTY"), None);
        assert_eq!(shell_value(text, "Q").as_deref(), Some("say \"hi\""));
    }
}
