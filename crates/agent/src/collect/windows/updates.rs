//! Updates of Windows that are installed. Those that wait are known to the update service only, which would have to ask
//! its server.

use vigie_wire::{Sections, inventory::Update};

use super::{Class, Context, Row, software};
use crate::collect::text::day;

const FIX: Class = Class::of_cimv2("Win32_QuickFixEngineering", "HotFixID, Description, InstalledOn");

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    // Half of a list would look as if the rest had been removed.
    let Some(updates) = &mut sections.updates else { return Ok(()) };
    for update in context.objects(&FIX)?.iter().filter_map(update) {
        if !updates.iter().any(|known| known.name == update.name) {
            updates.push(update);
        }
    }
    updates.sort_unstable_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(())
}

fn update(row: &Row) -> Option<Update> {
    let description = row.text("Description").unwrap_or_default();
    Some(Update {
        name: Some(number(&row.text("HotFixID")?)?),
        source: Some("windows-update".to_owned()),
        state: Some("installed".to_owned()),
        security: description.starts_with("Security").then_some(true),
        install_date: row.text("InstalledOn").and_then(|told| installed_on(&told)),
        ..Update::default()
    })
}

/// The number of an article, `KB5034441`, in a text.
pub(crate) fn number(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("KB")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (6..=10).contains(&digits).then(|| format!("KB{}", rest.get(..digits).unwrap_or_default()))
}

/// A day, or as some versions of Windows write it, the tenths of microseconds since 1601 in hexadecimal digits.
fn installed_on(told: &str) -> Option<String> {
    /// Seconds from 1601 to 1970.
    const EPOCH: i64 = 11_644_473_600;
    if told.len() == 16 && told.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return day(i64::from_str_radix(told, 16).ok()? / 10_000_000 - EPOCH);
    }
    software::date(told)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    #[test]
    fn updates_are_told_by_their_number() {
        let told = Told::new(
            &json!({"Win32_QuickFixEngineering": [
                {"HotFixID": "KB5034441", "Description": "Security Update", "InstalledOn": "1/9/2024"},
                {"HotFixID": "KB5033055", "Description": "Update", "InstalledOn": "01da2f4a5c000000"},
                {"HotFixID": "KB5034441", "Description": "Security Update", "InstalledOn": ""},
                {"HotFixID": "File 1", "Description": ""},
            ]}),
            &json!({}),
        );
        let found = collect(&told, &Options::default()).sections.updates.unwrap();
        let words: Vec<_> =
            found.iter().map(|it| (it.name.as_deref().unwrap(), it.security, it.install_date.as_deref())).collect();
        assert_eq!(words, [("KB5033055", None, Some("2023-12-15")), ("KB5034441", Some(true), Some("2024-01-09"))]);
    }
}
