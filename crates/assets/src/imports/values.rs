//! Cells as values: words for types and states in English and French, days in the orders that people write, and what
//! leaves a field as it is or empties it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vigie_kernel::{Day, EquipmentId};

use super::{
    columns::{Target, plain},
    read::{Fault, Line},
};
use crate::equipment::change::Fields;

/// Cells that empty a field. An empty cell leaves it as it is.
const EMPTIES: [&str; 2] = ["[empty]", "[vide]"];
/// Longest value that a refusal quotes, characters.
const QUOTED: usize = 200;

/// In which order the numbers of a day stand, where they are not written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportDates))]
#[serde(rename_all = "lowercase")]
pub enum Dates {
    /// Where it can be told; a line on which it cannot is refused.
    #[default]
    Auto,
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
}

/// Why a line is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// A stable code.
    pub code: &'static str,
    /// In which column the trouble is.
    pub column: Option<String>,
    /// What stands there.
    pub value: String,
    /// The line that it collides with.
    pub other: Option<u64>,
}

impl Refused {
    pub(super) fn new(code: &'static str) -> Self {
        Self { code, column: None, value: String::new(), other: None }
    }

    pub(super) fn at(mut self, column: &str, value: &str) -> Self {
        self.column = Some(column.to_owned());
        self.value = value.chars().take(QUOTED).collect();
        self
    }
}

/// What a line asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Which equipment.
    pub(super) id: Option<EquipmentId>,
    /// Whose it is, as it is written.
    pub(super) customer: Option<String>,
    /// Fields; no customer and none of one's own.
    pub(super) fields: Fields,
    /// Fields of one's own; an empty text takes one away.
    pub(super) custom: BTreeMap<String, String>,
}

/// What a line asks for, or why it cannot be.
pub(super) fn wanted(
    line: &Line,
    columns: &[String],
    targets: &[Option<Target>],
    dates: Dates,
) -> Result<Wanted, Refused> {
    if let Some(fault) = &line.fault {
        return Err(faulty(fault, columns));
    }
    let mut wanted = Wanted::default();
    for ((cell, column), target) in line.cells.iter().zip(columns).zip(targets) {
        let Some(target) = target.as_ref().filter(|_| !cell.is_empty()) else { continue };
        let value = if EMPTIES.iter().any(|it| cell.eq_ignore_ascii_case(it)) { "" } else { unprotected(cell) };
        let refused = |code| Refused::new(code).at(column, cell);
        match target {
            Target::Id => wanted.id = Some(value.parse().map_err(|_| refused("id-unknown"))?),
            Target::Customer => wanted.customer = Some(value.to_owned()).filter(|it| !it.is_empty()),
            Target::Custom(name) => drop(wanted.custom.insert(name.clone(), value.to_owned())),
            Target::Field(name) => set(&mut wanted.fields, name, value, dates).map_err(refused)?,
        }
    }
    Ok(wanted)
}

fn faulty(fault: &Fault, columns: &[String]) -> Refused {
    let name = |column: usize| columns.get(column).map_or("", String::as_str);
    match fault {
        Fault::Encoding => Refused::new("encoding"),
        Fault::Cells => Refused::new("cells"),
        Fault::CellError { column, error } => Refused::new("cell-error").at(name(*column), error),
        Fault::NotCalculated { column } => Refused::new("not-calculated").at(name(*column), ""),
    }
}

/// Exports put an apostrophe before what a spreadsheet would take for a formula; here it goes again.
fn unprotected(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|it| it.starts_with(['=', '+', '-', '@'])).unwrap_or(cell)
}

fn set(fields: &mut Fields, name: &str, value: &str, dates: Dates) -> Result<(), &'static str> {
    let text = || Some(value.to_owned());
    match name {
        "name" => fields.name = text(),
        "type" => fields.kind = Some(word(TYPES, value).ok_or("value-unknown")?),
        "status" => fields.status = Some(word(STATUSES, value).ok_or("value-unknown")?),
        "manufacturer" => fields.manufacturer = text(),
        "model" => fields.model = text(),
        "serial" => fields.serial = text(),
        "uuid" => fields.uuid = text(),
        "location" => fields.location = text(),
        "person" => fields.person = text(),
        "asset_number" => fields.asset_number = text(),
        "supplier" => fields.supplier = text(),
        "notes" => fields.notes = text(),
        "purchase_date" => fields.purchase_date = Some(day(value, dates)?),
        "warranty_end" => fields.warranty_end = Some(day(value, dates)?),
        _ => return Err("value-invalid"),
    }
    Ok(())
}

type Words = &'static [(&'static str, &'static [&'static str])];

const TYPES: Words = &[
    (
        "workstation",
        &[
            "workstation",
            "desktop",
            "pc",
            "computer",
            "poste fixe",
            "poste",
            "poste de travail",
            "ordinateur",
            "ordinateur de bureau",
            "unite centrale",
        ],
    ),
    ("laptop", &["laptop", "notebook", "portable", "ordinateur portable", "pc portable"]),
    ("server", &["server", "serveur"]),
    ("tablet", &["tablet", "tablette"]),
    ("virtual-machine", &["virtual machine", "vm", "machine virtuelle"]),
    ("other", &["other", "autre"]),
    ("printer", &["printer", "imprimante", "copier", "copieur"]),
    (
        "network",
        &[
            "network",
            "network device",
            "switch",
            "router",
            "firewall",
            "access point",
            "reseau",
            "equipement reseau",
            "commutateur",
            "routeur",
            "pare feu",
            "borne wifi",
        ],
    ),
    ("phone", &["phone", "telephone", "smartphone", "mobile", "mobile phone"]),
    ("monitor", &["monitor", "screen", "display", "ecran", "moniteur"]),
];

const STATUSES: Words = &[
    ("in-stock", &["in stock", "stock", "spare", "available", "en stock", "disponible"]),
    ("in-use", &["in use", "used", "active", "deployed", "en service", "en usage", "utilise", "actif", "affecte"]),
    ("in-repair", &["in repair", "repair", "broken", "en reparation", "reparation", "en panne"]),
    (
        "retired",
        &["retired", "disposed", "scrapped", "retire", "reforme", "mis au rebut", "rebut", "hors service", "sorti"],
    ),
];

fn word(words: Words, value: &str) -> Option<String> {
    let value = plain(value);
    words.iter().find(|(_, known)| known.contains(&value.as_str())).map(|(code, _)| (*code).to_owned())
}

/// A day as `YYYY-MM-DD`; an empty text stays empty.
fn day(value: &str, dates: Dates) -> Result<String, &'static str> {
    if value.is_empty() {
        return Ok(String::new());
    }
    // A time behind the day does not matter.
    let day = value.split(['T', ' ']).next().unwrap_or_default();
    let separator = day.chars().find(|it| matches!(it, '-' | '/' | '.')).ok_or("date-invalid")?;
    let parts: Vec<&str> = day.split(separator).collect();
    let [first, second, third] = parts[..] else { return Err("date-invalid") };
    if parts.iter().any(|it| it.is_empty() || it.len() > 4 || !it.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err("date-invalid");
    }
    let (year, month, day) = if first.len() == 4 {
        (first, second, third)
    } else if third.len() == 4 {
        let above = |part: &str| part.parse::<u32>().is_ok_and(|it| it > 12);
        match dates {
            Dates::Dmy => (third, second, first),
            Dates::Mdy => (third, first, second),
            // Nobody writes months first with dots.
            Dates::Auto if separator == '.' || above(first) || first == second => (third, second, first),
            Dates::Auto if above(second) => (third, first, second),
            Dates::Auto => return Err("date-ambiguous"),
        }
    } else {
        return Err("date-invalid");
    };
    let text = format!("{year:0>4}-{month:0>2}-{day:0>2}");
    text.parse::<Day>().map(|day| day.to_string()).map_err(|_| "date-invalid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_in_the_order_that_is_said_or_refused_where_it_cannot_be_told() {
        for (text, dates, read) in [
            ("2025-03-04", Dates::Auto, Ok("2025-03-04")),
            ("2025/3/4", Dates::Mdy, Ok("2025-03-04")),
            ("2025-03-04T10:30:00", Dates::Auto, Ok("2025-03-04")),
            ("31/12/2025", Dates::Auto, Ok("2025-12-31")),
            ("12/31/2025", Dates::Auto, Ok("2025-12-31")),
            ("04/04/2025", Dates::Auto, Ok("2025-04-04")),
            ("03/04/2025", Dates::Auto, Err("date-ambiguous")),
            ("03/04/2025", Dates::Dmy, Ok("2025-04-03")),
            ("03/04/2025", Dates::Mdy, Ok("2025-03-04")),
            ("03.04.2025", Dates::Auto, Ok("2025-04-03")),
            ("12/31/2025", Dates::Dmy, Err("date-invalid")),
            ("31/02/2025", Dates::Auto, Err("date-invalid")),
            ("29/02/2024", Dates::Auto, Ok("2024-02-29")),
            ("31/12/25", Dates::Auto, Err("date-invalid")),
            ("soon", Dates::Auto, Err("date-invalid")),
            ("2025", Dates::Auto, Err("date-invalid")),
            ("", Dates::Auto, Ok("")),
        ] {
            assert_eq!(day(text, dates).as_deref(), read.as_ref().copied(), "{text}");
        }
    }

    #[test]
    fn types_and_states_are_known_in_both_languages() {
        assert_eq!(word(TYPES, "Équipement réseau").as_deref(), Some("network"));
        assert_eq!(word(TYPES, "virtual-machine").as_deref(), Some("virtual-machine"));
        assert_eq!(word(STATUSES, "En réparation").as_deref(), Some("in-repair"));
        assert_eq!(word(STATUSES, "in-use").as_deref(), Some("in-use"));
        assert_eq!(word(STATUSES, "lost"), None);
        for code in crate::equipment::AGENT_KINDS.iter().chain(crate::equipment::OTHER_KINDS) {
            assert_eq!(word(TYPES, code).as_deref(), Some(*code));
        }
        for code in crate::equipment::STATUSES {
            assert_eq!(word(STATUSES, code).as_deref(), Some(*code));
        }
    }

    #[test]
    fn empty_cells_leave_a_word_empties_and_an_exports_apostrophe_goes() {
        let columns: Vec<String> = ["name", "location", "notes", "custom:Floor"].map(str::to_owned).into();
        let targets: Vec<_> = columns.iter().map(|it| it.parse::<Target>().ok()).collect();
        let cells: Vec<String> = ["'=1+1", "", "[VIDE]", "'quoted"].map(str::to_owned).into();
        let line = Line { number: 2, cells, fault: None, calculated: false };
        let read = wanted(&line, &columns, &targets, Dates::Auto).unwrap();
        assert_eq!(read.fields.name.as_deref(), Some("=1+1"));
        assert_eq!((read.fields.location, read.fields.notes.as_deref()), (None, Some("")));
        assert_eq!(read.custom["Floor"], "'quoted");
    }
}
