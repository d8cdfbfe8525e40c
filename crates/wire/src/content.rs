//! What a section holds, an object or a list, as far as sections treat the two differently: digests, bounds on reading,
//! and item-level deltas.

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, IgnoredAny, SeqAccess, Visitor},
};
use sha2::{Digest as _, Sha256};

use crate::{
    clean::MAX_ITEMS,
    delta::{self, Edit, NotTheBase},
    diff::Keyed,
    inventory::{Bios, OperatingSystem, Runtime, System},
    sections::SectionDigest,
};

/// The content of one section. What is said here holds for objects; lists say otherwise.
pub(crate) trait Content: Sized + Serialize + DeserializeOwned {
    /// Whether it is a list.
    const LIST: bool = false;

    /// Reads it, never more than what is kept anyway.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    /// How many items it has.
    fn items(&self) -> usize {
        0
    }

    /// SHA-256 of the content.
    fn digest(&self) -> SectionDigest {
        Sha256::digest(json(self)).into()
    }

    /// See [`delta::narrow`]: what is new against `base`, if that is shorter.
    fn narrow(&self, _base: &Self) -> Option<(Self, Edit)> {
        None
    }

    /// See [`delta::complete`].
    fn complete(_new: Self, _base: Self, _edit: &Edit) -> Result<Self, NotTheBase> {
        Err(NotTheBase)
    }
}

impl Content for System {}
impl Content for OperatingSystem {}
impl Content for Bios {}
impl Content for Runtime {}

impl<T: Keyed + Clone + Serialize + DeserializeOwned> Content for Vec<T> {
    const LIST: bool = true;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items(std::marker::PhantomData))
    }

    fn items(&self) -> usize {
        self.len()
    }

    fn digest(&self) -> SectionDigest {
        delta::moved(SectionDigest::default(), &[], self)
    }

    fn narrow(&self, base: &Self) -> Option<(Self, Edit)> {
        delta::narrow_list(self, base)
    }

    fn complete(new: Self, base: Self, edit: &Edit) -> Result<Self, NotTheBase> {
        delta::complete_list(new, base, edit)
    }
}

/// Reads one item more than are kept, so that cleaning notices, and skips the others: empty items are short in JSON and
/// long in memory.
struct Items<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() <= MAX_ITEMS {
            match sequence.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(items),
            }
        }
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(items)
    }
}

/// Reads a section that may be absent.
pub(crate) fn read<'de, D: Deserializer<'de>, T: Content>(deserializer: D) -> Result<Option<T>, D::Error> {
    struct Bounded<T>(T);
    impl<'de, T: Content> Deserialize<'de> for Bounded<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            T::read(deserializer).map(Self)
        }
    }
    Ok(Option::<Bounded<T>>::deserialize(deserializer)?.map(|read| read.0))
}

/// A record of plain values always has a JSON form.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
