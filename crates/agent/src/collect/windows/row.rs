//! What Windows tells comes in rows: an object of WMI, or the values of a registry key. Their values are of many kinds,
//! and often of another than the documentation says: readers ask for what they want and get it, or nothing.

use std::collections::BTreeMap;

use vigie_kernel::Timestamp;

use crate::collect::text::{day, meaningful};

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number; what is larger than this type is nobody's.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// Bytes of the registry.
    Bytes(Vec<u8>),
    /// An array.
    List(Vec<Value>),
}

/// Named values. Names are compared whatever their case, as Windows does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row(BTreeMap<String, Value>);

impl Row {
    /// Adds a value.
    pub fn insert(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_ascii_lowercase(), value);
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(&name.to_ascii_lowercase())
    }

    /// A text that says something.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        text(self.get(name)?)
    }

    /// A text, unless it is one of those that firmware makers leave in place of a real one.
    pub(crate) fn meaningful(&self, name: &str) -> Option<String> {
        meaningful(self.text(name))
    }

    /// A number, also where it comes as a text, as bytes, or as a negative one that was meant without a sign.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        number(self.get(name)?)
    }

    /// A number that is not zero.
    pub(crate) fn positive(&self, name: &str) -> Option<u64> {
        self.number(name).filter(|number| *number > 0)
    }

    /// Yes or no, also where it comes as a number or as a text.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Flag(flag) => Some(*flag),
            Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            other => number(other).map(|number| number != 0),
        }
    }

    /// The texts of an array, or the one text that there is.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some(Value::List(list)) => list.iter().filter_map(text).collect(),
            Some(one) => text(one).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// The bytes of a binary value.
    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        match self.get(name)? {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A moment as CIM writes it: `20240131120000.000000+060`, the distance from Greenwich in minutes (DSP0004 §5.2.4).
    pub(crate) fn moment(&self, name: &str) -> Option<Timestamp> {
        let text = self.text(name)?;
        let sign = text.get(21..22).filter(|sign| ["+", "-"].contains(sign))?;
        let part = |range| text.get(range).filter(|it: &&str| it.bytes().all(|byte| byte.is_ascii_digit()));
        let minutes: u64 = part(22..25)?.parse().ok()?;
        format!(
            "{}-{}-{}T{}:{}:{}{sign}{:02}:{:02}",
            part(0..4)?,
            part(4..6)?,
            part(6..8)?,
            part(8..10)?,
            part(10..12)?,
            part(12..14)?,
            minutes / 60,
            minutes % 60
        )
        .parse()
        .ok()
        // What was never set is a day of 1601.
        .filter(|moment: &Timestamp| day(moment.seconds()).is_some())
    }

    /// The day of such a moment.
    pub(crate) fn day(&self, name: &str) -> Option<String> {
        day(self.moment(name)?.seconds())
    }
}

fn text(value: &Value) -> Option<String> {
    let Value::Text(text) = value else { return None };
    // Some programs write more than their text into the registry.
    let text = text.split('\0').next().unwrap_or_default().trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn number(value: &Value) -> Option<u64> {
    match value {
        // COM has no 32-bit number without a sign: 4294967295 comes as -1.
        Value::Number(number @ -0x8000_0000..0) => u64::try_from(number + (1 << 32)).ok(),
        Value::Number(number) => u64::try_from(*number).ok(),
        Value::Text(text) => {
            let text = text.split('\0').next().unwrap_or_default().trim();
            match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some(digits) => u64::from_str_radix(digits, 16).ok(),
                None => text.parse().ok(),
            }
        }
        Value::Bytes(bytes) => match bytes.as_slice() {
            [a, b, c, d] => Some(u32::from_le_bytes([*a, *b, *c, *d]).into()),
            bytes => Some(u64::from_le_bytes(bytes.try_into().ok()?)),
        },
        Value::Flag(_) => None,
        // `ChassisTypes` and the like: the first counts.
        Value::List(list) => number(list.first()?),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    /// A row written as JSON.
    pub(crate) fn row(object: &Json) -> Row {
        let mut row = Row::default();
        for (name, value) in object.as_object().unwrap() {
            if let Some(value) = value_of(value) {
                row.insert(name, value);
            }
        }
        row
    }

    fn value_of(value: &Json) -> Option<Value> {
        Some(match value {
            Json::Null => return None,
            Json::Bool(flag) => Value::Flag(*flag),
            Json::Number(number) => Value::Number(number.as_i64().unwrap()),
            Json::String(text) => Value::Text(text.clone()),
            Json::Array(list) => Value::List(list.iter().filter_map(value_of).collect()),
            // `{"bytes": [1, 2]}`
            Json::Object(object) => Value::Bytes(serde_json::from_value(object["bytes"].clone()).unwrap()),
        })
    }

    #[test]
    fn numbers_come_in_many_shapes() {
        let row = row(&json!({
            "a": 7, "b": "42", "c": "0x2A", "d": -1, "e": " ", "f": [8, 9], "g": -9_000_000_000_i64,
            "h": {"bytes": [0, 0, 0, 0, 2, 0, 0, 0]}, "i": {"bytes": [1, 2]}, "j": true, "k": "12 MB",
        }));
        let told = |name: &str| row.number(name);
        assert_eq!(
            ["A", "B", "C", "D", "F", "H"].map(told),
            [Some(7), Some(42), Some(42), Some(4_294_967_295), Some(8), Some(8_589_934_592)]
        );
        assert_eq!(["e", "g", "i", "j", "k", "missing"].map(told), [None; 6]);
        assert_eq!((row.flag("a"), row.flag("j"), row.flag("k")), (Some(true), Some(true), None));
    }

    #[test]
    fn empty_texts_are_absent_and_rubbish_behind_a_zero_is_cut() {
        let row =
            row(&json!({"a": "  ", "b": " x ", "c": "1.0\0\u{1}junk", "d": [null, "", "y"], "e": "Default string"}));
        assert_eq!((row.text("a"), row.text("b").as_deref(), row.text("c").as_deref()), (None, Some("x"), Some("1.0")));
        assert_eq!(row.texts("d"), ["y"]);
        assert_eq!(row.texts("b"), ["x"]);
        assert_eq!((row.text("e").as_deref(), row.meaningful("e")), (Some("Default string"), None));
    }

    #[test]
    fn moments_of_cim_know_their_zone() {
        let row = row(&json!({
            "east": "20240131013000.500000+060", "west": "20240131230000.000000-300", "unset": "16010101000000.000000+000",
            "wild": "2024**********.******+***", "short": "20240131",
        }));
        assert_eq!(row.moment("east").unwrap().to_string().get(..19), Some("2024-01-31T00:30:00"));
        assert_eq!(row.day("west").as_deref(), Some("2024-02-01"));
        for name in ["unset", "wild", "short", "missing"] {
            assert_eq!(row.moment(name), None, "{name}");
        }
    }
}
