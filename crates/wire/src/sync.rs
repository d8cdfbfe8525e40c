//! Enrolment and synchronisation: what a native agent says to its server and what it hears.
//!
//! An agent gets a bearer token with its API client's id and secret (OAuth 2.0 client credentials, RFC 6749 §4.4). It
//! makes an Ed25519 key pair once, enrols the public half, and from then on signs every synchronisation, so that the
//! shared secret alone cannot speak for another machine. Bodies are JSON, compressed with zstd (RFC 8878).

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vigie_kernel::{AgentId, InventoryId, Timestamp};

use crate::{
    Section, Sections,
    delta::Edits,
    inventory::System,
    portal::{NextPortal, PortalReport},
    update,
};

/// Version of these messages. Additions do not change it.
pub const FORMAT: u32 = 1;
/// Where an agent enrols.
pub const ENROLMENT_PATH: &str = "/api/v1/agent/enrolment";
/// Where an agent synchronises.
pub const SYNCHRONISATION_PATH: &str = "/api/v1/agent/synchronisation";
/// Where a token is had.
pub const TOKEN_PATH: &str = "/oauth/token";
/// Header with the agent's id.
pub const AGENT_HEADER: &str = "vigie-agent";
/// Header with the signature, base64.
pub const SIGNATURE_HEADER: &str = "vigie-signature";
/// Header with the moment of this very sending by the agent's clock, RFC 3339. A resend's body is as old as the first try.
pub const TIME_HEADER: &str = "vigie-time";
/// `Content-Type` of a compressed synchronisation.
pub const CONTENT_TYPE: &str = "application/vnd.vigie.sync+zstd";
/// The scope an agent's API client has.
pub const SCOPE: &str = "agents";

/// An agent makes itself known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolment {
    /// Version of these messages, see [`FORMAT`].
    pub format: u32,
    /// Ed25519 public key, 32 bytes in base64.
    pub public_key: String,
    /// Signature over [`enrolment_text`] by that key, base64: proof that the agent holds the private half.
    pub proof: String,
    /// Host name.
    #[serde(default)]
    pub name: Option<String>,
    /// The agent's version.
    pub agent_version: String,
    /// `linux` or `windows`.
    pub platform: String,
    /// Names the customer, see the agent's `--tag`.
    #[serde(default)]
    pub tag: Option<String>,
}

/// The answer to an enrolment. Enrolling the same key again answers the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolled {
    /// The id that the agent goes by from now on.
    pub agent_id: AgentId,
}

/// How the agent itself is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct AgentStatus {
    /// The agent's version.
    pub version: String,
    /// `linux` or `windows`.
    pub platform: String,
    /// `ok`, or `degraded` when a part of the inventory could not be taken.
    pub status: String,
    /// What could not be taken and why; at most 20.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
    /// What became of the last update that was offered, unless it succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<update::Report>,
    /// How far it has come with the portal that was announced to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portal: Option<PortalReport>,
}

/// Which machine this is. Travels always, so that a cloned key is noticed even in a delta.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Identity {
    /// Host name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Serial number of the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// UUID of the firmware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// Identity of the installed system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_id: Option<String>,
}

impl From<&System> for Identity {
    fn from(system: &System) -> Self {
        Self {
            name: system.name.clone(),
            serial: system.serial.clone(),
            uuid: system.uuid.clone(),
            machine_id: system.machine_id.clone(),
        }
    }
}

/// One synchronisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Synchronisation {
    /// Version of these messages, see [`FORMAT`].
    pub format: u32,
    /// Grows with every synchronisation of this agent: the milliseconds of its clock, or one more than the last. A
    /// resend carries the same one.
    pub sequence: u64,
    /// When the agent sends this, by its clock.
    pub sent_at: Timestamp,
    /// When the inventory was taken, by the agent's clock.
    pub collected_at: Timestamp,
    /// The agent's version and status.
    pub agent: AgentStatus,
    /// Which machine this is.
    pub identity: Identity,
    /// Names the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The state that the machine is in after this: [`crate::sections::state_of`], opaque to the server.
    pub state: String,
    /// The state that the sections below build on. Absent: they are the whole inventory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The sections that differ from the base. Of those named in `edits`, only the new items.
    #[serde(default)]
    pub sections: Sections,
    /// How lists of the base change of which not everything travels, see [`crate::delta`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub edits: Edits,
    /// Sections of the base that are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Section>,
}

impl Synchronisation {
    /// Whether its parts fit together; if not, why.
    fn check(&self) -> Result<(), &'static str> {
        if self.base.is_none() && !self.edits.is_empty() {
            return Err("edits without a base");
        }
        for (section, edit) in &self.edits {
            if !section.is_list() {
                return Err("an edit of a section that is no list");
            }
            if self.removed.contains(section) {
                return Err("an edit of a section that is gone");
            }
            edit.check(self.sections.items(*section))?;
        }
        Ok(())
    }
}

/// What was done with a synchronisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A whole inventory was stored.
    Full,
    /// The sections that changed were stored.
    Delta,
    /// Nothing had changed; date, status and version were stored.
    Unchanged,
}

/// The answer to a synchronisation: it is durable now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answer {
    /// What was done.
    pub outcome: Outcome,
    /// The sequence this answers.
    pub sequence: u64,
    /// The inventory on the server.
    pub inventory_id: InventoryId,
    /// Whether someone asked for a fresh inventory: collect and send everything now.
    #[serde(default)]
    pub fresh_inventory: bool,
    /// The server's clock.
    pub server_time: Timestamp,
    /// A newer version of the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<update::Offer>,
    /// Another portal to try, and to use once it works. Absent: there is none, or the one announced before was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_portal: Option<NextPortal>,
}

/// What a public key signs to prove that its private half is at hand.
pub fn enrolment_text(public_key: &str) -> Vec<u8> {
    format!("vigie-enrolment-1\n{public_key}").into_bytes()
}

/// What an agent signs of a synchronisation: its id, where it goes, and the digest of the compressed body.
pub fn synchronisation_text(agent: AgentId, body: &[u8]) -> Vec<u8> {
    let digest = hex::encode(Sha256::digest(body));
    format!("vigie-synchronisation-1\n{agent}\n{SYNCHRONISATION_PATH}\n{digest}").into_bytes()
}

/// Signs a text; base64.
pub fn sign(key: &SigningKey, text: &[u8]) -> String {
    BASE64.encode(key.sign(text).to_bytes())
}

/// The public half, base64.
pub fn public_key(key: &SigningKey) -> String {
    BASE64.encode(key.verifying_key().to_bytes())
}

/// A public key from its base64 form; none when it is not one, or is a weak one.
pub fn read_public_key(text: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = BASE64.decode(text).ok()?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak())
}

/// A public key from its 32 bytes, as it was stored once; none when it is not one.
pub fn stored_public_key(bytes: &[u8]) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()
}

/// Whether `signature` (base64) over `text` is by the key.
pub fn verify(key: &VerifyingKey, text: &[u8], signature: &str) -> bool {
    let Some(bytes) = BASE64.decode(signature).ok().and_then(|bytes| <[u8; 64]>::try_from(bytes).ok()) else {
        return false;
    };
    key.verify(text, &Signature::from_bytes(&bytes)).is_ok()
}

/// A body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It unpacks to more than the limit.
    #[error("unpacks to more than {limit} bytes")]
    TooLarge {
        /// The limit, bytes.
        limit: usize,
    },
    /// It is not a zstd stream.
    #[error("not a zstd stream: {0}")]
    Compression(std::io::Error),
    /// It is not a synchronisation.
    #[error("not a synchronisation: {0}")]
    Json(#[from] serde_json::Error),
}

/// Packs a synchronisation for the wire.
pub fn pack(message: &Synchronisation) -> std::io::Result<Vec<u8>> {
    let json = serde_json::to_vec(message)?;
    zstd::bulk::compress(&json, 6)
}

/// The bytes of a packed body, at most `limit` of them. A stream that says it is longer is refused before it is unpacked.
pub fn inflate(body: &[u8], limit: usize) -> Result<Vec<u8>, ReadError> {
    use std::io::Read as _;
    if zstd::zstd_safe::get_frame_content_size(body).ok().flatten().is_some_and(|size| size > limit as u64) {
        return Err(ReadError::TooLarge { limit });
    }
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(ReadError::Compression)?;
    // A window of 8 MiB is what the default levels use; more would let a small body claim much memory.
    decoder.window_log_max(23).map_err(ReadError::Compression)?;
    let mut json = Vec::new();
    decoder.take(limit as u64 + 1).read_to_end(&mut json).map_err(ReadError::Compression)?;
    if json.len() > limit { Err(ReadError::TooLarge { limit }) } else { Ok(json) }
}

/// What a packed body says that it unpacks to, bytes; none when it does not say.
pub fn inflated_size(body: &[u8]) -> Option<usize> {
    zstd::zstd_safe::get_frame_content_size(body).ok().flatten().and_then(|size| usize::try_from(size).ok())
}

/// Unpacks a synchronisation of at most `limit` bytes.
pub fn unpack(body: &[u8], limit: usize) -> Result<Synchronisation, ReadError> {
    let message: Synchronisation = serde_json::from_slice(&inflate(body, limit)?)?;
    message.check().map_err(serde::de::Error::custom).map_err(ReadError::Json)?;
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::Edit;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    #[test]
    fn a_signature_binds_agent_and_body() {
        let agent: AgentId = "ag_0190163d8694739bb06f4a0f4d3f5d1e".parse().unwrap();
        let other: AgentId = "ag_0190163d8694739bb06f4a0f4d3f5d1f".parse().unwrap();
        let public = read_public_key(&public_key(&key())).unwrap();
        let signature = sign(&key(), &synchronisation_text(agent, b"body"));
        assert!(verify(&public, &synchronisation_text(agent, b"body"), &signature));
        assert!(!verify(&public, &synchronisation_text(agent, b"bodY"), &signature));
        assert!(!verify(&public, &synchronisation_text(other, b"body"), &signature));
        assert!(!verify(&public, &synchronisation_text(agent, b"body"), "AAAA"));
    }

    #[test]
    fn weak_and_malformed_keys_are_refused() {
        assert!(read_public_key(&BASE64.encode([0; 32])).is_none());
        assert!(read_public_key("short").is_none());
    }

    #[test]
    fn a_message_survives_the_wire_and_unknown_members_are_ignored() {
        let message = Synchronisation { format: FORMAT, sequence: 3, state: "s".into(), ..Synchronisation::default() };
        assert_eq!(unpack(&pack(&message).unwrap(), 1 << 20).unwrap(), message);
        let mut json = serde_json::to_value(&message).unwrap();
        json["of_a_later_version"] = true.into();
        let body = zstd::bulk::compress(&serde_json::to_vec(&json).unwrap(), 3).unwrap();
        assert_eq!(unpack(&body, 1 << 20).unwrap(), message);
    }

    #[test]
    fn an_answer_with_another_portal_is_an_answer_to_agents_that_know_of_none() {
        /// What agents read before portals could be announced.
        #[derive(serde::Deserialize)]
        struct Before {
            outcome: Outcome,
            sequence: u64,
            #[serde(default)]
            fresh_inventory: bool,
        }
        let answer = serde_json::json!({
            "outcome": "delta", "sequence": 7, "inventory_id": "inv_0190163d8694739bb06f4a0f4d3f5d1e",
            "fresh_inventory": true, "server_time": "2026-09-21T14:13:20Z",
            "next_portal": {"revision": 1, "url": "https://b", "client_id": "b", "client_secret": "s"},
        });
        let before: Before = serde_json::from_value(answer.clone()).unwrap();
        assert_eq!((before.outcome, before.sequence, before.fresh_inventory), (Outcome::Delta, 7, true));
        let now: Answer = serde_json::from_value(answer.clone()).unwrap();
        assert_eq!(now.next_portal.unwrap().client_secret.expose(), "s");
        let mut without = answer;
        without.as_object_mut().unwrap().remove("next_portal");
        assert_eq!(serde_json::from_value::<Answer>(without).unwrap().next_portal, None);
    }

    #[test]
    fn bombs_are_refused_whether_or_not_they_say_their_size() {
        let bomb = vec![b' '; 8 << 20];
        let told = zstd::bulk::compress(&bomb, 3).unwrap();
        assert!(matches!(unpack(&told, 1 << 20), Err(ReadError::TooLarge { .. })));
        let untold = zstd::stream::encode_all(&bomb[..], 3).unwrap();
        assert!(matches!(unpack(&untold, 1 << 20), Err(ReadError::TooLarge { .. })));
        assert!(matches!(unpack(b"nonsense", 1 << 20), Err(ReadError::Compression(_))));
    }

    #[test]
    fn edits_that_do_not_fit_their_message_are_no_synchronisation() {
        let software = |count: usize| Sections {
            software: Some(vec![crate::inventory::Software::default(); count]),
            ..Sections::default()
        };
        let refused = |base: Option<&str>, section: Section, sections: Sections, at: &[u32]| {
            let edit = Edit { at: at.to_vec(), ..Edit::default() };
            let message = Synchronisation {
                base: base.map(Into::into),
                sections,
                edits: Edits::from([(section, edit)]),
                ..Synchronisation::default()
            };
            unpack(&pack(&message).unwrap(), 1 << 20).err().map(|error| error.to_string())
        };
        assert_eq!(refused(Some("b"), Section::Software, software(2), &[0, 4]), None);
        assert_eq!(refused(Some("b"), Section::Software, Sections::default(), &[]), None);
        for (base, section, sections, at, words) in [
            (None, Section::Software, software(1), &[0][..], "without a base"),
            (Some("b"), Section::System, Sections::default(), &[], "no list"),
            (Some("b"), Section::Software, software(2), &[0], "place each item"),
            (Some("b"), Section::Software, software(2), &[4, 4], "ascend"),
        ] {
            let told = refused(base, section, sections, at).unwrap();
            assert!(told.contains(words), "{told}");
        }
        let gone = Synchronisation {
            base: Some("b".into()),
            edits: Edits::from([(Section::Software, Edit::default())]),
            removed: vec![Section::Software],
            ..Synchronisation::default()
        };
        assert!(unpack(&pack(&gone).unwrap(), 1 << 20).unwrap_err().to_string().contains("gone"));
    }

    #[test]
    fn a_list_of_nothings_takes_no_memory() {
        let json = format!("{{\"software\":[{{}}{}]}}", ",{}".repeat(1_000_000));
        let mut sections: Sections = serde_json::from_str(&json).unwrap();
        assert_eq!(sections.items(Section::Software), crate::clean::MAX_ITEMS + 1);
        let mut remarks = crate::clean::Remarks::default();
        sections.clean(&mut remarks);
        assert_eq!(remarks.0[0].reason, "too-many");
        assert!(serde_json::from_str::<Sections>("{\"software\":null,\"system\":null}").unwrap().present().is_empty());
    }
}
