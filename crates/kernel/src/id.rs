//! Typed identifiers. Each kind of object has its own type, so that a customer's id cannot be passed where an
//! equipment's is wanted. In the database an id is a UUID version 7 (sortable by creation); in text, in the API and in
//! logs it is its kind's prefix, an underscore and the UUID's 32 hexadecimal digits: `eq_0190163d8694739bb06f4a0f4d3f5d1e`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{Rng, Timestamp};

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_ followed by 32 hexadecimal digits")]
pub struct ParseIdError {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

fn parse(prefix: &'static str, text: &str) -> Result<Uuid, ParseIdError> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|rest| rest.len() == 32)
        .and_then(|rest| Uuid::try_parse(rest).ok())
        .ok_or(ParseIdError { prefix })
}

/// Makes a UUID version 7 (RFC 9562 §5.7) from a moment and ten random bytes.
pub fn uuid_v7(now: Timestamp, rng: &dyn Rng) -> Uuid {
    let mut random = [0; 10];
    rng.fill(&mut random);
    uuid::Builder::from_unix_timestamp_millis(now.millis().max(0).unsigned_abs(), &random).into_uuid()
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "orm", derive(sea_orm::DeriveValueType))]
        pub struct $name(pub Uuid);

        impl $name {
            /// What the text form starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, sortable by `now`.
            pub fn new(now: Timestamp, rng: &dyn Rng) -> Self {
                Self(uuid_v7(now, rng))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse($prefix, text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-f]{32}$")))
                    .description(Some(concat!("Starts with `", $prefix, "_`.")))
                    .examples([concat!($prefix, "_0190163d8694739bb06f4a0f4d3f5d1e")])
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }

        #[cfg(feature = "orm")]
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

// Alphabetical by name; a prefix is never used twice.
typed_ids! {
    /// An agent: one key (native) or one device id of one API client (foreign).
    AgentId = "ag";
    /// A message of an alert subscription, on its way or through.
    AlertDeliveryId = "ad";
    /// A problem seen on a system.
    AlertId = "al";
    /// Who is notified of which alerts, and how.
    AlertSubscriptionId = "as";
    /// An API client: client id and secret with a scope and a status.
    ApiClientId = "ac";
    /// A person's API token.
    ApiTokenId = "at";
    /// A file attached to an equipment.
    AttachmentId = "af";
    /// A row of the audit trail.
    AuditId = "au";
    /// A customer: an organisation whose equipment is looked after.
    CustomerId = "cu";
    /// What systems enrol with.
    EnrolmentTokenId = "et";
    /// One asset.
    EquipmentId = "eq";
    /// An export being made, or made.
    ExportId = "ex";
    /// What a user is given or kept from.
    GrantId = "gr";
    /// Equipment that is imported, or was, from a file.
    ImportId = "im";
    /// What one agent found on one machine; while no equipment is associated it is a pending equipment.
    InventoryId = "inv";
    /// A program that is watched for on every machine.
    KeySoftwareId = "ks";
    /// When nobody is notified, because somebody works there.
    MaintenanceWindowId = "mw";
    /// A server process of this service, by its data directory.
    NodeId = "nd";
    /// A notification in the console.
    NotificationId = "no";
    /// A step that can be undone: an association, a merge.
    OperationId = "op";
    /// The public key of someone's authenticator.
    PasskeyId = "pk";
    /// A provider: top of the hierarchy.
    ProviderId = "pr";
    /// A report as it was written.
    ReportId = "re";
    /// When a report is written, and for whom.
    ReportScheduleId = "rp";
    /// A reseller: sells to and supports customers.
    ResellerId = "rs";
    /// A version of the agent that is rolled out.
    RolloutId = "ro";
    /// A view of a list that somebody saved.
    SavedViewId = "sv";
    /// A signed-in browser.
    SessionId = "se";
    /// A customer's system that keeps a link to the server.
    SystemId = "sy";
    /// A certificate that the server's own connections trust.
    TrustedCertificateId = "tc";
    /// A person who may sign in.
    UserId = "us";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SequenceRng;

    #[test]
    fn text_form_round_trips_and_refuses_other_kinds() {
        let id = EquipmentId::new(Timestamp::from_millis(1_700_000_000_000), &SequenceRng::new(7));
        let text = id.to_string();
        assert!(text.starts_with("eq_018b"), "{text}");
        assert_eq!(text.parse::<EquipmentId>(), Ok(id));
        assert_eq!(serde_json::from_str::<EquipmentId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
        assert!(text.replace("eq_", "cu_").parse::<EquipmentId>().is_err());
        assert!("eq_".parse::<EquipmentId>().is_err());
        assert!(format!("eq_{}", id.0.hyphenated()).parse::<EquipmentId>().is_err(), "one text form only");
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let rng = SequenceRng::new(1);
        let a = CustomerId::new(Timestamp::from_millis(1_000), &rng);
        let b = CustomerId::new(Timestamp::from_millis(1_001), &rng);
        assert!(a < b);
    }
}
