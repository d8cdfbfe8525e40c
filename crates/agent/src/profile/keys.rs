//! Reading the keys of a manifest's tables, each with its place for when it is wrong.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::toml_fault::Faults;

/// Most tables of one kind.
pub(super) const MOST: usize = 100;

/// A text in the file.
pub(super) struct Text<'t> {
    pub(super) words: &'t str,
    pub(super) offset: usize,
    pub(super) path: String,
}

impl Text<'_> {
    pub(super) fn wrong<T>(&self, words: &str, faults: &mut Faults<'_>) -> Option<T> {
        faults.add(self.offset, self.path.clone(), words);
        None
    }

    pub(super) fn checked(&self, is_right: bool, words: &str, faults: &mut Faults<'_>) -> Option<String> {
        if is_right { Some(self.words.trim().to_owned()) } else { self.wrong(words, faults) }
    }
}

/// The keys of one table; those that nobody asked for are wrong.
pub(super) struct Keys<'a, 't> {
    table: &'a DeTable<'t>,
    above: String,
    pub(super) offset: usize,
    asked: Vec<&'static str>,
}

impl<'a, 't> Keys<'a, 't> {
    pub(super) fn new(table: &'a DeTable<'t>, above: String, offset: usize) -> Self {
        Self { table, above, offset, asked: Vec::new() }
    }

    pub(super) fn path(&self, name: &str) -> String {
        if self.above.is_empty() { name.to_owned() } else { format!("{}.{name}", self.above) }
    }

    fn find(&self, name: &str) -> Option<&'a Spanned<DeValue<'t>>> {
        self.table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
    }

    /// Where a key's value stands, or the table where it is missing.
    pub(super) fn place(&self, name: &str) -> usize {
        self.find(name).map_or(self.offset, |value| value.span().start)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn get(&mut self, name: &'static str) -> Option<&'a Spanned<DeValue<'t>>> {
        self.asked.push(name);
        self.find(name)
    }

    fn kind(&self, name: &str, value: &Spanned<DeValue<'_>>, needed: &str, faults: &mut Faults<'_>) {
        let found = value.get_ref().type_str();
        faults.add(value.span().start, self.path(name), format!("a {needed} is needed, this is a {found}"));
    }

    pub(super) fn text(&mut self, name: &'static str, faults: &mut Faults<'_>) -> Option<Text<'a>> {
        let value = self.get(name)?;
        if let DeValue::String(text) = value.get_ref() {
            return Some(Text { words: text.as_ref(), offset: value.span().start, path: self.path(name) });
        }
        self.kind(name, value, "string", faults);
        None
    }

    pub(super) fn needed(&mut self, name: &'static str, faults: &mut Faults<'_>) -> Option<Text<'a>> {
        if !self.has(name) {
            self.asked.push(name);
            faults.add(self.offset, self.path(name), "this key is missing");
        }
        self.text(name, faults)
    }

    /// A number that is not negative.
    pub(super) fn number(&mut self, name: &'static str, faults: &mut Faults<'_>) -> Option<(f64, usize)> {
        let value = self.get(name)?;
        let number = match value.get_ref() {
            DeValue::Integer(it) => it.as_str().parse().ok(),
            DeValue::Float(it) => it.as_str().replace('_', "").parse().ok(),
            _ => {
                self.kind(name, value, "number", faults);
                return None;
            }
        };
        let number = number.filter(|it: &f64| it.is_finite() && *it >= 0.0);
        if number.is_none() {
            faults.add(value.span().start, self.path(name), "a number from 0 is needed, in decimal digits");
        }
        number.map(|it| (it, value.span().start))
    }

    pub(super) fn truth(&mut self, name: &'static str, faults: &mut Faults<'_>) -> Option<bool> {
        let value = self.get(name)?;
        if value.get_ref().as_bool().is_none() {
            self.kind(name, value, "boolean", faults);
        }
        value.get_ref().as_bool()
    }

    /// A program and its arguments.
    pub(super) fn texts(&mut self, name: &'static str, faults: &mut Faults<'_>) -> Option<Vec<String>> {
        let value = self.get(name)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.kind(name, value, "list of strings", faults);
            return None;
        };
        let mut texts = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(text) if !text.contains('\0') => texts.push(text.to_string()),
                _ => self.kind(name, item, "string", faults),
            }
        }
        if texts.first().is_none_or(String::is_empty) {
            faults.add(value.span().start, self.path(name), "a program is needed");
            return None;
        }
        Some(texts)
    }

    pub(super) fn table(&mut self, name: &'static str, faults: &mut Faults<'_>) -> Option<Keys<'a, 't>> {
        let value = self.get(name)?;
        if let DeValue::Table(table) = value.get_ref() {
            return Some(Keys::new(table, self.path(name), value.span().start));
        }
        self.kind(name, value, "table", faults);
        None
    }

    pub(super) fn tables(&mut self, name: &'static str, most: usize, faults: &mut Faults<'_>) -> Vec<Keys<'a, 't>> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.kind(name, value, "list of tables", faults);
            return Vec::new();
        };
        if items.len() > most {
            faults.add(value.span().start, self.path(name), format!("at most {most} are possible"));
        }
        let mut tables = Vec::new();
        for item in items.iter().take(most) {
            match item.get_ref() {
                DeValue::Table(table) => tables.push(Keys::new(table, self.path(name), item.span().start)),
                _ => self.kind(name, item, "table", faults),
            }
        }
        tables
    }

    pub(super) fn end(self, faults: &mut Faults<'_>) {
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if !self.asked.contains(&name) {
                let known = self.asked.join(", ");
                faults.add(key.span().start, self.path(name), format!("there is no such key; there are {known}"));
            }
        }
    }
}
