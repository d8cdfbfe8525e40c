//! Classes that equipment is counted and listed by: age, memory, when it was last heard of. Where a class begins and ends
//! is said here once, for summaries and lists alike.

use std::fmt::Write as _;

use sea_orm::{
    ColumnTrait as _, Condition,
    sea_query::{Expr, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use vigie_kernel::{CustomerId, Timestamp};

use crate::entity::equipment::Column;

/// Most of [`OtherThan`].
const MOST: usize = 50;
const GIB: i64 = 1 << 30;
const DAY: i64 = 86_400_000;

/// A value of an address as it is stored. An address has no empty values: there `-` is one that is not known, and a value
/// of dashes has one more.
pub(crate) fn known(value: &str) -> String {
    value.strip_prefix('-').filter(|rest| is_dashes(rest)).unwrap_or(value).to_owned()
}

/// A stored value as it stands in an address.
pub(crate) fn said(value: &str) -> String {
    if is_dashes(value) { format!("-{value}") } else { value.to_owned() }
}

fn is_dashes(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'-')
}

/// Declares a class with its codes, in the order in which summaries show them.
macro_rules! classes {
    ($(#[$doc:meta])* $name:ident { $($(#[$one_doc:meta])* $one:ident = $code:tt,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$one_doc])* #[serde(rename = $code)] $one,)+
        }

        impl $name {
            /// Every class.
            pub const ALL: &'static [Self] = &[$(Self::$one,)+];

            /// The code in the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$one => $code,)+ }
            }
        }
    };
}

classes! {
    /// How old a machine is, in years.
    #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
    #[cfg_attr(feature = "openapi", schema(as = EquipmentAge))]
    Age {
        /// Less than a year.
        Under1 = "under-1",
        /// One year to less than three.
        From1 = "1-3",
        /// Three years to less than five.
        From3 = "3-5",
        /// Five years or more.
        From5 = "over-5",
        /// Nothing says.
        Unknown = "unknown",
    }
}

classes! {
    /// How much memory a machine has, in GiB. What firmware and graphics take of it is allowed for: a machine sold with 8
    /// reports less.
    #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
    #[cfg_attr(feature = "openapi", schema(as = EquipmentMemory))]
    Memory {
        /// Less than 4.
        Under4 = "under-4",
        /// 4 to less than 8.
        From4 = "4-8",
        /// 8 to less than 16.
        From8 = "8-16",
        /// 16 to less than 32.
        From16 = "16-32",
        /// 32 to less than 64.
        From32 = "32-64",
        /// 64 or more.
        From64 = "over-64",
        /// Nothing says.
        Unknown = "unknown",
    }
}

classes! {
    /// When the agent of a machine was last heard of. Machines without an agent are in none.
    #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
    #[cfg_attr(feature = "openapi", schema(as = EquipmentContact))]
    Contact {
        /// Within a day.
        Day = "day",
        /// A day to a week ago.
        Week = "week",
        /// A week to thirty days ago.
        Month = "month",
        /// Longer ago.
        Older = "older",
    }
}

/// The same day some years earlier. Days compare as texts, so that the 29th of February needs no care.
fn years_before(now: Timestamp, years: i32) -> String {
    let today = now.day().to_string();
    let year = today.get(..4).and_then(|year| year.parse::<i32>().ok()).unwrap_or(1970);
    format!("{:04}{}", year - years, today.get(4..).unwrap_or_default())
}

impl Age {
    /// From the first day that belongs to it up to the last; none: open.
    fn days(self, now: Timestamp) -> (Option<String>, Option<String>) {
        let before = |years| Some(years_before(now, years));
        match self {
            Self::Under1 => (before(1), None),
            Self::From1 => (before(3), before(1)),
            Self::From3 => (before(5), before(3)),
            Self::From5 | Self::Unknown => (None, before(5)),
        }
    }

    pub(crate) fn condition(self, now: Timestamp) -> Condition {
        if self == Self::Unknown {
            return Condition::all().add(Column::AgeFrom.eq(""));
        }
        // A day on the edge has had its birthday.
        let (after, upto) = self.days(now);
        let all = Condition::all().add(Column::AgeFrom.ne(""));
        all.add_option(after.map(|day| Column::AgeFrom.gt(day))).add_option(upto.map(|day| Column::AgeFrom.lte(day)))
    }

    /// The class of each row, as an expression.
    pub(crate) fn sql(now: Timestamp) -> String {
        let after = |age: Self| age.days(now).0.unwrap_or_default();
        format!(
            "CASE WHEN age_from = '' THEN 'unknown' WHEN age_from > '{}' THEN 'under-1' WHEN age_from > '{}' THEN '1-3' \
             WHEN age_from > '{}' THEN '3-5' ELSE 'over-5' END",
            after(Self::Under1),
            after(Self::From1),
            after(Self::From3)
        )
    }
}

impl Memory {
    /// The fewest bytes of a class: a sixteenth less than its name says.
    const fn least(self) -> i64 {
        let gib = match self {
            Self::Unknown => return 0,
            Self::Under4 => return 1,
            Self::From4 => 4,
            Self::From8 => 8,
            Self::From16 => 16,
            Self::From32 => 32,
            Self::From64 => 64,
        };
        gib * GIB / 16 * 15
    }

    /// The class above.
    const fn above(self) -> Option<Self> {
        match self {
            Self::Unknown => Some(Self::Under4),
            Self::Under4 => Some(Self::From4),
            Self::From4 => Some(Self::From8),
            Self::From8 => Some(Self::From16),
            Self::From16 => Some(Self::From32),
            Self::From32 => Some(Self::From64),
            Self::From64 => None,
        }
    }

    pub(crate) fn condition(self) -> Condition {
        let all = Condition::all().add(Column::MemoryBytes.gte(self.least()));
        all.add_option(self.above().map(|above| Column::MemoryBytes.lt(above.least())))
    }

    /// The class of each row, as an expression.
    pub(crate) fn sql() -> String {
        let mut text = "CASE".to_owned();
        for class in Self::ALL.iter().rev().filter(|class| **class != Self::Unknown) {
            // Writing to a string never fails.
            let _ = write!(text, " WHEN memory_bytes >= {} THEN '{}'", class.least(), class.as_str());
        }
        text + " ELSE 'unknown' END"
    }
}

impl Contact {
    /// Since when, and before when: milliseconds.
    fn times(self, now: Timestamp) -> (Option<i64>, Option<i64>) {
        let before = |days: i64| Some(now.millis() - days * DAY);
        match self {
            Self::Day => (before(1), None),
            Self::Week => (before(7), before(1)),
            Self::Month => (before(30), before(7)),
            Self::Older => (None, before(30)),
        }
    }

    pub(crate) fn condition(self, now: Timestamp) -> Condition {
        let (since, before) = self.times(now);
        Condition::all()
            .add(Column::InventorySeq.is_not_null())
            .add_option(since.map(|at| Column::LastContactAt.gte(at)))
            .add_option(before.map(|at| Column::LastContactAt.lt(at)))
    }

    /// The class of each row with an agent, as an expression.
    pub(crate) fn sql(now: Timestamp) -> String {
        let since = |contact: Self| contact.times(now).0.unwrap_or(i64::MIN);
        format!(
            "CASE WHEN last_contact_at >= {} THEN 'day' WHEN last_contact_at >= {} THEN 'week' \
             WHEN last_contact_at >= {} THEN 'month' ELSE 'older' END",
            since(Self::Day),
            since(Self::Week),
            since(Self::Month)
        )
    }
}

/// One of [`OtherThan`]: all that is given holds for what is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Named {
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// Maker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// Name of the operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_name: Option<String>,
    /// Version of the operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
}

impl Named {
    fn condition(&self) -> Condition {
        let texts = [
            (&self.manufacturer, Column::Manufacturer),
            (&self.os_name, Column::OsName),
            (&self.os_version, Column::OsVersion),
        ];
        let mut all = Condition::all().add_option(self.customer_id.map(|id| Column::CustomerId.eq(id)));
        for (wanted, column) in texts {
            all = all.add_option(wanted.as_ref().map(|wanted| column.eq(known(wanted))));
        }
        all
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// All but what a summary names one by one: the list behind *others*. In an address a JSON array.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OtherThan(pub Vec<Named>);

impl TryFrom<String> for OtherThan {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let named: Vec<Named> = serde_json::from_str(&text)
            .map_err(|_| "other_than is a JSON array of objects with members of the list")?;
        if named.len() > MOST || named.iter().any(Named::is_empty) {
            return Err("other_than names at most 50, each by something");
        }
        Ok(Self(named))
    }
}

impl From<OtherThan> for String {
    fn from(others: OtherThan) -> Self {
        serde_json::to_string(&others.0).unwrap_or_default()
    }
}

impl OtherThan {
    pub(crate) fn condition(&self) -> Condition {
        let mut any = Condition::any();
        for named in &self.0 {
            any = any.add(named.condition());
        }
        // Nothing is left out of nothing.
        let nobody: SimpleExpr = Expr::cust("1 = 0");
        any.add(nobody).not()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_has_a_word_in_addresses() {
        for value in ["", "-", "--", "Dell", "-x", "x-"] {
            assert_eq!(known(&said(value)), value);
            assert!(!said(value).is_empty());
        }
        assert_eq!(known("-"), "");
    }

    #[test]
    fn an_age_ends_on_the_birthday() {
        let now: Timestamp = "2024-02-29T12:00:00Z".parse().unwrap();
        assert_eq!(Age::From1.days(now), (Some("2021-02-29".into()), Some("2023-02-29".into())));
        assert_eq!(Age::Under1.days(now), (Some("2023-02-29".into()), None));
        assert_eq!(Age::From5.days(now), (None, Some("2019-02-29".into())));
    }

    #[test]
    fn memory_is_what_the_machine_was_sold_with() {
        let class = |bytes: i64| {
            let fits = |class: &Memory| bytes >= class.least() && class.above().is_none_or(|it| bytes < it.least());
            let found: Vec<_> = Memory::ALL.iter().filter(|class| fits(class)).collect();
            assert_eq!(found.len(), 1, "{bytes}");
            found[0].as_str()
        };
        assert_eq!(class(0), "unknown");
        assert_eq!(class(1), "under-4");
        assert_eq!(class(7_700 * (1 << 20)), "8-16", "8 GB, of which the graphics take some");
        assert_eq!(class(8 << 30), "8-16");
        assert_eq!(class(7 << 30), "4-8");
        assert_eq!(class(1 << 40), "over-64");
    }

    #[test]
    fn others_are_named_by_something() {
        let read = |text: &str| OtherThan::try_from(text.to_owned());
        let one = read(r#"[{"manufacturer":"O'Brien, \"Ltd\" é"}]"#).unwrap();
        assert_eq!(read(&String::from(one.clone())), Ok(one));
        for wrong in ["", "{}", "[{}]", r#"[{"serial":"x"}]"#, "[1]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let many = format!("[{}]", vec![r#"{"os_name":"x"}"#; 51].join(","));
        assert!(read(&many).is_err());
    }
}
