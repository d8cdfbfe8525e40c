//! What values must be before they are told, whichever system they come from.

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

/// A text with single spaces.
pub(crate) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The maker that a processor's identification names.
pub(crate) fn maker_of_processor(id: &str) -> String {
    match id {
        "GenuineIntel" => "Intel",
        "AuthenticAMD" => "AMD",
        "HygonGenuine" => "Hygon",
        "CentaurHauls" => "VIA",
        "  Shanghai  " | "Shanghai" => "Zhaoxin",
        other => other,
    }
    .to_owned()
}

/// What a class of devices is called whose code, two hexadecimal digits, the USB-IF gave out.
pub(crate) fn class_of_usb(code: &str) -> Option<&'static str> {
    Some(match code {
        "01" => "audio",
        "02" | "0a" => "communications",
        "03" => "human interface",
        "06" => "image",
        "07" => "printer",
        "08" => "storage",
        "09" => "hub",
        "0b" => "smart card",
        "0e" => "video",
        "10" => "audio and video",
        "11" => "billboard",
        "e0" => "wireless",
        "ef" => "miscellaneous",
        "ff" => "vendor specific",
        _ => return None,
    })
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
}
