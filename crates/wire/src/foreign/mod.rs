//! Reads what the agents of GLPI, FusionInventory and OCS Inventory send, and writes what they accept for an answer.
//! They all post to one address; which of them it is, and how the body is packed, is told by the body.
//!
//! A request goes through three steps: [`inflate`] unpacks its body, [`read`] turns it into a [`Message`] in Vigie's own
//! model, [`reply`] makes the answer in the client's format. Sources of the formats: the repositories
//! `glpi-project/inventory_format` and `glpi-project/glpi-agent`, and the clients' observed behaviour.

mod inflate;
mod json;
mod map;
pub mod reply;
mod tree;
mod values;
mod xml;

use std::borrow::Cow;

use uuid::Uuid;
use vigie_kernel::{Code, Timestamp};

pub use self::inflate::{DEFAULT_LIMIT, inflate};
use self::tree::{Map, Value};
use crate::{Section, Sections, clean::Remark, sync::Identity};

/// Header by which a GLPI agent names itself.
pub const AGENT_ID_HEADER: &str = "glpi-agent-id";
/// Header by which a GLPI agent names a request, and asks again for what became of it.
pub const REQUEST_ID_HEADER: &str = "glpi-request-id";
/// Longest text of an envelope (device id, tag, version, query), bytes.
const MAX_ENVELOPE_TEXT: usize = 255;

/// Why a document is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is longer than allowed.
    #[error("it unpacks to more than {limit} bytes")]
    TooLarge {
        /// The limit, bytes.
        limit: usize,
    },
    /// It is a compression bomb.
    #[error("it unpacks to more than {ratio} times its size")]
    Bomb {
        /// The largest ratio that is allowed.
        ratio: usize,
    },
    /// It holds more values than allowed.
    #[error("it holds more than {limit} values")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// It is nested deeper than allowed.
    #[error("it is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// There is no memory left for it at the moment.
    #[error("too many inventories are being read at the moment")]
    Busy,
    /// Neither JSON nor XML of one of the agents.
    #[error("it is neither a GLPI, a FusionInventory nor an OCS document")]
    UnknownFormat,
    /// It cannot be read.
    #[error("{0}")]
    Malformed(String),
}

impl Refusal {
    /// The problem's code.
    pub const fn code(&self) -> Code {
        match self {
            Self::TooLarge { .. } | Self::TooMany { .. } => Code::InventoryTooLarge,
            Self::Bomb { .. } => Code::InventoryBomb,
            Self::TooDeep { .. } => Code::InventoryTooDeep,
            Self::Busy => Code::Busy,
            Self::UnknownFormat => Code::FormatUnknown,
            Self::Malformed(_) => Code::InventoryMalformed,
        }
    }
}

/// What of a request's headers matters.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a> {
    /// [`AGENT_ID_HEADER`].
    pub glpi_agent_id: Option<&'a str>,
    /// `User-Agent`.
    pub user_agent: Option<&'a str>,
}

/// Whose agent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// GLPI Agent.
    Glpi,
    /// FusionInventory Agent.
    FusionInventory,
    /// OCS Inventory agent.
    Ocs,
}

impl Kind {
    /// The name in text, for storage: `glpi`, `fusioninventory`, `ocs`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Glpi => "glpi",
            Self::FusionInventory => "fusioninventory",
            Self::Ocs => "ocs",
        }
    }

    /// By how an agent writes itself: `GLPI-Agent_v1.12`, `FusionInventory-Agent_v2.6-3`,
    /// `OCS-NG_unified_unix_agent_v2.10.0`.
    fn named(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        [("glpi", Self::Glpi), ("fusion", Self::FusionInventory), ("ocs", Self::Ocs)]
            .into_iter()
            .find_map(|(word, kind)| text.contains(word).then_some(kind))
    }
}

/// The language that a client speaks, and is answered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// GLPI's own messages.
    Json,
    /// OCS's messages, which the others speak as well.
    Xml,
}

impl Dialect {
    /// What a client understands of whose request only this is known: its headers and, when it could be unpacked, its
    /// document.
    pub fn of(inflated: Option<&[u8]>, headers: &Headers<'_>) -> Self {
        match inflated.and_then(first_mark) {
            Some(b'{') => Self::Json,
            Some(b'<') if headers.glpi_agent_id.is_none() => Self::Xml,
            Some(b'<') => match inflated.map(is_prolog) {
                Some(true) => Self::Json,
                _ => Self::Xml,
            },
            _ if headers.glpi_agent_id.is_some() => Self::Json,
            _ => Self::Xml,
        }
    }
}

/// Whether an XML document looks like a PROLOG, which is short; for answers to documents that cannot be read.
fn is_prolog(bytes: &[u8]) -> bool {
    bytes.len() < 4096 && bytes.windows(6).any(|it| it.eq_ignore_ascii_case(b"PROLOG"))
}

/// What a client says.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// An agent asks whether it shall send an inventory.
    Prolog(Prolog),
    /// A GLPI agent asks what it shall do.
    Contact(Contact),
    /// An inventory.
    Inventory(Box<ForeignInventory>),
    /// Something that is not served.
    Other(Other),
}

impl Message {
    /// The language of the answer.
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Prolog(prolog) if prolog.wants_json => Dialect::Json,
            Self::Prolog(_) => Dialect::Xml,
            Self::Contact(_) => Dialect::Json,
            Self::Inventory(inventory) => inventory.dialect,
            Self::Other(other) => other.dialect,
        }
    }
}

/// The first message of an agent that speaks XML, or does not know yet that its server speaks JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prolog {
    /// The agent's name for itself, `host-2026-11-21-03-38-39`.
    pub device_id: String,
    /// Whose agent it is.
    pub kind: Kind,
    /// GLPI's id of the agent.
    pub agent_id: Option<Uuid>,
    /// Whether the agent waits for a JSON answer to see that the server speaks GLPI's own protocol.
    pub wants_json: bool,
}

/// The first message of a GLPI agent that knows that its server speaks JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The agent's name for itself.
    pub device_id: String,
    /// GLPI's id of the agent.
    pub agent_id: Option<Uuid>,
    /// The agent's version.
    pub agent_version: Option<String>,
    /// Free text that was given at installation; names the customer.
    pub tag: Option<String>,
    /// Tasks that the agent would run.
    pub enabled_tasks: Vec<String>,
    /// Tasks that are installed.
    pub installed_tasks: Vec<String>,
}

/// A message that is not served: another kind of query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// What was asked for: `netdiscovery`, `deploy`, …
    pub query: String,
    /// The agent's name for itself, when it says it.
    pub device_id: Option<String>,
    /// The language of the answer.
    pub dialect: Dialect,
}

/// An inventory in Vigie's model.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignInventory {
    /// Whose agent it is.
    pub kind: Kind,
    /// The language of the answer.
    pub dialect: Dialect,
    /// The agent's name for itself. Stays when a host is renamed, and is copied when a disk is.
    pub device_id: String,
    /// GLPI's id of the agent, from the header or else the document.
    pub agent_id: Option<Uuid>,
    /// The agent's version.
    pub agent_version: Option<String>,
    /// The name that an OCS agent went by before its host was renamed.
    pub old_device_id: Option<String>,
    /// Free text that was given at installation; names the customer.
    pub tag: Option<String>,
    /// Whether only some sections were sent: an absent one is unchanged then, and none otherwise.
    pub partial: bool,
    /// What is described: `Computer`, or another kind of thing (`Phone`, `NetworkEquipment`, `Printer`, …).
    pub item_type: String,
    /// When the inventory was taken, by the agent's clock; absent when the agent does not say in which zone.
    pub collected_at: Option<Timestamp>,
    /// What was reported, within bounds ([`Sections::clean`]). Lists are whole; see [`Self::onto`] for partial ones.
    pub sections: Sections,
    /// What was not taken as it came.
    pub remarks: Vec<Remark>,
    /// Whether a document that is partial carried what [`sections.system`](Sections) and
    /// [`sections.operating_system`](Sections) are also made of.
    carried: map::Carried,
}

impl ForeignInventory {
    /// The sections that the document carried.
    pub fn present(&self) -> Vec<Section> {
        self.sections.present()
    }

    /// Which machine it says it is.
    pub fn identity(&self) -> Identity {
        self.sections.system.as_ref().map(Identity::from).unwrap_or_default()
    }

    /// The machine's sections after this inventory, from those that were held before it. A full one replaces them; a
    /// partial one replaces those that it carries, and of the system only what the sections it carries tell.
    #[must_use]
    pub fn onto(&self, held: Option<Sections>) -> Sections {
        match held {
            Some(mut held) if self.partial => {
                let mut sections = self.sections.clone();
                map::keep_what_was_not_carried(&mut sections, &held, self.carried);
                held.update(sections);
                held
            }
            _ => self.sections.clone(),
        }
    }
}

/// Reads an unpacked document.
pub fn read(inflated: &[u8], headers: &Headers<'_>) -> Result<Message, Refusal> {
    match first_mark(inflated) {
        Some(b'{') => {
            let text = text_of_json(inflated);
            envelope(&json::parse(&text)?, Dialect::Json, headers)
        }
        Some(b'<') => {
            let text = text_of_xml(inflated);
            envelope(&xml::parse(&text)?, Dialect::Xml, headers)
        }
        _ => Err(Refusal::UnknownFormat),
    }
}

/// The first byte that is neither white space nor part of a byte order mark, nor (UTF-16) zero.
fn first_mark(bytes: &[u8]) -> Option<u8> {
    bytes
        .iter()
        .copied()
        .find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0 | 0xef | 0xbb | 0xbf | 0xff | 0xfe))
}

/// JSON is UTF-8; of what is not, each byte is taken for Windows-1252. Control characters that JSON forbids in texts are
/// made spaces.
fn text_of_json(bytes: &[u8]) -> Cow<'_, str> {
    let text = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, length)) if encoding != encoding_rs::UTF_8 => {
            encoding.decode_without_bom_handling(&bytes[length..]).0
        }
        Some((_, length)) => utf_8(&bytes[length..]),
        None => utf_8(bytes),
    };
    let forbidden = |c: char| c < ' ' && !matches!(c, '\t' | '\r' | '\n');
    if text.contains(forbidden) { Cow::Owned(text.replace(forbidden, " ")) } else { text }
}

/// XML by its byte order mark, else as its declaration says, else UTF-8 with Windows-1252 for what is not.
fn text_of_xml(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, length)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[length..]).0;
    }
    match declared_encoding(bytes) {
        Some(encoding) if encoding != encoding_rs::UTF_8 && encoding.is_ascii_compatible() => {
            encoding.decode_without_bom_handling(bytes).0
        }
        _ => utf_8(bytes),
    }
}

/// The `encoding` of an XML declaration.
fn declared_encoding(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = &bytes[..bytes.len().min(200)];
    let declaration = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    let declaration = &declaration[..declaration.iter().position(|byte| *byte == b'>')?];
    let at = declaration.windows(8).position(|it| it == b"encoding")?;
    let value = declaration[at + 8..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let end = value.iter().position(|byte| byte == quote)?;
    encoding_rs::Encoding::for_label(&value[..end])
}

fn utf_8(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 64);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    Cow::Owned(text)
}

/// Reads who speaks and what is asked, and maps the inventory if it is one.
fn envelope(root: &Value<'_>, dialect: Dialect, headers: &Headers<'_>) -> Result<Message, Refusal> {
    let Value::Map(root) = root else { return Err(Refusal::UnknownFormat) };
    let query = root.text("action").or_else(|| root.text("query")).map(|it| it.to_ascii_lowercase());
    let content = root.get("content").map(|it| it.map());
    let device_id = text(root, "deviceid");
    let missing = || Refusal::Malformed("the document names no device".to_owned());
    let header_id = headers.glpi_agent_id.and_then(|it| Uuid::try_parse(it.trim()).ok());
    let agent_id = header_id.or_else(|| Uuid::try_parse(&root.text("agentid")?).ok());
    match query.as_deref() {
        Some("prolog") => Ok(Message::Prolog(Prolog {
            device_id: device_id.ok_or_else(missing)?,
            kind: kind(None, headers, Dialect::Xml),
            agent_id,
            wants_json: dialect == Dialect::Json || headers.glpi_agent_id.is_some(),
        })),
        Some("contact") => Ok(Message::Contact(Contact {
            device_id: device_id.ok_or_else(missing)?,
            agent_id,
            agent_version: text(root, "version"),
            tag: text(root, "tag"),
            enabled_tasks: words(root, "enabled-tasks"),
            installed_tasks: words(root, "installed-tasks"),
        })),
        // A document without a query is an inventory when it holds one.
        Some("inventory") | None if content.is_some() => {
            let empty = Map::default();
            let content = content.flatten().unwrap_or(&empty);
            let kind = kind(Some(content), headers, dialect);
            let machine = map::Machine::read(content, kind);
            let item_type = text(root, "itemtype").unwrap_or_else(|| "Computer".to_owned());
            Ok(Message::Inventory(Box::new(ForeignInventory {
                kind,
                dialect,
                device_id: device_id.ok_or_else(missing)?,
                agent_id,
                agent_version: version(content, headers),
                old_device_id: machine.old_device_id.map(|it| bounded(&it)),
                tag: text(root, "tag").or_else(|| account_tag(content)),
                partial: matches!(root.get("partial"), Some(Value::Bool(true)))
                    || root.text("partial").is_some_and(|it| values::flag(&it) == Ok(Some(true))),
                item_type,
                collected_at: machine.collected_at,
                sections: machine.sections,
                remarks: machine.remarks,
                carried: machine.carried,
            })))
        }
        Some("inventory") => Err(Refusal::Malformed("the inventory has no content".to_owned())),
        Some(query) => Ok(Message::Other(Other { query: bounded(query), device_id, dialect })),
        None => Err(Refusal::UnknownFormat),
    }
}

/// A text of the envelope.
fn text(map: &Map<'_>, name: &str) -> Option<String> {
    map.text(name).map(|it| bounded(&it)).filter(|it| !it.is_empty())
}

fn bounded(text: &str) -> String {
    let mut text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let end = text.floor_char_boundary(MAX_ENVELOPE_TEXT);
    text.truncate(end);
    text.trim().to_owned()
}

fn words(map: &Map<'_>, name: &str) -> Vec<String> {
    let items = map.get(name).map(Value::items).unwrap_or_default();
    let words = items.iter().filter_map(|it| if let Value::Text(word) = it { Some(bounded(word)) } else { None });
    words.take(50).collect()
}

/// Whose agent it is: by what the document says, else by the headers, else by the language.
fn kind(content: Option<&Map<'_>>, headers: &Headers<'_>, dialect: Dialect) -> Kind {
    let told = content.and_then(|content| {
        let provider = content.get("versionprovider").and_then(Value::map).and_then(|it| it.text("name"));
        content.text("versionclient").and_then(|it| Kind::named(&it)).or_else(|| Kind::named(&provider?))
    });
    let by_headers = || match headers.glpi_agent_id {
        Some(_) => Some(Kind::Glpi),
        None => headers.user_agent.and_then(Kind::named),
    };
    told.or_else(by_headers).unwrap_or(match dialect {
        Dialect::Json => Kind::Glpi,
        Dialect::Xml => Kind::Ocs,
    })
}

/// `GLPI-Agent_v1.12-dev` → `1.12-dev`. OCS agents say it in the `User-Agent` only.
fn version(content: &Map<'_>, headers: &Headers<'_>) -> Option<String> {
    let provider = || content.get("versionprovider").and_then(Value::map).and_then(|it| text(it, "version"));
    let after_v = |client: &str| client.rsplit_once("_v").map(|(_, version)| bounded(version));
    content.text("versionclient").and_then(|it| after_v(&it)).or_else(provider).or_else(|| after_v(headers.user_agent?))
}

/// The tag in OCS's account information: names and values in pairs.
fn account_tag(content: &Map<'_>) -> Option<String> {
    let items = content.get("accountinfo")?.items();
    items.iter().filter_map(Value::map).find_map(|it| {
        let is_tag = it.text("keyname").is_some_and(|name| name.eq_ignore_ascii_case("tag"));
        if is_tag { text(it, "keyvalue").filter(|value| value != "NA") } else { None }
    })
}
