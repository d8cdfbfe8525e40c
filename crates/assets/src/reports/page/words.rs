//! What reports say, in French and English.

use super::{
    super::{By, Figure},
    Language,
};

/// The heading of a group.
pub(super) const fn heading(by: By, language: Language) -> &'static str {
    match by {
        By::Type => language.pick("Par type", "By type"),
        By::OsFamily => language.pick("Par système", "By system"),
        By::System => language.pick("Par système et version", "By system and version"),
        By::Manufacturer => language.pick("Par fabricant", "By manufacturer"),
        By::Age => language.pick("Par âge", "By age"),
        By::Memory => language.pick("Par mémoire", "By memory"),
        By::Contact => language.pick("Dernier contact de l’agent", "Last contact of the agent"),
        By::Attention => language.pick("À surveiller", "Wants attention"),
        By::Customer => language.pick("Par client", "By customer"),
    }
}

/// The words for a figure; what others named comes as they named it.
pub(super) fn label(by: By, figure: &Figure, language: Language) -> String {
    let pick = |french, english| language.pick(french, english).to_owned();
    if figure.others {
        return pick("Autres", "Others");
    }
    if let Some(name) = &figure.name {
        return name.clone();
    }
    match (by, figure.key.as_str()) {
        (_, "") | (By::Age | By::Memory, "unknown") => pick("Inconnu", "Not known"),
        (By::Type, "workstation") => pick("Poste de travail", "Workstation"),
        (By::Type, "laptop") => pick("Portable", "Laptop"),
        (By::Type, "server") => pick("Serveur", "Server"),
        (By::Type, "tablet") => pick("Tablette", "Tablet"),
        (By::Type, "virtual-machine") => pick("Machine virtuelle", "Virtual machine"),
        (By::Type, "other") => pick("Autre", "Other"),
        (By::Type, "printer") => pick("Imprimante", "Printer"),
        (By::Type, "network") => pick("Réseau", "Network"),
        (By::Type, "phone") => pick("Téléphone", "Phone"),
        (By::Type, "monitor") => pick("Écran", "Monitor"),
        (By::OsFamily, "linux") => "Linux".to_owned(),
        (By::OsFamily, "windows") => "Windows".to_owned(),
        (By::OsFamily, "macos") => "macOS".to_owned(),
        (By::Age, "under-1") => pick("Moins d’un an", "Less than a year"),
        (By::Age, "1-3") => pick("1 à 3 ans", "1 to 3 years"),
        (By::Age, "3-5") => pick("3 à 5 ans", "3 to 5 years"),
        (By::Age, "over-5") => pick("5 ans et plus", "5 years and more"),
        (By::Memory, "under-4") => pick("Moins de 4 Gio", "Less than 4 GiB"),
        (By::Memory, "4-8") => pick("4 à 8 Gio", "4 to 8 GiB"),
        (By::Memory, "8-16") => pick("8 à 16 Gio", "8 to 16 GiB"),
        (By::Memory, "16-32") => pick("16 à 32 Gio", "16 to 32 GiB"),
        (By::Memory, "32-64") => pick("32 à 64 Gio", "32 to 64 GiB"),
        (By::Memory, "over-64") => pick("64 Gio et plus", "64 GiB and more"),
        (By::Contact, "day") => pick("Moins d’un jour", "Within a day"),
        (By::Contact, "week") => pick("1 à 7 jours", "1 to 7 days ago"),
        (By::Contact, "month") => pick("7 à 30 jours", "7 to 30 days ago"),
        (By::Contact, "older") => pick("Plus de 30 jours", "More than 30 days ago"),
        (By::Contact, "never") => pick("Sans agent", "Without an agent"),
        (By::Attention, "stale") => pick("Agent silencieux", "Silent agent"),
        (By::Attention, "disk_nearly_full") => pick("Disque presque plein", "Disk nearly full"),
        (By::Attention, "clone") => pick("Clone détecté", "Clone met"),
        (_, other) => other.to_owned(),
    }
}

/// How a machine stands to a key software.
pub(super) fn state(code: &str, language: Language) -> &'static str {
    match code {
        "present" => language.pick("Présent", "Present"),
        "old" => language.pick("Trop ancien", "Too old"),
        _ => language.pick("Absent", "Absent"),
    }
}

/// A number with its thousands apart.
pub(super) fn number(number: i64, language: Language) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push_str(language.pick("\u{202f}", ","));
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// A share of a whole, in hundredths.
pub(super) fn share(part: i64, whole: i64, language: Language) -> String {
    if whole <= 0 {
        return String::new();
    }
    let thousandths = (part * 1000 + whole / 2) / whole;
    let (ones, tenths) = (thousandths / 10, thousandths % 10);
    match language {
        Language::Fr => format!("{ones},{tenths}\u{a0}%"),
        Language::En => format!("{ones}.{tenths}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        assert_eq!(number(1_234_567, Language::En), "1,234,567");
        assert_eq!(number(1_234, Language::Fr), "1\u{202f}234");
        assert_eq!(number(999, Language::Fr), "999");
        assert_eq!(share(1, 3, Language::En), "33.3%");
        assert_eq!(share(2, 3, Language::Fr), "66,7\u{a0}%");
        assert_eq!(share(1, 0, Language::En), "");
    }
}
