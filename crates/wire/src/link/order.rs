//! *Enable and synchronise*: the owner of a customer's primary orders, there, that every system of its network has the
//! service user enabled, with one password. The order is signed by the primary's key; the server passes it on, and each
//! system decides by itself whether it obeys.

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use vigie_kernel::{SystemId, Timestamp};

use super::message::{LONGEST_TEXT, ServiceUser};
use crate::sync::{public_key, read_public_key, sign, verify};

/// Most systems that one [`Report`] names; it counts all.
pub const MOST_NAMED: usize = 100;

/// The service user as it is to be on every system of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Who orders: the network's primary.
    pub primary: SystemId,
    /// Its Ed25519 public key, 32 bytes in base64.
    pub public_key: String,
    /// When, by the primary's clock; of two orders of one primary the later one counts.
    pub at: Timestamp,
    /// Name and password.
    pub user: ServiceUser,
    /// Over all of the above by that key, base64.
    pub signature: String,
}

impl Order {
    /// An order of a primary.
    pub fn sign(key: &SigningKey, primary: SystemId, at: Timestamp, user: ServiceUser) -> Self {
        let mut order = Self { primary, public_key: public_key(key), at, user, signature: String::new() };
        order.signature = sign(key, &order.text());
        order
    }

    /// The key that signed it; none: nobody did.
    pub fn signer(&self) -> Option<VerifyingKey> {
        read_public_key(&self.public_key).filter(|key| verify(key, &self.text(), &self.signature))
    }

    /// What is signed. JSON, so that no name can look like the beginning of a password.
    fn text(&self) -> Vec<u8> {
        serde_json::json!(["vigie synchronise", self.primary, self.at, self.user.name, self.user.password])
            .to_string()
            .into_bytes()
    }
}

/// Why an order was not obeyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SynchronisationRefusal))]
#[serde(rename_all = "snake_case")]
pub enum OrderRefusal {
    /// The system's owner takes no orders from the primary.
    SwitchedOff,
    /// The system knows another primary.
    AnotherPrimary,
    /// It obeyed a later order already.
    Older,
    /// It is not signed, or name or password are not acceptable.
    Invalid,
    /// Whoever orders is not the primary of its network.
    NotPrimary,
    /// It could not be stored.
    Failed,
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

impl OrderRefusal {
    /// Every one that this version knows.
    pub const ALL: [Self; 6] =
        [Self::SwitchedOff, Self::AnotherPrimary, Self::Older, Self::Invalid, Self::NotPrimary, Self::Failed];

    /// The code in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SwitchedOff => "switched_off",
            Self::AnotherPrimary => "another_primary",
            Self::Older => "older",
            Self::Invalid => "invalid",
            Self::NotPrimary => "not_primary",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// What a code stands for.
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|it| it.as_str() == code).unwrap_or(Self::Unknown)
    }
}

/// How far a system is with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Progress {
    /// The service user is enabled, with this password.
    Done,
    /// It is connected and has not answered yet.
    Waiting,
    /// It is not connected: it gets the order when it is.
    Away,
    /// It did not obey.
    Refused {
        /// Why.
        code: OrderRefusal,
    },
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

/// A system of the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    /// Its name.
    pub name: String,
    /// How far it is.
    #[serde(flatten)]
    pub progress: Progress,
}

/// How far a network is with an order, for whoever gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// How many systems there are.
    pub systems: u32,
    /// How many have obeyed.
    pub done: u32,
    /// How many are connected and have not answered yet.
    pub waiting: u32,
    /// The systems, those that have not obeyed first; at most [`MOST_NAMED`].
    pub named: Vec<Ordered>,
    /// Why nothing was begun at all.
    pub refusal: Option<OrderRefusal>,
    /// Nothing more is to be expected now.
    pub is_over: bool,
}

impl Report {
    /// An order that was not begun.
    pub fn refused(code: OrderRefusal) -> Self {
        Self { refusal: Some(code), is_over: true, ..Self::default() }
    }

    /// Of all systems of a network.
    pub fn of(mut all: Vec<Ordered>) -> Self {
        let count = |wanted: Progress| all.iter().filter(|it| it.progress == wanted).count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (systems, done, waiting) = (all.len(), count(Progress::Done), count(Progress::Waiting));
        all.sort_by(|a, b| {
            let key = |it: &Ordered| (it.progress == Progress::Done, it.name.clone());
            key(a).cmp(&key(b))
        });
        all.truncate(MOST_NAMED);
        for it in &mut all {
            it.name = it.name.chars().take(LONGEST_TEXT).collect();
        }
        Self {
            systems: number(systems),
            done: number(done),
            waiting: number(waiting),
            named: all,
            refusal: None,
            is_over: waiting == 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        let user = ServiceUser { name: "vigie".into(), password: "one for all".into() };
        let primary = "sy_0190163d8694739bb06f4a0f4d3f5d1e".parse().unwrap();
        Order::sign(&SigningKey::from_bytes(&[7; 32]), primary, Timestamp::from_millis(1_790_000_000_000), user)
    }

    #[test]
    fn an_order_is_as_its_primary_signed_it() {
        let good = order();
        assert_eq!(good.signer(), Some(SigningKey::from_bytes(&[7; 32]).verifying_key()));
        let other = ServiceUser { name: "vigie".into(), password: "another".into() };
        let changed = [
            Order { user: other, ..good.clone() },
            Order { at: Timestamp::from_millis(1_790_000_000_001), ..good.clone() },
            Order { primary: "sy_0190163d8694739bb06f4a0f4d3f5d1f".parse().unwrap(), ..good.clone() },
            Order { public_key: public_key(&SigningKey::from_bytes(&[8; 32])), ..good.clone() },
            Order { public_key: "no key".into(), ..good.clone() },
        ];
        assert!(changed.iter().all(|it| it.signer().is_none()));
        assert!(!format!("{good:?}").contains("one for all"), "a password is not for logs");
    }

    #[test]
    fn a_report_counts_all_and_names_those_first_that_have_not_obeyed() {
        let of = |name: &str, progress| Ordered { name: name.into(), progress };
        let refused = Progress::Refused { code: OrderRefusal::SwitchedOff };
        let report = Report::of(vec![of("a", Progress::Done), of("c", refused), of("b", Progress::Away)]);
        assert_eq!((report.systems, report.done, report.waiting, report.is_over), (3, 1, 0, true));
        assert_eq!(report.named.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["b", "c", "a"]);
        let json = serde_json::to_string(&report.named[1]).unwrap();
        assert_eq!(json, r#"{"name":"c","state":"refused","code":"switched_off"}"#);
        assert_eq!(serde_json::from_str::<Ordered>(&json).unwrap(), report.named[1]);
        let many = Report::of((0..300).map(|it| of(&"é".repeat(400 + it), Progress::Waiting)).collect());
        assert_eq!((many.systems, many.waiting, many.named.len(), many.is_over), (300, 300, MOST_NAMED, false));
        assert!(many.named.iter().all(|it| it.name.chars().count() == LONGEST_TEXT));
    }

    #[test]
    fn codes_are_read_back() {
        for code in OrderRefusal::ALL {
            assert_eq!(OrderRefusal::from_code(code.as_str()), code);
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        assert_eq!(OrderRefusal::from_code("moon"), OrderRefusal::Unknown);
    }
}
