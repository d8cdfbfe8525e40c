//! Answers in the form that each client accepts. No answer may carry an HTTP `Content-Encoding`: every one of these
//! clients reads the raw body. XML is packed with zlib, which OCS agents require and the others take, at the level whose
//! streams begin `78 9c`, the only ones that FusionInventory agents recognise.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Contact, Dialect, Prolog};

/// The version of GLPI whose format is asked for; agents adapt to it.
const GLPI_VERSION: &str = "10.0.17";
/// Categories that are not kept, so agents need not collect them: they change at every run and may hold secrets.
const UNWANTED_CATEGORIES: &str = "process,environment";

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    fn json(status: u16, value: &serde_json::Value) -> Self {
        Self { status, content_type: "application/json", body: value.to_string().into_bytes() }
    }

    fn xml(status: u16, content: &str) -> Self {
        let document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<REPLY>{content}</REPLY>");
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        // Writing to memory does not fail.
        let packed = encoder.write_all(document.as_bytes()).and_then(|()| encoder.finish());
        Self { status, content_type: "application/x-compress-zlib", body: packed.unwrap_or_default() }
    }
}

/// After how many hours a device is to come back: 20 to 28, always the same for one device, so that a fleet that was
/// started at one moment does not call at one moment for ever.
pub fn hours_until_next(device_id: &str) -> u32 {
    let digest = Sha256::digest(device_id.as_bytes());
    20 + u32::from(digest[0]) % 9
}

/// Yes to a PROLOG. An agent that waits for JSON is told to say CONTACT at once, where it hears what not to collect; the
/// others are told to send their inventory.
pub fn prolog(prolog: &Prolog) -> Reply {
    if prolog.wants_json {
        return Reply::json(202, &json!({"status": "pending", "expiration": 0}));
    }
    let hours = hours_until_next(&prolog.device_id);
    Reply::xml(200, &format!("<PROLOG_FREQ>{hours}</PROLOG_FREQ><RESPONSE>SEND</RESPONSE>"))
}

/// No to a PROLOG while this intake is closed: XML speakers end their run quietly, GLPI agents log the message.
pub fn prolog_closed(prolog: &Prolog, message: &str) -> Reply {
    if prolog.wants_json {
        return error(Dialect::Json, 403, message);
    }
    let hours = hours_until_next(&prolog.device_id);
    Reply::xml(200, &format!("<PROLOG_FREQ>{hours}</PROLOG_FREQ><RESPONSE>STOP</RESPONSE>"))
}

/// The answer to a CONTACT: take an inventory, of what is kept, and nothing else.
pub fn contact(contact: &Contact) -> Reply {
    let others = |task: &&String| !task.eq_ignore_ascii_case("inventory");
    let mut disabled: Vec<&String> =
        contact.enabled_tasks.iter().chain(&contact.installed_tasks).filter(others).collect();
    disabled.sort_unstable();
    disabled.dedup();
    Reply::json(
        200,
        &json!({
            "status": "ok",
            "expiration": hours_until_next(&contact.device_id),
            "tasks": {
                "inventory": {"server": "glpi", "version": GLPI_VERSION, "no-category": UNWANTED_CATEGORIES},
            },
            "disabled": disabled,
        }),
    )
}

/// An inventory was taken: it is durable now.
pub fn inventory(dialect: Dialect, device_id: &str) -> Reply {
    match dialect {
        Dialect::Json => Reply::json(200, &json!({"status": "ok", "expiration": hours_until_next(device_id)})),
        // Never an empty REPLY: FusionInventory agents take that for an error.
        Dialect::Xml => Reply::xml(200, "<RESPONSE>NO_ACCOUNT_UPDATE</RESPONSE>"),
    }
}

/// The answer to `GET ?action=getConfig`, which agents ask before tasks that are not served: nothing is configured.
pub fn configuration() -> Reply {
    Reply::json(200, &json!({}))
}

/// The answer to a query that is not served.
pub fn unsupported(dialect: Dialect, query: &str) -> Reply {
    error(dialect, 501, &format!("Query '{query}' is not supported."))
}

/// A refusal. GLPI agents log the message; of the XML speakers, those that read bodies of errors do.
pub fn error(dialect: Dialect, status: u16, message: &str) -> Reply {
    match dialect {
        Dialect::Json => Reply::json(status, &json!({"status": "error", "message": message})),
        Dialect::Xml => {
            let message: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            Reply::xml(status, &format!("<ERROR>{}</ERROR>", quick_xml::escape::escape(message.as_str())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreign::{DEFAULT_LIMIT, Kind, inflate};

    fn text(reply: &Reply) -> String {
        let inflated = inflate(&reply.body, DEFAULT_LIMIT, &mut |_| true).unwrap();
        String::from_utf8(inflated.into_owned()).unwrap()
    }

    fn asked(wants_json: bool) -> Prolog {
        Prolog { device_id: "pc-2026-01-02-03-04-05".into(), kind: Kind::Ocs, agent_id: None, wants_json }
    }

    #[test]
    fn xml_speakers_get_zlib_at_the_level_that_they_recognise() {
        let replies = [
            prolog(&asked(false)),
            prolog_closed(&asked(false), "closed"),
            inventory(Dialect::Xml, "x"),
            error(Dialect::Xml, 400, "bad"),
        ];
        for reply in replies {
            assert_eq!(reply.body[..2], [0x78, 0x9c]);
            assert_eq!(reply.content_type, "application/x-compress-zlib");
            assert!(text(&reply).contains("<REPLY><"), "a REPLY without content is an error to some");
        }
    }

    #[test]
    fn prologs_are_answered_in_the_client_s_language() {
        let hours = hours_until_next("pc-2026-01-02-03-04-05");
        let expected = format!("<REPLY><PROLOG_FREQ>{hours}</PROLOG_FREQ><RESPONSE>SEND</RESPONSE></REPLY>");
        assert!(text(&prolog(&asked(false))).ends_with(&expected));
        assert!(text(&prolog_closed(&asked(false), "")).contains("<RESPONSE>STOP</RESPONSE>"));
        let probe = prolog(&asked(true));
        assert_eq!(probe.status, 202);
        let answer: serde_json::Value = serde_json::from_slice(&probe.body).unwrap();
        assert_eq!(answer, json!({"status": "pending", "expiration": 0}));
        let closed = prolog_closed(&asked(true), "the intake is closed");
        assert_eq!(closed.status, 403);
        assert!(text(&closed).contains("the intake is closed"));
    }

    #[test]
    fn a_contact_hears_what_not_to_run_and_not_to_collect() {
        let reply = contact(&Contact {
            device_id: "pc".into(),
            agent_id: None,
            agent_version: None,
            tag: None,
            enabled_tasks: vec!["inventory".into(), "deploy".into(), "collect".into()],
            installed_tasks: vec!["deploy".into(), "wakeonlan".into()],
        });
        let answer: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(answer["status"], "ok");
        assert_eq!(answer["disabled"], json!(["collect", "deploy", "wakeonlan"]));
        assert_eq!(answer["tasks"]["inventory"]["server"], "glpi");
        assert!(answer["tasks"]["inventory"]["version"].is_string(), "a task without version does not count");
        assert_eq!(answer["tasks"]["inventory"]["no-category"], "process,environment");
        assert!(answer["expiration"].as_u64().unwrap() >= 20, "a number without unit is hours");
    }

    #[test]
    fn devices_are_spread_over_eight_hours_and_keep_theirs() {
        let hours: Vec<u32> = (0..2000).map(|it| hours_until_next(&format!("host{it}"))).collect();
        for hour in 20..=28 {
            let share = hours.iter().filter(|it| **it == hour).count();
            assert!(share > 120, "{share} of 2,000 come after {hour} hours");
        }
        assert!(hours.iter().all(|it| (20..=28).contains(it)));
        assert_eq!(hours_until_next("host1"), hours[1]);
    }

    #[test]
    fn messages_are_escaped() {
        let reply = error(Dialect::Xml, 400, "a<b>&\u{0}");
        assert!(text(&reply).contains("<ERROR>a&lt;b&gt;&amp; </ERROR>"));
        let reply = error(Dialect::Json, 400, "a\"b");
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&reply.body).unwrap()["message"], "a\"b");
    }
}
