//! The one shape that JSON and XML documents are read into before they are mapped, and what bounds it. Documents come
//! from strangers: depth, number of values and number of names are limited while they are read, not afterwards.

use std::borrow::Cow;

use serde_json::Number;

use super::Refusal;

/// Deepest nesting of a document.
pub(crate) const MAX_DEPTH: usize = 32;
/// Most values of a document: 20,000 programs with 30 fields each.
pub(crate) const MAX_VALUES: usize = 600_000;
/// Most different names within one object or element; what is beyond is not read. Real ones stay under 60.
pub(crate) const MAX_NAMES: usize = 128;

/// Names that are passed over wherever they stand. They hold secrets (command lines, environments, licence keys,
/// registry values) or are large (embedded pictures), and nothing of them is kept; so they are not even read.
pub(crate) fn unread(name: &str) -> bool {
    const UNREAD: [&str; 10] = [
        "processes",
        "envs",
        "licenseinfos",
        "perl_args",
        "perl_config",
        "perl_inc",
        "registry",
        "download",
        "base64",
        "uuencode",
    ];
    UNREAD.iter().any(|it| it.eq_ignore_ascii_case(name))
}

/// A value of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// JSON's `null`, or an element without content.
    Null,
    /// JSON's `true` or `false`.
    Bool(bool),
    /// A JSON number.
    Number(Number),
    /// Text.
    Text(Cow<'a, str>),
    /// JSON's array, or elements of one name.
    List(Vec<Value<'a>>),
    /// JSON's object, or an element with children.
    Map(Map<'a>),
}

impl<'a> Value<'a> {
    /// The value as a list: the only item when it is not one, because one repeated element looks like one object.
    pub(crate) fn items(&self) -> &[Value<'a>] {
        match self {
            Value::Null => &[],
            Value::List(items) => items,
            other => std::slice::from_ref(other),
        }
    }

    /// The object, or the first one of a list.
    pub(crate) fn map(&self) -> Option<&Map<'a>> {
        match self {
            Value::Map(map) => Some(map),
            Value::List(items) => items.iter().find_map(Value::map),
            _ => None,
        }
    }
}

/// Members by lower-case name. Of members with equal names the last one counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Map<'a>(pub(crate) Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Map<'a> {
    /// The member of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.0.iter().rfind(|(it, _)| it == name).map(|(_, value)| value)
    }

    /// The member of that name, when it is text or a number; trimmed, not empty.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        let text = match self.get(name)? {
            Value::Text(text) => Cow::Borrowed(text.trim()),
            Value::Number(number) => Cow::Owned(number.to_string()),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// Adds what a repeated element is in XML: another item of the list of that name. False when there are too many
    /// names already.
    pub(crate) fn add_sibling(&mut self, name: Cow<'a, str>, value: Value<'a>) -> bool {
        let full = self.0.len() >= MAX_NAMES;
        // Elements of one list stand together: nearly always it is the last one.
        match self.0.iter_mut().rfind(|(it, _)| *it == name) {
            Some((_, Value::List(items))) => items.push(value),
            Some((_, only)) => {
                let first = std::mem::replace(only, Value::Null);
                *only = Value::List(vec![first, value]);
            }
            None if full => return false,
            None => self.0.push((name, value)),
        }
        true
    }

    /// Gives a member another name; unless it is empty, it replaces one that has that name already.
    pub(crate) fn rename(&mut self, from: &str, to: &'static str) {
        if let Some(at) = self.0.iter().rposition(|(it, _)| it == from) {
            let (_, value) = self.0.remove(at);
            if value != Value::Null {
                self.0.retain(|(it, _)| it != to);
                self.0.push((Cow::Borrowed(to), value));
            }
        }
    }
}

/// Counts what is read of one document.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    values: usize,
}

impl Budget {
    /// Counts one more value at that depth.
    pub(crate) fn take(&mut self, depth: usize) -> Result<(), Refusal> {
        if depth > MAX_DEPTH {
            return Err(Refusal::TooDeep { limit: MAX_DEPTH });
        }
        self.values += 1;
        if self.values > MAX_VALUES { Err(Refusal::TooMany { limit: MAX_VALUES }) } else { Ok(()) }
    }
}

/// A name in lower case, without copying one that is.
pub(crate) fn lower(name: Cow<'_, str>) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(name.to_ascii_lowercase()) } else { name }
}
