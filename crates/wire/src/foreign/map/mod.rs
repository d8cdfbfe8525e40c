//! Maps the sections of a foreign document to Vigie's model. JSON and XML come here as one tree with one set of names,
//! so there is one mapping. A value of the wrong kind is dropped and remarked; it never costs the document.

mod hardware;
mod machine;
mod network;
mod software;

use std::{borrow::Cow, cell::RefCell};

use vigie_kernel::Timestamp;

use super::{
    Kind,
    tree::{Map, Value},
    values::{self, Order, Unreadable},
};
use crate::{
    Sections,
    clean::{Remark, Remarks},
    matching,
};

/// What the mapping makes of a document's `content`.
pub(crate) struct Machine {
    /// The sections, within bounds.
    pub(crate) sections: Sections,
    /// What was not taken as it came.
    pub(crate) remarks: Vec<Remark>,
    /// OCS's former name of the agent.
    pub(crate) old_device_id: Option<String>,
    /// When the inventory was taken.
    pub(crate) collected_at: Option<Timestamp>,
    /// Which of the objects that [`Sections::system`] is made of were there.
    pub(crate) carried: Carried,
}

/// Which of the objects were there that several sections are made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    hardware: bool,
    bios: bool,
    operating_system: bool,
}

impl Machine {
    /// Maps the whole of `content`.
    pub(crate) fn read(content: &Map<'_>, kind: Kind) -> Self {
        let reader = Reader::new(content, kind);
        let carried = Carried {
            hardware: reader.object("hardware", "system").is_some(),
            bios: reader.object("bios", "bios").is_some(),
            operating_system: reader.object("operatingsystem", "operating_system").is_some(),
        };
        let mut sections = Sections::default();
        machine::map(&reader, &mut sections);
        hardware::map(&reader, &mut sections);
        network::map(&reader, &mut sections);
        software::map(&reader, &mut sections);
        let old_device_id = reader.object("hardware", "system").and_then(|it| it.text("old_deviceid"));
        let collected_at = reader.object("accesslog", "collected_at").and_then(|it| it.moment("logdate"));
        let mut remarks = reader.remarks.into_inner();
        sections.clean(&mut remarks);
        Self { sections, remarks: remarks.0, old_device_id, collected_at, carried }
    }
}

/// Fills in, from what is held, the values of a partial inventory whose source it did not carry: GLPI agents leave the
/// operating system out while it does not change, but the system's domain and time zone stand there.
pub(crate) fn keep_what_was_not_carried(sections: &mut Sections, held: &Sections, carried: Carried) {
    if let (Some(system), Some(held)) = (&mut sections.system, &held.system) {
        macro_rules! keep {
            ($($field:ident),+) => {$(if system.$field.is_none() { system.$field.clone_from(&held.$field); })+};
        }
        if !carried.operating_system {
            keep!(domain, time_zone);
        }
        if !carried.bios {
            keep!(manufacturer, model, serial, asset_tag, sku, chassis);
        }
        if !carried.hardware {
            keep!(name, workgroup, uuid, chassis, virtualization, memory_bytes, swap_bytes);
            if system.dns_servers.is_empty() {
                system.dns_servers.clone_from(&held.dns_servers);
            }
        }
        keep!(family, machine_id);
    }
    let architecture = held.operating_system.as_ref().and_then(|it| it.architecture.as_ref());
    if let (false, Some(processors), Some(_)) = (carried.operating_system, &mut sections.processors, architecture) {
        for processor in processors {
            processor.architecture = architecture.cloned();
        }
    }
}

/// A document's content, and what all of the mapping needs to know of it.
pub(crate) struct Reader<'t, 'a> {
    content: &'t Map<'a>,
    pub(crate) kind: Kind,
    /// The machine's distance from Greenwich in seconds, for local times.
    zone: Option<i32>,
    remarks: RefCell<Remarks>,
}

impl<'t, 'a> Reader<'t, 'a> {
    fn new(content: &'t Map<'a>, kind: Kind) -> Self {
        let zone = content.get("operatingsystem").and_then(Value::map).and_then(|system| {
            let zone = system.get("timezone").and_then(Value::map)?;
            values::zone(&zone.text("offset")?)
        });
        Self { content, kind, zone, remarks: RefCell::default() }
    }

    /// An object of the content. `section` names it in remarks.
    pub(crate) fn object(&self, name: &str, section: &'static str) -> Option<Row<'_, 'a>> {
        let map = match self.content.get(name)? {
            Value::Null => return None,
            value => value.map(),
        };
        if map.is_none() {
            self.remarks.borrow_mut().add(section, "unknown-value", "");
        }
        map.map(|map| Row { map, section, reader: self })
    }

    /// The objects of a list that is there; none when the document does not carry it.
    pub(crate) fn rows(&self, name: &str, section: &'static str) -> Option<impl Iterator<Item = Row<'_, 'a>>> {
        let value = self.content.get(name).filter(|it| **it != Value::Null)?;
        if !matches!(value, Value::List(_) | Value::Map(_)) {
            self.remarks.borrow_mut().add(section, "unknown-value", "");
            return None;
        }
        Some(value.items().iter().filter_map(move |item| match item {
            Value::Map(map) => Some(Row { map, section, reader: self }),
            Value::Null => None,
            _ => {
                self.remarks.borrow_mut().add(section, "unknown-value", "");
                None
            }
        }))
    }

    /// A list, item by item; those that hold nothing are left out.
    pub(crate) fn list<T: Default + PartialEq>(
        &self,
        name: &str,
        section: &'static str,
        item: impl Fn(&Row<'_, 'a>) -> T,
    ) -> Option<Vec<T>> {
        let nothing = T::default();
        Some(self.rows(name, section)?.map(|row| item(&row)).filter(|it| *it != nothing).collect())
    }
}

/// An object whose members are read leniently.
pub(crate) struct Row<'t, 'a> {
    map: &'t Map<'a>,
    section: &'static str,
    reader: &'t Reader<'t, 'a>,
}

impl<'a> Row<'_, 'a> {
    fn remark(&self, name: &str, reason: &str, value: &str) {
        self.reader.remarks.borrow_mut().add(&format!("{}.{name}", self.section), reason, value);
    }

    /// A member as text: not empty, trimmed. Of a repeated one, the first.
    fn raw(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut value = self.map.get(name)?;
        if let Value::List(items) = value {
            value = items.first()?;
        }
        let text = match value {
            Value::Null => return None,
            Value::Text(text) => Cow::Borrowed(text.trim()),
            Value::Number(number) => Cow::Owned(number.to_string()),
            Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Value::List(_) | Value::Map(_) => {
                self.remark(name, "unknown-value", "");
                return None;
            }
        };
        (!text.is_empty()).then_some(text)
    }

    fn read<T>(&self, name: &str, read: impl Fn(&str) -> Result<Option<T>, Unreadable>) -> Option<T> {
        let text = self.raw(name)?;
        read(&text).unwrap_or_else(|why| {
            self.remark(name, why.reason(), &text);
            None
        })
    }

    /// Text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.raw(name).map(Cow::into_owned)
    }

    /// Text unless it is what makers leave in place of a value.
    pub(crate) fn meaningful(&self, name: &str) -> Option<String> {
        self.text(name).filter(|it| !matching::is_placeholder(it))
    }

    /// Text in lower case.
    pub(crate) fn word(&self, name: &str) -> Option<String> {
        self.raw(name).map(|it| it.to_lowercase())
    }

    /// The first of several members that is there.
    pub(crate) fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }

    /// A count or a speed.
    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        self.read(name, values::count)
    }

    /// A size in bytes; `unit` is how many a number without unit counts.
    pub(crate) fn bytes(&self, name: &str, unit: u64) -> Option<u64> {
        self.read(name, |text| values::bytes(text, unit))
    }

    /// Yes or no.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.read(name, values::flag)
    }

    /// A day, `YYYY-MM-DD`.
    pub(crate) fn day(&self, name: &str, order: Order) -> Option<String> {
        Some(self.read(name, |text| values::date(text, order))?.day())
    }

    /// A moment, when it can be told in which zone it is.
    pub(crate) fn moment(&self, name: &str) -> Option<Timestamp> {
        self.read(name, |text| values::date(text, Order::DayFirst))?.moment(self.reader.zone)
    }

    /// An object within this one.
    pub(crate) fn object(&self, name: &str) -> Option<Row<'_, 'a>> {
        let map = self.map.get(name)?.map()?;
        Some(Row { map, section: self.section, reader: self.reader })
    }

    /// The objects of a list within this one.
    pub(crate) fn objects(&self, name: &str) -> impl Iterator<Item = Row<'_, 'a>> {
        let items = self.map.get(name).map(Value::items).unwrap_or_default();
        items.iter().filter_map(Value::map).map(|map| Row { map, section: self.section, reader: self.reader })
    }

    /// Texts, given as a list or separated by one of these characters.
    pub(crate) fn texts(&self, name: &str, separators: &[char]) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for item in self.map.get(name).map(Value::items).unwrap_or_default() {
            if let Value::Text(text) = item {
                let words = text.split(separators).map(str::trim).filter(|word| !word.is_empty());
                texts.extend(words.map(str::to_owned));
            }
        }
        let mut seen = std::collections::HashSet::new();
        texts.retain(|text| seen.insert(text.clone()));
        texts
    }
}
