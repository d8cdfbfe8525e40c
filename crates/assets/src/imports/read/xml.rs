//! A part of a workbook, event by event: bounded in all, in each event and in depth.

use std::{
    borrow::Cow,
    io::{BufReader, Read},
};

use quick_xml::{Reader, XmlVersion, events::Event};

use super::{
    Unreadable,
    bounded::{Leash, Length},
};

/// Longest text or tag, bytes.
const LONGEST_EVENT: usize = 256 << 10;
/// What is read ahead, bytes.
const AHEAD: usize = 16 << 10;
/// Elements within each other; a worksheet has six.
const DEEPEST: usize = 32;

/// What of the XML matters here. An empty element begins and ends.
pub(super) enum Said {
    /// An element begins: its name and the attributes that were asked for.
    Begin(Name, [Option<String>; 3]),
    /// An element ends.
    End(Name),
    /// Text within it.
    Text(String),
    /// The part is over.
    Over,
}

/// The names that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Relationship,
    Sheet,
    WorkbookProperties,
    NumberFormat,
    CellFormats,
    CellFormat,
    SharedString,
    /// How a text is pronounced: no part of it.
    Phonetic,
    Text,
    Row,
    Cell,
    Value,
    Formula,
    SheetData,
    Other,
}

impl Name {
    fn of(local: &str) -> Self {
        match local {
            "Relationship" => Self::Relationship,
            "sheet" => Self::Sheet,
            "workbookPr" => Self::WorkbookProperties,
            "numFmt" => Self::NumberFormat,
            "cellXfs" => Self::CellFormats,
            "xf" => Self::CellFormat,
            "si" => Self::SharedString,
            "rPh" => Self::Phonetic,
            "t" => Self::Text,
            "row" => Self::Row,
            "c" => Self::Cell,
            "v" => Self::Value,
            "f" => Self::Formula,
            "sheetData" => Self::SheetData,
            _ => Self::Other,
        }
    }

    /// The local names of the attributes that are read.
    const fn attributes(self) -> [&'static str; 3] {
        match self {
            Self::Relationship => ["Id", "Type", "Target"],
            Self::Sheet => ["name", "id", "state"],
            Self::WorkbookProperties => ["date1904", "", ""],
            Self::NumberFormat => ["numFmtId", "formatCode", ""],
            Self::CellFormat => ["numFmtId", "", ""],
            Self::Row => ["r", "", ""],
            Self::Cell => ["r", "s", "t"],
            _ => ["", "", ""],
        }
    }
}

/// A part that is being read.
pub(super) struct Part<R: Read> {
    reader: Reader<BufReader<Leash<Leash<R>>>>,
    event: Length,
    whole: Length,
    depth: usize,
    buffer: Vec<u8>,
}

impl<R: Read> Part<R> {
    /// Of at most so many bytes.
    pub(super) fn new(content: R, most: usize) -> Self {
        let (event, whole) = (Length::new(LONGEST_EVENT), Length::new(most));
        let bounded = Leash::new(Leash::new(content, whole.clone()), event.clone());
        let mut reader = Reader::from_reader(BufReader::with_capacity(AHEAD, bounded));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, event, whole, depth: 0, buffer: Vec::new() }
    }

    /// What comes next.
    pub(super) fn next(&mut self) -> Result<Said, Unreadable> {
        loop {
            self.buffer.clear();
            self.event.renew(LONGEST_EVENT);
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(_) if self.whole.is_used_up() => return Err(Unreadable::Unpacked),
                Err(error) => return Err(damaged(error)),
            };
            match event {
                Event::Start(tag) => {
                    self.depth += 1;
                    if self.depth > DEEPEST {
                        return Err(damaged("its elements are nested too deep"));
                    }
                    let name = Name::of(tag.local_name().as_ref());
                    let mut found = [None, None, None];
                    let wanted = name.attributes();
                    if !wanted[0].is_empty() {
                        for attribute in tag.attributes() {
                            let attribute = attribute.map_err(damaged)?;
                            let key = attribute.key.local_name();
                            if let Some(at) = wanted.iter().position(|it| *it == key.as_ref()) {
                                found[at] = Some(
                                    attribute.normalized_value(XmlVersion::Implicit1_0).map_err(damaged)?.into_owned(),
                                );
                            }
                        }
                    }
                    return Ok(Said::Begin(name, found));
                }
                Event::End(tag) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Said::End(Name::of(tag.local_name().as_ref())));
                }
                Event::Text(text) => return Ok(Said::Text(text.xml10_content().into_owned())),
                Event::CData(text) => return Ok(Said::Text(text.into_inner().into_owned())),
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref() {
                        Ok(Some(character)) => Cow::Owned(character.to_string()),
                        Ok(None) => {
                            quick_xml::escape::resolve_xml_entity(&reference).map_or(Cow::Borrowed(""), Cow::Borrowed)
                        }
                        Err(_) => Cow::Borrowed(""),
                    };
                    return Ok(Said::Text(resolved.into_owned()));
                }
                Event::DocType(_) => return Err(damaged("it has a document type definition")),
                Event::Eof if self.depth > 0 => return Err(damaged("a part of it ends too early")),
                Event::Eof => return Ok(Said::Over),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }
}

pub(super) fn damaged(why: impl std::fmt::Display) -> Unreadable {
    // Libraries' words may quote what was read.
    Unreadable::Damaged(why.to_string().chars().filter(|it| !it.is_control()).take(200).collect())
}
