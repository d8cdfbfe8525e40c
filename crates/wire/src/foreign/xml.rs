//! Reads XML into the same [`tree`](super::tree) that JSON becomes: elements by lower-case name, repeated ones as a
//! list, with the names that the JSON format has. Nothing is expanded: a document type definition is refused, and of
//! entities only the five predefined ones and character references are known.

use std::borrow::Cow;

use quick_xml::{Reader, events::Event};

use super::{
    Refusal,
    tree::{Budget, Map, Value, lower, unread},
};

/// Reads one document; the result holds the children of its root element.
pub(crate) fn parse(text: &str) -> Result<Value<'_>, Refusal> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut budget = Budget::default();
    let mut open: Vec<Element<'_>> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(malformed)? {
            Event::Start(tag) if !open.is_empty() && unread(tag.name().as_ref()) => {
                reader.read_to_end(tag.name()).map_err(malformed)?;
            }
            Event::Start(_) | Event::Empty(_) if root.is_some() => {
                return Err(malformed("it has more than one root element"));
            }
            Event::Start(tag) => {
                budget.take(open.len())?;
                open.push(Element::named(name_of(&tag)));
            }
            Event::Empty(tag) => {
                budget.take(open.len())?;
                let element = Element::named(name_of(&tag));
                close(element, &mut open, &mut root);
            }
            Event::End(_) => {
                let element = open.pop().ok_or_else(|| malformed("it ends an element that is not open"))?;
                close(element, &mut open, &mut root);
            }
            Event::Text(text) => append(&mut open, text.into_inner()),
            Event::CData(text) => append(&mut open, text.into_inner()),
            Event::GeneralRef(reference) => {
                let resolved = match reference.resolve_char_ref() {
                    Ok(Some(character)) => Cow::Owned(character.to_string()),
                    // A reference to no character, such as `&#0;`.
                    Err(_) => Cow::Borrowed(""),
                    Ok(None) => match quick_xml::escape::resolve_xml_entity(&reference) {
                        Some(text) => Cow::Borrowed(text),
                        // Agents that forget to escape an ampersand: it stays as it is written.
                        None => Cow::Owned(format!("&{};", &*reference)),
                    },
                };
                append(&mut open, resolved);
            }
            Event::DocType(_) => return Err(malformed("document type definitions are not accepted")),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err(malformed("it ends before its last element does"));
    }
    let mut root = root.ok_or_else(|| malformed("it has no root element"))?;
    rename(&mut root);
    Ok(root)
}

fn malformed(why: impl std::fmt::Display) -> Refusal {
    Refusal::Malformed(format!("the XML document is not valid: {why}"))
}

fn name_of<'a>(tag: &quick_xml::events::BytesStart<'a>) -> Cow<'a, str> {
    // The event borrows from the document, but its name only from the event.
    Cow::Owned(lower(Cow::Borrowed(tag.name().as_ref())).into_owned())
}

/// An element that is still open.
struct Element<'a> {
    name: Cow<'a, str>,
    text: Cow<'a, str>,
    children: Map<'a>,
}

impl<'a> Element<'a> {
    fn named(name: Cow<'a, str>) -> Self {
        Self { name, text: Cow::Borrowed(""), children: Map::default() }
    }

    /// An element with children has no text of its own: what stands between them is white space.
    fn into_value(self) -> Value<'a> {
        if !self.children.0.is_empty() {
            return Value::Map(self.children);
        }
        let trimmed = self.text.trim();
        if trimmed.is_empty() {
            Value::Null
        } else if trimmed.len() == self.text.len() {
            Value::Text(self.text)
        } else {
            Value::Text(match self.text {
                Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
                Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
            })
        }
    }
}

fn append<'a>(open: &mut [Element<'a>], text: Cow<'a, str>) {
    if let Some(element) = open.last_mut().filter(|element| element.children.0.is_empty()) {
        if element.text.is_empty() {
            element.text = text;
        } else {
            element.text.to_mut().push_str(&text);
        }
    }
}

fn close<'a>(mut element: Element<'a>, open: &mut [Element<'a>], root: &mut Option<Value<'a>>) {
    let name = std::mem::take(&mut element.name);
    let value = element.into_value();
    match open.last_mut() {
        Some(parent) => {
            parent.children.add_sibling(name, value);
        }
        None => *root = Some(value),
    }
}

/// Names that the XML format has and the JSON format writes otherwise: section, name in XML, name in JSON.
const RENAMED: &[(&str, &str, &str)] = &[
    ("networks", "macaddr", "mac"),
    ("softwares", "installdate", "install_date"),
    ("softwares", "architecture", "arch"),
    ("storages", "serialnumber", "serial"),
    ("local_groups", "member", "members"),
    ("local_groups", "id_group", "id"),
    ("local_users", "id_user", "id"),
    ("cpus", "type", "name"),
    ("cpus", "cores", "core"),
    ("cpus", "threads", "thread"),
    ("cpus", "cpuarch", "arch"),
    ("antivirus", "datfileversion", "base_version"),
    ("antivirus", "datfilecreation", "base_creation"),
];

fn rename(root: &mut Value<'_>) {
    let Value::Map(root) = root else { return };
    let Some((_, Value::Map(content))) = root.0.iter_mut().rfind(|(name, _)| name == "content") else { return };
    content.rename("firewall", "firewalls");
    for (section, from, to) in RENAMED {
        let Some((_, section)) = content.0.iter_mut().rfind(|(name, _)| name == section) else { continue };
        match section {
            Value::Map(item) => item.rename(from, to),
            Value::List(items) => {
                for item in items {
                    if let Value::Map(item) = item {
                        item.rename(from, to);
                    }
                }
            }
            _ => {}
        }
    }
}
